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
