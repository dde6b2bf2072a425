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
		return noQueue(*pool, queue)
	}
	run.WorkQueueID = id
	return nil
}

// noQueue is the 404 for a queue that does not exist, or for a pool without a default one.
func noQueue(pool string, queue *string) error {
	if queue == nil {
		return prefect.NewError(prefect.NotFound, `Work pool "`+pool+`" not found.`)
	}
	return prefect.NewError(prefect.NotFound, "Work pool queue '"+pool+"/"+*queue+"' not found.")
}
