package trigger

import (
	"cmp"
	"slices"
	"strings"

	"praetor/internal/prefect"
)

// Index finds the triggers that an event is for, at a cost that grows with those and not with all: by the event's name, and then by a
// label that a trigger asks for by its exact value. It never changes.
type Index struct {
	exact    map[string]*shelf
	prefixes map[string]*shelf // patterns that end with their only wildcard, without it
	lengths  []int             // of the prefixes, each once
	globs    []glob            // all other patterns
	every    *shelf            // triggers that any name is for
	// Proactive are the triggers that time is for.
	Proactive []*Event
	size      int
}

type glob struct {
	pattern *pattern
	shelf   *shelf
}

// shelf holds triggers by a label and value of which one must be there: of the resource, or of a related one.
type shelf struct {
	resource, related label
	rest              []entry
}

// label is triggers by label and value.
type label map[string]map[string][]entry

type entry struct {
	*Event
	position int
}

// NewIndex makes the index of the automations' triggers. Found triggers come in the order of the automations.
func NewIndex(automations []*Automation) *Index {
	ix := &Index{exact: map[string]*shelf{}, prefixes: map[string]*shelf{}, every: newShelf()}
	for _, a := range automations {
		for _, t := range a.Events {
			ix.add(entry{t, ix.size})
			ix.size++
			if t.Posture == prefect.Proactive {
				ix.Proactive = append(ix.Proactive, t)
			}
		}
	}
	for prefix := range ix.prefixes {
		ix.lengths = append(ix.lengths, len(prefix))
	}
	slices.Sort(ix.lengths)
	ix.lengths = slices.Compact(ix.lengths)
	return ix
}

// Len is how many event triggers there are.
func (ix *Index) Len() int { return ix.size }

func newShelf() *shelf { return &shelf{resource: label{}, related: label{}} }

func (ix *Index) add(e entry) {
	if len(e.expect) == 0 {
		ix.every.add(e)
		return
	}
	for _, p := range e.names {
		ix.shelf(p).add(e)
	}
}

// shelf is where the triggers for a pattern stand.
func (ix *Index) shelf(p *pattern) *shelf {
	in, key := ix.exact, p.text
	if !p.plain {
		prefix, isPrefix := strings.CutSuffix(p.text, "*")
		if !isPrefix || strings.ContainsAny(prefix, "*?[") {
			for _, g := range ix.globs {
				if g.pattern.text == p.text {
					return g.shelf
				}
			}
			s := newShelf()
			ix.globs = append(ix.globs, glob{p, s})
			return s
		}
		in, key = ix.prefixes, prefix
	}
	if in[key] == nil {
		in[key] = newShelf()
	}
	return in[key]
}

func (s *shelf) add(e entry) {
	if t := exactTest(e.match); t != nil {
		s.resource.add(t, e)
		return
	}
	for _, spec := range e.related {
		if t := exactTest(spec); t != nil {
			s.related.add(t, e)
			return
		}
	}
	s.rest = append(s.rest, e)
}

// exactTest is the test that tells most among those that ask for exact values, or nil: an id rather than a name, and that rather than a role.
func exactTest(all []labelTest) *labelTest {
	var best *labelTest
	for i := range all {
		t := &all[i]
		exact := len(t.values) > 0 && !slices.ContainsFunc(t.values, func(p *pattern) bool { return !p.plain || p.negate })
		if exact && (best == nil || cmp.Or(rank(t.label)-rank(best.label), strings.Compare(t.label, best.label)) < 0) {
			best = t
		}
	}
	return best
}

func rank(label string) int {
	switch label {
	case prefect.ResourceID:
		return 0
	case prefect.ResourceRole:
		return 2
	}
	return 1
}

func (l label) add(t *labelTest, e entry) {
	byValue := l[t.label]
	if byValue == nil {
		byValue = map[string][]entry{}
		l[t.label] = byValue
	}
	for _, p := range t.values {
		byValue[p.text] = append(byValue[p.text], e)
	}
}

func (l label) find(resource map[string]string, into []entry) []entry {
	for name, byValue := range l {
		if value, there := resource[name]; there {
			into = append(into, byValue[value]...)
		}
	}
	return into
}

func (s *shelf) find(e *prefect.ReceivedEvent, into []entry) []entry {
	into = append(into, s.rest...)
	into = s.resource.find(e.Resource, into)
	if len(s.related) > 0 {
		for _, r := range e.Related {
			into = s.related.find(r, into)
		}
	}
	return into
}

func (s *shelf) empty() bool { return len(s.rest) == 0 && len(s.resource) == 0 && len(s.related) == 0 }

// shelves calls fn for every shelf that an event of that name is for, until it gives false.
func (ix *Index) shelves(name string, fn func(*shelf) bool) {
	if !ix.every.empty() && !fn(ix.every) {
		return
	}
	if s := ix.exact[name]; s != nil && !fn(s) {
		return
	}
	for _, n := range ix.lengths {
		if n > len(name) {
			break
		}
		if s := ix.prefixes[name[:n]]; s != nil && !fn(s) {
			return
		}
	}
	for _, g := range ix.globs {
		if g.pattern.glob(name) && !fn(g.shelf) {
			return
		}
	}
}

// Wants tells whether any trigger may be for events of that name.
func (ix *Index) Wants(name string) bool {
	wanted := false
	ix.shelves(name, func(*shelf) bool {
		wanted = true
		return false
	})
	return wanted
}

// Find gives the triggers that cover the event.
func (ix *Index) Find(e *prefect.ReceivedEvent) []*Event {
	var candidates []entry
	ix.shelves(e.Event.Event, func(s *shelf) bool {
		candidates = s.find(e, candidates)
		return true
	})
	slices.SortFunc(candidates, func(a, b entry) int { return a.position - b.position })
	var found []*Event
	for i, c := range candidates {
		if (i == 0 || candidates[i-1].position != c.position) && c.Covers(e) {
			found = append(found, c.Event)
		}
	}
	return found
}
