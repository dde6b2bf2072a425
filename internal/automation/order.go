package automation

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"praetor/internal/automation/trigger"
	"praetor/internal/prefect"
)

// maxDepth bounds how many events that follow each other are brought together at once. What lies deeper has its turn later.
const maxDepth = 20

// sequence is what a batch of events comes to: those that are evaluated now, in their order, and those that wait for another.
type sequence struct {
	events []*prefect.QueuedEvent
	// waiting follow events that have not come yet.
	waiting []*prefect.QueuedEvent
	// freed waited for one of the events.
	freed []uuid.UUID
	// queued are the places in the queue of all that were looked at.
	queued []int64
}

// sorter brings events into an order in which none comes before the one that it follows.
type sorter struct {
	tx      Tx
	now     prefect.Time
	seen    map[uuid.UUID]bool // evaluated before this batch
	batch   map[uuid.UUID]*prefect.QueuedEvent
	entered map[uuid.UUID]bool // begun to be looked at
	placed  map[uuid.UUID]bool
	// parked are the events that wait, by what they wait for.
	parked map[uuid.UUID][]*prefect.QueuedEvent
	out    sequence
}

// arrange orders the events of a batch, with those that it brings along: the events that they follow, where those wait in the queue too,
// and those that have waited for them.
func (v *Evaluator) arrange(ctx context.Context, tx Tx, batch []prefect.QueuedEvent) (*sequence, error) {
	s := &sorter{
		tx: tx, now: prefect.TimeOf(v.clock()), seen: map[uuid.UUID]bool{}, batch: map[uuid.UUID]*prefect.QueuedEvent{},
		entered: map[uuid.UUID]bool{}, placed: map[uuid.UUID]bool{}, parked: map[uuid.UUID][]*prefect.QueuedEvent{},
	}
	order := s.take(batch, v.seen)
	for range maxDepth {
		leaders := s.unknown(v.seen)
		if len(leaders) == 0 {
			break
		}
		more, err := tx.QueuedEventsOf(ctx, leaders)
		if err != nil {
			return nil, err
		}
		if len(more) == 0 {
			evaluated, err := tx.EvaluatedEvents(ctx, leaders)
			if err != nil {
				return nil, err
			}
			for _, id := range evaluated {
				s.seen[id] = true
			}
			break
		}
		order = append(order, s.take(more, v.seen)...)
	}
	if err := s.unpark(ctx, ids(order)); err != nil {
		return nil, err
	}
	for _, q := range order {
		s.visit(q, 0)
	}
	return &s.out, nil
}

// take adds events to the batch and gives those of them that are to be evaluated. One that comes again is not.
func (s *sorter) take(batch []prefect.QueuedEvent, seen *recent) []*prefect.QueuedEvent {
	var order []*prefect.QueuedEvent
	for i := range batch {
		q := &batch[i]
		if id := q.Event.ID; s.batch[id] == nil && !q.Gone && !seen.known[id] {
			s.batch[id] = q
			order = append(order, q)
		}
		s.out.queued = append(s.out.queued, q.ID)
	}
	return order
}

// tooOld tells whether an event has waited long enough.
func (s *sorter) tooOld(q *prefect.QueuedEvent) bool {
	return s.now.Sub(q.Event.Received.Time) >= trigger.Lookback
}

// unknown are the events that others of the batch follow and that are not known to have been evaluated, but for
// those of events that wait for nothing any more.
func (s *sorter) unknown(seen *recent) []uuid.UUID {
	asked := map[uuid.UUID]bool{}
	for _, q := range s.batch {
		leader := q.Event.Follows
		if leader == nil || s.batch[*leader] != nil || s.seen[*leader] || asked[*leader] || s.tooOld(q) {
			continue
		}
		if seen.known[*leader] {
			s.seen[*leader] = true
			continue
		}
		asked[*leader] = true
	}
	ids := make([]uuid.UUID, 0, len(asked))
	for id := range asked {
		ids = append(ids, id)
	}
	return ids
}

// visit places an event behind the one that it follows, or has it wait for that.
func (s *sorter) visit(q *prefect.QueuedEvent, depth int) {
	id := q.Event.ID
	if s.entered[id] {
		return
	}
	s.entered[id] = true
	leader := q.Event.Follows
	ready := leader == nil || s.seen[*leader] || s.placed[*leader] || s.tooOld(q)
	if leader != nil && !ready {
		switch ahead := s.batch[*leader]; {
		case ahead == nil:
		case s.entered[*leader] && !s.placed[*leader] && !slices.Contains(s.out.waiting, ahead):
			ready = true // they follow each other in a circle: no order is better than another
		case depth < maxCallDepth:
			s.visit(ahead, depth+1)
			ready = s.placed[*leader]
		default:
			ready = true
		}
	}
	if !ready {
		s.out.waiting = append(s.out.waiting, q)
		s.parked[*leader] = append(s.parked[*leader], q)
		return
	}
	s.place(q)
}

// place puts an event behind all that are placed, and behind it those that have waited for it, the oldest first.
func (s *sorter) place(q *prefect.QueuedEvent) {
	id := q.Event.ID
	s.placed[id] = true
	s.out.events = append(s.out.events, q)
	next := s.parked[id]
	delete(s.parked, id)
	slices.SortStableFunc(next, func(a, b *prefect.QueuedEvent) int { return a.Event.Occurred.Compare(b.Event.Occurred.Time) })
	for _, f := range next {
		if i := slices.Index(s.out.waiting, f); i >= 0 {
			s.out.waiting = slices.Delete(s.out.waiting, i, i+1)
		} else {
			s.out.freed = append(s.out.freed, f.Event.ID)
		}
		s.place(f)
	}
}

// maxCallDepth bounds the recursion: a batch may be one long chain in the wrong order.
const maxCallDepth = 10000

// unpark reads the events that wait for some, and for those in their turn.
func (s *sorter) unpark(ctx context.Context, leaders []uuid.UUID) error {
	known := map[uuid.UUID]bool{}
	for depth := 0; depth < maxDepth && len(leaders) > 0; depth++ {
		found, err := s.tx.Followers(ctx, leaders)
		if err != nil {
			return err
		}
		leaders = nil
		for i := range found {
			e := &found[i]
			if e.Follows == nil || known[e.ID] || s.placed[e.ID] || s.batch[e.ID] != nil {
				continue
			}
			known[e.ID] = true
			s.parked[*e.Follows] = append(s.parked[*e.Follows], &prefect.QueuedEvent{Event: *e, Whole: true})
			leaders = append(leaders, e.ID)
		}
	}
	return nil
}

func ids(events []*prefect.QueuedEvent) []uuid.UUID {
	all := make([]uuid.UUID, len(events))
	for i, q := range events {
		all[i] = q.Event.ID
	}
	return all
}

// lost gives events that have waited too long, the oldest first, each before those that have waited for it.
func lost(ctx context.Context, tx Tx, now time.Time, limit int64) (*sequence, error) {
	events, err := tx.LostFollowers(ctx, prefect.TimeOf(now.Add(-trigger.Lookback)), limit)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(events, func(a, b prefect.ReceivedEvent) int { return a.Occurred.Compare(b.Occurred.Time) })
	s := &sorter{tx: tx, placed: map[uuid.UUID]bool{}, parked: map[uuid.UUID][]*prefect.QueuedEvent{}}
	leaders := make([]uuid.UUID, len(events))
	for i := range events {
		leaders[i] = events[i].ID
		s.placed[events[i].ID] = true // in this order, whatever they wait for
	}
	if err := s.unpark(ctx, leaders); err != nil {
		return nil, err
	}
	s.out.freed = leaders
	for i := range events {
		s.place(&prefect.QueuedEvent{Event: events[i], Whole: true})
	}
	return &s.out, nil
}
