package wire

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// optional is a field that knows whether it was set.
type optional interface{ Target() any }

//nolint:gochecknoglobals // Go has no constants of this kind
var (
	optionalType = reflect.TypeFor[optional]()
	timeType     = reflect.TypeFor[prefect.Time]()
	uuidType     = reflect.TypeFor[uuid.UUID]()
	rawType      = reflect.TypeFor[jsontext.Value]()
	objectType   = reflect.TypeFor[prefect.Object]()
	labelsType   = reflect.TypeFor[prefect.Labels]()

	resourceInRoleType = reflect.TypeFor[prefect.ResourceInRole]()
)

// decoderOf makes the decoder of a field: its type's, with its constraints.
func decoderOf(f reflect.StructField) decoder {
	t := f.Type
	decode := fieldDecoder(f, t)
	if reflect.PointerTo(t).Implements(optionalType) {
		target := reflect.TypeOf(reflect.New(t).Interface().(optional).Target()).Elem()
		inner := fieldDecoder(f, target)
		decode = func(c *call, raw jsontext.Value, v reflect.Value) {
			inner(c, raw, reflect.ValueOf(v.Addr().Interface().(optional).Target()).Elem())
		}
	}
	if !has(f, "nullable") {
		return decode
	}
	return func(c *call, raw jsontext.Value, v reflect.Value) {
		if string(raw) != "null" {
			decode(c, raw, v)
		}
	}
}

// fieldDecoder makes the decoder of the type that a field holds.
func fieldDecoder(f reflect.StructField, t reflect.Type) decoder {
	if special, ok := specials()[f.Tag.Get("wire")]; ok {
		return checked(special, checksOf(f))
	}
	if reflect.PointerTo(t).Implements(optionalType) {
		return nil // decoderOf looks inside
	}
	checks := checksOf(f)
	return nullable(t, func(inner reflect.Type) decoder {
		for _, part := range constraints(f) {
			if words, ok := strings.CutPrefix(part, "literal="); ok {
				return enumDecoder(strings.Split(words, "|"), "literal_error")
			}
		}
		if inner.Kind() == reflect.Int64 {
			return checked(intDecoder(has(f, "clamp"), checks), checks)
		}
		return checked(typeDecoder(inner, has(f, "unique")), checks)
	})
}

// nullable takes null for pointers.
func nullable(t reflect.Type, wrap func(reflect.Type) decoder) decoder {
	if t.Kind() != reflect.Pointer {
		return wrap(t)
	}
	inner := wrap(t.Elem())
	return func(c *call, raw jsontext.Value, v reflect.Value) {
		if string(raw) == "null" {
			v.SetZero()
			return
		}
		v.Set(reflect.New(t.Elem()))
		inner(c, raw, v.Elem())
	}
}

// typeDecoder is the decoder of a type that is not nullable.
func typeDecoder(t reflect.Type, unique bool) decoder {
	switch t {
	case timeType:
		return decodeTime
	case uuidType:
		return decodeUUID
	case rawType:
		return decodeRaw
	case objectType:
		return decodeObject
	case labelsType:
		return decodeLabels
	case triggerType:
		return decodeTrigger
	case actionType:
		return decodeAction
	case specType:
		return decodeSpecification
	case relatedType:
		return decodeRelated
	case resourceInRoleType:
		return decodeResourceInRole
	}
	if t.Implements(reflect.TypeFor[interface{ Enum() []string }]()) {
		return enumDecoder(reflect.Zero(t).Interface().(interface{ Enum() []string }).Enum(), "enum")
	}
	switch t.Kind() {
	case reflect.String:
		return decodeString
	case reflect.Int64:
		return intDecoder(false, nil)
	case reflect.Float64:
		return decodeFloat
	case reflect.Bool:
		return decodeBool
	case reflect.Slice:
		return listDecoder(t, unique)
	case reflect.Map:
		return mapDecoder(t)
	case reflect.Struct:
		// The plan is looked up when it is used: models may contain themselves.
		return func(c *call, raw jsontext.Value, v reflect.Value) { planOf(t).model(c, raw, v) }
	}
	panic(fmt.Sprintf("wire: %s cannot be read from a request", t))
}

func elementDecoder(t reflect.Type) decoder {
	return nullable(t, func(inner reflect.Type) decoder { return typeDecoder(inner, false) })
}

func decodeString(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() != '"' {
		c.add("string_type", "Input should be a valid string", raw, "")
		return
	}
	v.SetString(text(raw))
}

func decodeRaw(c *call, raw jsontext.Value, v reflect.Value) {
	if kept := normalized(raw, c.infinite); string(kept) != "null" {
		v.SetBytes(kept)
		return
	}
	v.SetZero()
}

func decodeObject(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() != '{' {
		c.add("dict_type", "Input should be a valid dictionary", raw, "")
		return
	}
	v.SetBytes(normalized(raw, c.infinite))
}

// enumDecoder takes a few words. kind is the problem's type: enum or literal_error.
func enumDecoder(values []string, kind string) decoder {
	expected := "'" + strings.Join(values, "', '") + "'"
	if n := len(values); n > 1 {
		expected = "'" + strings.Join(values[:n-1], "', '") + "' or '" + values[n-1] + "'"
	}
	ctx := contextOf("expected", expected)
	return func(c *call, raw jsontext.Value, v reflect.Value) {
		if raw.Kind() == '"' {
			if s, ok := plain(raw); ok {
				for _, value := range values {
					if string(s) == value {
						v.SetString(value)
						return
					}
				}
			} else if s := text(raw); strings.Contains(expected, "'"+s+"'") && !strings.Contains(s, "'") {
				v.SetString(s)
				return
			}
		}
		c.add(kind, "Input should be "+expected, raw, ctx)
	}
}

// contextOf is a problem's ctx with one text.
func contextOf(name, value string) string {
	quoted, err := jsontext.AppendQuote(nil, value)
	if err != nil {
		quoted = []byte(`""`) // never: the texts are valid
	}
	return `{"` + name + `":` + string(quoted) + `}`
}

func listDecoder(t reflect.Type, unique bool) decoder {
	item := elementDecoder(t.Elem())
	empty := reflect.MakeSlice(t, 0, 0)
	kind, msg := "list_type", "Input should be a valid list"
	if unique {
		kind, msg = "set_type", "Input should be a valid set"
	}
	return func(c *call, raw jsontext.Value, v reflect.Value) {
		if raw.Kind() != '[' {
			c.add(kind, msg, raw, "")
			return
		}
		n := count(raw)
		if n == 0 {
			v.Set(empty)
			return
		}
		v.SetZero()
		v.Grow(n)
		v.SetLen(n)
		for all := itemsOf(raw); all.next(); {
			c.item(all.index)
			item(c, all.value, v.Index(all.index))
			c.leave()
		}
		if unique {
			dropRepeated(v)
		}
	}
}

// dropRepeated keeps the first of equal texts.
func dropRepeated(v reflect.Value) {
	seen := map[string]bool{}
	kept := 0
	for i := range v.Len() {
		if s := v.Index(i).String(); !seen[s] {
			seen[s] = true
			v.Index(kept).Set(v.Index(i))
			kept++
		}
	}
	v.SetLen(kept)
}

func mapDecoder(t reflect.Type) decoder {
	item := elementDecoder(t.Elem())
	judged := reflect.PointerTo(t).Implements(reflect.TypeFor[judge]())
	return func(c *call, raw jsontext.Value, v reflect.Value) {
		if raw.Kind() != '{' {
			c.add("dict_type", "Input should be a valid dictionary", raw, "")
			return
		}
		before := len(c.problems)
		m := reflect.MakeMap(t)
		element := reflect.New(t.Elem()).Elem()
		name := reflect.New(t.Key()).Elem()
		for all := membersOf(raw); all.next(); {
			name.SetString(text(all.literal))
			element.SetZero()
			c.at(name.String())
			item(c, all.value, element)
			c.leave()
			m.SetMapIndex(name, element)
		}
		v.Set(m)
		if judged && len(c.problems) == before {
			for _, violation := range v.Addr().Interface().(judge).Violations() {
				c.violated(violation, raw)
			}
		}
	}
}

// decodeLabels takes strings, numbers and booleans, each strictly.
func decodeLabels(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() != '{' {
		c.add("dict_type", "Input should be a valid dictionary", raw, "")
		return
	}
	labels := prefect.Labels{}
	for m := membersOf(raw); m.next(); {
		name := text(m.literal)
		switch m.value.Kind() {
		case 't', 'f', '0', '"':
			labels[name] = normalized(m.value, c.infinite)
			continue
		}
		c.at(name)
		for _, form := range [][3]string{
			{"bool", "bool_type", "Input should be a valid boolean"}, {"int", "int_type", "Input should be a valid integer"},
			{"float", "float_type", "Input should be a valid number"}, {"str", "string_type", "Input should be a valid string"},
		} {
			c.at(form[0])
			c.add(form[1], form[2], m.value, "")
			c.leave()
		}
		c.leave()
	}
	*v.Addr().Interface().(*prefect.Labels) = labels
}
