package wire

import (
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

// decoder reads one value into a place of its type, and notes what is wrong with it.
type decoder func(c *call, raw jsontext.Value, v reflect.Value, at *place)

// Plans are made once per type. They only depend on the type, so a race makes the same plan twice at worst.
var (
	inputs  sync.Map // reflect.Type -> *input
	structs sync.Map // reflect.Type -> *structPlan
)

func inputPlan(t reflect.Type) *input {
	if p, ok := inputs.Load(t); ok {
		return p.(*input)
	}
	p := &input{}
	p.collect(t, nil)
	inputs.Store(t, p)
	return p
}

func (p *input) collect(t reflect.Type, index []int) {
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(append([]int(nil), index...), i)
		if mode, ok := f.Tag.Lookup("body"); ok {
			p.body = newBody(f, mode, at)
			continue
		}
		for _, source := range []string{"path", "query", "header"} {
			name, ok := f.Tag.Lookup(source)
			if !ok {
				continue
			}
			q := param{source: source, name: name, index: at, decode: decoderOf(f), required: source == "path" || has(f, "required")}
			if d, ok := f.Tag.Lookup("default"); ok {
				q.fallback = jsontext.Value(d)
			}
			p.params = append(p.params, q)
		}
		if f.Anonymous {
			p.collect(f.Type, at)
		}
	}
}

func newBody(f reflect.StructField, mode string, index []int) *body {
	b := &body{index: index, embed: mode == "embed", sequence: mode == "sequence", optional: f.Type.Kind() == reflect.Pointer}
	if b.embed {
		b.plan = planOf(f.Type)
	} else {
		b.decode = decoderOf(f)
	}
	return b
}

// has tells whether the field's v tag lists a word.
func has(f reflect.StructField, word string) bool {
	for _, part := range constraints(f) {
		if part == word {
			return true
		}
	}
	return false
}

// constraints splits the v tag; a pattern comes last and may hold commas.
func constraints(f reflect.StructField) []string {
	tag := f.Tag.Get("v")
	if tag == "" {
		return nil
	}
	var pattern string
	if i := strings.Index(tag, "pattern="); i >= 0 {
		tag, pattern = strings.TrimSuffix(tag[:i], ","), tag[i:]
	}
	var parts []string
	if tag != "" {
		parts = strings.Split(tag, ",")
	}
	if pattern != "" {
		parts = append(parts, pattern)
	}
	return parts
}

// structPlan is the compiled form of a model.
type structPlan struct {
	once   sync.Once
	fields []fieldPlan
	byName map[string]int
	forbid bool
	judge  bool // has Violations
}

type fieldPlan struct {
	name     string
	index    []int
	required bool
	fallback jsontext.Value // decoded when the member is absent; nil: left as it is
	instead  string         // another member, whose value is taken where this one's says nothing
	decode   decoder
}

func planOf(t reflect.Type) *structPlan {
	loaded, _ := structs.LoadOrStore(t, &structPlan{})
	p := loaded.(*structPlan)
	p.once.Do(func() {
		p.byName = map[string]int{}
		p.judge = reflect.PointerTo(t).Implements(reflect.TypeFor[judge]())
		p.collect(t, nil)
	})
	return p
}

// judge is a type that knows more about its values than tags can say.
type judge interface{ Violations() []prefect.Violation }

func (p *structPlan) collect(t reflect.Type, index []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(append([]int(nil), index...), i)
		if f.Name == "_" {
			p.forbid = p.forbid || f.Tag.Get("wire") == "forbid"
			continue
		}
		name, named := f.Tag.Lookup("json")
		if f.Anonymous && !named {
			p.collect(f.Type, at)
			continue
		}
		if !named || !f.IsExported() {
			continue
		}
		if name, _, _ = strings.Cut(name, ","); name == "" {
			continue // where the unknown members of a stored document are kept
		}
		fp := fieldPlan{name: name, index: at, required: has(f, "required"), decode: decoderOf(f), instead: f.Tag.Get("instead")}
		if d, ok := f.Tag.Lookup("default"); ok {
			fp.fallback = jsontext.Value(d)
		} else if plainStruct(f.Type) {
			fp.fallback = jsontext.Value("{}") // a model's own fields may have defaults
		}
		p.byName[name] = len(p.fields)
		p.fields = append(p.fields, fp)
	}
}

// plainStruct tells whether t is a model, and not one of the types with a form of their own.
func plainStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != timeType && !reflect.PointerTo(t).Implements(optionalType)
}

// model reads an object into a struct.
func (p *structPlan) model(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	if raw.Kind() != '{' {
		c.add("model_attributes_type", at, "Input should be a valid dictionary or object to extract fields from", raw, "")
		return
	}
	before := len(c.problems)
	found := make([]jsontext.Value, len(p.fields))
	var extra []member
	eachMember(raw, func(name string, value jsontext.Value) {
		if i, ok := p.byName[name]; ok {
			found[i] = value
		} else if p.forbid {
			extra = append(extra, member{name, value})
		}
	})
	for i := range p.fields {
		if other, ok := p.byName[p.fields[i].instead]; ok && says(found[other]) && !saysTrue(found[i]) {
			found[i] = found[other]
		}
	}
	for i := range p.fields {
		f := &p.fields[i]
		switch {
		case found[i] != nil:
			f.decode(c, found[i], v.FieldByIndex(f.index), at.at(f.name))
		case f.required:
			c.missing(at.at(f.name), raw)
		case f.fallback != nil:
			f.decode(c, f.fallback, v.FieldByIndex(f.index), at.at(f.name))
		}
	}
	for _, m := range extra {
		c.add("extra_forbidden", at.at(m.name), "Extra inputs are not permitted", m.value, "")
	}
	if p.judge && len(c.problems) == before {
		c.judge(v, raw, at, func(field string) jsontext.Value {
			if i, ok := p.byName[field]; ok && found[i] != nil {
				return found[i]
			}
			return raw
		})
	}
}

// says tells whether a member is there and is not 0, as Python compares.
func says(raw jsontext.Value) bool {
	return raw != nil && raw.Kind() != 'f' && !(raw.Kind() == '0' && isZero(raw))
}

// saysTrue tells whether a member is there and is one of the values that Python takes for true.
func saysTrue(raw jsontext.Value) bool {
	switch raw.Kind() {
	case '0':
		return !isZero(raw)
	case '"', '[', '{':
		return len(raw) > 2
	}
	return raw.Kind() == 't'
}

func isZero(number jsontext.Value) bool {
	f, err := strconv.ParseFloat(string(number), 64)
	return err == nil && f == 0
}

// judge asks the value what it has against itself.
func (c *call) judge(v reflect.Value, raw jsontext.Value, at *place, member func(string) jsontext.Value) {
	for _, violation := range v.Addr().Interface().(judge).Violations() {
		where, input := at, raw
		if violation.Field != "" {
			where, input = at.at(violation.Field), member(violation.Field)
		}
		c.add("value_error", where, "Value error, "+violation.Message, input, `{"error":{}}`)
	}
}

// parameters reads an object whose members are parameters of their own: null is as good as absent, and something that is
// no object lacks them all.
func (p *structPlan) parameters(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	object := raw.Kind() == '{'
	absent := len(raw) == 0 || string(raw) == "null"
	found := make([]jsontext.Value, len(p.fields))
	if object {
		eachMember(raw, func(name string, value jsontext.Value) {
			if i, ok := p.byName[name]; ok && string(value) != "null" {
				found[i] = value
			}
		})
	}
	for i := range p.fields {
		f := &p.fields[i]
		switch {
		case found[i] != nil:
			f.decode(c, found[i], v.FieldByIndex(f.index), at.at(f.name))
		case f.required || !object && !absent:
			c.missing(at.at(f.name), nil)
		case f.fallback != nil:
			f.decode(c, f.fallback, v.FieldByIndex(f.index), at.at(f.name))
		}
	}
}
