package trigger

import (
	"math"
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Lookback is how far before its first event the first window of a trigger begins, so that events that arrive out of order count.
const Lookback = 15 * time.Minute

// Evaluator holds triggers against events and against the time.
type Evaluator struct {
	State *State
	// Now tells the time at which something fires.
	Now func() prefect.Time
	// NewID makes the ids of firings.
	NewID func() uuid.UUID
	// Fired hears of each firing of an automation's own trigger. It is called while the state is being changed and must not look at it.
	Fired func(a *Automation, f *prefect.Firing)
	// Why hears of each firing of an event trigger, before Fired, with the window in which enough was counted, or too little. It may be nil.
	Why func(f *prefect.Firing, b Bucket)
}

// React holds a trigger against an event that it covers.
func (v *Evaluator) React(t *Event, e *prefect.ReceivedEvent) {
	key, name := t.Key(e), e.Event.Event
	within := duration(t.Within)
	expects := t.expects(name)
	var b *Bucket
	if t.startsAfter(name) {
		// One that opens a window and counts too leaves the window at nothing, from where the next one counts.
		count := int64(0)
		if expects {
			count = -1
		}
		b = v.ensure(t, key, e.Occurred, later(e.Occurred, within), e, count)
	}
	if !expects {
		return
	}
	if b == nil && len(t.after) == 0 {
		b = v.ensure(t, key, e.Occurred.Add(-Lookback), later(e.Occurred, within), e, 0)
	}
	if b == nil {
		b = v.State.bucket(t, key)
	}
	if b != nil {
		v.evaluate(t, b, e.Occurred, e)
	}
}

// Elapse holds a proactive trigger against the time, and tells when to do so again at the latest. The state holds all buckets of the
// trigger that have ended by then; next is when the first of the others ends that has not counted enough, or zero.
func (v *Evaluator) Elapse(t *Event, asOf, next prefect.Time) (again prefect.Time) {
	within := duration(t.Within)
	again = later(asOf, within)
	if len(t.forEach) == 0 {
		v.ensure(t, []string{}, asOf, again, nil, 0)
	}
	var open []*Bucket
	for _, b := range v.State.buckets {
		if b.TriggerID == t.ID {
			open = append(open, b)
		}
	}
	sortBuckets(open)
	if !next.IsZero() {
		again = sooner(asOf, next, again)
	}
	for _, b := range open {
		if b.Count >= t.Threshold {
			v.State.remove(b) // what was waited for has happened
			continue
		}
		if left := v.evaluate(t, b, asOf, nil); left != nil {
			again = sooner(asOf, left.End, again)
		}
	}
	return again
}

// sooner is the time of a window's end if that lies between two times, and else the later of them.
func sooner(asOf, end, again prefect.Time) prefect.Time {
	if end.After(asOf.Time) && end.Before(again.Time) {
		return end
	}
	return again
}

// ensure gives the bucket of the key, and opens it where there is none. An event becomes the bucket's last one.
func (v *Evaluator) ensure(t *Event, key []string, start, end prefect.Time, e *prefect.ReceivedEvent, count int64) *Bucket {
	b := v.State.bucket(t, key)
	if b == nil {
		b = &Bucket{AutomationID: t.Automation().ID, TriggerID: t.ID, Key: key, Start: start, End: end, Count: count, LastOperation: "ensure_bucket[insert]"}
	} else if e == nil {
		return b
	}
	if e != nil {
		b.LastEvent = e
	}
	return v.State.put(b)
}

// renew puts a new window in the place of a bucket's.
func (v *Evaluator) renew(b *Bucket, start, end prefect.Time, count int64, last *prefect.ReceivedEvent) *Bucket {
	return v.State.put(&Bucket{
		AutomationID: b.AutomationID, TriggerID: b.TriggerID, Key: b.Key, Start: start, End: end, Count: count, LastEvent: last,
		LastOperation: "start_new_bucket[update]",
	})
}

// evaluate counts an event in a window, or with nil looks at it as time passes, fires if it is time to, and gives the window that is
// open then, or nil. At each time one window at most is open for a key: reactive triggers fire as soon as they have counted enough,
// and begin a window that lies in the future; proactive ones wait for the end, because until then what they wait for may happen.
func (v *Evaluator) evaluate(t *Event, b *Bucket, now prefect.Time, e *prefect.ReceivedEvent) *Bucket {
	if now.Before(b.Start.Time) {
		return b // it came late, for a window that has closed or has fired
	}
	counts := e != nil
	if counts && (t.immediate() || now.Before(b.End.Time)) {
		b.Count++
		b.LastEvent, b.LastOperation = e, "increment_bucket[update]"
		v.State.put(b)
		counts = false
	}
	within := duration(t.Within)
	meets := t.meets(b.Count)
	switch {
	case meets && (t.Posture == prefect.Reactive || !b.End.After(now.Time)):
		last := e
		if last == nil {
			last = b.LastEvent
		}
		labels := make(map[string]string, len(t.forEach))
		for i := range min(len(t.forEach), len(b.Key)) {
			labels[t.forEach[i]] = b.Key[i]
		}
		firing := v.firing(t.node)
		firing.TriggeringLabels, firing.TriggeringEvent = labels, last
		if v.Why != nil {
			v.Why(firing, *b)
		}
		v.fire(t.node, firing)
		v.State.remove(b)
	case now.Before(b.End.Time):
		// What was waited for has happened, and opens the next window of its own: as the heartbeats of a run do.
		if e != nil && t.Posture == prefect.Proactive && !meets && t.startsAfter(e.Event.Event) && t.expects(e.Event.Event) {
			return v.renew(b, e.Occurred, later(e.Occurred, within), 0, e)
		}
		return b
	}
	// The window is over: the next one begins, unless only an event can open it.
	if len(t.after) > 0 {
		v.State.remove(b)
		return nil
	}
	if within == 0 {
		return nil
	}
	start := now
	if b.End.After(now.Time) {
		start = b.End
	}
	end := later(start, within)
	if t.Posture == prefect.Reactive && counts {
		return v.evaluate(t, v.renew(b, start, end, 0, nil), now, e)
	}
	count := int64(0)
	if counts {
		count = 1
	}
	return v.renew(b, start, end, count, nil)
}

// later is a time after another, but for one that no column can hold.
func later(t prefect.Time, d time.Duration) prefect.Time {
	last := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	if last.Sub(t.Time) < d {
		return prefect.TimeOf(last)
	}
	return t.Add(d)
}

// duration is a length of time, or the longest where that is longer.
func duration(s prefect.Seconds) time.Duration {
	if float64(s) > float64(math.MaxInt64)/1e9 {
		return math.MaxInt64
	}
	return s.Duration()
}
