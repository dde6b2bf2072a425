package wire

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// intDecoder takes whole numbers, also as floats, texts and booleans. Python's integers have no bounds, the database's do:
// of a number beyond them the field's own checks are asked first, and then it is too large, or with clamp the largest.
func intDecoder(clamp bool, checks []check) decoder {
	return func(c *call, raw jsontext.Value, v reflect.Value) {
		var digits []byte
		switch raw.Kind() {
		case '0':
			if !isFloat(raw) {
				digits = raw
				break
			}
			n, problem := wholeFloat(raw)
			if problem.kind != "" {
				c.add(problem.kind, problem.msg, raw, "")
				return
			}
			v.SetInt(n)
			return
		case '"':
			var ok bool
			if digits, ok = wholeText(text(raw)); !ok {
				c.add("int_parsing", "Input should be a valid integer, unable to parse string as an integer", raw, "")
				return
			}
		case 't':
			v.SetInt(1)
			return
		case 'f':
			v.SetInt(0)
			return
		default:
			c.add("int_type", "Input should be a valid integer", raw, "")
			return
		}
		n, err := strconv.ParseInt(string(digits), 10, 64)
		v.SetInt(n) // the nearest where it does not fit
		if err == nil || clamp {
			return
		}
		before := len(c.problems)
		for _, look := range checks {
			look(c, raw, v)
		}
		if len(c.problems) == before {
			c.add("int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size", raw, "")
		}
	}
}

type numberProblem struct{ kind, msg string }

// wholeFloat is a number in float form that is whole.
func wholeFloat(raw jsontext.Value) (int64, numberProblem) {
	f, err := strconv.ParseFloat(string(raw), 64)
	switch {
	case err != nil:
		return 0, numberProblem{"finite_number", "Input should be a finite number"}
	case f != math.Trunc(f):
		return 0, numberProblem{"int_from_float", "Input should be a valid integer, got a number with a fractional part"}
	case f < -(1<<63) || f >= 1<<63:
		return 0, numberProblem{"int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size"}
	}
	return int64(f), numberProblem{}
}

// wholeText is an integer as Python writes or reads it: blanks around it, a sign, underscores between digits, zeros behind
// a point.
func wholeText(s string) ([]byte, bool) {
	s = trim(s)
	if whole, zeros, ok := strings.Cut(s, "."); ok && zeros != "" && strings.Trim(zeros, "0") == "" {
		s = whole
	}
	digits, ok := withoutUnderscores(s)
	if !ok {
		return nil, false
	}
	inner := digits
	if len(inner) > 0 && (inner[0] == '-' || inner[0] == '+') {
		inner = inner[1:]
	}
	for _, d := range inner {
		if d < '0' || d > '9' {
			return nil, false
		}
	}
	return digits, len(inner) > 0
}

// withoutUnderscores takes underscores out that stand alone between digits.
func withoutUnderscores(s string) ([]byte, bool) {
	digit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	plain := make([]byte, 0, len(s))
	for i := range len(s) {
		if s[i] != '_' {
			plain = append(plain, s[i])
		} else if !digit(i-1) || !digit(i+1) {
			return nil, false
		}
	}
	return plain, true
}

// trim takes off what is white to Python.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		switch r {
		case ' ', '\t', '\n', '\r', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x1f, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000:
			return true
		}
		return r >= 0x2000 && r <= 0x200a
	})
}

// decodeFloat takes numbers, also as texts and booleans. The reference takes infinity too, and then fails to write it down.
func decodeFloat(c *call, raw jsontext.Value, v reflect.Value) {
	before := len(c.problems)
	decodeAnyFloat(c, raw, v)
	if f := v.Float(); len(c.problems) == before && (math.IsNaN(f) || math.IsInf(f, 0)) {
		c.add("finite_number", "Input should be a finite number", raw, "")
	}
}

// decodeAnyFloat is decodeFloat for what is never written down.
func decodeAnyFloat(c *call, raw jsontext.Value, v reflect.Value) {
	var f float64
	var err error
	switch raw.Kind() {
	case '0':
		if f, err = strconv.ParseFloat(string(raw), 64); f == 0 && !isFloat(raw) {
			f = 0 // an integer has no negative zero
		}
	case '"':
		digits, ok := withoutUnderscores(trim(text(raw)))
		if ok {
			f, err = strconv.ParseFloat(string(digits), 64)
		}
		// Go reads hexadecimal floats too.
		if !ok || errors.Is(err, strconv.ErrSyntax) || bytes.ContainsAny(digits, "xX") {
			c.add("float_parsing", "Input should be a valid number, unable to parse string as a number", raw, "")
			return
		}
	case 't':
		f = 1
	case 'f':
	default:
		c.add("float_type", "Input should be a valid number", raw, "")
		return
	}
	if err != nil {
		f = math.Inf(1) // beyond all floats
	}
	v.SetFloat(f)
}

// decodeBool takes true and false, 1 and 0, and the words for them.
func decodeBool(c *call, raw jsontext.Value, v reflect.Value) {
	switch raw.Kind() {
	case 't':
		v.SetBool(true)
		return
	case 'f':
		v.SetBool(false)
		return
	case '"':
		switch strings.ToLower(text(raw)) {
		case "true", "1", "t", "yes", "y", "on":
			v.SetBool(true)
			return
		case "false", "0", "f", "no", "n", "off":
			v.SetBool(false)
			return
		}
	case '0':
		f, err := strconv.ParseFloat(string(raw), 64)
		if f == 0 || f == 1 {
			v.SetBool(f == 1)
			return
		}
		if isFloat(raw) && err == nil {
			_, problem := wholeFloat(raw)
			ok := problem.kind == ""
			if ok {
				break
			}
		} else if _, err = strconv.ParseInt(string(raw), 10, 64); err == nil {
			break
		}
		c.add("bool_type", "Input should be a valid boolean", raw, "") // it is no machine's integer
		return
	default:
		c.add("bool_type", "Input should be a valid boolean", raw, "")
		return
	}
	c.add("bool_parsing", "Input should be a valid boolean, unable to interpret input", raw, "")
}
