// Package quickjson writes values as go-json-experiment does with Deterministic(true), byte for byte, in a third of the time: how a
// type is written is worked out once, and stored documents are copied and not parsed. What it does not know it leaves to that package.
package quickjson

import (
	"encoding"
	"encoding/hex"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// Appender is a type that writes itself, in the form in which its MarshalJSONTo does.
type Appender interface {
	AppendJSON(b []byte) ([]byte, error)
}

// Document is a type that is JSON already.
type Document interface {
	// Text is the document; nil is null.
	Text() []byte
}

// Append appends v.
func Append(b []byte, v any) ([]byte, error) {
	if v == nil {
		return append(b, "null"...), nil
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer && !rv.IsNil() {
		return encoderOf(rv.Type().Elem())(b, rv.Elem())
	}
	// Only what lies in memory has a pointer to call methods on.
	at := reflect.New(rv.Type()).Elem()
	at.Set(rv)
	return encoderOf(at.Type())(b, at)
}

// encoder appends a value that is addressable.
type encoder func(b []byte, v reflect.Value) ([]byte, error)

//nolint:gochecknoglobals // types do not change
var encoders sync.Map // reflect.Type to encoder

func encoderOf(t reflect.Type) encoder {
	if known, ok := encoders.Load(t); ok {
		return known.(encoder)
	}
	e := plan(t)
	encoders.Store(t, e)
	return e
}

// later finds the encoder when it is needed: a type may contain itself.
func later(t reflect.Type) encoder {
	find := sync.OnceValue(func() encoder { return encoderOf(t) })
	return func(b []byte, v reflect.Value) ([]byte, error) { return find()(b, v) }
}

func plan(t reflect.Type) encoder {
	p := reflect.PointerTo(t)
	switch {
	case t == reflect.TypeFor[uuid.UUID]():
		return func(b []byte, v reflect.Value) ([]byte, error) {
			return AppendUUID(b, v.Addr().Interface().(*uuid.UUID)), nil
		}
	case t == reflect.TypeFor[jsontext.Value]():
		return func(b []byte, v reflect.Value) ([]byte, error) { return AppendRaw(b, v.Bytes()) }
	case p.Implements(reflect.TypeFor[Appender]()):
		return func(b []byte, v reflect.Value) ([]byte, error) { return v.Addr().Interface().(Appender).AppendJSON(b) }
	case p.Implements(reflect.TypeFor[Document]()):
		return func(b []byte, v reflect.Value) ([]byte, error) {
			return AppendRaw(b, v.Addr().Interface().(Document).Text())
		}
	case p.Implements(reflect.TypeFor[json.MarshalerTo]()), p.Implements(reflect.TypeFor[json.Marshaler]()),
		p.Implements(reflect.TypeFor[encoding.TextMarshaler]()), p.Implements(reflect.TypeFor[encoding.TextAppender]()):
		return other
	}
	switch t.Kind() {
	case reflect.Bool:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(b, v.Bool()), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendInt(b, v.Int(), 10), nil }
	case reflect.String:
		return func(b []byte, v reflect.Value) ([]byte, error) { return jsontext.AppendQuote(b, v.String()) }
	case reflect.Pointer:
		element := later(t.Elem())
		return func(b []byte, v reflect.Value) ([]byte, error) {
			if v.IsNil() {
				return append(b, "null"...), nil
			}
			return element(b, v.Elem())
		}
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			return sliceOf(later(t.Elem()))
		}
	case reflect.Map:
		if t.ConvertibleTo(documents) {
			return appendDocuments
		}
	case reflect.Struct:
		if fields, ok := fieldsOf(t, nil); ok {
			return structOf(fields)
		}
	}
	return other
}

// other is for all that is written seldom.
func other(b []byte, v reflect.Value) ([]byte, error) {
	text, err := json.Marshal(v.Addr().Interface(), json.Deterministic(true))
	return append(b, text...), err
}

//nolint:gochecknoglobals // Go has no constant types
var documents = reflect.TypeFor[map[string]jsontext.Value]()

func appendDocuments(b []byte, v reflect.Value) (_ []byte, err error) {
	all := v.Convert(documents).Interface().(map[string]jsontext.Value)
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = jsontext.AppendQuote(b, name); err != nil {
			return b, err
		}
		if b, err = AppendRaw(append(b, ':'), all[name]); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

func sliceOf(element encoder) encoder {
	return func(b []byte, v reflect.Value) (_ []byte, err error) {
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = element(b, v.Index(i)); err != nil {
				return b, err
			}
		}
		return append(b, ']'), nil
	}
}

// field is a member of an object.
type field struct {
	name     string // as `"name":`
	index    []int
	omitZero func(reflect.Value) bool // may be nil
	rest     bool                     // an object whose members stand among the others
	encode   encoder
}

// fieldsOf lists the members of a struct, those of embedded structs in their place. It gives false where it meets what is not
// understood here.
func fieldsOf(t reflect.Type, above []int) (fields []field, ok bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int{}, above...), i)
		tag, tagged := f.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case f.Anonymous && !tagged:
			if f.Type.Kind() != reflect.Struct || reflect.PointerTo(f.Type).NumMethod() > 0 && marshals(f.Type) {
				return nil, false
			}
			inner, ok := fieldsOf(f.Type, index)
			if !ok {
				return nil, false
			}
			fields = append(fields, inner...)
			continue
		case f.Name == "_" || !f.IsExported() && !tagged || tag == "-":
			continue
		case !f.IsExported() || !tagged || strings.ContainsAny(name, `"\'`) || f.Type.Kind() == reflect.Interface:
			return nil, false
		}
		member := field{index: index, encode: later(f.Type)}
		switch options {
		case "":
		case "omitzero":
			member.omitZero = zeroTest(f.Type)
		case "embed":
			if f.Type != reflect.TypeFor[jsontext.Value]() {
				return nil, false
			}
			member.rest = true
		default:
			return nil, false
		}
		member.name = `"` + name + `":`
		for _, known := range fields {
			if known.name == member.name && !member.rest {
				return nil, false // one hides the other
			}
		}
		fields = append(fields, member)
	}
	return fields, true
}

func marshals(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.MarshalerTo]()) || p.Implements(reflect.TypeFor[json.Marshaler]()) ||
		p.Implements(reflect.TypeFor[encoding.TextMarshaler]()) || p.Implements(reflect.TypeFor[Appender]())
}

// zeroTest is how the encoder finds out that a member is to be left out.
func zeroTest(t reflect.Type) func(reflect.Value) bool {
	type zero interface{ IsZero() bool }
	if reflect.PointerTo(t).Implements(reflect.TypeFor[zero]()) {
		return func(v reflect.Value) bool { return v.Addr().Interface().(zero).IsZero() }
	}
	return reflect.Value.IsZero
}

func structOf(fields []field) encoder {
	return func(b []byte, v reflect.Value) (_ []byte, err error) {
		b = append(b, '{')
		start := len(b)
		for i := range fields {
			f := &fields[i]
			member := v.Field(f.index[0])
			for _, inner := range f.index[1:] {
				member = member.Field(inner)
			}
			if f.rest {
				if member.Len() > len("{}") {
					return other(b[:start-1], v) // keys of a newer server are few
				}
				continue
			}
			if f.omitZero != nil && f.omitZero(member) {
				continue
			}
			if len(b) > start {
				b = append(b, ',')
			}
			b = append(b, f.name...)
			if b, err = f.encode(b, member); err != nil {
				return b, err
			}
		}
		return append(b, '}'), nil
	}
}

// AppendUUID appends an id in quotes.
func AppendUUID(b []byte, id *uuid.UUID) []byte {
	b = append(b, '"')
	b = append(hex.AppendEncode(b, id[:4]), '-')
	b = append(hex.AppendEncode(b, id[4:6]), '-')
	b = append(hex.AppendEncode(b, id[6:8]), '-')
	b = append(hex.AppendEncode(b, id[8:10]), '-')
	return append(hex.AppendEncode(b, id[10:]), '"')
}

// AppendRaw appends a document without the blanks between its tokens; no document is null. One that has escapes, or is none, goes
// through the encoder that knows better.
func AppendRaw(b []byte, raw []byte) ([]byte, error) {
	if raw == nil {
		return append(b, "null"...), nil
	}
	start, quoted, ascii := len(b), false, true
	for _, c := range raw {
		switch {
		case c == '\\' || c < ' ' && quoted:
			return appendParsed(b[:start], raw)
		case c >= utf8.RuneSelf:
			ascii = false
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			continue
		case !inToken[c]:
			return appendParsed(b[:start], raw)
		}
		b = append(b, c)
	}
	if quoted || len(b) == start || !ascii && !utf8.Valid(raw) {
		return appendParsed(b[:start], raw)
	}
	return b, nil
}

// inToken are the characters of which JSON is made outside of texts.
//
//nolint:gochecknoglobals // Go has no constant arrays
var inToken = func() (set [utf8.RuneSelf]bool) {
	for _, c := range "{}[]:,+-.0123456789eEtrufalsn" {
		set[c] = true
	}
	return set
}()

func appendParsed(b []byte, raw []byte) ([]byte, error) {
	text, err := json.Marshal(jsontext.Value(raw))
	return append(b, text...), err
}
