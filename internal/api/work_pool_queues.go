package api

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/workpool"
)

// ofPool is the input of operations on what belongs to a pool.
type ofPool struct {
	PoolName string `path:"work_pool_name"`
}

// queueOfPool is the input of operations on one queue of a pool.
type queueOfPool struct {
	ofPool
	Name string `path:"name"`
}

// queue finds the queue, and is a 404 where there is none.
func (in *queueOfPool) queue(ctx context.Context, tx *store.Tx, poolID uuid.UUID) (*prefect.WorkQueue, error) {
	q, err := tx.WorkQueueOfPool(ctx, poolID, in.Name)
	if err == nil && q == nil {
		err = queueMissing(in.PoolName, in.Name)
	}
	return q, err
}

func queueMissing(poolName, name string) error {
	return prefect.NewError(prefect.NotFound, "Work pool queue '"+poolName+"/"+name+"' not found.")
}

// find is queue, where a pool that does not exist counts as a queue that does not.
func (in *queueOfPool) find(ctx context.Context, tx *store.Tx) (*prefect.WorkQueue, error) {
	p, err := tx.WorkPoolByName(ctx, in.PoolName)
	if err != nil {
		return nil, err
	}
	var poolID uuid.UUID
	if p != nil {
		poolID = p.ID
	}
	return in.queue(ctx, tx, poolID)
}

type createPoolQueue struct {
	ofPool
	Body prefect.WorkQueueCreate `body:""`
}

func (s *Server) createPoolQueue(ctx context.Context, in *createPoolQueue) (*prefect.WorkQueue, error) {
	q, err := write(ctx, s, func(tx *store.Tx) (*prefect.WorkQueue, error) {
		p, err := pool(ctx, tx.LockWorkPoolByName, in.PoolName)
		if err != nil {
			return nil, err
		}
		return workpool.CreateQueue(ctx, tx, p, &in.Body)
	})
	if store.IsUnique(err) {
		err = prefect.NewError(prefect.Conflict, "A work queue with this name already exists in work pool '"+in.PoolName+"'.")
	}
	if err == nil {
		showQueue(q, nil)
	}
	return q, err
}

func (s *Server) readPoolQueue(ctx context.Context, in *queueOfPool) (*prefect.WorkQueue, error) {
	return read(ctx, s, func(tx *store.Tx) (*prefect.WorkQueue, error) {
		q, err := in.find(ctx, tx)
		if err != nil {
			return nil, err
		}
		return q, showQueues(ctx, tx, []*prefect.WorkQueue{q}, false)
	})
}

// showQueues completes queues for an answer. Runs that are being cancelled hold slots where a queue is polled by itself.
func showQueues(ctx context.Context, tx *store.Tx, queues []*prefect.WorkQueue, alone bool) error {
	var limited []uuid.UUID
	for _, q := range queues {
		if q.ConcurrencyLimit != nil {
			limited = append(limited, q.ID)
		}
	}
	var held map[uuid.UUID]int64
	if len(limited) > 0 {
		var err error
		if held, err = tx.QueueSlots(ctx, limited, alone); err != nil {
			return err
		}
	}
	for _, q := range queues {
		showQueue(q, held)
	}
	return nil
}

func showQueue(q *prefect.WorkQueue, held map[uuid.UUID]int64) {
	if q.ConcurrencyLimit != nil {
		n := held[q.ID]
		q.ActiveSlots = &n
	}
}

func pointers[T any](list []T) []*T {
	all := make([]*T, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	return all
}

type readPoolQueues struct {
	ofPool
	Body struct {
		WorkQueues *prefect.WorkQueueFilter `json:"work_queues"`
		paging
	} `body:"embed"`
}

func (s *Server) readPoolQueues(ctx context.Context, in *readPoolQueues) ([]prefect.WorkQueue, error) {
	b := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.WorkQueue, error) {
		p, err := pool(ctx, tx.WorkPoolByName, in.PoolName)
		if err != nil {
			return nil, err
		}
		queues, err := tx.WorkQueuesOfPool(ctx, p.ID, b.WorkQueues, b.Limit, b.Offset)
		if err != nil {
			return nil, err
		}
		return queues, showQueues(ctx, tx, pointers(queues), false)
	})
}

type updatePoolQueue struct {
	queueOfPool
	Body prefect.WorkQueueUpdate `body:""`
}

func (s *Server) updatePoolQueue(ctx context.Context, in *updatePoolQueue) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		p, err := pool(ctx, tx.LockWorkPoolByName, in.PoolName)
		if err != nil {
			return none{}, err
		}
		q, err := in.queue(ctx, tx, p.ID)
		if err != nil {
			return none{}, err
		}
		if _, err := changeQueue(ctx, tx, q.ID, &in.Body); err != nil || !in.Body.Priority.Set {
			return none{}, err
		}
		return none{}, workpool.SettlePriorities(ctx, tx, p.ID, &q.ID)
	})
}

// changeQueue changes a queue and gives it as it is then, or nil when there is none of that id.
func changeQueue(ctx context.Context, tx *store.Tx, id uuid.UUID, u *prefect.WorkQueueUpdate) (*prefect.WorkQueue, error) {
	q, err := tx.LockWorkQueue(ctx, id)
	if err != nil || q == nil {
		return nil, err
	}
	if field := workpool.NullField(u); field != "" {
		return nil, neverNull(field)
	}
	before := *q
	workpool.UpdateQueue(q, u, tx.Now())
	if err := tx.SaveWorkQueue(ctx, q); err != nil {
		return nil, err
	}
	var told []prefect.Event
	if of := events.WorkQueueChanges(&before, q); len(of) > 0 {
		told = append(told, events.WorkQueueUpdated(q, of, q.Updated))
	}
	if q.Status != nil && !before.HasStatus(*q.Status) {
		told = append(told, events.WorkQueueStatusChanged(q, q.Updated))
	}
	return q, tx.EmitEvents(ctx, told...)
}

func (s *Server) deletePoolQueue(ctx context.Context, in *queueOfPool) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		p, err := pool(ctx, tx.LockWorkPoolByName, in.PoolName)
		if err != nil {
			return none{}, err
		}
		q, err := in.queue(ctx, tx, p.ID)
		if err != nil {
			return none{}, err
		}
		if err := deleteQueue(ctx, tx, p, q); err != nil {
			return none{}, err
		}
		return none{}, workpool.SettlePriorities(ctx, tx, p.ID, nil)
	})
}

// deleteQueue deletes a queue, but not the one that every pool has.
func deleteQueue(ctx context.Context, tx *store.Tx, p *prefect.WorkPool, q *prefect.WorkQueue) error {
	if p != nil && p.DefaultQueueID != nil && *p.DefaultQueueID == q.ID {
		return prefect.NewError(prefect.Conflict, "The default queue of a work pool cannot be deleted.")
	}
	if err := tx.DeleteWorkQueue(ctx, q.ID); err != nil {
		return err
	}
	return tx.EmitEvents(ctx, events.WorkQueueEvent(events.Deleted, q, tx.Now()))
}
