package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// OverdueFlowRuns gives the runs in the state Scheduled that were due at a time or before, in the order of their times; those after
// a run alone when one is given.
func (tx *Tx) OverdueFlowRuns(ctx context.Context, due prefect.Time, after *prefect.OverdueRun, limit int64) ([]prefect.OverdueRun, error) {
	b := tx.sql("SELECT id, next_scheduled_start_time FROM flow_run WHERE next_scheduled_start_time <= ").Arg(due).
		Write(" AND state_type = 'SCHEDULED' AND state_name = 'Scheduled'")
	if after != nil {
		b.Write(" AND (next_scheduled_start_time, id) > (").Arg(after.Due).Write(", ").Arg(after.ID).Write(")")
	}
	return all(ctx, tx, b.Write(" ORDER BY next_scheduled_start_time, id").Page(limit, 0), func(r Row, run *prefect.OverdueRun) error {
		return r.Scan(&run.ID, &run.Due)
	})
}

// PausedFlowRuns gives the paused runs whose ids come after one, in the order of their ids.
func (tx *Tx) PausedFlowRuns(ctx context.Context, after uuid.UUID, limit int64) ([]prefect.PausedRun, error) {
	b := tx.sql(`SELECT flow_run.id, state.state_details FROM flow_run JOIN flow_run_state state ON state.id = flow_run.state_id
	WHERE flow_run.state_type = 'PAUSED' AND flow_run.id > `).Arg(after).Write(" ORDER BY flow_run.id").Page(limit, 0)
	return all(ctx, tx, b, func(r Row, run *prefect.PausedRun) error {
		var details prefect.StateDetails
		if err := r.Scan(&run.ID, &details); err != nil {
			return err
		}
		run.Timeout = details.PauseTimeout
		return nil
	})
}

const unfinished = "('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')"

// UnfinishedTaskRuns gives task runs that go on although their flow run was cancelled, at a time or later: those whose ids come after
// one, in the order of their ids.
func (tx *Tx) UnfinishedTaskRuns(ctx context.Context, cancelledSince prefect.Time, after uuid.UUID, limit int64) ([]prefect.UnfinishedChild, error) {
	b := tx.sql(`SELECT task_run.id FROM flow_run JOIN task_run ON task_run.flow_run_id = flow_run.id
	WHERE flow_run.state_type = 'CANCELLED' AND flow_run.end_time >= `).Arg(cancelledSince).
		Write(" AND task_run.state_type IN "+unfinished+" AND task_run.id > ").Arg(after).Write(" ORDER BY task_run.id").Page(limit, 0)
	return all(ctx, tx, b, func(r Row, c *prefect.UnfinishedChild) error { return r.Scan(&c.ID) })
}

// UnfinishedSubflows gives subflows that go on although the flow run of their parent task was cancelled, in the order of their ids and
// after one; but for those that a worker was told to end.
func (tx *Tx) UnfinishedSubflows(ctx context.Context, after uuid.UUID, limit int64) ([]prefect.UnfinishedChild, error) {
	b := tx.sql(`SELECT flow_run.id, flow_run.deployment_id IS NOT NULL FROM flow_run JOIN task_run ON task_run.id = flow_run.parent_task_run_id
	JOIN flow_run parent ON parent.id = task_run.flow_run_id
	WHERE flow_run.state_type IN `+unfinished+` AND parent.state_type = 'CANCELLED'
	AND NOT (flow_run.deployment_id IS NOT NULL AND flow_run.state_type = 'CANCELLING') AND flow_run.id > `).
		Arg(after).Write(" ORDER BY flow_run.id").Page(limit, 0)
	return all(ctx, tx, b, func(r Row, c *prefect.UnfinishedChild) error { return r.Scan(&c.ID, &c.Deployed) })
}

// CancellingFlowRuns gives the flow runs that were told to end at a time or before, in that order; those after a run alone when one is
// given.
func (tx *Tx) CancellingFlowRuns(ctx context.Context, before prefect.Time, after *prefect.CancellingRun, limit int64) ([]prefect.CancellingRun, error) {
	b := tx.sql("SELECT id, state_id, state_timestamp FROM flow_run WHERE state_type = 'CANCELLING' AND state_id IS NOT NULL AND state_timestamp <= ").Arg(before)
	if after != nil {
		b.Write(" AND (state_timestamp, id) > (").Arg(after.Since).Write(", ").Arg(after.ID).Write(")")
	}
	return all(ctx, tx, b.Write(" ORDER BY state_timestamp, id").Page(limit, 0), func(r Row, c *prefect.CancellingRun) error {
		return r.Scan(&c.ID, &c.StateID, &c.Since)
	})
}
