package wire

import (
	"reflect"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// decoder reads one value into a place of its type, and notes what is wrong with it.
type decoder func(c *call, raw jsontext.Value, v reflect.Value)

// Plans are made once per type. They only depend on the type, so a race makes the same plan twice at worst.
//
//nolint:gochecknoglobals // what is known of a type is the same for the whole process
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
			if source == "path" && f.Type == uuidType {
				q.decode = decodePathUUID
			}
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

// fieldAt is FieldByIndex, quickly for a field of the struct itself.
func fieldAt(v reflect.Value, index []int) reflect.Value {
	if len(index) == 1 {
		return v.Field(index[0])
	}
	return v.FieldByIndex(index)
}
