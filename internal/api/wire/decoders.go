package wire

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// optional is a field that knows whether it was set.
type optional interface{ Target() any }

var (
	optionalType = reflect.TypeFor[optional]()
	timeType     = reflect.TypeFor[prefect.Time]()
	uuidType     = reflect.TypeFor[uuid.UUID]()
	rawType      = reflect.TypeFor[jsontext.Value]()
	objectType   = reflect.TypeFor[prefect.Object]()
	labelsType   = reflect.TypeFor[prefect.Labels]()
)

// decoderOf makes the decoder of a field: its type's, with its constraints.
func decoderOf(f reflect.StructField) decoder {
	t := f.Type
	if special, ok := specials()[f.Tag.Get("wire")]; ok {
		return special
	}
	checks := checksOf(f)
	wrap := func(inner reflect.Type) decoder { return checked(typeDecoder(inner, has(f, "unique")), checks) }
	if reflect.PointerTo(t).Implements(optionalType) {
		target := reflect.TypeOf(reflect.New(t).Interface().(optional).Target()).Elem()
		inner := nullable(target, wrap)
		return func(c *call, raw jsontext.Value, v reflect.Value, at *place) {
			inner(c, raw, reflect.ValueOf(v.Addr().Interface().(optional).Target()).Elem(), at)
		}
	}
	return nullable(t, wrap)
}

// nullable takes null for pointers.
func nullable(t reflect.Type, wrap func(reflect.Type) decoder) decoder {
	if t.Kind() != reflect.Pointer {
		return wrap(t)
	}
	inner := wrap(t.Elem())
	return func(c *call, raw jsontext.Value, v reflect.Value, at *place) {
		if string(raw) == "null" {
			v.SetZero()
			return
		}
		v.Set(reflect.New(t.Elem()))
		inner(c, raw, v.Elem(), at)
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
	}
	if t.Implements(reflect.TypeFor[interface{ Enum() []string }]()) {
		return enumDecoder(reflect.Zero(t).Interface().(interface{ Enum() []string }).Enum(), "enum")
	}
	switch t.Kind() {
	case reflect.String:
		return decodeString
	case reflect.Int64, reflect.Int:
		return decodeInt
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
		return func(c *call, raw jsontext.Value, v reflect.Value, at *place) { planOf(t).model(c, raw, v, at) }
	}
	panic(fmt.Sprintf("wire: %s cannot be read from a request", t))
}

func elementDecoder(t reflect.Type) decoder {
	return nullable(t, func(inner reflect.Type) decoder { return typeDecoder(inner, false) })
}

func decodeString(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	if raw.Kind() != '"' {
		c.add("string_type", at, "Input should be a valid string", raw, "")
		return
	}
	v.SetString(text(raw))
}

func decodeRaw(_ *call, raw jsontext.Value, v reflect.Value, _ *place) {
	if string(raw) == "null" {
		v.SetZero()
		return
	}
	v.SetBytes(raw.Clone())
}

func decodeObject(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	if raw.Kind() != '{' {
		c.add("dict_type", at, "Input should be a valid dictionary", raw, "")
		return
	}
	v.SetBytes(raw.Clone())
}

func decodeInt(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	set := func(digits string) bool {
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			c.add("int_parsing_size", at, "Unable to parse input string as an integer, exceeded maximum size", raw, "")
			return false
		}
		v.SetInt(n)
		return true
	}
	switch raw.Kind() {
	case '0':
		if !strings.ContainsAny(string(raw), ".eE") {
			set(string(raw))
			return
		}
		f, err := strconv.ParseFloat(string(raw), 64)
		switch {
		case err != nil:
			c.add("finite_number", at, "Input should be a finite number", raw, "")
		case f != float64(int64(f)):
			c.add("int_from_float", at, "Input should be a valid integer, got a number with a fractional part", raw, "")
		default:
			v.SetInt(int64(f))
		}
	case '"':
		s := strings.TrimSpace(text(raw))
		if whole, zeros, ok := strings.Cut(s, "."); ok && strings.Trim(zeros, "0") == "" {
			s = whole
		}
		digits := strings.TrimPrefix(strings.ReplaceAll(s, "_", ""), "+")
		if !integer.MatchString(digits) || strings.HasPrefix(s, "_") || strings.HasSuffix(s, "_") {
			c.add("int_parsing", at, "Input should be a valid integer, unable to parse string as an integer", raw, "")
			return
		}
		set(digits)
	case 't':
		v.SetInt(1)
	case 'f':
		v.SetInt(0)
	default:
		c.add("int_type", at, "Input should be a valid integer", raw, "")
	}
}

var integer = regexp.MustCompile(`^-?[0-9]+$`)

func decodeFloat(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	switch raw.Kind() {
	case '0':
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			c.add("finite_number", at, "Input should be a finite number", raw, "")
			return
		}
		v.SetFloat(f)
	case '"':
		f, err := strconv.ParseFloat(strings.TrimSpace(text(raw)), 64)
		if err != nil {
			c.add("float_parsing", at, "Input should be a valid number, unable to parse string as a number", raw, "")
			return
		}
		v.SetFloat(f)
	case 't':
		v.SetFloat(1)
	case 'f':
		v.SetFloat(0)
	default:
		c.add("float_type", at, "Input should be a valid number", raw, "")
	}
}

func decodeBool(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	word := string(raw)
	switch raw.Kind() {
	case 't', 'f', '0':
	case '"':
		word = strings.ToLower(text(raw))
	default:
		c.add("bool_type", at, "Input should be a valid boolean", raw, "")
		return
	}
	switch word {
	case "true", "1", "1.0", "t", "yes", "y", "on":
		v.SetBool(true)
	case "false", "0", "0.0", "f", "no", "n", "off":
		v.SetBool(false)
	default:
		c.add("bool_parsing", at, "Input should be a valid boolean, unable to interpret input", raw, "")
	}
}

// enumDecoder takes a few words. kind is the problem's type: enum or literal_error.
func enumDecoder(values []string, kind string) decoder {
	expected := "'" + strings.Join(values, "', '") + "'"
	if n := len(values); n > 1 {
		expected = "'" + strings.Join(values[:n-1], "', '") + "' or '" + values[n-1] + "'"
	}
	quoted, _ := jsontext.AppendQuote(nil, expected) // our own text
	ctx := `{"expected":` + string(quoted) + `}`
	return func(c *call, raw jsontext.Value, v reflect.Value, at *place) {
		if raw.Kind() == '"' {
			s := text(raw)
			for _, value := range values {
				if s == value {
					v.SetString(s)
					return
				}
			}
		}
		c.add(kind, at, "Input should be "+expected, raw, ctx)
	}
}

func listDecoder(t reflect.Type, unique bool) decoder {
	item := elementDecoder(t.Elem())
	kind, msg := "list_type", "Input should be a valid list"
	if unique {
		kind, msg = "set_type", "Input should be a valid set"
	}
	return func(c *call, raw jsontext.Value, v reflect.Value, at *place) {
		if raw.Kind() != '[' {
			c.add(kind, at, msg, raw, "")
			return
		}
		list := reflect.MakeSlice(t, 0, 4)
		seen := map[string]bool{}
		eachItem(raw, func(i int, value jsontext.Value) {
			if unique {
				if seen[string(value)] {
					return
				}
				seen[string(value)] = true
			}
			list = reflect.Append(list, reflect.Zero(t.Elem()))
			item(c, value, list.Index(list.Len()-1), at.item(i))
		})
		v.Set(list)
	}
}

func mapDecoder(t reflect.Type) decoder {
	item := elementDecoder(t.Elem())
	judged := reflect.PointerTo(t).Implements(reflect.TypeFor[judge]())
	return func(c *call, raw jsontext.Value, v reflect.Value, at *place) {
		if raw.Kind() != '{' {
			c.add("dict_type", at, "Input should be a valid dictionary", raw, "")
			return
		}
		before := len(c.problems)
		m := reflect.MakeMap(t)
		eachMember(raw, func(name string, value jsontext.Value) {
			element := reflect.New(t.Elem()).Elem()
			item(c, value, element, at.at(name))
			m.SetMapIndex(reflect.ValueOf(name).Convert(t.Key()), element)
		})
		v.Set(m)
		if judged && len(c.problems) == before {
			c.judge(v, raw, at, func(string) jsontext.Value { return raw })
		}
	}
}

// decodeLabels takes strings, numbers and booleans, each strictly.
func decodeLabels(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	if raw.Kind() != '{' {
		c.add("dict_type", at, "Input should be a valid dictionary", raw, "")
		return
	}
	labels := prefect.Labels{}
	eachMember(raw, func(name string, value jsontext.Value) {
		switch value.Kind() {
		case 't', 'f', '0', '"':
			labels[name] = value.Clone()
		default:
			here := at.at(name)
			c.add("bool_type", here.at("bool"), "Input should be a valid boolean", value, "")
			c.add("int_type", here.at("int"), "Input should be a valid integer", value, "")
			c.add("float_type", here.at("float"), "Input should be a valid number", value, "")
			c.add("string_type", here.at("str"), "Input should be a valid string", value, "")
		}
	})
	v.Set(reflect.ValueOf(labels))
}
