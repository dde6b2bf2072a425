package service_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/service"
)

func (w *world) paused(timeout time.Duration) uuid.UUID {
	state := w.state(prefect.Paused)
	if timeout != 0 {
		state.StateDetails.PauseTimeout = prefect.TimePtr(w.clock.Now().Add(timeout))
	}
	return w.flowRun(state, nil)
}

func TestAPauseEndsWithItsTime(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		s := &service.PauseExpirations{
			Store: transactions[service.PauseExpirationsTx]{w.store}, Orchestrator: w.orchestrator, Clock: w.clock.Now, Every: 5 * time.Second,
		}
		short, long, endless := w.paused(time.Minute), w.paused(time.Hour), w.paused(0)
		running := w.flowRun(w.state(prefect.Running), nil)
		w.clock.Advance(time.Minute)
		require.NoError(w, s.RunOnce(w.Context()))
		require.Equal(w, "Paused", w.stateName(short), "its time is over when it has passed")

		w.clock.Advance(time.Second)
		require.NoError(w, s.RunOnce(w.Context()))
		failed := w.readFlowRun(short)
		require.Equal(w, prefect.Failed, failed.State.Type)
		require.Equal(w, "The flow was paused and never resumed.", *failed.State.Message)
		require.NotNil(w, failed.EndTime)
		for run, name := range map[uuid.UUID]string{long: "Paused", endless: "Paused", running: "Running"} {
			require.Equal(w, name, w.stateName(run))
		}
	})
}
