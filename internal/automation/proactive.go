package automation

import (
	"context"
	"math"

	"github.com/google/uuid"

	"praetor/internal/automation/trigger"
	"praetor/internal/prefect"
)

const (
	// maxTriggers is how many proactive triggers one transaction looks at, and maxEnded how many of their buckets.
	maxTriggers = 100
	maxEnded    = 1000
	// maxLost is how many events that have waited too long one transaction evaluates.
	maxLost = 500
)

// Elapse holds the time against what waits for it: events that have waited too long for what they follow, proactive triggers whose windows
// have ended, and buckets that nobody asks for any more.
func (v *Evaluator) Elapse(ctx context.Context) error {
	if err := v.release(ctx); err != nil {
		return err
	}
	if err := v.elapseTriggers(ctx); err != nil {
		return err
	}
	return v.sweep(ctx)
}

// release evaluates the events that have waited too long.
func (v *Evaluator) release(ctx context.Context) error {
	for ctx.Err() == nil {
		waits := false
		err := v.store.Read(ctx, func(tx Tx) error {
			s, err := lost(ctx, tx, v.clock(), 1)
			waits = err == nil && len(s.events) > 0
			return err
		})
		if err != nil || !waits {
			return err
		}
		n := 0
		err = v.inTurn(ctx, func(tx Tx) (*sequence, error) {
			s, err := lost(ctx, tx, v.clock(), maxLost)
			if err == nil {
				n = len(s.events)
			}
			return s, err
		})
		if err != nil || n == 0 {
			return err
		}
	}
	return ctx.Err()
}

// elapseTriggers looks at the proactive triggers that are due.
func (v *Evaluator) elapseTriggers(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.store.Read(ctx, func(tx Tx) error { return v.refresh(ctx, tx) }); err != nil {
		return err
	}
	now := prefect.TimeOf(v.clock())
	asOf := v.lag.asOf(now)
	if v.o.Unread != nil {
		oldest, err := v.o.Unread(ctx)
		if err != nil {
			return err
		}
		if !oldest.IsZero() && oldest.Before(asOf.Time) {
			asOf = oldest
		}
	}
	var due []*trigger.Event
	for _, t := range v.index.Proactive {
		if !v.due[t.ID].After(now.Time) {
			due = append(due, t)
		}
	}
	for len(due) > 0 && ctx.Err() == nil {
		n := min(len(due), maxTriggers)
		if err := v.elapseGroup(ctx, due[:n], asOf); err != nil {
			return err
		}
		due = due[n:]
	}
	return ctx.Err()
}

// elapseGroup looks at some proactive triggers in one transaction, and again while more of their windows have ended than it takes at once.
func (v *Evaluator) elapseGroup(ctx context.Context, group []*trigger.Event, asOf prefect.Time) error {
	for ctx.Err() == nil {
		var out *outcome
		var again map[uuid.UUID]prefect.Time
		more := false
		err := v.store.Write(ctx, func(tx Tx) error {
			out, again, more = nil, nil, false
			mine, err := tx.LockEvaluation(ctx)
			if err != nil || !mine {
				return err
			}
			out = &outcome{}
			again, more, err = v.elapse(ctx, tx, group, asOf, out)
			return err
		})
		if err != nil {
			return err
		}
		for id, at := range again {
			v.due[id] = at
		}
		if v.announce(out); !more {
			return nil
		}
	}
	return ctx.Err()
}

func (v *Evaluator) elapse(ctx context.Context, tx Tx, group []*trigger.Event, asOf prefect.Time, out *outcome) (again map[uuid.UUID]prefect.Time, more bool, err error) {
	// Of what has not been evaluated yet, here or on another server, nothing can be said to be absent.
	queued, err := tx.QueuedEvents(ctx, 1)
	if err != nil {
		return nil, false, err
	}
	if len(queued) > 0 && !queued[0].Gone && queued[0].Event.Received.Before(asOf.Time) {
		asOf = queued[0].Event.Received
	}
	var automations, triggers []uuid.UUID
	enough, thresholds := int64(math.MaxInt64), make(map[uuid.UUID]int64, len(group))
	for _, t := range group {
		thresholds[t.ID] = t.Threshold
		automations, triggers = append(automations, t.Automation().ID), append(triggers, t.ID)
		enough = min(enough, t.Threshold)
	}
	b, err := v.open(ctx, tx, group, out)
	if err != nil {
		return nil, false, err
	}
	buckets, err := tx.LockEndedBuckets(ctx, automations, triggers, asOf, enough, maxEnded)
	if err != nil {
		return nil, false, err
	}
	// Those without for_each have one bucket, which may be open.
	open, err := tx.LockBuckets(ctx, automations, triggers, [][]string{{}})
	if err != nil {
		return nil, false, err
	}
	ends, err := tx.NextBucketEnds(ctx, automations, thresholds, asOf)
	if err != nil {
		return nil, false, err
	}
	for i := range buckets {
		b.State.LoadBucket(&buckets[i])
	}
	for i := range open {
		b.State.LoadBucket(&open[i])
	}
	if err := v.loadChildren(ctx, tx, b); err != nil {
		return nil, false, err
	}
	again = make(map[uuid.UUID]prefect.Time, len(group))
	for _, t := range group {
		if b.exists[t.Automation().ID] {
			again[t.ID] = b.Elapse(t, asOf, ends[t.ID])
		}
	}
	return again, len(buckets) == maxEnded, b.save(ctx, tx)
}

// sweep deletes the buckets that ended long enough ago.
func (v *Evaluator) sweep(ctx context.Context) error {
	v.mu.Lock()
	ended := v.lag.asOf(prefect.TimeOf(v.clock())).Add(-v.o.Swept)
	v.mu.Unlock()
	closed := false
	if err := v.store.Read(ctx, func(tx Tx) (err error) {
		closed, err = tx.HasClosedBuckets(ctx, ended)
		return err
	}); err != nil || !closed {
		return err
	}
	return v.store.Write(ctx, func(tx Tx) error {
		mine, err := tx.LockEvaluation(ctx)
		if err != nil || !mine {
			return err
		}
		return tx.SweepBuckets(ctx, ended)
	})
}
