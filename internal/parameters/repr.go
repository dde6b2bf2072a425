package parameters

import (
	"math"
	"strconv"
	"strings"

	"praetor/internal/jinja"
)

// repr shows a value as Python does, in messages.
func repr(v any) string {
	var b strings.Builder
	writeRepr(&b, v)
	return b.String()
}

func writeRepr(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("None")
	case bool:
		if v {
			b.WriteString("True")
		} else {
			b.WriteString("False")
		}
	case string:
		b.WriteString(jinja.Quoted(v))
	case Number:
		b.WriteString(reprNumber(v))
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			writeRepr(b, item)
		}
		b.WriteByte(']')
	case *Object:
		b.WriteByte('{')
		for i, name := range v.Names {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(jinja.Quoted(name))
			b.WriteString(": ")
			writeRepr(b, v.Members[name])
		}
		b.WriteByte('}')
	case Placeholder:
		b.WriteString(v.String())
	}
}

func reprNumber(n Number) string {
	if !n.isFloat() {
		if n == "-0" {
			return "0"
		}
		return string(n) // JSON has one form for each
	}
	f := n.float()
	if math.IsInf(f, 0) {
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+"))
	}
	scientific := strconv.FormatFloat(f, 'e', -1, 64)
	_, exponent, _ := strings.Cut(scientific, "e")
	if e, err := strconv.Atoi(exponent); err == nil && (e < -4 || e >= 16) && f != 0 {
		return scientific
	}
	plain := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(plain, ".") {
		plain += ".0"
	}
	return plain
}
