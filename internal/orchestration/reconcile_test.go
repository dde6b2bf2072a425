package orchestration_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/concurrency"
	"praetor/internal/orchestration"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// TestReconcile gives back what nobody holds, and nothing that somebody may hold.
func TestReconcile(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		reconciler := &concurrency.Reconciler{Slots: w.Slots, Write: func(ctx context.Context, fn func(concurrency.ReconcileTx) error) error {
			return w.store.Write(ctx, func(tx *store.Tx) error { return fn(tx) })
		}}
		reconcile := func() int64 {
			freed, err := reconciler.Reconcile(w.t.Context())
			require.NoError(w.t, err)
			return freed
		}
		leak := func(limit uuid.UUID, slots int) {
			w.exec(fmt.Sprintf("UPDATE concurrency_limit_v2 SET active_slots = active_slots + %d WHERE id = '%s'", slots, limit))
		}
		age := func(limit uuid.UUID) {
			w.exec(fmt.Sprintf("UPDATE concurrency_limit_v2 SET updated = '2020-01-01 00:00:00.000000' WHERE id = '%s'", limit))
		}

		deployment, limit := w.deployment(5)
		w.propose(w.scheduled(deployment, time.Minute), prefect.Pending, prefect.Accept)
		leak(limit, 3)
		waiting := w.scheduled(deployment, time.Second)
		w.exec(fmt.Sprintf(`UPDATE concurrency_limit_v2 SET "limit" = 4 WHERE id = '%s'`, limit))
		w.propose(waiting, prefect.Pending, prefect.Reject)
		require.Zero(w.t, reconcile(), "it has just changed")
		age(limit)
		require.Equal(w.t, int64(3), reconcile())
		require.Equal(w.t, "1", w.slots(limit))
		require.True(w.t, w.admitted(waiting), "who waits is let in")

		// Slots taken by name, without a lease, are their taker's affair.
		named := w.limit("by name", 5)
		leak(named, 4)
		age(named)
		require.Zero(w.t, reconcile())
		require.Equal(w.t, "4", w.slots(named))

		// A task run holds slots of both kinds of limits, and ends where nobody tells this server.
		tag := w.limit("tag:newer", 2)
		older := uuid.New()
		w.exec(fmt.Sprintf("INSERT INTO concurrency_limit (id, tag, concurrency_limit, active_slots) VALUES ('%s', 'older', 3, '[]')", older))
		parent := w.flowRun(state(prefect.Running), nil)
		runs := []uuid.UUID{w.taskRun(parent, "newer", "older"), w.taskRun(parent, "newer", "older")}
		unknown := uuid.New()
		for _, run := range runs {
			_, err := w.SetTaskRunState(w.t.Context(), run, state(prefect.Running), orchestration.Options{})
			require.NoError(w.t, err)
		}
		w.write(func(ctx context.Context, tx *store.Tx) error {
			limits, err := tx.LockTagLimits(ctx, []string{"older"})
			if err != nil {
				return err
			}
			limits[0].ActiveSlots = append(limits[0].ActiveSlots, unknown.String())
			return tx.SaveTagSlots(ctx, &limits[0])
		})
		require.Zero(w.t, reconcile())
		w.exec(fmt.Sprintf("UPDATE task_run SET state_type = 'CRASHED' WHERE id = '%s'", runs[0]))
		require.Equal(w.t, int64(2), reconcile())
		require.Equal(w.t, "1", w.slots(tag))
		w.requireLeases(tag, 1)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			limits, err := tx.LockTagLimits(ctx, []string{"older"})
			require.ElementsMatch(w.t, []string{runs[1].String(), unknown.String()}, limits[0].ActiveSlots, "one that is not known may be reported yet")
			return err
		})
		require.Zero(w.t, reconcile())
	})
}
