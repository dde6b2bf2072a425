package trigger

import (
	"cmp"
	"slices"
	"strings"

	"praetor/internal/prefect"
)

// firing is a firing of a trigger that happens now.
func (v *Evaluator) firing(n *node) *prefect.Firing {
	return &prefect.Firing{
		ID: v.NewID(), Trigger: n.trigger, TriggerStates: []prefect.TriggerState{prefect.Triggered}, Triggered: v.Now(),
		TriggeringLabels: map[string]string{}, TriggeringFirings: []prefect.Firing{},
	}
}

// fire hands a firing to what the trigger is part of.
func (v *Evaluator) fire(n *node, f *prefect.Firing) {
	p := n.parent
	if p == nil {
		v.Fired(n.automation, f)
		return
	}
	if p.expected() == 1 {
		v.fire(p, v.caused(p, f, []prefect.Firing{*f}))
		return
	}
	parent := p.trigger.ID()
	if within := p.within(); within != nil {
		oldest := f.Triggered.Add(-duration(*within))
		for key, c := range v.State.children {
			if key.Parent == parent && c.Firing.Triggered.Before(oldest.Time) {
				v.State.removeChild(key)
			}
		}
	}
	v.State.putChild(&Child{AutomationID: n.automation.ID, ParentID: parent, ChildID: n.trigger.ID(), Firing: *f})
	waiting := v.State.childrenOf(p)
	if !p.ready(waiting) {
		return
	}
	firings := make([]prefect.Firing, len(waiting))
	for i, c := range waiting {
		firings[i] = c.Firing
		v.State.removeChild(ChildKey{c.ParentID, c.ChildID})
	}
	v.fire(p, v.caused(p, f, firings))
}

// caused is the firing of a trigger for those of its parts, the last of which is f.
func (v *Evaluator) caused(n *node, f *prefect.Firing, firings []prefect.Firing) *prefect.Firing {
	whole := v.firing(n)
	whole.TriggeringFirings, whole.TriggeringEvent = firings, f.TriggeringEvent
	return whole
}

// expected is how many parts must have fired.
func (n *node) expected() int {
	if n.trigger.Compound != nil {
		return n.trigger.Compound.Expected()
	}
	return len(n.trigger.Sequence.Triggers)
}

func (n *node) within() *prefect.Seconds {
	if n.trigger.Compound != nil {
		return n.trigger.Compound.Within
	}
	return n.trigger.Sequence.Within
}

// ready tells whether the firings, the oldest first, are all that a trigger waits for: a number of any, or all in their order.
func (n *node) ready(waiting []*Child) bool {
	if n.trigger.Compound != nil {
		return len(waiting) >= n.expected()
	}
	return slices.EqualFunc(waiting, n.trigger.Sequence.Triggers, func(c *Child, t prefect.Trigger) bool { return c.ChildID == t.ID() })
}

// sortBuckets puts the earliest first.
func sortBuckets(all []*Bucket) {
	slices.SortFunc(all, func(a, b *Bucket) int {
		return cmp.Or(a.Start.Compare(b.Start.Time), strings.Compare(strings.Join(a.Key, "\x00"), strings.Join(b.Key, "\x00")))
	})
}
