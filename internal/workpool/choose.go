package workpool

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Request is what a worker asks for.
type Request struct {
	Pool *prefect.WorkPool
	// Queues are those that it works for, in the pool.
	Queues []prefect.WorkQueue
	// Before and After bound when the runs are to start; nil does not.
	Before, After *prefect.Time
	Limit         int64
}

// Waiting is what is known of the runs that wait in queues, and of those that hold slots.
type Waiting interface {
	// DueRuns gives the first runs that wait in the queues, by time, at most so many as the limit.
	DueRuns(ctx context.Context, queueIDs []uuid.UUID, before, after *prefect.Time, limit int64) ([]prefect.DueRun, error)
	// PoolSlots counts the runs that hold slots of the pools, by pool.
	PoolSlots(ctx context.Context, poolIDs []uuid.UUID) (map[uuid.UUID]int64, error)
	// QueueSlots counts the runs that hold slots of the queues, by queue; runs that are being cancelled, if asked.
	QueueSlots(ctx context.Context, queueIDs []uuid.UUID, cancelling bool) (map[uuid.UUID]int64, error)
}

// lookahead is how many waiting runs are read at once, whatever queue they wait in. Usually no more wait.
const lookahead = 1000

// Choose gives the runs that a worker may start: the most urgent queue's first, in each queue the oldest first, and no more
// than the queues, the pool and the worker have room for.
func Choose(ctx context.Context, tx Waiting, r Request) ([]prefect.DueRun, error) {
	open := slices.DeleteFunc(slices.Clone(r.Queues), func(q prefect.WorkQueue) bool { return q.IsPaused })
	if r.Pool.IsPaused || len(open) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(open, func(a, b prefect.WorkQueue) int { return cmp.Compare(a.Priority, b.Priority) })
	c := &choice{room: r.Limit, slots: map[uuid.UUID]int64{}}
	if err := c.measure(ctx, tx, r.Pool, open); err != nil || c.room <= 0 {
		return nil, err
	}
	due, err := tx.DueRuns(ctx, ids(open), r.Before, r.After, lookahead)
	if err != nil {
		return nil, err
	}
	if len(open) == 1 || len(due) < lookahead {
		c.take(open, due)
		return c.taken, nil
	}
	// More wait than can be looked at together: one priority after the other, until there is no more room.
	for first := 0; first < len(open) && c.room > 0; {
		next := first + 1
		for next < len(open) && open[next].Priority == open[first].Priority {
			next++
		}
		due, err := c.dueOf(ctx, tx, open[first:next], r)
		if err != nil {
			return nil, err
		}
		c.take(open[first:next], due)
		first = next
	}
	return c.taken, nil
}

// choice is what was chosen so far, and the room that is left.
type choice struct {
	room  int64
	slots map[uuid.UUID]int64 // of queues that have a limit
	taken []prefect.DueRun
}

// measure finds out how much room the pool and its queues have.
func (c *choice) measure(ctx context.Context, tx Waiting, pool *prefect.WorkPool, open []prefect.WorkQueue) error {
	if pool.ConcurrencyLimit != nil {
		held, err := tx.PoolSlots(ctx, []uuid.UUID{pool.ID})
		if err != nil {
			return err
		}
		c.room = min(c.room, *pool.ConcurrencyLimit-held[pool.ID])
	}
	limited := slices.DeleteFunc(slices.Clone(open), func(q prefect.WorkQueue) bool { return q.ConcurrencyLimit == nil })
	if len(limited) == 0 {
		return nil
	}
	held, err := tx.QueueSlots(ctx, ids(limited), false)
	for i := range limited {
		c.slots[limited[i].ID] = max(0, *limited[i].ConcurrencyLimit-held[limited[i].ID])
	}
	return err
}

// dueOf gives what waits in queues of one priority, as far as there may be room for it.
func (c *choice) dueOf(ctx context.Context, tx Waiting, queues []prefect.WorkQueue, r Request) ([]prefect.DueRun, error) {
	var due []prefect.DueRun
	for i := range queues {
		limit := c.room
		if slots, limited := c.slots[queues[i].ID]; limited {
			limit = min(limit, slots)
		}
		if limit == 0 {
			continue
		}
		found, err := tx.DueRuns(ctx, []uuid.UUID{queues[i].ID}, r.Before, r.After, limit)
		if err != nil {
			return nil, err
		}
		due = append(due, found...)
	}
	return due, nil
}

// take chooses among the runs that wait in the queues, which come in the order of their priorities.
func (c *choice) take(queues []prefect.WorkQueue, due []prefect.DueRun) {
	priority := make(map[uuid.UUID]int64, len(queues))
	for i := range queues {
		priority[queues[i].ID] = queues[i].Priority
	}
	slices.SortStableFunc(due, func(a, b prefect.DueRun) int {
		return cmp.Or(cmp.Compare(priority[a.QueueID], priority[b.QueueID]), compareTimes(a.At, b.At))
	})
	for _, d := range due {
		if c.room <= 0 {
			return
		}
		if slots, limited := c.slots[d.QueueID]; limited {
			if slots <= 0 {
				continue
			}
			c.slots[d.QueueID]--
		}
		c.taken = append(c.taken, d)
		c.room--
	}
}

// compareTimes puts the runs of no known time last.
func compareTimes(a, b *prefect.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return a.Compare(b.Time)
}

func ids(queues []prefect.WorkQueue) []uuid.UUID {
	all := make([]uuid.UUID, len(queues))
	for i := range queues {
		all[i] = queues[i].ID
	}
	return all
}
