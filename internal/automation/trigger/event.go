package trigger

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Automation is an automation whose trigger is ready to meet events.
type Automation struct {
	*prefect.Automation
	// Events are its event triggers, those inside compound ones and sequences too.
	Events []*Event
}

// node is a trigger with the one that it is part of.
type node struct {
	trigger    prefect.Trigger
	parent     *node // nil: the automation's own trigger
	automation *Automation
	children   map[uuid.UUID]bool
}

// Event is an event trigger that is ready to meet events.
type Event struct {
	*prefect.EventTrigger
	node *node

	names, after, expect []*pattern // names: of all events of either kind
	match                []labelTest
	related              [][]labelTest
	forEach              []string // sorted
}

// labelTest asks for a label with one of some values.
type labelTest struct {
	label  string
	values []*pattern
}

// Compile makes an automation ready.
func Compile(a *prefect.Automation) *Automation {
	c := &Automation{Automation: a}
	c.add(a.Trigger, nil)
	return c
}

func (a *Automation) add(t prefect.Trigger, parent *node) {
	n := &node{trigger: t, parent: parent, automation: a, children: map[uuid.UUID]bool{}}
	if t.Event != nil {
		a.Events = append(a.Events, compileEvent(t.Event, n))
	}
	for _, child := range t.Children() {
		n.children[child.ID()] = true
		a.add(child, n)
	}
}

func compileEvent(t *prefect.EventTrigger, n *node) *Event {
	e := &Event{EventTrigger: t, node: n, match: tests(t.Match), forEach: slices.Clone(t.ForEach)}
	slices.Sort(e.forEach)
	e.forEach = slices.Compact(e.forEach)
	for _, name := range t.Expect {
		e.expect = append(e.expect, compile(name))
		e.names = append(e.names, compileGlob(name))
	}
	for _, name := range t.After {
		e.after = append(e.after, compile(name))
		e.names = append(e.names, compileGlob(name))
	}
	for _, spec := range t.MatchRelated.All {
		if len(spec) > 0 {
			e.related = append(e.related, tests(spec))
		}
	}
	return e
}

func tests(spec prefect.ResourceSpecification) []labelTest {
	all := make([]labelTest, 0, len(spec))
	for label, values := range spec {
		t := labelTest{label: label}
		for _, v := range values.Values {
			t.values = append(t.values, compile(v))
		}
		all = append(all, t)
	}
	return all
}

// Automation is the automation of the trigger.
func (t *Event) Automation() *Automation { return t.node.automation }

// Covers tells whether an event is one that the trigger looks at.
func (t *Event) Covers(e *prefect.ReceivedEvent) bool {
	return t.coversName(e.Event.Event) && t.coversResources(e)
}

func (t *Event) coversName(name string) bool {
	if len(t.expect) == 0 {
		return name != "" && name[0] != '\n'
	}
	return slices.ContainsFunc(t.names, func(p *pattern) bool { return p.glob(name) }) &&
		slices.ContainsFunc(t.names, func(p *pattern) bool { return begins(p.text, name) })
}

func (t *Event) coversResources(e *prefect.ReceivedEvent) bool {
	if !holds(t.match, e.Resource) {
		return false
	}
	for _, spec := range t.related {
		if !slices.ContainsFunc(e.Related, func(r prefect.RelatedResource) bool { return holds(spec, r) }) {
			return false
		}
	}
	return true
}

// holds tells whether a resource has all the labels. One that it lacks is not there to be different, either.
func holds(all []labelTest, resource map[string]string) bool {
	for i := range all {
		value, there := resource[all[i].label]
		if !there || !slices.ContainsFunc(all[i].values, func(p *pattern) bool { return p.matches(value) }) {
			return false
		}
	}
	return true
}

// startsAfter tells whether an event of that name opens a window.
func (t *Event) startsAfter(name string) bool {
	return slices.ContainsFunc(t.after, func(p *pattern) bool { return p.matches(name) })
}

// expects tells whether an event of that name counts.
func (t *Event) expects(name string) bool {
	return len(t.expect) == 0 || slices.ContainsFunc(t.expect, func(p *pattern) bool { return p.matches(name) })
}

// Key is the values of the labels for each of which the trigger has windows of its own: of the event's resource, or with
// "related:<role>:<label>" of the first related resource in that role.
func (t *Event) Key(e *prefect.ReceivedEvent) []string {
	key := make([]string, len(t.forEach))
	for i, label := range t.forEach {
		key[i] = findLabel(&e.Event, label)
	}
	return key
}

func findLabel(e *prefect.Event, label string) string {
	// What stands before the last colon is "related", a colon and a role, if it says anything.
	if i := strings.LastIndexByte(label, ':'); i >= 0 {
		directive, role, _ := strings.Cut(label[:i], ":")
		if directive == "related" {
			if r := e.InRole(role); r != nil {
				return r[label[i+1:]]
			}
		}
	}
	return e.Resource[label]
}

// immediate tells whether the trigger knows no time.
func (t *Event) immediate() bool { return t.Posture == prefect.Reactive && t.Within == 0 }

// meets tells whether a number of events is what the trigger waits for.
func (t *Event) meets(count int64) bool {
	if t.Posture == prefect.Proactive {
		return count < t.Threshold
	}
	return count >= t.Threshold
}
