package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// FlowRunState gives the state of that id, or nil. It need not be its run's present one.
func (tx *Tx) FlowRunState(ctx context.Context, id uuid.UUID) (*prefect.State, error) {
	return one(ctx, tx, tx.selectStates("flow_run_state").Write("state.id = ").Arg(id), scanState)
}

// FlowRunStates gives the states that the flow run has had, oldest first.
func (tx *Tx) FlowRunStates(ctx context.Context, flowRunID uuid.UUID) ([]prefect.State, error) {
	return all(ctx, tx, tx.selectStates("flow_run_state").Write("state.flow_run_id = ").Arg(flowRunID).Write(stateOrder), scanState)
}

// TaskRunState gives the state of that id, or nil. It need not be its run's present one.
func (tx *Tx) TaskRunState(ctx context.Context, id uuid.UUID) (*prefect.State, error) {
	return one(ctx, tx, tx.selectStates("task_run_state").Write("state.id = ").Arg(id), scanState)
}

// TaskRunStates gives the states that the task run has had, oldest first.
func (tx *Tx) TaskRunStates(ctx context.Context, taskRunID uuid.UUID) ([]prefect.State, error) {
	return all(ctx, tx, tx.selectStates("task_run_state").Write("state.task_run_id = ").Arg(taskRunID).Write(stateOrder), scanState)
}

// stateOrder is the order of time; states of one instant keep the order in which they were made.
const stateOrder = " ORDER BY state.timestamp, state.id"

func (tx *Tx) selectStates(table string) *sqlb.Builder {
	return tx.sql("SELECT " + stateColumns + " FROM " + table + " state LEFT JOIN artifact result ON result.id = state.result_artifact_id WHERE ")
}

func scanState(r Row, state *prefect.State) error {
	var s scannedState
	if err := s.scan(r); err != nil {
		return err
	}
	*state = *s.state()
	return nil
}

// HasFlowRunState tells whether the flow run has a state of exactly that time.
func (tx *Tx) HasFlowRunState(ctx context.Context, flowRunID uuid.UUID, at prefect.Time) (bool, error) {
	n, err := tx.int(ctx, tx.sql("SELECT count(*) FROM flow_run_state WHERE flow_run_id = ").Arg(flowRunID).Write(" AND timestamp = ").Arg(at))
	return n > 0, err
}

// HasTaskRunState tells whether the task run has a state of exactly that time.
func (tx *Tx) HasTaskRunState(ctx context.Context, taskRunID uuid.UUID, at prefect.Time) (bool, error) {
	n, err := tx.int(ctx, tx.sql("SELECT count(*) FROM task_run_state WHERE task_run_id = ").Arg(taskRunID).Write(" AND timestamp = ").Arg(at))
	return n > 0, err
}
