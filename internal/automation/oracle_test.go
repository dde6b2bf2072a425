package automation

import (
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"praetor/internal/automation/trigger"
	"praetor/internal/prefect"
)

// oracle says what a simulation comes to. It evaluates one event at a time, in memory, in the order in which they came, but for those that
// follow others; and it knows what each consumer remembers, which has an effect on when proactive triggers are looked at.
type oracle struct {
	automations []*trigger.Automation
	state       *trigger.State
	evaluator   *trigger.Evaluator
	now         prefect.Time
	queue       []*prefect.ReceivedEvent
	waiting     []*prefect.ReceivedEvent
	evaluated   map[uuid.UUID]bool
	consumers   [3]memory
	fired       []string
}

// memory is what a consumer remembers.
type memory struct {
	due              map[uuid.UUID]prefect.Time
	newest, observed prefect.Time
}

func newOracle(automations []*prefect.Automation) *oracle {
	o := &oracle{state: trigger.NewState(), evaluated: map[uuid.UUID]bool{}}
	for _, a := range automations {
		o.automations = append(o.automations, trigger.Compile(a))
	}
	o.evaluator = &trigger.Evaluator{
		State: o.state, NewID: prefect.NewID,
		Now: func() prefect.Time {
			o.now = o.now.Add(time.Microsecond)
			return o.now
		},
		Fired: func(_ *trigger.Automation, f *prefect.Firing) {
			o.fired = append(o.fired, told(f))
			// That it fired is an event, too.
			o.queue = append(o.queue, &prefect.ReceivedEvent{Received: f.Triggered, Event: prefect.Event{ID: prefect.NewID(), Event: "prefect.automation.triggered", Occurred: f.Triggered}})
		},
	}
	for k := range o.consumers {
		o.restart(k)
	}
	return o
}

func (o *oracle) restart(k int) { o.consumers[k] = memory{due: map[uuid.UUID]prefect.Time{}} }

func (o *oracle) deliver(events []prefect.ReceivedEvent) {
	for i := range events {
		o.queue = append(o.queue, &events[i])
	}
}

// tick moves the oracle's clock.
func (o *oracle) tick(now prefect.Time) {
	if now.After(o.now.Time) {
		o.now = now
	}
}

// react evaluates the queue until so many events are left, and so many that are not the automations' own.
func (o *oracle) react(k, left, others int, now prefect.Time) {
	o.tick(now)
	for len(o.queue) > 0 && (len(o.queue) != left || o.others() != others) {
		o.visit(k, o.queue[0], now, map[uuid.UUID]bool{})
	}
}

func (o *oracle) others() (n int) {
	for _, e := range o.queue {
		if len(e.Event.Event) == 1 {
			n++
		}
	}
	return n
}

// visit evaluates an event of the queue behind the one that it follows.
func (o *oracle) visit(k int, e *prefect.ReceivedEvent, now prefect.Time, path map[uuid.UUID]bool) {
	path[e.ID] = true
	ready := e.Follows == nil || o.evaluated[*e.Follows] || now.Sub(e.Received.Time) >= 15*time.Minute
	if !ready {
		leader := slices.IndexFunc(o.queue, func(other *prefect.ReceivedEvent) bool { return other.ID == *e.Follows })
		switch {
		case leader < 0:
		case path[*e.Follows]:
			ready = true // a circle
		default:
			o.visit(k, o.queue[leader], now, path)
			ready = o.evaluated[*e.Follows]
		}
	}
	at := slices.Index(o.queue, e)
	if at < 0 {
		return // evaluated on the way
	}
	o.queue = slices.Delete(o.queue, at, at+1)
	if ready {
		o.evaluate(k, e, now)
	} else {
		o.waiting = append(o.waiting, e)
	}
}

func (o *oracle) evaluate(k int, e *prefect.ReceivedEvent, now prefect.Time) {
	o.evaluated[e.ID] = true
	occurred := e.Occurred
	if occurred.After(now.Time) {
		occurred = now
	}
	if m := &o.consumers[k]; !occurred.Before(m.newest.Time) {
		m.newest, m.observed = occurred, now
	}
	for _, a := range o.automations {
		for _, t := range a.Events {
			if t.Covers(e) {
				o.evaluator.React(t, e)
			}
		}
	}
	var freed []*prefect.ReceivedEvent
	o.waiting = slices.DeleteFunc(o.waiting, func(f *prefect.ReceivedEvent) bool {
		if *f.Follows == e.ID {
			freed = append(freed, f)
			return true
		}
		return false
	})
	slices.SortStableFunc(freed, func(a, b *prefect.ReceivedEvent) int { return a.Occurred.Compare(b.Occurred.Time) })
	for _, f := range freed {
		o.evaluate(k, f, now)
	}
}

// overdue are the events that have waited too long.
func (o *oracle) overdue(now prefect.Time) []*prefect.ReceivedEvent {
	var all []*prefect.ReceivedEvent
	for _, e := range o.waiting {
		if now.Sub(e.Received.Time) > 15*time.Minute {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b *prefect.ReceivedEvent) int { return a.Occurred.Compare(b.Occurred.Time) })
	return all
}

func (o *oracle) lost(now prefect.Time) bool { return len(o.overdue(now)) > 0 }

func (o *oracle) release(k int, now prefect.Time) {
	o.tick(now)
	all := o.overdue(now)
	o.waiting = slices.DeleteFunc(o.waiting, func(e *prefect.ReceivedEvent) bool { return slices.Contains(all, e) })
	for _, e := range all {
		o.evaluate(k, e, now)
	}
}

// asOf is the time of which a consumer thinks that events from before it have come.
func (o *oracle) asOf(k int, now prefect.Time) prefect.Time {
	if m := &o.consumers[k]; !m.newest.IsZero() {
		return now.Add(m.newest.Sub(m.observed.Time))
	}
	return now
}

func (o *oracle) elapse(k int, now prefect.Time) {
	o.tick(now)
	asOf := o.asOf(k, now)
	for _, e := range o.queue[:min(1, len(o.queue))] {
		if e.Received.Before(asOf.Time) {
			asOf = e.Received
		}
	}
	due := o.consumers[k].due
	for _, a := range o.automations {
		for _, t := range a.Events {
			if t.Posture == prefect.Proactive && !due[t.ID].After(now.Time) {
				due[t.ID] = o.evaluator.Elapse(t, asOf, prefect.Time{})
			}
		}
	}
}

func (o *oracle) sweep(k int, now prefect.Time) { o.state.Sweep(o.asOf(k, now).Add(-time.Minute)) }

func mapKeys(m map[string]string) iter.Seq[string] { return maps.Keys(m) }
