package service_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/service"
)

func (w *world) lateRuns() *service.LateRuns {
	return &service.LateRuns{
		Store: transactions[service.LateRunsTx]{w.store}, Orchestrator: w.orchestrator, Clock: w.clock.Now, Every: 5 * time.Second, After: 15 * time.Second,
	}
}

func TestOnlyScheduledRunsThatAreOverdueGoLate(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		due := w.flowRun(w.scheduled("", 0), nil)
		soon := w.flowRun(w.scheduled("", time.Second), nil)
		retry := w.flowRun(w.scheduled("AwaitingRetry", -time.Hour), nil)
		slot := w.flowRun(w.scheduled("AwaitingConcurrencySlot", -time.Hour), nil)
		pending := w.flowRun(w.state(prefect.Pending), nil)
		s := w.lateRuns()

		w.clock.Advance(15*time.Second - time.Microsecond)
		require.NoError(w, s.RunOnce(w.Context()))
		require.Equal(w, "Scheduled", w.stateName(due))

		w.clock.Advance(time.Microsecond)
		require.NoError(w, s.RunOnce(w.Context()))
		for run, name := range map[uuid.UUID]string{
			due: "Late", soon: "Scheduled", retry: "AwaitingRetry", slot: "AwaitingConcurrencySlot", pending: "Pending",
		} {
			require.Equal(w, name, w.stateName(run))
		}
		late := w.readFlowRun(due)
		require.Equal(w, prefect.TimeOf(noon), *late.State.StateDetails.ScheduledTime)
		require.Equal(w, prefect.TimeOf(noon), *late.NextScheduledStartTime)
		require.Equal(w, prefect.TimeOf(noon.Add(15*time.Second)), late.State.Timestamp)

		// Late never again: the state stays the one that it is.
		w.clock.Advance(time.Hour)
		require.NoError(w, s.RunOnce(w.Context()))
		require.Equal(w, late.State.ID, w.readFlowRun(due).State.ID)
		require.Equal(w, "Late", w.stateName(soon))
	})
}

func TestEveryPageOfOverdueRunsIsMarked(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		const runs = 450 // a full page and a part
		at := prefect.TimeOf(noon).Time
		for range runs {
			w.flowRun(prefect.NewScheduled("", at, at), nil)
		}
		w.clock.Advance(time.Minute)
		require.NoError(w, w.lateRuns().RunOnce(w.Context()))
		require.Equal(w, []string{"450"}, w.strings("SELECT count(*) FROM flow_run WHERE state_name = 'Late'"))
		require.Equal(w, []string{"900"}, w.strings("SELECT count(*) FROM flow_run_state"))
	})
}
