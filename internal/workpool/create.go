package workpool

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/events"
	"praetor/internal/prefect"
)

// Tx is what the rules of work pools read and write in one transaction.
type Tx interface {
	Now() prefect.Time
	InsertWorkPool(ctx context.Context, p *prefect.WorkPool) error
	SetDefaultQueue(ctx context.Context, poolID, queueID uuid.UUID) error
	InsertWorkQueue(ctx context.Context, q *prefect.WorkQueue) error
	// WorkQueuesOfPool gives the pool's queues that the filter selects; without a limit, all of them.
	WorkQueuesOfPool(ctx context.Context, poolID uuid.UUID, f *prefect.WorkQueueFilter, limit *int64, offset int64) ([]prefect.WorkQueue, error)
	SetWorkQueuePriority(ctx context.Context, id uuid.UUID, priority int64) error
	EmitEvents(ctx context.Context, events ...prefect.Event) error
}

// CreatePool stores a new pool with its default queue and gives both. A name that is taken is the store's error.
func CreatePool(ctx context.Context, tx Tx, c *prefect.WorkPoolCreate) (*prefect.WorkPool, *prefect.WorkQueue, error) {
	now := tx.Now()
	status := PoolStatus(c.IsPaused, false)
	if c.Type == prefect.AgentPoolType {
		status = prefect.WorkPoolNotReady
	}
	pool := &prefect.WorkPool{
		ID: prefect.NewID(), Created: now, Updated: now, Name: c.Name, Description: c.Description, Type: c.Type, BaseJobTemplate: c.BaseJobTemplate,
		IsPaused: c.IsPaused, ConcurrencyLimit: c.ConcurrencyLimit, Status: &status, StorageConfiguration: c.StorageConfiguration,
	}
	if err := tx.InsertWorkPool(ctx, pool); err != nil {
		return nil, nil, err
	}
	description, first := "The work pool's default queue.", int64(1)
	queue := newQueue(pool, &prefect.WorkQueueCreate{Name: prefect.DefaultQueue, Description: &description, Priority: &first}, now)
	if err := tx.InsertWorkQueue(ctx, queue); err != nil {
		return nil, nil, err
	}
	pool.DefaultQueueID = &queue.ID
	if err := tx.SetDefaultQueue(ctx, pool.ID, queue.ID); err != nil {
		return nil, nil, err
	}
	return pool, queue, tx.EmitEvents(ctx, events.WorkQueueEvent(events.Created, queue, now), events.WorkPoolEvent(events.Created, pool, now))
}

// CreateQueue stores a new queue of a pool. Without a priority it takes the highest that is free; with one that is taken, it
// moves the others down. A name that is taken is the store's error.
func CreateQueue(ctx context.Context, tx Tx, pool *prefect.WorkPool, c *prefect.WorkQueueCreate) (*prefect.WorkQueue, error) {
	others, err := tx.WorkQueuesOfPool(ctx, pool.ID, nil, nil, 0)
	if err != nil {
		return nil, err
	}
	queue := newQueue(pool, c, tx.Now())
	if c.Priority == nil {
		queue.Priority = FreePriority(others)
	}
	if err := tx.InsertWorkQueue(ctx, queue); err != nil {
		return nil, err
	}
	if c.Priority != nil {
		if err := save(ctx, tx, Reorder(append(others, *queue), &queue.ID)); err != nil {
			return nil, err
		}
	}
	return queue, tx.EmitEvents(ctx, events.WorkQueueEvent(events.Created, queue, queue.Created))
}

func newQueue(pool *prefect.WorkPool, c *prefect.WorkQueueCreate, now prefect.Time) *prefect.WorkQueue {
	status := prefect.WorkQueueNotReady
	q := &prefect.WorkQueue{
		ID: prefect.NewID(), Created: now, Updated: now, Name: c.Name, IsPaused: c.IsPaused, ConcurrencyLimit: c.ConcurrencyLimit,
		WorkPoolID: &pool.ID, WorkPoolName: &pool.Name, WorkPoolType: pool.Type, Filter: c.Filter, Status: &status,
	}
	if c.Description != nil {
		q.Description = *c.Description
	}
	if c.Priority != nil {
		q.Priority = *c.Priority
	}
	return q
}

// SettlePriorities makes the priorities of a pool's queues differ again once one was given another, or was deleted. moved is the
// queue that keeps its own, or nil.
func SettlePriorities(ctx context.Context, tx Tx, poolID uuid.UUID, moved *uuid.UUID) error {
	queues, err := tx.WorkQueuesOfPool(ctx, poolID, nil, nil, 0)
	if err != nil {
		return err
	}
	return save(ctx, tx, Reorder(queues, moved))
}

func save(ctx context.Context, tx Tx, priorities map[uuid.UUID]int64) error {
	for id, priority := range priorities {
		if err := tx.SetWorkQueuePriority(ctx, id, priority); err != nil {
			return err
		}
	}
	return nil
}
