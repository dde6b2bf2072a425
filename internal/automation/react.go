package automation

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"praetor/internal/automation/trigger"
	"praetor/internal/prefect"
)

// LogEvent is the name of events of which each is a line of a log: too many to be held against automations.
const LogEvent = "prefect.log.write"

// React evaluates what the queue holds, until it is empty or another server evaluates. It gives the number of events.
func (v *Evaluator) React(ctx context.Context) (evaluated int, err error) {
	for ctx.Err() == nil {
		waits := false
		if err := v.store.Read(ctx, func(tx Tx) (err error) {
			waits, err = tx.HasQueuedEvents(ctx)
			return err
		}); err != nil || !waits {
			return evaluated, err
		}
		n, err := v.Batch(ctx)
		if evaluated += n; err != nil || n == 0 {
			return evaluated, err
		}
	}
	return evaluated, ctx.Err()
}

// Batch evaluates the first events of the queue in one transaction, and gives how many it took out of it: none if the queue is empty, or
// another server evaluates.
func (v *Evaluator) Batch(ctx context.Context) (taken int, err error) {
	err = v.inTurn(ctx, func(tx Tx) (*sequence, error) {
		batch, err := tx.QueuedEvents(ctx, v.o.Batch)
		if err != nil || len(batch) == 0 {
			return nil, err
		}
		s, err := v.arrange(ctx, tx, batch)
		if err == nil {
			taken = len(s.queued)
		}
		return s, err
	})
	if err != nil {
		taken = 0
	}
	return taken, err
}

// Evaluate evaluates events, which need not be stored, in their order. It waits while another server evaluates. Those that this evaluator has
// evaluated before are passed over.
func (v *Evaluator) Evaluate(ctx context.Context, events []prefect.ReceivedEvent) (err error) {
	for range maxAttempts {
		err = v.transact(ctx, Tx.AwaitEvaluation, func(Tx) (*sequence, error) {
			s := &sequence{}
			for i := range events {
				if !v.seen.known[events[i].ID] {
					s.events = append(s.events, &prefect.QueuedEvent{Event: events[i], Whole: true})
				}
			}
			return s, nil
		})
		var p passing
		if err == nil || !errors.As(err, &p) || !p.Passing() {
			break
		}
	}
	return err
}

// maxAttempts is how often events are evaluated again because another server has met the same triggers at the same time.
const maxAttempts = 3

// passing is a failure that a second attempt may not meet, such as a row that another server writes at the same moment.
type passing interface {
	error
	Passing() bool
}

// inTurn runs a transaction that evaluates the events which choose gives, if no other server is evaluating.
func (v *Evaluator) inTurn(ctx context.Context, choose func(Tx) (*sequence, error)) error {
	return v.transact(ctx, Tx.LockEvaluation, choose)
}

// transact runs a transaction that evaluates the events which choose gives, if lock says so.
func (v *Evaluator) transact(ctx context.Context, lock func(Tx, context.Context) (bool, error), choose func(Tx) (*sequence, error)) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	var done []*prefect.QueuedEvent
	var out *outcome
	err := v.store.Write(ctx, func(tx Tx) error {
		done, out = nil, nil
		mine, err := lock(tx, ctx)
		if err != nil || !mine {
			return err
		}
		if err := v.refresh(ctx, tx); err != nil {
			return err
		}
		s, err := choose(tx)
		if err != nil || s == nil {
			return err
		}
		out = &outcome{}
		if err := v.evaluate(ctx, tx, s, out); err != nil {
			return err
		}
		done = s.events
		return v.settle(ctx, tx, s)
	})
	if err != nil {
		return err
	}
	now := prefect.TimeOf(v.clock())
	for _, q := range done {
		v.seen.add(q.Event.ID)
		v.lag.note(&q.Event, now)
	}
	v.announce(out)
	return nil
}

// settle notes what waits, and takes out of the queue what was in it.
func (v *Evaluator) settle(ctx context.Context, tx Tx, s *sequence) error {
	if len(s.waiting) > 0 {
		waiting, err := Whole(ctx, tx, s.waiting)
		if err != nil {
			return err
		}
		if err := tx.AddFollowers(ctx, waiting); err != nil {
			return err
		}
	}
	if len(s.freed) > 0 {
		if err := tx.DeleteFollowers(ctx, s.freed); err != nil {
			return err
		}
	}
	if len(s.queued) > 0 {
		return tx.DeleteQueuedEvents(ctx, s.queued)
	}
	return nil
}

// EventReader reads events that are stored.
type EventReader interface {
	// EventsOf gives those of the events that are stored.
	EventsOf(ctx context.Context, ids []uuid.UUID) ([]prefect.ReceivedEvent, error)
}

// Whole gives the events with all that is stored of them. One that has been deleted in the meantime is left out.
func Whole(ctx context.Context, tx EventReader, events []*prefect.QueuedEvent) ([]prefect.ReceivedEvent, error) {
	var missing []uuid.UUID
	for _, q := range events {
		if !q.Whole {
			missing = append(missing, q.Event.ID)
		}
	}
	known := map[uuid.UUID]*prefect.ReceivedEvent{}
	if len(missing) > 0 {
		found, err := tx.EventsOf(ctx, missing)
		if err != nil {
			return nil, err
		}
		for i := range found {
			known[found[i].ID] = &found[i]
		}
	}
	all := make([]prefect.ReceivedEvent, 0, len(events))
	for _, q := range events {
		if e := known[q.Event.ID]; e != nil {
			all = append(all, *e)
		} else if q.Whole {
			all = append(all, q.Event)
		}
	}
	return all, nil
}

// meeting is an event with the triggers that it is for.
type meeting struct {
	event    *prefect.ReceivedEvent
	triggers []*trigger.Event
}

// evaluate holds events against the triggers that they are for, and stores what becomes of them.
func (v *Evaluator) evaluate(ctx context.Context, tx Tx, s *sequence, out *outcome) error {
	var wanted []*prefect.QueuedEvent
	for _, q := range s.events {
		if name := q.Event.Event.Event; name != LogEvent && v.index.Wants(name) {
			wanted = append(wanted, q)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	events, err := Whole(ctx, tx, wanted)
	if err != nil {
		return err
	}
	var meetings []meeting
	for i := range events {
		if found := v.index.Find(&events[i]); len(found) > 0 {
			meetings = append(meetings, meeting{&events[i], found})
		}
	}
	if len(meetings) == 0 {
		return nil
	}
	b, err := v.load(ctx, tx, meetings, out)
	if err != nil {
		return err
	}
	for _, m := range meetings {
		for _, t := range m.triggers {
			if b.exists[t.Automation().ID] {
				b.React(t, m.event)
			}
		}
	}
	return b.save(ctx, tx)
}

// board is the state of triggers that a transaction evaluates.
type board struct {
	trigger.Evaluator
	exists map[uuid.UUID]bool // automations that have not been deleted
	out    *outcome
	// The automations that have compound triggers or sequences, and the ids of those.
	composite, compounds []uuid.UUID
}

// maxSkew is by how much the clocks of servers may differ without an effect on sequences.
const maxSkew = time.Minute

// open locks automations and makes a board for them. What it holds of the triggers is loaded afterwards: buckets first, and then children,
// as the reference's servers on the same database lock them.
func (v *Evaluator) open(ctx context.Context, tx Tx, triggers []*trigger.Event, out *outcome) (*board, error) {
	b := &board{out: out}
	var all []uuid.UUID
	asked := map[uuid.UUID]bool{}
	for _, t := range triggers {
		a := t.Automation()
		if asked[a.ID] {
			continue
		}
		asked[a.ID] = true
		all = append(all, a.ID)
		if a.Trigger.Event == nil {
			b.composite = append(b.composite, a.ID)
			b.compounds = appendCompounds(b.compounds, a.Trigger)
		}
	}
	found, err := tx.LockAutomations(ctx, all)
	if err != nil {
		return nil, err
	}
	b.exists = make(map[uuid.UUID]bool, len(found))
	for _, id := range found {
		b.exists[id] = true
	}
	b.Evaluator = trigger.Evaluator{State: trigger.NewState(), Now: v.now, NewID: prefect.NewID, Fired: out.fired}
	return b, nil
}

// appendCompounds appends the ids of the compound triggers and sequences in a trigger, itself included.
func appendCompounds(ids []uuid.UUID, t prefect.Trigger) []uuid.UUID {
	if t.Event == nil {
		ids = append(ids, t.ID())
	}
	for _, child := range t.Children() {
		ids = appendCompounds(ids, child)
	}
	return ids
}

// loadChildren adds the firings that wait in the automations that have compound triggers.
func (v *Evaluator) loadChildren(ctx context.Context, tx Tx, b *board) error {
	if len(b.composite) == 0 {
		return nil
	}
	if err := tx.LockCompounds(ctx, b.compounds); err != nil {
		return err
	}
	waiting, err := tx.LockChildFirings(ctx, b.composite)
	if err != nil {
		return err
	}
	now := v.clock()
	for i := range waiting {
		b.State.LoadChild(&waiting[i])
		// What fires next fires later, though the clock of the server that stored this may be a little ahead.
		if at := waiting[i].Firing.Triggered; at.After(v.last.Time) && at.Sub(now) < maxSkew {
			v.last = at
		}
	}
	return nil
}

// load makes a board for the triggers of meetings, with the buckets into which their events fall.
func (v *Evaluator) load(ctx context.Context, tx Tx, meetings []meeting, out *outcome) (*board, error) {
	var all []*trigger.Event
	var automations, triggers []uuid.UUID
	var keys [][]string
	seen := map[trigger.BucketKey]bool{}
	known, listed := map[uuid.UUID]bool{}, map[uuid.UUID]bool{} // triggers and automations
	texts := map[trigger.BucketKey]bool{}
	for _, m := range meetings {
		for _, t := range m.triggers {
			key := t.Key(m.event)
			name := trigger.KeyOf(t.ID, key)
			if seen[name] {
				continue
			}
			seen[name] = true
			if text := trigger.KeyOf(uuid.Nil, key); !texts[text] {
				texts[text] = true
				keys = append(keys, key)
			}
			if !known[t.ID] {
				known[t.ID] = true
				all, triggers = append(all, t), append(triggers, t.ID)
				if id := t.Automation().ID; !listed[id] {
					listed[id] = true
					automations = append(automations, id)
				}
			}
		}
	}
	b, err := v.open(ctx, tx, all, out)
	if err != nil {
		return nil, err
	}
	buckets, err := tx.LockBuckets(ctx, automations, triggers, keys)
	if err != nil {
		return nil, err
	}
	for i := range buckets {
		b.State.LoadBucket(&buckets[i])
	}
	return b, v.loadChildren(ctx, tx, b)
}

// save stores what has become of the triggers.
func (b *board) save(ctx context.Context, tx Tx) error {
	c := b.State.Changes()
	if err := tx.DeleteBuckets(ctx, c.RemovedBuckets); err != nil {
		return err
	}
	if len(c.NewBuckets) > 0 {
		if err := tx.InsertBuckets(ctx, c.NewBuckets); err != nil {
			return err
		}
	}
	if len(c.Buckets) > 0 {
		if err := tx.SaveBuckets(ctx, c.Buckets); err != nil {
			return err
		}
	}
	if err := tx.DeleteChildFirings(ctx, c.RemovedChildren); err != nil {
		return err
	}
	if len(c.Children) > 0 {
		if err := tx.SaveChildFirings(ctx, c.Children); err != nil {
			return err
		}
	}
	return b.out.store(ctx, tx)
}
