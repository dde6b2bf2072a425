package jinja

import (
	"math"
	"math/bits"
	"strings"
)

// maxText bounds the text that one operation may make, in bytes, and the whole output.
const maxText = 1 << 20

// arithmetic is a binary operator of Python's.
func arithmetic(op string, a, b any) (any, error) {
	for _, v := range []any{a, b} {
		if u, ok := v.(Undefined); ok {
			return nil, undefinedError(u)
		}
	}
	ai, af, aFloat, aNumber := number(a)
	bi, bf, bFloat, bNumber := number(b)
	switch {
	case aNumber && bNumber && !aFloat && !bFloat:
		return integers(op, ai, bi)
	case aNumber && bNumber:
		return floats(op, af, bf)
	}
	if s, ok := textOf(a); ok {
		switch t, isText := textOf(b); {
		case op == "+" && isText:
			return concat(a, b, s, t)
		case op == "+":
			return nil, typeError("can only concatenate str (not %s) to str", strings.ReplaceAll(repr(typeName(b)), "'", `"`))
		case op == "*" && bNumber && !bFloat:
			return repeat(a, s, bi)
		case op == "%":
			return printf(s, b)
		}
	}
	if s, ok := textOf(b); ok && op == "*" && aNumber && !aFloat {
		return repeat(b, s, ai)
	}
	if o, ok := a.(Operand); ok {
		if v, ok, err := o.Operate(op, b, false); ok {
			return v, err
		}
	}
	if o, ok := b.(Operand); ok {
		if v, ok, err := o.Operate(op, a, true); ok {
			return v, err
		}
	}
	if v, ok, err := sequences(op, a, b); ok || err != nil {
		return v, err
	}
	if op == "**" {
		op = "** or pow()"
	}
	return nil, typeError("unsupported operand type(s) for %s: %s and %s", op, repr(typeName(a)), repr(typeName(b)))
}

// concat joins two texts; beside markup, plain text is escaped.
func concat(a, b any, s, t string) (any, error) {
	if len(s)+len(t) > maxText {
		return nil, fail("OverflowError", "text too long")
	}
	_, aMarkup := a.(Markup)
	_, bMarkup := b.(Markup)
	switch {
	case aMarkup && bMarkup:
		return Markup(s + t), nil
	case aMarkup:
		return Markup(s + escape(t)), nil
	case bMarkup:
		return Markup(escape(s) + t), nil
	}
	return s + t, nil
}

func repeat(like any, s string, n int64) (any, error) {
	if n < 0 {
		n = 0
	}
	if s != "" && n > maxText/int64(len(s)) {
		return nil, fail("OverflowError", "text too long")
	}
	s = strings.Repeat(s, int(n))
	if _, isMarkup := like.(Markup); isMarkup {
		return Markup(s), nil
	}
	return s, nil
}

func sequences(op string, a, b any) (any, bool, error) {
	list, isList := sequence(a)
	times, _, isFloat, isNumber := number(b)
	if !isList {
		list, isList = sequence(b)
		if isList && op == "*" {
			times, _, isFloat, isNumber = number(a)
			a = b
		}
	}
	if !isList {
		return nil, false, nil
	}
	var made []any
	switch {
	case op == "+" && typeName(a) == typeName(b):
		more, _ := sequence(b)
		made = append(append([]any{}, list...), more...)
	case op == "*" && isNumber && !isFloat:
		if times > 0 && int64(len(list)) > maxItems/times {
			return nil, false, fail("OverflowError", "list too long")
		}
		for range max(times, 0) {
			made = append(made, list...)
		}
	default:
		return nil, false, nil
	}
	if _, isTuple := a.(Tuple); isTuple {
		return Tuple(made), true, nil
	}
	return made, true, nil
}

// maxItems bounds the lists that a template may make.
const maxItems = 100_000

func tooLarge() error { return fail("OverflowError", "integer too large") }

func integers(op string, a, b int64) (any, error) {
	switch op {
	case "+":
		if sum := a + b; (sum > a) == (b > 0) {
			return sum, nil
		}
		return nil, tooLarge()
	case "-":
		if d := a - b; (d < a) == (b > 0) {
			return d, nil
		}
		return nil, tooLarge()
	case "*":
		if n, ok := multiply(a, b); ok {
			return n, nil
		}
		return nil, tooLarge()
	case "/":
		if b == 0 {
			return nil, fail("ZeroDivisionError", "division by zero")
		}
		return float64(a) / float64(b), nil
	case "//", "%":
		if b == 0 {
			return nil, fail("ZeroDivisionError", "%s", map[string]string{"//": "integer division or modulo by zero", "%": "integer modulo by zero"}[op])
		}
		if b == -1 { // the one quotient that does not fit
			if op == "%" {
				return int64(0), nil
			}
			return integers("-", 0, a)
		}
		q, r := a/b, a%b
		if r != 0 && (r < 0) != (b < 0) {
			q, r = q-1, r+b
		}
		if op == "//" {
			return q, nil
		}
		return r, nil
	case "**":
		return power(a, b)
	}
	return nil, typeError("unknown operator %s", op)
}

func multiply(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	negative := (a < 0) != (b < 0)
	if hi != 0 || lo > math.MaxInt64 && (!negative || lo != 1<<63) {
		return 0, false
	}
	if negative {
		return -int64(lo), true
	}
	return int64(lo), true
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func power(a, b int64) (any, error) {
	if b < 0 {
		if a == 0 {
			return nil, fail("ZeroDivisionError", "0.0 cannot be raised to a negative power")
		}
		return math.Pow(float64(a), float64(b)), nil
	}
	result, ok := int64(1), true
	for ; b > 0 && ok; b >>= 1 {
		if b&1 == 1 {
			if result, ok = multiply(result, a); !ok {
				break
			}
		}
		if b > 1 {
			a, ok = multiply(a, a)
		}
	}
	if !ok {
		return nil, tooLarge()
	}
	return result, nil
}

func floats(op string, a, b float64) (any, error) {
	if b == 0 && (op == "/" || op == "//" || op == "%") {
		return nil, fail("ZeroDivisionError", "%s", map[string]string{"/": "float division by zero", "//": "float floor division by zero", "%": "float modulo"}[op])
	}
	switch op {
	case "+":
		return a + b, nil
	case "-":
		return a - b, nil
	case "*":
		return a * b, nil
	case "/":
		return a / b, nil
	case "//":
		return math.Floor(a / b), nil
	case "%":
		r := math.Mod(a, b)
		if r != 0 && (r < 0) != (b < 0) {
			r += b
		}
		return r, nil
	}
	return math.Pow(a, b), nil
}

// negative is -v, and positive +v.
func signed(op string, v any) (any, error) {
	if u, ok := v.(Undefined); ok {
		return nil, undefinedError(u)
	}
	i, f, isFloat, ok := number(v)
	switch {
	case !ok:
		return nil, typeError("bad operand type for unary %s: %s", op, repr(typeName(v)))
	case op == "+" && isFloat:
		return f, nil
	case op == "+":
		return i, nil
	case isFloat:
		return -f, nil
	}
	return integers("-", 0, i)
}
