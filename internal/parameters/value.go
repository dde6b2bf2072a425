package parameters

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

// A value is nil, a bool, a string, a Number, []any, an *Object or, once hydrated, a Placeholder.

// Number is a JSON number as it was written, so that one of any size survives.
type Number string

// Object is a JSON object that remembers the order of its members.
type Object struct {
	Names   []string
	Members map[string]any
}

// NewObject is an object without members.
func NewObject() *Object { return &Object{Members: map[string]any{}} }

// Set adds a member, or replaces the one of that name where it stands.
func (o *Object) Set(name string, value any) {
	if _, there := o.Members[name]; !there {
		o.Names = append(o.Names, name)
	}
	o.Members[name] = value
}

// Get gives a member, and whether there is one.
func (o *Object) Get(name string) (any, bool) {
	v, ok := o.Members[name]
	return v, ok
}

// without is the object without a member.
func (o *Object) without(name string) *Object {
	rest := NewObject()
	for _, n := range o.Names {
		if n != name {
			rest.Set(n, o.Members[n])
		}
	}
	return rest
}

// maxDigits bounds whole numbers, as Python does: reckoning with longer ones takes long.
const maxDigits = 4300

func errTooLong() error {
	return prefect.NewError(prefect.Invalid, "A number has more than 4300 digits.")
}

// Parse reads a JSON document. Of members of one name the last counts. What is JSON and nobody can work with is a
// *prefect.Error.
func Parse(doc jsontext.Value) (any, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(doc), jsontext.AllowDuplicateNames(true))
	v, err := parse(dec)
	if err != nil {
		return nil, err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, &jsontext.SyntacticError{ByteOffset: dec.InputOffset(), Err: io.ErrUnexpectedEOF}
	}
	return v, nil
}

// ParseAll reads the JSON documents of a map; none is null.
func ParseAll(docs map[string]jsontext.Value) (map[string]any, error) {
	values := make(map[string]any, len(docs))
	for name, doc := range docs {
		if values[name] = nil; doc == nil {
			continue
		}
		v, err := Parse(doc)
		if err != nil {
			return nil, err
		}
		values[name] = v
	}
	return values, nil
}

func parse(dec *jsontext.Decoder) (any, error) {
	token, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		o := NewObject()
		for dec.PeekKind() != '}' {
			name, err := dec.ReadToken()
			if err != nil {
				return nil, err
			}
			key := name.String()
			v, err := parse(dec)
			if err != nil {
				return nil, err
			}
			o.Set(key, v)
		}
		_, err := dec.ReadToken()
		return o, err
	case '[':
		list := []any{}
		for dec.PeekKind() != ']' {
			v, err := parse(dec)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := dec.ReadToken()
		return list, err
	case '"':
		return token.String(), nil
	case '0':
		n := Number(token.String())
		if len(n) > maxDigits && !n.isFloat() {
			return nil, errTooLong()
		}
		return n, nil
	case 't', 'f':
		return token.Bool(), nil
	}
	return nil, nil
}

// Encode writes a value as compact JSON. Placeholders have no JSON and become null.
func Encode(v any) (jsontext.Value, error) {
	var buf bytes.Buffer
	if err := encode(jsontext.NewEncoder(&buf), v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

func encode(enc *jsontext.Encoder, v any) error {
	switch v := v.(type) {
	case bool:
		return enc.WriteToken(jsontext.Bool(v))
	case string:
		return enc.WriteToken(jsontext.String(v))
	case Number:
		return enc.WriteValue(jsontext.Value(v))
	case []any:
		if err := enc.WriteToken(jsontext.BeginArray); err != nil {
			return err
		}
		for _, item := range v {
			if err := encode(enc, item); err != nil {
				return err
			}
		}
		return enc.WriteToken(jsontext.EndArray)
	case *Object:
		if err := enc.WriteToken(jsontext.BeginObject); err != nil {
			return err
		}
		for _, name := range v.Names {
			if err := enc.WriteToken(jsontext.String(name)); err != nil {
				return err
			}
			if err := encode(enc, v.Members[name]); err != nil {
				return err
			}
		}
		return enc.WriteToken(jsontext.EndObject)
	}
	return enc.WriteToken(jsontext.Null)
}
