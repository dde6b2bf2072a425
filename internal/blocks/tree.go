package blocks

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// object is a JSON object in the order in which it was written. Of members with the same name the last one counts, in the
// place of the first, as in a Python dictionary.
type object struct {
	names  []string
	values map[string]any
}

func newObject() *object { return &object{values: map[string]any{}} }

func (o *object) get(name string) any { return o.values[name] }

func (o *object) set(name string, value any) {
	if _, exists := o.values[name]; !exists {
		o.names = append(o.names, name)
	}
	o.values[name] = value
}

func (o *object) drop(name string) {
	if _, exists := o.values[name]; exists {
		delete(o.values, name)
		o.names = slices.DeleteFunc(o.names, func(n string) bool { return n == name })
	}
}

// clone copies the object, but not what is in it.
func (o *object) clone() *object {
	c := newObject()
	for _, name := range o.names {
		c.set(name, o.values[name])
	}
	return c
}

// number is a JSON number as it was written.
type number string

// parse takes a JSON text apart into *object, []any, string, number, bool and nil.
func parse(text jsontext.Value) (any, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	v, err := parseNext(dec)
	if err != nil {
		return nil, fmt.Errorf("a JSON document is not understood: %w", err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("a JSON document does not end where it should: %w", err)
	}
	return v, nil
}

// parseObject is parse for a text that must be an object; none at all is an empty one.
func parseObject(text jsontext.Value) (*object, error) {
	if len(text) == 0 {
		return newObject(), nil
	}
	v, err := parse(text)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*object)
	if !ok {
		return nil, fmt.Errorf("a JSON object is expected, not %.40s", text)
	}
	return o, nil
}

// parseShallow is parseObject for those who look at the members only: their values stay texts (jsontext.Value).
func parseShallow(text jsontext.Value) (*object, error) {
	o := newObject()
	if len(text) == 0 {
		return o, nil
	}
	dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	if token, err := dec.ReadToken(); err != nil || token.Kind() != '{' {
		return nil, fmt.Errorf("a JSON object is expected, not %.40s", text)
	}
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("a JSON document is not understood: %w", err)
		}
		name := token.String()
		value, err := dec.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("a JSON document is not understood: %w", err)
		}
		o.set(name, value.Clone())
	}
	return o, nil
}

func parseNext(dec *jsontext.Decoder) (any, error) {
	token, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		o := newObject()
		for dec.PeekKind() != '}' {
			name, err := dec.ReadToken()
			if err != nil {
				return nil, err
			}
			key := name.String()
			value, err := parseNext(dec)
			if err != nil {
				return nil, err
			}
			o.set(key, value)
		}
		_, err = dec.ReadToken()
		return o, err
	case '[':
		list := []any{}
		for dec.PeekKind() != ']' {
			value, err := parseNext(dec)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = dec.ReadToken()
		return list, err
	case '"':
		return token.String(), nil
	case '0':
		return number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	}
	return nil, nil
}

// text writes the value as compact JSON, in the order of its members.
func text(v any) jsontext.Value { return appendJSON(nil, v, plainJSON) }

// style is a way to write JSON.
type style struct {
	colon, comma string
	names        func(*object) []string
	str          func([]byte, string) []byte
	num          func([]byte, number) []byte
}

//nolint:gochecknoglobals // a constant in all but name
var plainJSON = &style{
	colon: ":", comma: ",",
	names: func(o *object) []string { return o.names },
	str: func(dst []byte, s string) []byte {
		dst, _ = jsontext.AppendQuote(dst, s) // the parser has made sure that it is valid UTF-8
		return dst
	},
	num: func(dst []byte, n number) []byte { return append(dst, n...) },
}

func appendJSON(dst []byte, v any, s *style) []byte {
	switch v := v.(type) {
	case *object:
		dst = append(dst, '{')
		for i, name := range s.names(v) {
			if i > 0 {
				dst = append(dst, s.comma...)
			}
			dst = append(s.str(dst, name), s.colon...)
			dst = appendJSON(dst, v.values[name], s)
		}
		return append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, s.comma...)
			}
			dst = appendJSON(dst, item, s)
		}
		return append(dst, ']')
	case jsontext.Value:
		return append(dst, v...)
	case string:
		return s.str(dst, v)
	case number:
		return s.num(dst, v)
	case bool:
		if v {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	}
	return append(dst, "null"...)
}
