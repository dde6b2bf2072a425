package automation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"praetor/internal/automation/trigger"
	"praetor/internal/prefect"
)

const (
	// maxDryEvents is how many events a dry run looks at, and dryPage how many it reads at once.
	maxDryEvents = 20000
	dryPage      = 1000
	// maxDryLooks is how often it looks at proactive triggers.
	maxDryLooks = 200000
)

// ReadEvents gives a page of the stored events that a filter selects.
type ReadEvents func(ctx context.Context, f *prefect.EventFilter, limit, offset int64) ([]prefect.ReceivedEvent, error)

// DryRun holds a trigger against the events of a span of time, in the order in which they happened, and says when it would have fired. It
// begins with no window open. Nothing is stored and nothing is done.
func DryRun(ctx context.Context, t prefect.Trigger, since, until prefect.Time, limit int64, read ReadEvents) (*prefect.DryRunReport, error) {
	d := newDryRun(t, since, until, limit)
	f := &prefect.EventFilter{Order: prefect.EventsAscending, Event: namesOf(d.automation)}
	f.Occurred.Since, f.Occurred.Until = prefect.Some(since), prefect.Some(until)
	for d.report.Complete {
		events, err := read(ctx, f, dryPage, d.report.Events)
		if err != nil {
			return nil, err
		}
		for i := range events {
			if !d.meet(ctx, &events[i]) {
				return d.report, ctx.Err()
			}
		}
		if len(events) < dryPage {
			break
		}
		if d.report.Events >= maxDryEvents {
			return d.stop(), nil
		}
	}
	d.elapse(ctx, until)
	return d.report, ctx.Err()
}

// dryRun is one run.
type dryRun struct {
	automation *trigger.Automation
	evaluator  trigger.Evaluator
	report     *prefect.DryRunReport
	limit      int64
	now        prefect.Time
	due        map[uuid.UUID]prefect.Time
	looks      int
	windows    map[uuid.UUID]prefect.DryRunWindow // by firing
}

func newDryRun(t prefect.Trigger, since, until prefect.Time, limit int64) *dryRun {
	d := &dryRun{
		automation: trigger.Compile(&prefect.Automation{AutomationCore: prefect.AutomationCore{Trigger: t}}), limit: limit, now: since,
		report: &prefect.DryRunReport{Since: since, Until: until, Complete: true, Firings: []prefect.DryRunFiring{}},
		due:    map[uuid.UUID]prefect.Time{}, windows: map[uuid.UUID]prefect.DryRunWindow{},
	}
	d.evaluator = trigger.Evaluator{
		State: trigger.NewState(), NewID: prefect.NewID, Fired: d.fired,
		Now: func() prefect.Time {
			d.now = d.now.Add(time.Microsecond) // so that what fires first is first
			return d.now
		},
		Why: func(f *prefect.Firing, b trigger.Bucket) {
			d.windows[f.ID] = prefect.DryRunWindow{
				Start: b.Start, End: b.End, Count: max(b.Count, 0), Posture: f.Trigger.Event.Posture, Threshold: f.Trigger.Event.Threshold,
			}
		},
	}
	return d
}

// namesOf restricts events to those whose names the trigger may ask for, or is nil where it may ask for any.
func namesOf(a *trigger.Automation) *prefect.EventNameFilter {
	var names []string
	for _, t := range a.Events {
		if len(t.Expect) == 0 {
			return nil
		}
		for _, list := range [][]string{t.Expect, t.After} {
			for _, name := range list {
				prefix := name[:min(len(name), strings.IndexAny(name+"*", "*?["))]
				if prefix == "" || strings.HasPrefix(name, "!") {
					return nil
				}
				names = append(names, prefix)
			}
		}
	}
	return &prefect.EventNameFilter{Prefix: names}
}

// meet holds the trigger against an event, and tells whether to go on.
func (d *dryRun) meet(ctx context.Context, e *prefect.ReceivedEvent) bool {
	d.elapse(ctx, e.Occurred)
	d.tick(e.Occurred)
	covered := false
	for _, t := range d.automation.Events {
		if t.Covers(e) {
			covered = true
			d.evaluator.React(t, e)
		}
	}
	d.report.Events++
	if covered {
		d.report.Matched++
	}
	return d.going(ctx)
}

func (d *dryRun) tick(now prefect.Time) {
	if now.After(d.now.Time) {
		d.now = now
	}
}

// elapse looks at the proactive triggers at the ends of their windows, up to a time.
func (d *dryRun) elapse(ctx context.Context, until prefect.Time) {
	for d.going(ctx) {
		var next *trigger.Event
		at := until
		for _, t := range d.automation.Events {
			due, known := d.due[t.ID]
			if !known {
				due = d.report.Since
			}
			if t.Posture == prefect.Proactive && !due.After(at.Time) && (next == nil || due.Before(at.Time)) {
				next, at = t, due
			}
		}
		if next == nil {
			return
		}
		if d.looks++; d.looks > maxDryLooks {
			d.stop()
			return
		}
		d.tick(at)
		d.due[next.ID] = d.evaluator.Elapse(next, at, prefect.Time{})
	}
}

func (d *dryRun) going(ctx context.Context) bool { return d.report.Complete && ctx.Err() == nil }

// stop ends the run where it has come to.
func (d *dryRun) stop() *prefect.DryRunReport {
	d.report.Until, d.report.Complete = d.now, false
	return d.report
}

func (d *dryRun) fired(_ *trigger.Automation, f *prefect.Firing) {
	if int64(len(d.report.Firings)) == d.limit {
		d.stop()
		return
	}
	d.report.Firings = append(d.report.Firings, d.tell(f))
	if len(d.windows) > maxWindows {
		clear(d.windows)
	}
}

// maxWindows bounds the windows that are remembered for firings which wait for others.
const maxWindows = 10000

// tell says what is known of a firing.
func (d *dryRun) tell(f *prefect.Firing) prefect.DryRunFiring {
	told := prefect.DryRunFiring{At: f.Triggered, TriggerID: f.Trigger.ID(), Labels: f.TriggeringLabels, Firings: []prefect.DryRunFiring{}}
	if e := f.TriggeringEvent; e != nil {
		told.Event = &prefect.DryRunEvent{ID: e.ID, Occurred: e.Occurred, Event: e.Event.Event, ResourceID: e.Resource[prefect.ResourceID]}
	}
	for i := range f.TriggeringFirings {
		told.Firings = append(told.Firings, d.tell(&f.TriggeringFirings[i]))
	}
	switch w, known := d.windows[f.ID]; {
	case f.Trigger.Sequence != nil:
		told.Reason = fmt.Sprintf("all %d triggers fired in their order", len(told.Firings))
	case f.Trigger.Compound != nil:
		told.Reason = fmt.Sprintf("%d of %d triggers fired", len(told.Firings), len(f.Trigger.Compound.Triggers))
	case !known:
		told.Reason = "the trigger fired" // earlier, as a part of what fires now
	case w.Posture == prefect.Proactive:
		told.Window = &w
		told.Reason = fmt.Sprintf("%s by %s, fewer than %d", counted(w.Count), w.End, w.Threshold)
	default:
		told.Window = &w
		told.Reason = fmt.Sprintf("%s, at least %d", counted(w.Count), w.Threshold)
	}
	return told
}

func counted(n int64) string {
	if n == 1 {
		return "1 event"
	}
	return fmt.Sprintf("%d events", n)
}
