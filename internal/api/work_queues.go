package api

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/workpool"
)

// Queues without a pool in their address: those of agents, which poll a queue by itself.

// errNoQueue is the 404 for a queue.
func errNoQueue() error { return prefect.NewError(prefect.NotFound, "work queue not found") }

// noQueueError is the 404 of the operations that word it otherwise.
func noQueueError(id uuid.UUID, end string) error {
	return &prefect.Error{Kind: prefect.NotFound, Message: "Work queue with id " + id.String() + " not found" + end, Exception: true}
}

type createWorkQueue struct {
	Body prefect.WorkQueueCreate `body:""`
}

func (s *Server) createWorkQueue(ctx context.Context, in *createWorkQueue) (*prefect.WorkQueue, error) {
	q, err := s.createAgentQueue(ctx, &in.Body)
	if store.IsUnique(err) {
		// Somebody may just have made the pool. If it was the queue, it is there still.
		q, err = s.createAgentQueue(ctx, &in.Body)
	}
	if store.IsUnique(err) {
		err = prefect.NewError(prefect.Conflict, "A work queue with this name already exists.")
	}
	if err == nil {
		showQueue(q, nil)
	}
	return q, err
}

// createAgentQueue adds a queue to the agents' pool, which the first of them makes.
func (s *Server) createAgentQueue(ctx context.Context, c *prefect.WorkQueueCreate) (*prefect.WorkQueue, error) {
	return write(ctx, s, func(tx *store.Tx) (*prefect.WorkQueue, error) { return addAgentQueue(ctx, tx, c) })
}

func addAgentQueue(ctx context.Context, tx *store.Tx, c *prefect.WorkQueueCreate) (*prefect.WorkQueue, error) {
	p, err := tx.LockWorkPoolByName(ctx, prefect.DefaultAgentPool)
	if err != nil {
		return nil, err
	}
	if p == nil {
		var first *prefect.WorkQueue
		p, first, err = workpool.CreatePool(ctx, tx, &prefect.WorkPoolCreate{Name: prefect.DefaultAgentPool, Type: prefect.AgentPoolType})
		if err != nil || c.Name == first.Name {
			return first, err
		}
	}
	return workpool.CreateQueue(ctx, tx, p, c)
}

func (s *Server) readWorkQueue(ctx context.Context, in *byID) (*prefect.WorkQueue, error) {
	return s.showWorkQueue(ctx, func(tx *store.Tx) (*prefect.WorkQueue, error) { return tx.WorkQueue(ctx, in.ID) })
}

func (s *Server) readWorkQueueByName(ctx context.Context, in *byName) (*prefect.WorkQueue, error) {
	return s.showWorkQueue(ctx, func(tx *store.Tx) (*prefect.WorkQueue, error) {
		p, err := tx.WorkPoolByName(ctx, prefect.DefaultAgentPool)
		if err != nil {
			return nil, err
		}
		if p != nil {
			return tx.WorkQueueOfPool(ctx, p.ID, in.Name)
		}
		queues, err := tx.WorkQueuesNamed(ctx, in.Name, 1)
		if err != nil || len(queues) == 0 {
			return nil, err
		}
		return &queues[0], nil
	})
}

func (s *Server) showWorkQueue(ctx context.Context, find func(*store.Tx) (*prefect.WorkQueue, error)) (*prefect.WorkQueue, error) {
	return read(ctx, s, func(tx *store.Tx) (*prefect.WorkQueue, error) {
		q, err := find(tx)
		if err == nil && q == nil {
			err = errNoQueue()
		}
		if err != nil {
			return nil, err
		}
		return q, showAgentQueues(ctx, tx, []*prefect.WorkQueue{q})
	})
}

// showAgentQueues completes queues for an answer. The slots of a queue with a filter are held by the runs that it selects.
func showAgentQueues(ctx context.Context, tx *store.Tx, queues []*prefect.WorkQueue) error {
	if err := showQueues(ctx, tx, queues, true); err != nil {
		return err
	}
	for _, q := range queues {
		if q.Filter == nil || q.ConcurrencyLimit == nil {
			continue
		}
		held, err := tx.CountFlowRuns(ctx, &store.Filters{FlowRuns: workpool.Selected(q.Filter, prefect.Pending, prefect.Running)})
		if err != nil {
			return err
		}
		q.ActiveSlots = &held
	}
	return nil
}

type readWorkQueues struct {
	Body struct {
		paging
		WorkQueues *prefect.WorkQueueFilter `json:"work_queues"`
	} `body:"embed"`
}

func (s *Server) readWorkQueues(ctx context.Context, in *readWorkQueues) ([]prefect.WorkQueue, error) {
	b := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.WorkQueue, error) {
		queues, err := tx.WorkQueues(ctx, b.WorkQueues, *b.Limit, b.Offset)
		if err != nil {
			return nil, err
		}
		return queues, showAgentQueues(ctx, tx, pointers(queues))
	})
}

type updateWorkQueue struct {
	byID
	Body prefect.WorkQueueUpdate `body:""`
}

// updateWorkQueue leaves the priorities of the pool's other queues alone: queues of one priority share what is given out.
func (s *Server) updateWorkQueue(ctx context.Context, in *updateWorkQueue) (none, error) {
	q, err := write(ctx, s, func(tx *store.Tx) (*prefect.WorkQueue, error) { return changeQueue(ctx, tx, in.ID, &in.Body) })
	if err == nil && q == nil {
		err = prefect.NewError(prefect.NotFound, "Work Queue "+in.ID.String()+" not found")
	}
	return none{}, err
}

func (s *Server) deleteWorkQueue(ctx context.Context, in *byID) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		q, err := tx.WorkQueue(ctx, in.ID)
		if err == nil && q == nil {
			err = errNoQueue()
		}
		if err != nil {
			return none{}, err
		}
		p, err := tx.WorkPool(ctx, *q.WorkPoolID)
		if err != nil {
			return none{}, err
		}
		return none{}, deleteQueue(ctx, tx, p, q)
	})
}

type getQueueRuns struct {
	byID
	FromUI bool `header:"x-prefect-ui" default:"false"`
	Body   struct {
		pageSize
		ScheduledBefore *prefect.Time `json:"scheduled_before"`
	} `body:"embed"`
}

// getQueueRuns gives the runs of a queue that an agent may start. The UI looks, too, and that is no poll.
func (s *Server) getQueueRuns(ctx context.Context, in *getQueueRuns) ([]prefect.FlowRun, error) {
	b := &in.Body
	var polled *prefect.WorkQueue
	runs, err := read(ctx, s, func(tx *store.Tx) ([]prefect.FlowRun, error) {
		q, err := tx.WorkQueue(ctx, in.ID)
		if err == nil && q == nil {
			err = noQueueError(in.ID, ".")
		}
		if err != nil {
			return nil, err
		}
		if polled = q; q.IsPaused {
			return []prefect.FlowRun{}, nil
		}
		if q.Filter != nil {
			return filteredRuns(ctx, tx, q, b.ScheduledBefore, *b.Limit)
		}
		limit := *b.Limit
		if q.ConcurrencyLimit != nil {
			held, err := tx.QueueNameSlots(ctx, q.Name)
			if err != nil {
				return nil, err
			}
			limit = max(0, min(limit, *q.ConcurrencyLimit-held))
		}
		due, err := tx.DueRunsByQueueName(ctx, q.Name, b.ScheduledBefore, limit)
		if err != nil {
			return nil, err
		}
		return runsInOrder(ctx, tx, due)
	})
	if err != nil || in.FromUI {
		return runs, err
	}
	return runs, s.notePoll(ctx, []prefect.WorkQueue{*polled})
}

// filteredRuns gives the runs that a queue with a filter selects, as far as it has room.
func filteredRuns(ctx context.Context, tx *store.Tx, q *prefect.WorkQueue, before *prefect.Time, limit int64) ([]prefect.FlowRun, error) {
	if q.ConcurrencyLimit != nil {
		held, err := tx.CountFlowRuns(ctx, &store.Filters{FlowRuns: workpool.Selected(q.Filter, prefect.Pending, prefect.Running)})
		if err != nil {
			return nil, err
		}
		limit = max(0, min(limit, *q.ConcurrencyLimit-held))
	}
	waiting := workpool.Selected(q.Filter, prefect.Scheduled)
	waiting.NextScheduledStartTime = &prefect.TimeFilter{Before: before}
	return tx.FlowRuns(ctx, &store.Filters{FlowRuns: waiting}, prefect.FlowRunNextScheduledStartTimeAsc, limit, 0)
}

func (s *Server) readQueueStatus(ctx context.Context, in *byID) (*prefect.WorkQueueStatusDetail, error) {
	return read(ctx, s, func(tx *store.Tx) (*prefect.WorkQueueStatusDetail, error) {
		q, err := tx.WorkQueue(ctx, in.ID)
		if err == nil && q == nil {
			err = noQueueError(in.ID, "")
		}
		if err != nil {
			return nil, err
		}
		late, err := tx.CountFlowRuns(ctx, &store.Filters{
			FlowRuns:   &prefect.FlowRunFilter{State: &prefect.FlowRunFilterState{Name: &prefect.ValuesFilter{Any: &[]string{"Late"}}}},
			WorkQueues: &prefect.WorkQueueFilter{ID: &prefect.AnyIDFilter{Any: &[]uuid.UUID{q.ID}}},
		})
		return workpool.Health(q, late, prefect.TimeOf(s.clock())), err
	})
}
