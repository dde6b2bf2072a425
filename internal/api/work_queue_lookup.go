package api

import (
	"context"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

// resolveWorkQueue puts the run in the queue that the request names, if it names a pool.
func resolveWorkQueue(ctx context.Context, tx *store.Tx, run *prefect.FlowRun, pool, queue *string) error {
	if pool == nil || *pool == "" {
		return nil
	}
	id, err := tx.WorkQueueID(ctx, *pool, queue)
	if err != nil {
		return err
	}
	if id == nil {
		what := `Work pool "` + *pool + `" not found.`
		if queue != nil {
			what = "Work pool queue '" + *pool + "/" + *queue + "' not found."
		}
		return prefect.NewError(prefect.NotFound, what)
	}
	run.WorkQueueID = id
	return nil
}
