package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// DeletePlannedRuns deletes those runs of a deployment that its schedules made and that have not begun; with a time, those alone
// that are due after it.
func (tx *Tx) DeletePlannedRuns(ctx context.Context, deploymentID uuid.UUID, after *prefect.Time) error {
	return tx.deleteScheduledRuns(ctx, []uuid.UUID{deploymentID}, &planned{after})
}

// planned restricts to runs that schedules made.
type planned struct{ after *prefect.Time }

// deleteScheduledRuns deletes runs that have not begun. Those that wait for a slot of a limit have.
func (tx *Tx) deleteScheduledRuns(ctx context.Context, deploymentIDs []uuid.UUID, only *planned) error {
	b := tx.sql("DELETE FROM flow_run WHERE ").In("deployment_id", deploymentIDs).
		Write(" AND state_type = 'SCHEDULED' AND state_name <> 'AwaitingConcurrencySlot' AND run_count = 0")
	if only != nil {
		b.Write(" AND auto_scheduled = ").Arg(true)
		if only.after != nil {
			b.Write(" AND next_scheduled_start_time > ").Arg(*only.after)
		}
	}
	return tx.queue(ctx, b)
}

// InsertPlannedRun stores a run with its state, which names it, unless its flow has one of its idempotency key.
func (tx *Tx) InsertPlannedRun(ctx context.Context, run *prefect.FlowRun) (inserted bool, err error) {
	if inserted, err = tx.InsertFlowRun(ctx, run); err != nil || !inserted {
		return inserted, err
	}
	return true, tx.SetFlowRunState(ctx, run, run.State, run.State.Data, nil)
}
