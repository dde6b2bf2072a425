package parameters

import (
	"fmt"
	"strings"

	"praetor/internal/prefect"
)

// Answer arranges problems by the place of what they are about, as forms show them. Placeholders that only wait for their
// value are no problem; those that cannot have one say so, and nothing else is said of them.
func Answer(problems []*Problem) *prefect.SchemaValuesValidationResponse {
	tree := &errorTree{}
	for _, p := range prioritized(problems) {
		if placeholder, ok := p.instance.(Placeholder); ok && placeholder.Err == nil {
			continue
		}
		path := p.Path
		if p.Keyword == "required" {
			// The property that is missing, as the reference finds its name: up to the first space.
			name, _, _ := strings.Cut(p.Message, " ")
			path = append(path[:len(path):len(path)], strings.Trim(name, "'"))
		}
		tree.add(path, p.Message)
	}
	return &prefect.SchemaValuesValidationResponse{Errors: tree.answer(), Valid: len(tree.entries) == 0}
}

// prioritized groups problems by their paths, in the order of the first of each, and leaves only those of placeholders
// where there are any.
func prioritized(problems []*Problem) (all []*Problem) {
	var order []string
	groups := map[string][]*Problem{}
	unmade := map[string][]*Problem{}
	for _, p := range problems {
		path := pathKey(p.Path)
		if groups[path] == nil {
			order = append(order, path)
		}
		groups[path] = append(groups[path], p)
		if p.Keyword == placeholderKeyword {
			unmade[path] = append(unmade[path], p)
		}
	}
	for _, path := range order {
		if unmade[path] != nil {
			all = append(all, unmade[path]...)
		} else {
			all = append(all, groups[path]...)
		}
	}
	return all
}

func pathKey(path []any) string {
	var b strings.Builder
	for _, step := range path {
		fmt.Fprintf(&b, "%T %v/", step, step)
	}
	return b.String()
}

// errorTree is what is wrong at one place, and below it.
type errorTree struct {
	entries []*errorEntry
	at      map[any]*errorEntry // the first entry of each step
}

// errorEntry is a message about the place itself, or about a step below it, or what is below that.
type errorEntry struct {
	step    any // nil: the message is about the place itself
	message string
	below   errorTree
}

func (t *errorTree) add(path []any, message string) {
	if len(path) == 0 {
		t.entries = append(t.entries, &errorEntry{message: message})
		return
	}
	if len(path) > 1 && t.at[path[0]] != nil {
		t.at[path[0]].below.add(path[1:], message)
		return
	}
	entry := &errorEntry{step: path[0]}
	if len(path) == 1 { // each message has an entry of its own
		entry.below.add(nil, message)
	} else {
		entry.below.add(path[1:], message)
	}
	t.entries = append(t.entries, entry)
	if t.at == nil {
		t.at = map[any]*errorEntry{}
	}
	if t.at[path[0]] == nil {
		t.at[path[0]] = entry
	}
}

func (t *errorTree) answer() []prefect.SchemaValueError {
	list := make([]prefect.SchemaValueError, 0, len(t.entries))
	for _, entry := range t.entries {
		var answer any = entry.message
		switch step := entry.step.(type) {
		case string:
			answer = prefect.SchemaValuePropertyError{Property: step, Errors: entry.below.answer()}
		case int:
			answer = prefect.SchemaValueIndexError{Index: step, Errors: entry.below.answer()}
		}
		list = append(list, prefect.SchemaValueError{Of: answer})
	}
	return list
}
