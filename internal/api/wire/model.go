package wire

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

// structPlan is the compiled form of a model.
type structPlan struct {
	once   sync.Once
	fields []fieldPlan
	byName map[string]int
	forbid bool
	ignore map[string]bool // members that are neither read nor refused
	judge  bool            // has Violations
	lends  bool            // some field takes another's value
	// members is the field that is told which members are there, or nil.
	members []int
}

type fieldPlan struct {
	name     string
	index    []int
	required bool
	early    bool
	fallback jsontext.Value // decoded when the member is absent; nil: left as it is
	instead  string         // another member, whose value is taken where this one's says nothing
	decode   decoder
}

func planOf(t reflect.Type) *structPlan {
	loaded, ok := structs.Load(t)
	if !ok {
		loaded, _ = structs.LoadOrStore(t, &structPlan{})
	}
	p := loaded.(*structPlan)
	p.once.Do(func() {
		p.byName, p.ignore = map[string]int{}, map[string]bool{}
		p.judge = reflect.PointerTo(t).Implements(reflect.TypeFor[judge]())
		p.collect(t, nil)
		slices.SortStableFunc(p.fields, func(a, b fieldPlan) int {
			if a.early == b.early {
				return 0
			} else if a.early {
				return -1
			}
			return 1
		})
		for i := range p.fields {
			p.byName[p.fields[i].name] = i
		}
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
			for _, name := range strings.Fields(f.Tag.Get("ignore")) {
				p.ignore[name] = true
			}
			continue
		}
		if f.Tag.Get("wire") == "members" {
			p.members = at
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
		fp := fieldPlan{name: name, index: at, required: has(f, "required"), early: has(f, "early"), instead: f.Tag.Get("instead"), decode: decoderOf(f)}
		if d, ok := f.Tag.Lookup("default"); ok {
			fp.fallback = jsontext.Value(d)
		} else if plainStruct(f.Type) {
			fp.fallback = jsontext.Value("{}") // a model's own fields may have defaults
		}
		p.lends = p.lends || fp.instead != ""
		p.fields = append(p.fields, fp)
	}
}

// plainStruct tells whether t is a model, and not one of the types with a form of their own.
func plainStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != timeType && !reflect.PointerTo(t).Implements(optionalType)
}

// gather finds the members of an object that the model knows, and gives where in c.found they begin, in the order of the
// fields. The caller gives the room back with c.drop.
func (p *structPlan) gather(c *call, raw jsontext.Value, unknown func(literal, value jsontext.Value)) (base int) {
	base = len(c.found)
	for range p.fields {
		c.found = append(c.found, nil)
	}
	if raw.Kind() != '{' {
		return base
	}
	for m := membersOf(raw); m.next(); {
		name, simple := plain(m.literal)
		if !simple {
			name = []byte(text(m.literal))
		}
		if i, ok := p.byName[string(name)]; ok {
			c.found[base+i] = m.value
		} else if unknown != nil {
			unknown(m.literal, m.value)
		}
	}
	return base
}

func (c *call) drop(base int) { c.found = c.found[:base] }

// model reads an object into a struct.
func (p *structPlan) model(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() != '{' {
		c.add("model_attributes_type", "Input should be a valid dictionary or object to extract fields from", raw, "")
		return
	}
	before := len(c.problems)
	type member struct{ literal, value jsontext.Value }
	var extra []member
	var unknown func(literal, value jsontext.Value)
	if p.forbid {
		unknown = func(literal, value jsontext.Value) {
			if len(p.ignore) == 0 || !p.ignore[text(literal)] {
				extra = append(extra, member{literal, value})
			}
		}
	}
	base := p.gather(c, raw, unknown)
	defer c.drop(base)
	if p.lends {
		p.lend(c.found[base:])
	}
	if p.members != nil {
		var there []string
		for i := range p.fields {
			if c.found[base+i] != nil {
				there = append(there, p.fields[i].name)
			}
		}
		fieldAt(v, p.members).Set(reflect.ValueOf(there))
	}
	var spans []span // of the fields' problems
	if p.judge {
		spans = make([]span, len(p.fields))
	}
	for i := range p.fields {
		f := &p.fields[i]
		start := len(c.problems)
		value := c.found[base+i]
		if value == nil && !f.required {
			value = f.fallback
		}
		if value != nil || f.required {
			c.at(f.name)
			if value == nil {
				c.missing(raw)
			} else {
				f.decode(c, value, fieldAt(v, f.index))
			}
			c.leave()
		}
		if p.judge {
			spans[i] = span{start, len(c.problems)}
		}
	}
	for i := range extra {
		c.at(text(extra[i].literal))
		c.add("extra_forbidden", "Extra inputs are not permitted", extra[i].value, "")
		c.leave()
	}
	if p.judge {
		p.judgeModel(c, raw, v, base, spans, len(c.problems) == before)
	}
}

// span is where in the problems those of a field stand.
type span struct{ start, end int }

// judgeModel asks the model what it has against itself. What it says of a field is told at that field's place, if the field
// is there and was read; what it says of the whole only when nothing else is wrong.
func (p *structPlan) judgeModel(c *call, raw jsontext.Value, v reflect.Value, base int, spans []span, clean bool) {
	put := 0
	for _, violation := range v.Addr().Interface().(judge).Violations() {
		if violation.Field == "" {
			if clean {
				c.violated(violation, raw)
			}
			continue
		}
		i, ok := p.byName[violation.Field]
		if !ok || c.found[base+i] == nil || spans[i].start != spans[i].end {
			continue
		}
		c.at(violation.Field)
		c.violated(violation, c.found[base+i])
		c.leave()
		last := len(c.problems) - 1
		problem, at := c.problems[last], spans[i].end+put
		copy(c.problems[at+1:], c.problems[at:last])
		c.problems[at] = problem
		put++
	}
}

func (c *call) violated(v prefect.Violation, input jsontext.Value) {
	c.add("value_error", "Value error, "+v.Message, input, `{"error":{}}`)
}

// lend gives members that say nothing the value of the deprecated member that stands in for them.
func (p *structPlan) lend(found []jsontext.Value) {
	for i := range p.fields {
		other, ok := p.byName[p.fields[i].instead]
		if !ok || found[other] == nil || found[other].Kind() == 'f' || found[other].Kind() == '0' && falsy(found[other]) {
			continue
		}
		if own := found[i]; own == nil || own.Kind() == 'n' || falsy(own) {
			found[i] = found[other]
		}
	}
}

// parameters reads an object whose members are parameters of their own: null is as good as absent, and something that is
// no object lacks them all.
func (p *structPlan) parameters(c *call, raw jsontext.Value, v reflect.Value) {
	object := raw.Kind() == '{'
	absent := len(raw) == 0 || string(raw) == "null"
	base := p.gather(c, raw, nil)
	defer c.drop(base)
	for i := range p.fields {
		f := &p.fields[i]
		value := c.found[base+i]
		lacking := value == nil || string(value) == "null"
		c.at(f.name)
		switch {
		case !lacking:
			f.decode(c, value, fieldAt(v, f.index))
		case f.required || !object && !absent:
			c.missing(nil)
		case f.fallback != nil:
			f.decode(c, f.fallback, fieldAt(v, f.index))
		}
		c.leave()
	}
}
