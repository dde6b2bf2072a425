package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

const selectWorkQueues = `SELECT work_queue.id, work_queue.created, work_queue.updated, work_queue.name, work_queue.description,
	work_queue.is_paused, work_queue.concurrency_limit, work_queue.priority, work_queue.work_pool_id, work_queue.filter,
	work_queue.last_polled, work_queue.status, work_pool.name, work_pool.type FROM work_queue JOIN work_pool ON work_pool.id = work_queue.work_pool_id`

func scanWorkQueue(r Row, q *prefect.WorkQueue) error {
	return r.Scan(&q.ID, &q.Created, &q.Updated, &q.Name, &q.Description, &q.IsPaused, &q.ConcurrencyLimit, &q.Priority,
		&q.WorkPoolID, &q.Filter, &q.LastPolled, &q.Status, &q.WorkPoolName, &q.WorkPoolType)
}

// WorkQueueID finds the queue of that name in the pool of that name, or the pool's default queue when queue is nil. It
// gives nil when there is none.
func (tx *Tx) WorkQueueID(ctx context.Context, pool string, queue *string) (*uuid.UUID, error) {
	if queue == nil {
		return one(ctx, tx, tx.sql("SELECT default_queue_id FROM work_pool WHERE default_queue_id IS NOT NULL AND name = ").Arg(pool), value[uuid.UUID])
	}
	return one(ctx, tx, tx.sql("SELECT work_queue.id FROM work_queue JOIN work_pool ON work_pool.id = work_queue.work_pool_id WHERE work_pool.name = ").
		Arg(pool).Write(" AND work_queue.name = ").Arg(*queue), value[uuid.UUID])
}

// InsertWorkQueue stores a new queue. A name that its pool has already is a *ConstraintError.
func (tx *Tx) InsertWorkQueue(ctx context.Context, q *prefect.WorkQueue) error {
	_, err := tx.exec(ctx, tx.sql(`INSERT INTO work_queue (id, created, updated, name, description, is_paused, concurrency_limit, priority,
	work_pool_id, filter, last_polled, status) VALUES `).
		Values(q.ID, q.Created, q.Updated, q.Name, q.Description, q.IsPaused, q.ConcurrencyLimit, q.Priority,
			q.WorkPoolID, queueFilter(q), q.LastPolled, q.Status))
	return err
}

// queueFilter is the filter as it is stored: most queues have none.
func queueFilter(q *prefect.WorkQueue) JSON {
	if q.Filter == nil {
		return JSON{}
	}
	return JSON{q.Filter}
}

// WorkQueue gives the queue of that id, or nil.
func (tx *Tx) WorkQueue(ctx context.Context, id uuid.UUID) (*prefect.WorkQueue, error) {
	return one(ctx, tx, tx.sql(selectWorkQueues+" WHERE work_queue.id = ").Arg(id), scanWorkQueue)
}

// LockWorkQueue is WorkQueue in a transaction that nobody else may change the queue before the end of.
func (tx *Tx) LockWorkQueue(ctx context.Context, id uuid.UUID) (*prefect.WorkQueue, error) {
	return one(ctx, tx, tx.sql(selectWorkQueues+" WHERE work_queue.id = ").Arg(id).ForUpdate("work_queue"), scanWorkQueue)
}

// WorkQueueOfPool gives the queue of that name in the pool, or nil.
func (tx *Tx) WorkQueueOfPool(ctx context.Context, poolID uuid.UUID, name string) (*prefect.WorkQueue, error) {
	return one(ctx, tx, tx.sql(selectWorkQueues+" WHERE work_queue.work_pool_id = ").Arg(poolID).Write(" AND work_queue.name = ").Arg(name), scanWorkQueue)
}

// WorkQueuesNamed gives the queues of a name in all pools, the oldest first.
func (tx *Tx) WorkQueuesNamed(ctx context.Context, name string, limit int64) ([]prefect.WorkQueue, error) {
	return all(ctx, tx, tx.sql(selectWorkQueues+" WHERE work_queue.name = ").Arg(name).Write(" ORDER BY work_queue.created").Page(limit, 0), scanWorkQueue)
}

// WorkQueues gives the queues that the filter selects in all pools, by name.
func (tx *Tx) WorkQueues(ctx context.Context, f *prefect.WorkQueueFilter, limit, offset int64) ([]prefect.WorkQueue, error) {
	b := tx.sql(selectWorkQueues)
	workQueueFilter(b.Where(), f)
	return all(ctx, tx, b.Write(" ORDER BY work_queue.name").Page(limit, offset), scanWorkQueue)
}

// WorkQueuesOfPool gives the pool's queues that the filter selects, the most urgent first. Without a limit it gives all.
func (tx *Tx) WorkQueuesOfPool(ctx context.Context, poolID uuid.UUID, f *prefect.WorkQueueFilter, limit *int64, offset int64) ([]prefect.WorkQueue, error) {
	b := tx.sql(selectWorkQueues + " WHERE work_queue.work_pool_id = ").Arg(poolID)
	workQueueFilter(b.And(), f)
	b.Write(" ORDER BY work_queue.priority, work_queue.id")
	if limit != nil {
		b.Page(*limit, offset)
	}
	return all(ctx, tx, b, scanWorkQueue)
}

// CountWorkQueuesOfPool counts the pool's queues.
func (tx *Tx) CountWorkQueuesOfPool(ctx context.Context, poolID uuid.UUID) (int64, error) {
	return tx.int(ctx, tx.sql("SELECT count(*) FROM work_queue WHERE work_pool_id = ").Arg(poolID))
}

// SaveWorkQueue stores what can be changed of a queue. A name that its pool has already is a *ConstraintError.
func (tx *Tx) SaveWorkQueue(ctx context.Context, q *prefect.WorkQueue) error {
	q.Updated = tx.Now()
	_, err := tx.exec(ctx, tx.sql("UPDATE work_queue SET ").Set("updated", q.Updated).Set("name", q.Name).Set("description", q.Description).
		Set("is_paused", q.IsPaused).Set("concurrency_limit", q.ConcurrencyLimit).Set("priority", q.Priority).
		Set("last_polled", q.LastPolled).Set("filter", queueFilter(q)).Set("status", q.Status).Write(" WHERE id = ").Arg(q.ID))
	return err
}

// SetWorkQueuePriority changes the priority of a queue.
func (tx *Tx) SetWorkQueuePriority(ctx context.Context, id uuid.UUID, priority int64) error {
	return tx.queue(ctx, tx.sql("UPDATE work_queue SET ").Set("priority", priority).Set("updated", tx.Now()).Write(" WHERE id = ").Arg(id))
}

// DeleteWorkQueue deletes a queue. The default queue of a pool is a *ConstraintError.
func (tx *Tx) DeleteWorkQueue(ctx context.Context, id uuid.UUID) error {
	_, err := tx.exec(ctx, tx.sql("DELETE FROM work_queue WHERE id = ").Arg(id))
	return err
}

// MarkPolled notes that queues were polled, makes those ready that were not, and gives these.
func (tx *Tx) MarkPolled(ctx context.Context, queueIDs []uuid.UUID) ([]prefect.WorkQueue, error) {
	now := tx.Now()
	err := tx.queue(ctx, tx.sql("UPDATE work_queue SET ").Set("last_polled", now).Set("updated", now).Write(" WHERE ").In("id", queueIDs))
	if err != nil {
		return nil, err
	}
	b := tx.sql("UPDATE work_queue SET status = 'READY' WHERE status = 'NOT_READY' AND ").In("id", queueIDs).Write(" RETURNING id")
	ready, err := all(ctx, tx, b, value[uuid.UUID])
	if err != nil || len(ready) == 0 {
		return nil, err
	}
	return all(ctx, tx, tx.sql(selectWorkQueues+" WHERE ").In("work_queue.id", ready), scanWorkQueue)
}

// ReadyDeployments makes the deployments of the queues ready that are not, and gives their ids. Of the others it notes the poll where
// none was noted yet: later, their queue's is newer.
func (tx *Tx) ReadyDeployments(ctx context.Context, queueIDs []uuid.UUID) ([]uuid.UUID, error) {
	// Without an "updated": that would have their schedules planned again.
	if err := tx.queue(ctx, tx.sql("UPDATE deployment SET ").Set("last_polled", tx.Now()).
		Write(" WHERE last_polled IS NULL AND ").In("work_queue_id", queueIDs)); err != nil {
		return nil, err
	}
	b := tx.sql("UPDATE deployment SET status = 'READY', ").Write("last_polled = ").Arg(tx.Now()).
		Write(" WHERE status = 'NOT_READY' AND ").In("work_queue_id", queueIDs).Write(" RETURNING id")
	return all(ctx, tx, b, value[uuid.UUID])
}
