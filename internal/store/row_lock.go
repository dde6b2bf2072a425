package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// A transaction on PostgreSQL that is to change a row for what it finds there locks it first. So that no two ever wait
// for each other, all take their locks in one order, from the top of the tree of runs to its leaves and then outwards:
//
//	flow, flow run, its task runs, the subflow's flow run that a task run stands for, and so on down;
//	deployment; the newer limits, then the older ones; artifact, artifact collection
//
// and within a kind by id. What a foreign key names is locked too, by the database: for a new row when it is inserted,
// and for a row that is deleted all that goes with it, in that order. A run is locked against changes but not against
// being named by others (FOR NO KEY UPDATE), or two new subflows of one task run would wait for each other.
//
// The lock is a statement of its own, before the one that reads: a statement that had to wait for a row sees its newest
// version, but of the rows joined to it those that were there before it waited, and the run would seem to have no state.
// Both statements travel together. SQLite has one writer and needs no locks.

// LockFlowRun is FlowRun, with what the run belongs to, in a transaction that nobody else may change the run before the end of,
// nor the task run that stands for it in its parent.
func (tx *Tx) LockFlowRun(ctx context.Context, id uuid.UUID) (*prefect.FlowRun, error) {
	if err := tx.lock(ctx, tx.sql("SELECT 1 FROM task_run WHERE id = (SELECT parent_task_run_id FROM flow_run WHERE id = ").Arg(id).
		Write(") FOR NO KEY UPDATE")); err != nil {
		return nil, err
	}
	if err := tx.lock(ctx, tx.sql("SELECT 1 FROM flow_run WHERE id = ").Arg(id).Write(" FOR NO KEY UPDATE")); err != nil {
		return nil, err
	}
	return tx.flowRunWithRelated(ctx, id)
}

// LockTaskRun is TaskRun in a transaction that nobody else may change the run before the end of.
func (tx *Tx) LockTaskRun(ctx context.Context, id uuid.UUID) (*prefect.TaskRun, error) {
	if err := tx.lock(ctx, tx.sql("SELECT 1 FROM task_run WHERE id = ").Arg(id).Write(" FOR NO KEY UPDATE")); err != nil {
		return nil, err
	}
	return tx.TaskRun(ctx, id)
}

// lock queues a statement that locks rows; it has no meaning for SQLite.
func (tx *Tx) lock(ctx context.Context, b *sqlb.Builder) error {
	if tx.dialect == sqlb.SQLite {
		return nil
	}
	return tx.queue(ctx, b)
}
