package api

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

type readPoolConcurrency struct {
	poolByName
	Body struct {
		numbered
		FlowRunLimit int64 `json:"flow_run_limit" default:"10" v:"ge=0,le=200"`
	} `body:"embed"`
}

func (s *Server) readPoolConcurrency(ctx context.Context, in *readPoolConcurrency) (*prefect.WorkPoolConcurrency, error) {
	b := &in.Body
	return read(ctx, s, func(tx *store.Tx) (*prefect.WorkPoolConcurrency, error) {
		p, err := tx.WorkPoolByName(ctx, in.Name)
		if err == nil && p == nil {
			err = prefect.NewError(prefect.NotFound, "Work pool '"+in.Name+"' not found.")
		}
		if err != nil {
			return nil, err
		}
		queues, err := tx.WorkQueuesOfPool(ctx, p.ID, nil, b.Limit, b.offset())
		if err != nil {
			return nil, err
		}
		count, err := tx.CountWorkQueuesOfPool(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		active, err := tx.PoolSlots(ctx, []uuid.UUID{p.ID})
		if err != nil {
			return nil, err
		}
		parts, err := s.queueParts(ctx, tx, queues, b.FlowRunLimit)
		page := newPage(&b.numbered, parts, count)
		return &prefect.WorkPoolConcurrency{
			ActiveSlots: active[p.ID], ConcurrencyLimit: p.ConcurrencyLimit, Queues: page.Results,
			Count: page.Count, Limit: page.Limit, Pages: page.Pages, Page: page.Page,
		}, err
	})
}

// queueParts tells who holds the slots of a pool by queue, naming so many runs of each.
func (s *Server) queueParts(ctx context.Context, tx *store.Tx, queues []prefect.WorkQueue, perQueue int64) ([]prefect.QueueConcurrencyPart, error) {
	parts := make([]prefect.QueueConcurrencyPart, len(queues))
	if len(queues) == 0 {
		return parts, nil
	}
	ids := make([]uuid.UUID, len(queues))
	place := make(map[uuid.UUID]int, len(queues))
	for i := range queues {
		ids[i] = queues[i].ID
		place[ids[i]] = i
	}
	held, err := tx.QueueSlots(ctx, ids, false)
	if err != nil {
		return nil, err
	}
	for i := range queues {
		q, n := &queues[i], held[ids[i]]
		parts[i] = prefect.QueueConcurrencyPart{
			QueueID: q.ID, QueueName: q.Name, ActiveSlots: n, ConcurrencyLimit: q.ConcurrencyLimit, FlowRuns: []prefect.FlowRunSlot{}, FlowRunCount: &n,
		}
	}
	holders, err := tx.PoolSlotHolders(ctx, ids, perQueue)
	s.sinceWhen(holders)
	for _, h := range holders {
		if i, known := place[*h.WorkQueueID]; known {
			parts[i].FlowRuns = append(parts[i].FlowRuns, h)
		}
	}
	return parts, err
}

// sinceWhen tells for how long the runs have been in their states.
func (s *Server) sinceWhen(holders []prefect.FlowRunSlot) {
	now := s.clock()
	for i := range holders {
		if at := holders[i].StateTimestamp; at != nil {
			since := prefect.SecondsOf(now.Sub(at.Time))
			holders[i].TimeInCurrentState = &since
		}
	}
}

type readQueueConcurrency struct {
	byID
	Body numbered `body:"embed"`
}

func (s *Server) readQueueConcurrency(ctx context.Context, in *readQueueConcurrency) (*prefect.WorkQueueConcurrency, error) {
	b := &in.Body
	return read(ctx, s, func(tx *store.Tx) (*prefect.WorkQueueConcurrency, error) {
		q, err := tx.WorkQueue(ctx, in.ID)
		if err == nil && q == nil {
			err = prefect.NewError(prefect.NotFound, "Work queue not found.")
		}
		if err != nil {
			return nil, err
		}
		count, err := tx.CountQueueSlotHolders(ctx, q)
		if err != nil {
			return nil, err
		}
		holders, err := tx.QueueSlotHolders(ctx, q, *b.Limit, b.offset())
		s.sinceWhen(holders)
		page := newPage(b, holders, count)
		return &prefect.WorkQueueConcurrency{
			ActiveSlots: count, ConcurrencyLimit: q.ConcurrencyLimit, FlowRuns: page.Results,
			Count: page.Count, Limit: page.Limit, Pages: page.Pages, Page: page.Page,
		}, err
	})
}
