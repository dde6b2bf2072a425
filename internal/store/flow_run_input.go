package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

const inputColumns = `id, created, updated, flow_run_id, "key", value, sender`

func scanInput(r Row, i *prefect.FlowRunInput) error {
	return r.Scan(&i.ID, &i.Created, &i.Updated, &i.FlowRunID, &i.Key, &i.Value, &i.Sender)
}

// InsertFlowRunInput stores a new input. One of the same run and key, and a run that does not exist, are a *ConstraintError.
func (tx *Tx) InsertFlowRunInput(ctx context.Context, i *prefect.FlowRunInput) error {
	_, err := tx.exec(ctx, tx.sql("INSERT INTO flow_run_input ("+inputColumns+") VALUES ").
		Values(i.ID, i.Created, i.Updated, i.FlowRunID, i.Key, i.Value, i.Sender))
	return err
}

// FlowRunInput gives the run's input of that key, or nil.
func (tx *Tx) FlowRunInput(ctx context.Context, flowRunID uuid.UUID, key string) (*prefect.FlowRunInput, error) {
	return one(ctx, tx, tx.sql("SELECT "+inputColumns+" FROM flow_run_input WHERE flow_run_id = ").Arg(flowRunID).
		Write(` AND "key" = `).Arg(key), scanInput)
}

// FlowRunInputs gives the run's oldest inputs whose keys begin with prefix, in which wildcards of LIKE keep their meaning,
// and are none of those to exclude.
func (tx *Tx) FlowRunInputs(ctx context.Context, flowRunID uuid.UUID, prefix string, exclude []string, limit int64) ([]prefect.FlowRunInput, error) {
	b := tx.sql("SELECT " + inputColumns + " FROM flow_run_input WHERE flow_run_id = ").Arg(flowRunID).Write(` AND "key" LIKE `).Arg(prefix + "%")
	noneOf(b.And(), `"key"`, exclude)
	return all(ctx, tx, b.Write(" ORDER BY created, id").Page(limit, 0), scanInput)
}

// DeleteFlowRunInput deletes the run's input of that key and tells whether there was one.
func (tx *Tx) DeleteFlowRunInput(ctx context.Context, flowRunID uuid.UUID, key string) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("DELETE FROM flow_run_input WHERE flow_run_id = ").Arg(flowRunID).Write(` AND "key" = `).Arg(key))
	return n > 0, err
}
