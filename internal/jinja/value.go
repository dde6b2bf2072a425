package jinja

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"unicode"
)

type (
	// Markup is text that is HTML already: escaping leaves it alone.
	Markup string
	// Tuple is a list that is written with parentheses.
	Tuple []any
	// Undefined is what a name without a value stands for: empty text, and a reason to fail where a value is needed.
	Undefined struct {
		Reason string
		class  string // of the error, where that is not UndefinedError
	}
	// Func is what a template may call.
	Func func(Args) (any, error)
	// Object is a value with attributes. Its String is what the template prints.
	Object interface {
		Attr(name string) (any, bool)
		String() string
	}
)

// Args are what a function or filter was called with. A filter's value comes first among them.
type Args struct {
	Positional []any
	Named      map[string]any
}

// Dict is a dictionary that remembers the order of its keys, which are strings, numbers, booleans or nil.
type Dict struct {
	keys   []any
	values map[any]any // by hashed key
}

// NewDict makes an empty dictionary.
func NewDict() *Dict { return &Dict{values: map[any]any{}} }

// Set puts a value under a key.
func (d *Dict) Set(key, value any) {
	h := hashed(key)
	if _, known := d.values[h]; !known {
		d.keys = append(d.keys, key)
	}
	d.values[h] = value
}

// Get gives the value of a key.
func (d *Dict) Get(key any) (any, bool) {
	if !hashable(key) {
		return nil, false
	}
	v, ok := d.values[hashed(key)]
	return v, ok
}

func (d *Dict) at(key any) any { return d.values[hashed(key)] }

// Keys gives the keys in their order.
func (d *Dict) Keys() []any { return d.keys }

// hashed gives the key under which Python would find the value: 1, 1.0 and true are one.
func hashed(key any) any {
	switch k := key.(type) {
	case Markup:
		return string(k)
	case bool:
		if k {
			return int64(1)
		}
		return int64(0)
	case float64:
		if k == math.Trunc(k) && math.Abs(k) < 1<<53 {
			return int64(k)
		}
	}
	return key
}

func hashable(v any) bool {
	switch v.(type) {
	case nil, bool, int64, float64, string, Markup:
		return true
	}
	return false
}

// typeName is what Python calls the type.
func typeName(v any) string {
	switch x := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case Markup:
		return "Markup"
	case []any:
		return "list"
	case Tuple:
		return "tuple"
	case *Dict:
		return "dict"
	case Undefined:
		return "ChainableUndefined"
	case Func:
		return "function"
	case *namespace:
		return "Namespace"
	case Typed:
		return x.TypeName()
	}
	return "object"
}

// str is Python's str().
func str(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case Markup:
		return string(x)
	case Undefined:
		return ""
	case Object:
		return x.String()
	}
	return repr(v)
}

// repr is Python's repr().
func repr(v any) string {
	switch x := v.(type) {
	case nil:
		return "None"
	case bool:
		if x {
			return "True"
		}
		return "False"
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return floatText(x)
	case string:
		return Quoted(x)
	case Markup:
		return "Markup(" + Quoted(string(x)) + ")"
	case []any:
		return "[" + joinedReprs(x) + "]"
	case Tuple:
		if len(x) == 1 {
			return "(" + repr(x[0]) + ",)"
		}
		return "(" + joinedReprs(x) + ")"
	case *Dict:
		parts := make([]string, len(x.keys))
		for i, k := range x.keys {
			parts[i] = repr(k) + ": " + repr(x.at(k))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case Undefined:
		return "Undefined"
	case Reprer:
		return x.Repr()
	case Object:
		return x.String()
	}
	return "<" + typeName(v) + ">"
}

func joinedReprs(items []any) string {
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = repr(item)
	}
	return strings.Join(parts, ", ")
}

// floatText prints a number as Python does: the shortest digits that read back as the same.
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		s := strconv.FormatFloat(f, 'e', -1, 64)
		return s
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// Quoted is a string as Python writes it in source.
func Quoted(s string) string {
	quote := '\''
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	var b strings.Builder
	b.WriteRune(quote)
	for _, r := range s {
		switch {
		case r == quote || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			b.WriteString(`\x` + hex(r, 2))
		case r < 0x10000:
			b.WriteString(`\u` + hex(r, 4))
		default:
			b.WriteString(`\U` + hex(r, 8))
		}
	}
	b.WriteRune(quote)
	return b.String()
}

func hex(r rune, digits int) string {
	s := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", digits-len(s)) + s
}

// truthy is Python's bool().
func truthy(v any) bool {
	switch x := v.(type) {
	case nil, Undefined:
		return false
	case bool:
		return x
	case int64:
		return x != 0
	case float64:
		return x != 0
	case string:
		return x != ""
	case Markup:
		return x != ""
	case []any:
		return len(x) > 0
	case Tuple:
		return len(x) > 0
	case *Dict:
		return len(x.keys) > 0
	case *Duration:
		return x.Duration != 0
	case Sized:
		return x.Len() > 0
	case Textual:
		return x.Text() != ""
	}
	return true
}

// number gives booleans and numbers as a number: an int64, or a float64.
func number(v any) (i int64, f float64, isFloat, ok bool) {
	switch x := v.(type) {
	case bool:
		if x {
			return 1, 1, false, true
		}
		return 0, 0, false, true
	case int64:
		return x, float64(x), false, true
	case float64:
		return 0, x, true, true
	}
	return 0, 0, false, false
}

// textOf gives strings and markup as a string.
func textOf(v any) (string, bool) {
	switch x := v.(type) {
	case string:
		return x, true
	case Markup:
		return string(x), true
	case Textual:
		return x.Text(), true
	}
	return "", false
}

// sequence gives the items of lists and tuples.
func sequence(v any) ([]any, bool) {
	switch x := v.(type) {
	case []any:
		return x, true
	case Tuple:
		return x, true
	case pair:
		return x.Tuple, true
	}
	return nil, false
}

// equal is Python's ==.
func equal(a, b any) bool {
	if ai, af, aFloat, ok := number(a); ok {
		bi, bf, bFloat, ok := number(b)
		if !ok {
			return false
		}
		if aFloat || bFloat {
			return af == bf
		}
		return ai == bi
	}
	if s, ok := textOf(a); ok {
		t, ok := textOf(b)
		return ok && s == t
	}
	switch x := a.(type) {
	case nil:
		return b == nil
	case Undefined:
		_, ok := b.(Undefined)
		return ok
	case []any:
		y, ok := b.([]any)
		return ok && equalItems(x, y)
	case Tuple:
		y, ok := b.(Tuple)
		return ok && equalItems(x, y)
	case *Dict:
		y, ok := b.(*Dict)
		if !ok || len(x.keys) != len(y.keys) {
			return false
		}
		for _, k := range x.keys {
			other, ok := y.Get(k)
			if !ok || !equal(x.at(k), other) {
				return false
			}
		}
		return true
	case Func:
		return false
	case Equaler:
		return x.Equal(b)
	}
	if _, ok := b.(Equaler); ok {
		return false
	}
	if _, isFunc := b.(Func); isFunc {
		return false
	}
	return a == b
}

func equalItems(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// ordered is an Object that has an order among its like.
type ordered interface {
	Compare(other any) (int, bool)
}

// compare orders two values as Python's < does. op is for the error.
func compare(a, b any, op string) (int, error) {
	if u, ok := a.(Undefined); ok {
		return 0, undefinedError(u)
	}
	if u, ok := b.(Undefined); ok {
		return 0, undefinedError(u)
	}
	if ai, af, aFloat, ok := number(a); ok {
		if bi, bf, bFloat, ok := number(b); ok {
			if aFloat || bFloat {
				return cmp.Compare(af, bf), nil
			}
			return cmp.Compare(ai, bi), nil
		}
	}
	if s, ok := textOf(a); ok {
		if t, ok := textOf(b); ok {
			return cmp.Compare(s, t), nil
		}
	}
	x, aOK := sequence(a)
	y, bOK := sequence(b)
	if aOK && bOK && typeName(a) == typeName(b) {
		for i := range min(len(x), len(y)) {
			if !equal(x[i], y[i]) {
				return compare(x[i], y[i], op)
			}
		}
		return cmp.Compare(len(x), len(y)), nil
	}
	if c, ok := a.(ordered); ok {
		if n, ok := c.Compare(b); ok {
			return n, nil
		}
	}
	return 0, typeError("'%s' not supported between instances of %s and %s", op, repr(typeName(a)), repr(typeName(b)))
}

// iterate gives the items that a loop over the value visits.
func iterate(v any) ([]any, error) {
	switch x := v.(type) {
	case []any:
		return x, nil
	case Tuple:
		return x, nil
	case pair:
		return x.Tuple, nil
	case *Dict:
		return x.keys, nil
	case Undefined:
		return nil, nil
	case string:
		return characters(x), nil
	case Markup:
		return characters(string(x)), nil
	case Iterable:
		return x.Iterate(), nil
	}
	return nil, typeError("%s object is not iterable", repr(typeName(v)))
}

func characters(s string) []any {
	items := make([]any, 0, len(s))
	for _, r := range s {
		items = append(items, string(r))
	}
	return items
}
