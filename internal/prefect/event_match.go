package prefect

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Matcher gives a function that tells whether an event is one that the filter selects. The filter is complete; its order and what
// it says of distinct resources do not matter. Unlike in the reference, related resources do: it passes on to those who follow events
// live what it would not have found for them.
func (f *EventFilter) Matcher() func(*ReceivedEvent) bool {
	since, until := f.Occurred.Since.Value, f.Occurred.Until.Value
	criteria := []func(*ReceivedEvent) bool{func(e *ReceivedEvent) bool {
		return !e.Occurred.Before(since.Time) && !e.Occurred.After(until.Time)
	}}
	add := func(holds func(*ReceivedEvent) bool) { criteria = append(criteria, holds) }
	if len(f.ID.ID) > 0 {
		add(func(e *ReceivedEvent) bool { return slices.Contains(f.ID.ID, e.ID) })
	}
	if f.Event != nil {
		add(func(e *ReceivedEvent) bool { return f.Event.match(e.Event.Event) })
	}
	if r := f.Resource; r != nil {
		add(func(e *ReceivedEvent) bool {
			return matchID(r.ID, r.IDPrefix, e.Resource[ResourceID]) && r.Labels.Match(e.Resource)
		})
	}
	for i := range f.Related {
		if r := &f.Related[i]; !r.empty() {
			add(func(e *ReceivedEvent) bool { return slices.ContainsFunc(e.Related, r.match) })
		}
	}
	for i := range f.AnyResource {
		r := &f.AnyResource[i]
		match := func(labels RelatedResource) bool {
			return matchID(r.ID, r.IDPrefix, labels[ResourceID]) && r.Labels.Match(Resource(labels))
		}
		add(func(e *ReceivedEvent) bool {
			return match(RelatedResource(e.Resource)) || slices.ContainsFunc(e.Related, match)
		})
	}
	if f.Text != nil {
		q := ParseTextQuery(f.Text.Query)
		add(func(e *ReceivedEvent) bool { return q.Matches(e.searchable()) })
	}
	return func(e *ReceivedEvent) bool {
		for _, holds := range criteria {
			if !holds(e) {
				return false
			}
		}
		return true
	}
}

func (f *EventNameFilter) match(name string) bool {
	starts := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	return (len(f.Prefix) == 0 || slices.ContainsFunc(f.Prefix, starts)) && !slices.ContainsFunc(f.ExcludePrefix, starts) &&
		(len(f.Name) == 0 || slices.Contains(f.Name, name)) && !slices.Contains(f.ExcludeName, name)
}

func matchID(ids, prefixes []string, id string) bool {
	return (len(ids) == 0 || slices.Contains(ids, id)) &&
		(len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(id, p) }))
}

// empty tells whether the filter asks for nothing.
func (f *EventRelatedFilter) empty() bool {
	return len(f.ID) == 0 && len(f.Role) == 0 && len(f.ResourcesInRoles) == 0 && len(f.Labels) == 0
}

func (f *EventRelatedFilter) match(r RelatedResource) bool {
	here := ResourceInRole{r[ResourceID], r[ResourceRole]}
	return matchID(f.ID, nil, here.ID) && (len(f.Role) == 0 || slices.Contains(f.Role, here.Role)) &&
		(len(f.ResourcesInRoles) == 0 || slices.Contains(f.ResourcesInRoles, here)) && f.Labels.Match(Resource(r))
}

// searchable is all that an event says, for text searches: its name, the values of its labels, and its payload as databases keep it.
func (e *ReceivedEvent) searchable() string {
	parts := make([]string, 0, 8)
	parts = append(parts, e.Event.Event)
	for _, v := range e.Resource {
		parts = append(parts, v)
	}
	for _, r := range e.Related {
		for _, v := range r {
			parts = append(parts, v)
		}
	}
	payload, err := jsontext.AppendFormat(nil, jsontext.Value(e.Payload), jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true))
	if err != nil {
		payload = e.Payload // never: it was read as JSON
	}
	return strings.Join(append(parts, string(payload)), " ")
}

// Match tells whether the resource has every label of the specification, with one of the values that it names.
func (s ResourceSpecification) Match(r Resource) bool {
	for label, values := range s {
		value, ok := r[label]
		if !ok || !slices.ContainsFunc(values.Values, func(pattern string) bool { return MatchLabel(pattern, value) }) {
			return false
		}
	}
	return true
}

// MatchLabel tells whether a label's value is what the pattern describes: "*" stands for any text, "?" for a character, "[a-z]" and
// "[!a-z]" for one of some, and a "!" in front of it all for the opposite.
func MatchLabel(pattern, value string) bool {
	if rest, negated := strings.CutPrefix(pattern, "!"); negated {
		return !glob([]rune(rest), []rune(value))
	}
	return glob([]rune(pattern), []rune(value))
}

// glob matches without ever going back further than to the last star, so that no pattern takes long.
func glob(p, s []rune) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		if i < len(p) && p[i] == '*' {
			star, mark = i, j
			i++
			continue
		}
		if n, ok := globOne(p[i:], s[j]); ok {
			i, j = i+n, j+1
			continue
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// globOne matches one character against the start of the pattern, and tells how much of it that was.
func globOne(p []rune, c rune) (used int, ok bool) {
	if len(p) == 0 {
		return 0, false
	}
	switch p[0] {
	case '?':
		return 1, true
	case '[':
		end := 1
		if end < len(p) && p[end] == '!' {
			end++
		}
		if end < len(p) && p[end] == ']' {
			end++
		}
		for end < len(p) && p[end] != ']' {
			end++
		}
		if end >= len(p) {
			break // no end: a bracket as any other character
		}
		set := p[1:end]
		negated := set[0] == '!'
		if negated {
			set = set[1:]
		}
		return end + 1, inSet(set, c) != negated
	}
	return 1, p[0] == c
}

// inSet tells whether a character is in a set such as "a-z_".
func inSet(set []rune, c rune) bool {
	for i := 0; i < len(set); i++ {
		if i+2 < len(set) && set[i+1] == '-' {
			if set[i] <= c && c <= set[i+2] {
				return true
			}
			i += 2
			continue
		}
		if set[i] == c {
			return true
		}
	}
	return false
}
