package orchestration_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/concurrency"
	"praetor/internal/orchestration"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// TestTheFirstToComeIsLetIn has runs compete for the slots of a deployment. Whenever one comes free, the run that has waited longest
// may ask for it at once, nobody else gets it meanwhile, and it starts without waiting for the time at which it would have asked again.
func TestTheFirstToComeIsLetIn(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		w.Slots.Store = slotTransactions{w.store}
		w.run("a deployment's own limit", func(w *world) {
			deployment, limit := w.deployment(1)
			w.letInInTurn(deployment, limit)
		})
		w.run("a limit that deployments share", func(w *world) {
			deployment, _ := w.deployment(0)
			limit := w.limit("shared", 1)
			w.exec(fmt.Sprintf("UPDATE deployment SET concurrency_limit_id = '%s' WHERE id = '%s'", limit, deployment))
			w.letInInTurn(deployment, limit)
		})
		w.run("more slots let more in", func(w *world) {
			deployment, limit := w.deployment(1)
			w.propose(w.scheduled(deployment, time.Minute), prefect.Pending, prefect.Accept)
			var waiting []uuid.UUID
			for i := range 3 {
				waiting = append(waiting, w.scheduled(deployment, time.Duration(30-i)*time.Second))
				w.propose(waiting[i], prefect.Pending, prefect.Reject)
			}
			w.exec(fmt.Sprintf(`UPDATE concurrency_limit_v2 SET "limit" = 3 WHERE id = '%s'`, limit))
			w.write(func(ctx context.Context, tx *store.Tx) error { return w.Slots.Admit(ctx, tx, limit) })
			require.Equal(w.t, []bool{true, true, false}, []bool{w.admitted(waiting[0]), w.admitted(waiting[1]), w.admitted(waiting[2])})
		})
		w.run("an expired lease lets in", func(w *world) {
			deployment, _ := w.deployment(1)
			holder := w.scheduled(deployment, time.Minute)
			w.propose(holder, prefect.Pending, prefect.Accept)
			waiting := w.scheduled(deployment, 30*time.Second)
			w.propose(waiting, prefect.Pending, prefect.Reject)
			w.exec(fmt.Sprintf("UPDATE praetor_leases SET expires = '2020-01-01 00:00:00.000000' WHERE holder_id = '%s'", holder))
			require.False(w.t, w.admitted(waiting))
			n, err := w.Slots.Repossess(w.t.Context(), 100)
			require.NoError(w.t, err)
			require.Equal(w.t, 1, n)
			require.True(w.t, w.admitted(waiting))
		})
	})
}

type slotTransactions struct{ *store.Store }

func (s slotTransactions) Read(ctx context.Context, fn func(concurrency.Tx) error) error {
	return s.Store.Read(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func (s slotTransactions) Write(ctx context.Context, fn func(concurrency.Tx) error) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func (w *world) letInInTurn(deployment, limit uuid.UUID) {
	w.t.Helper()
	holder := w.scheduled(deployment, time.Minute)
	w.propose(holder, prefect.Pending, prefect.Accept)
	w.propose(holder, prefect.Running, prefect.Accept)
	var waiting []uuid.UUID
	for i := range 4 {
		waiting = append(waiting, w.scheduled(deployment, time.Duration(50-i)*time.Second))
	}
	for _, i := range []int{2, 0, 3, 1} { // the order of asking again is not that of coming
		w.propose(waiting[i], prefect.Pending, prefect.Reject)
		require.False(w.t, w.admitted(waiting[i]))
	}
	for len(waiting) > 0 {
		w.propose(holder, prefect.Completed, prefect.Accept)
		require.True(w.t, w.admitted(waiting[0]))
		for _, later := range waiting[1:] {
			require.False(w.t, w.admitted(later))
		}
		newcomer := w.scheduled(deployment, time.Second)
		w.propose(newcomer, prefect.Pending, prefect.Reject)
		w.propose(newcomer, prefect.Cancelled, prefect.Accept)
		holder, waiting = waiting[0], waiting[1:]
		w.propose(holder, prefect.Pending, prefect.Accept)
		w.propose(holder, prefect.Running, prefect.Accept) // and not: wait for the scheduled time
		require.Equal(w.t, "1", w.slots(limit))
	}
	w.propose(holder, prefect.Completed, prefect.Accept)
	require.Equal(w.t, "0", w.slots(limit))
}

// scheduled makes a run of the deployment that was due so long ago.
func (w *world) scheduled(deployment uuid.UUID, ago time.Duration) uuid.UUID {
	w.t.Helper()
	return w.flowRun(prefect.NewScheduled("", time.Now().Add(-ago), time.Now()), func(f *prefect.FlowRun) { f.DeploymentID = &deployment })
}

func (w *world) propose(run uuid.UUID, kind prefect.StateType, want prefect.SetStateStatus) {
	w.t.Helper()
	result, err := w.SetFlowRunState(w.t.Context(), run, state(kind), orchestration.Options{ClientVersion: "3.8.8"})
	require.NoError(w.t, err)
	require.Equal(w.t, want, result.Status, "%v", result.Details)
}

// admitted tells whether a run that waits for a slot may ask for it now.
func (w *world) admitted(run uuid.UUID) bool {
	w.t.Helper()
	r := w.readFlowRun(run)
	require.Equal(w.t, "AwaitingConcurrencySlot", strings.TrimSpace(r.State.DisplayName()))
	now := r.NextScheduledStartTime.Before(time.Now())
	require.Equal(w.t, now, r.State.StateDetails.ScheduledTime.Before(time.Now()), "the state says the same as the run")
	return now
}
