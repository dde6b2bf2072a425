package action

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"praetor/internal/jinja"
)

// These are the values that templates see. They look as the reference's Python objects do when a template prints, compares or
// takes them apart.

// identifier is Python's UUID.
type identifier struct{ uuid.UUID }

// Repr implements jinja.Reprer.
func (id identifier) Repr() string { return "UUID('" + id.String() + "')" }

// TypeName implements jinja.Typed.
func (identifier) TypeName() string { return "UUID" }

// Equal implements jinja.Equaler.
func (id identifier) Equal(other any) bool {
	o, ok := other.(identifier)
	return ok && o.UUID == id.UUID
}

// Attr implements jinja.Object.
func (id identifier) Attr(name string) (any, bool) {
	switch name {
	case "hex":
		return strings.ReplaceAll(id.String(), "-", ""), true
	case "version":
		return int64(id.Version()), true
	}
	return nil, false
}

// enum is one of Python's enumerations of texts: it is that text, and prints as its member's name.
type enum struct{ class, value string }

// String implements jinja.Object.
func (e enum) String() string { return e.class + "." + e.value }

// Text implements jinja.Textual.
func (e enum) Text() string { return e.value }

// TypeName implements jinja.Typed.
func (e enum) TypeName() string { return e.class }

// Attr implements jinja.Object.
func (e enum) Attr(name string) (any, bool) {
	if name == "value" || name == "name" {
		return e.value, true
	}
	return nil, false
}

// model is an object of the API with its fields in their order.
type model struct {
	class  string
	names  []string
	fields map[string]any
	// more are what the object can do besides showing its fields.
	more map[string]any
	doc  *jinja.Dict // its JSON
}

// Attr implements jinja.Object.
func (m *model) Attr(name string) (any, bool) {
	if v, ok := m.fields[name]; ok {
		return v, true
	}
	if v, ok := m.more[name]; ok {
		return v, true
	}
	switch name {
	case "model_dump", "dict":
		return jinja.Func(func(jinja.Args) (any, error) { return m.dump(), nil }), true
	case "model_dump_json", "json":
		return jinja.Func(func(jinja.Args) (any, error) { return compactJSON(m.doc) }), true
	}
	return nil, false
}

func (m *model) dump() *jinja.Dict {
	d := jinja.NewDict()
	for _, name := range m.names {
		d.Set(name, dumped(m.fields[name]))
	}
	return d
}

func dumped(v any) any {
	switch x := v.(type) {
	case *model:
		return x.dump()
	case *labelled:
		return x.dict
	case []any:
		items := make([]any, len(x))
		for i := range x {
			items[i] = dumped(x[i])
		}
		return items
	}
	return v
}

// Iterate implements jinja.Iterable: the fields as pairs.
func (m *model) Iterate() []any {
	pairs := make([]any, len(m.names))
	for i, name := range m.names {
		pairs[i] = jinja.Tuple{name, m.fields[name]}
	}
	return pairs
}

// String implements jinja.Object.
func (m *model) String() string { return m.joined(" ") }

// Repr implements jinja.Reprer.
func (m *model) Repr() string { return m.class + "(" + m.joined(", ") + ")" }

func (m *model) joined(separator string) string {
	parts := make([]string, len(m.names))
	for i, name := range m.names {
		parts[i] = name + "=" + jinja.Repr(m.fields[name])
	}
	return strings.Join(parts, separator)
}

// TypeName implements jinja.Typed.
func (m *model) TypeName() string { return m.class }

// JSON is what the filter tojson writes.
func (m *model) JSON() any { return m.doc }

// labelled is a resource, or what is asked of one: labels with their values.
type labelled struct {
	class string
	dict  *jinja.Dict
}

// Item implements jinja.Indexed.
func (l *labelled) Item(key any) (any, bool) { return l.dict.Get(key) }

func (l *labelled) label(name string) any {
	v, _ := l.dict.Get(name)
	return v
}

// Attr implements jinja.Object.
func (l *labelled) Attr(name string) (any, bool) {
	switch name {
	case "root":
		return l.dict, true
	case "keys", "items", "get":
		return jinja.Attribute(l.dict, name)
	}
	if l.class == "ResourceSpecification" {
		return nil, false
	}
	switch name {
	case "id":
		return l.label("prefect.resource.id"), true
	case "name":
		return l.label("prefect.resource.name"), true
	case "labels":
		return newDiver(l.dict, ""), true
	case "as_label_value_array":
		return jinja.Func(func(jinja.Args) (any, error) { return l.pairs(), nil }), true
	case "has_all_labels":
		return jinja.Func(func(a jinja.Args) (any, error) { return l.hasAll(a.Get(0, "labels", nil)), nil }), true
	case "prefect_object_id":
		return jinja.Func(func(a jinja.Args) (any, error) { return l.objectID(a.String(0, "kind", "")) }), true
	case "role":
		if l.class == "RelatedResource" {
			return l.label("prefect.resource.role"), true
		}
	}
	return nil, false
}

func (l *labelled) pairs() []any {
	pairs := []any{}
	for _, k := range l.dict.Keys() {
		pair := jinja.NewDict()
		pair.Set("label", k)
		v, _ := l.dict.Get(k)
		pair.Set("value", v)
		pairs = append(pairs, pair)
	}
	return pairs
}

func (l *labelled) hasAll(labels any) bool {
	wanted, ok := labels.(*jinja.Dict)
	if !ok {
		return false
	}
	for _, k := range wanted.Keys() {
		v, _ := wanted.Get(k)
		if mine, ok := l.dict.Get(k); !ok || jinja.Str(mine) != jinja.Str(v) {
			return false
		}
	}
	return true
}

func (l *labelled) objectID(kind string) (any, error) {
	id, prefix := jinja.Str(l.label("prefect.resource.id")), strings.TrimSuffix(kind, ".")+"."
	text, ok := strings.CutPrefix(id, prefix)
	if !ok {
		return nil, jinja.Fail("ValueError", "Resource ID %s does not start with %s", id, prefix)
	}
	parsed, err := uuid.Parse(text)
	if err != nil {
		return nil, jinja.Fail("ValueError", "badly formed hexadecimal UUID string")
	}
	return identifier{parsed}, nil
}

// Iterate implements jinja.Iterable.
func (l *labelled) Iterate() []any { return []any{jinja.Tuple{"root", l.dict}} }

// String implements jinja.Object.
func (l *labelled) String() string { return "root=" + jinja.Repr(l.dict) }

// Repr implements jinja.Reprer.
func (l *labelled) Repr() string { return l.class + "(" + l.String() + ")" }

// TypeName implements jinja.Typed.
func (l *labelled) TypeName() string { return l.class }

// JSON is what the filter tojson writes.
func (l *labelled) JSON() any { return l.dict }

// diver shows labels as a tree: what is between the dots of their names are its branches.
type diver struct {
	value    string
	labels   *jinja.Dict
	branches map[string]*diver
}

func newDiver(labels *jinja.Dict, value string) *diver {
	d := &diver{value: value, labels: labels, branches: map[string]*diver{}}
	below, values := map[string]*jinja.Dict{}, map[string]string{}
	for _, k := range labels.Keys() {
		v, _ := labels.Get(k)
		head, tail, deeper := strings.Cut(jinja.Str(k), ".")
		if !deeper || tail == "" {
			values[head] = jinja.Str(v)
			continue
		}
		if below[head] == nil {
			below[head] = jinja.NewDict()
		}
		below[head].Set(tail, v)
	}
	for head, rest := range below {
		d.branches[head] = newDiver(rest, values[head])
	}
	for head, value := range values {
		if d.branches[head] == nil {
			d.branches[head] = newDiver(jinja.NewDict(), value)
		}
	}
	return d
}

// String implements jinja.Object.
func (d *diver) String() string { return d.value }

// TypeName implements jinja.Typed.
func (d *diver) TypeName() string { return "LabelDiver" }

// Attr implements jinja.Object.
func (d *diver) Attr(name string) (any, bool) {
	branch, ok := d.branches[name]
	return branch, ok
}

// Item implements jinja.Indexed.
func (d *diver) Item(key any) (any, bool) { return d.labels.Get(key) }

// Len implements jinja.Sized.
func (d *diver) Len() int { return len(d.labels.Keys()) }

// Iterate implements jinja.Iterable.
func (d *diver) Iterate() []any {
	pairs := []any{}
	for _, k := range d.labels.Keys() {
		v, _ := d.labels.Get(k)
		pairs = append(pairs, jinja.Tuple{k, v})
	}
	return pairs
}

// asTime, asID and asSeconds make what a field of JSON stands for; what is none of it stays as it is.
func asTime(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return v
	}
	if _, offset := t.Zone(); offset == 0 {
		t = t.UTC()
	}
	return jinja.NewDateTime(t)
}

func asID(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return v
	}
	return identifier{id}
}

func asSeconds(v any) any {
	f, _, ok := jinja.Number(v)
	if !ok {
		return v
	}
	return jinja.NewDuration(time.Duration(f * float64(time.Second)).Round(time.Microsecond))
}
