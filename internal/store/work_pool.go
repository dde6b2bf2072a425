package store

import (
	"context"

	"github.com/google/uuid"
)

// WorkQueueID finds the queue of that name in the pool of that name, or the pool's default queue when queue is nil. It
// gives nil when there is none.
func (tx *Tx) WorkQueueID(ctx context.Context, pool string, queue *string) (*uuid.UUID, error) {
	if queue == nil {
		return one(ctx, tx, tx.sql("SELECT default_queue_id FROM work_pool WHERE default_queue_id IS NOT NULL AND name = ").Arg(pool), value[uuid.UUID])
	}
	return one(ctx, tx, tx.sql("SELECT work_queue.id FROM work_queue JOIN work_pool ON work_pool.id = work_queue.work_pool_id WHERE work_pool.name = ").
		Arg(pool).Write(" AND work_queue.name = ").Arg(*queue), value[uuid.UUID])
}
