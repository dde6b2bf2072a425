package jinja

import (
	"bytes"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

// FromJSON gives the value of a JSON document. Whole numbers that do not fit 64 bits become floating.
func FromJSON(doc []byte) (any, error) {
	d := jsontext.NewDecoder(bytes.NewReader(doc), jsontext.AllowDuplicateNames(true))
	return fromJSON(d)
}

func fromJSON(d *jsontext.Decoder) (any, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return t.Bool(), nil
	case '"':
		return t.String(), nil
	case '0':
		text := t.String()
		if !strings.ContainsAny(text, ".eE") {
			if n, ok := new(big.Int).SetString(text, 10); ok && n.IsInt64() {
				return n.Int64(), nil
			}
		}
		f, err := strconv.ParseFloat(text, 64)
		return f, err
	case '[':
		items := []any{}
		for d.PeekKind() != ']' {
			item, err := fromJSON(d)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		_, err := d.ReadToken()
		return items, err
	}
	o := NewDict()
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		v, err := fromJSON(d)
		if err != nil {
			return nil, err
		}
		o.Set(key, v)
	}
	_, err = d.ReadToken()
	return o, err
}

// toJSON is the filter tojson: keys in order, and signs of HTML escaped.
func toJSON(a Args) (any, error) {
	width, err := a.integer(1, "indent", -1)
	if err != nil {
		return nil, err
	}
	w := &jsonWriter{indent: int(min(width, 16))}
	if err := w.write(a.or(0, "", nil), 0); err != nil {
		return nil, err
	}
	return Markup(strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "'", `\u0027`).Replace(w.String())), nil
}

// jsonWriter writes values as Python's json.dumps(sort_keys=True) does.
type jsonWriter struct {
	strings.Builder
	indent int // below 0: all in one line
}

func (w *jsonWriter) line(depth int) {
	if w.indent >= 0 {
		w.WriteString("\n" + strings.Repeat(" ", w.indent*depth))
	}
}

func (w *jsonWriter) comma(i int) {
	switch {
	case i == 0:
	case w.indent >= 0:
		w.WriteString(",")
	default:
		w.WriteString(", ")
	}
}

func (w *jsonWriter) write(v any, depth int) error {
	if depth > maxNesting || w.Len() > maxText {
		return fail("OverflowError", "the value is too large")
	}
	if items, ok := sequence(v); ok {
		if len(items) == 0 {
			w.WriteString("[]")
			return nil
		}
		w.WriteString("[")
		for i, item := range items {
			w.comma(i)
			w.line(depth + 1)
			if err := w.write(item, depth+1); err != nil {
				return err
			}
		}
		w.line(depth)
		w.WriteString("]")
		return nil
	}
	if s, ok := textOf(v); ok {
		w.string(s)
		return nil
	}
	switch x := v.(type) {
	case nil:
		w.WriteString("null")
	case bool:
		w.WriteString(strconv.FormatBool(x))
	case int64, float64:
		w.WriteString(strings.NewReplacer("nan", "NaN", "inf", "Infinity").Replace(repr(x)))
	case *Dict:
		return w.dict(x, depth)
	case interface{ JSON() any }:
		return w.write(x.JSON(), depth)
	default:
		return typeError("Object of type %s is not JSON serializable", typeName(v))
	}
	return nil
}

func (w *jsonWriter) dict(d *Dict, depth int) error {
	if len(d.keys) == 0 {
		w.WriteString("{}")
		return nil
	}
	keys := slices.Clone(d.keys)
	var failure error
	slices.SortStableFunc(keys, func(a, b any) int {
		n, err := compare(a, b, "<")
		if err != nil {
			failure = err
		}
		return n
	})
	if failure != nil {
		return failure
	}
	w.WriteString("{")
	for i, k := range keys {
		w.comma(i)
		w.line(depth + 1)
		if name, ok := textOf(k); ok {
			w.string(name)
		} else {
			inner := &jsonWriter{indent: -1}
			if err := inner.write(k, depth+1); err != nil {
				return err
			}
			w.string(inner.String())
		}
		w.WriteString(": ")
		if err := w.write(d.at(k), depth+1); err != nil {
			return err
		}
	}
	w.line(depth)
	w.WriteString("}")
	return nil
}

// string writes a text with every character beyond ASCII escaped.
func (w *jsonWriter) string(s string) { w.Write(prefect.AppendPythonString(nil, s)) }
