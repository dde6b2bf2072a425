package jinja

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var printfForm = regexp.MustCompile(`%(?:\(([^)]*)\))?([-+ #0]*)(\d+|\*)?(?:\.(\d+|\*))?[hlL]?(.)`)

// printf is Python's text % values.
func printf(s string, v any) (any, error) {
	values, isTuple := v.(Tuple)
	dict, isDict := v.(*Dict)
	if !isTuple {
		values = Tuple{v}
	}
	used := 0
	var failure error
	next := func() any {
		if used >= len(values) {
			failure = typeError("not enough arguments for format string")
			return nil
		}
		used++
		return values[used-1]
	}
	size := 0
	out := printfForm.ReplaceAllStringFunc(s, func(match string) string {
		m := printfForm.FindStringSubmatch(match)
		verb := m[5]
		if verb == "%" {
			return "%"
		}
		if failure != nil {
			return ""
		}
		width, _ := strconv.Atoi(m[3]) // empty is 0
		precision := -1
		if m[4] != "" {
			precision, _ = strconv.Atoi(m[4]) // digits
		}
		if m[3] == "*" || m[4] == "*" || width > 10_000 || precision > 1000 {
			failure = fail("ValueError", "width or precision too large")
			return ""
		}
		var value any
		if m[1] != "" {
			if !isDict {
				failure = typeError("format requires a mapping")
				return ""
			}
			found, ok := dict.Get(m[1])
			if !ok {
				failure = fail("KeyError", "%s", m[1])
			}
			value = found
		} else {
			value = next()
		}
		if failure != nil {
			return ""
		}
		text, err := conversion(verb, m[2], precision, value)
		if err != nil {
			failure = err
		}
		text = filled(text, m[2], width, verb)
		size += len(text)
		return text
	})
	if failure == nil && !isDict && used < len(values) {
		failure = typeError("not all arguments converted during string formatting")
	}
	if failure == nil && size > maxText {
		failure = fail("OverflowError", "text too long")
	}
	return out, failure
}

func conversion(verb, flags string, precision int, v any) (string, error) {
	switch verb {
	case "s", "r", "a":
		text := str(v)
		if verb != "s" {
			text = repr(v)
		}
		if r := []rune(text); precision >= 0 && len(r) > precision {
			text = string(r[:precision])
		}
		return text, nil
	case "c":
		return str(v), nil
	}
	i, f, isFloat, ok := number(v)
	if !ok {
		return "", typeError("%%%s format: a real number is required, not %s", verb, typeName(v))
	}
	var text string
	switch verb {
	case "d", "i", "u":
		if isFloat {
			i = int64(f)
		}
		text = strconv.FormatInt(i, 10)
	case "x", "X", "o":
		if isFloat {
			return "", typeError("%%%s format: an integer is required, not float", verb)
		}
		text = strconv.FormatInt(i, map[string]int{"x": 16, "X": 16, "o": 8}[verb])
		if strings.Contains(flags, "#") {
			text = map[string]string{"x": "0x", "X": "0x", "o": "0o"}[verb] + text
		}
		if verb == "X" {
			text = strings.ToUpper(text)
		}
	case "e", "E", "f", "F", "g", "G":
		text = floatConversion(verb[0], precision, f)
	default:
		return "", fail("ValueError", "unsupported format character %s", repr(verb))
	}
	if f >= 0 && i >= 0 {
		if strings.Contains(flags, "+") {
			text = "+" + text
		} else if strings.Contains(flags, " ") {
			text = " " + text
		}
	}
	return text, nil
}

func floatConversion(verb byte, precision int, f float64) string {
	if precision < 0 {
		precision = 6
	}
	lower := verb | 0x20
	if lower == 'g' {
		precision = max(precision, 1)
		// C's %g, which strconv's differs from in where it turns to exponents.
		if f != 0 && !math.IsInf(f, 0) && !math.IsNaN(f) {
			exponent := int(math.Floor(math.Log10(math.Abs(f))))
			if exponent < -4 || exponent >= precision {
				text := strconv.FormatFloat(f, 'e', precision-1, 64)
				mantissa, exp, _ := strings.Cut(text, "e")
				if strings.Contains(mantissa, ".") {
					mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
				}
				return mantissa + "e" + exp
			}
			text := strconv.FormatFloat(f, 'f', max(precision-1-exponent, 0), 64)
			if strings.Contains(text, ".") {
				text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
			}
			return text
		}
	}
	text := strconv.FormatFloat(f, lower, precision, 64)
	if lower == 'g' && f == 0 {
		text = "0"
	}
	if verb != lower {
		text = strings.ToUpper(text)
	}
	return text
}

// filled brings a conversion to its width.
func filled(text, flags string, width int, verb string) string {
	n := width - utf8.RuneCountInString(text)
	switch {
	case n <= 0:
		return text
	case strings.Contains(flags, "-"):
		return text + strings.Repeat(" ", n)
	case strings.Contains(flags, "0") && !verbTakesText(verb):
		sign := ""
		if hasSign(text) {
			sign, text = text[:1], text[1:]
		}
		return sign + strings.Repeat("0", n) + text
	}
	return strings.Repeat(" ", n) + text
}

func verbTakesText(verb string) bool { return verb == "s" || verb == "r" || verb == "a" }

func hasSign(text string) bool {
	return text != "" && (text[0] == '+' || text[0] == '-' || text[0] == ' ')
}

var braceForm = regexp.MustCompile(`\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::([^{}]*))?\}`)

// braces is Python's str.format, without access to what begins with an underscore.
func braces(s string, a Args) (any, error) {
	auto := 0
	var failure error
	out := braceForm.ReplaceAllStringFunc(s, func(match string) string {
		switch {
		case match == "{{":
			return "{"
		case match == "}}":
			return "}"
		case failure != nil:
			return ""
		}
		m := braceForm.FindStringSubmatch(match)
		name, path, _ := strings.Cut(m[1], ".")
		if name == "" {
			name = strconv.Itoa(auto)
			auto++
		}
		v, ok := a.Named[name]
		if i, err := strconv.Atoi(name); err == nil {
			if ok = i < len(a.Positional); ok {
				v = a.Positional[i]
			} else {
				failure = fail("IndexError", "Replacement index %d out of range for positional args tuple", i)
			}
		} else if !ok {
			failure = fail("KeyError", "%s", name)
		}
		if path != "" && failure == nil {
			v = attributeGetter(path, nil)(v)
		}
		if m[2] == "r" || m[2] == "a" {
			v = repr(v)
		}
		text, err := formatted(v, m[3])
		if err != nil && failure == nil {
			failure = err
		}
		return text
	})
	return out, failure
}

var specForm = regexp.MustCompile(`^(?:(.)?([<>^=]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$`)

// formatted is Python's format(value, spec).
func formatted(v any, spec string) (string, error) {
	if spec == "" {
		return str(v), nil
	}
	m := specForm.FindStringSubmatch(spec)
	if m == nil {
		return "", fail("ValueError", "Invalid format specifier")
	}
	width, _ := strconv.Atoi(m[6]) // empty is 0
	precision := -1
	if m[8] != "" {
		precision, _ = strconv.Atoi(m[8]) // digits
	}
	if width > 10_000 || precision > 1000 {
		return "", fail("ValueError", "width or precision too large")
	}
	verb, percent := m[9], m[9] == "%"
	_, f, isFloat, isNumber := number(v)
	switch {
	case percent:
		verb, v = "f", f*100
	case verb == "" && isFloat && precision >= 0:
		verb = "g"
	case verb == "" && isNumber && !isFloat:
		verb = "d"
	case verb == "":
		verb = "s"
	}
	text, err := conversion(verb, m[3]+m[4], precision, v)
	if err != nil {
		return "", err
	}
	if percent {
		text += "%"
	}
	if m[7] != "" {
		text = grouped(text, m[7])
	}
	fill, align := m[1], m[2]
	if fill == "" {
		fill = " "
		if m[5] == "0" && align == "" {
			fill, align = "0", "="
		}
	}
	if align == "" {
		align = map[bool]string{true: ">", false: "<"}[isNumber]
	}
	n := max(width-utf8.RuneCountInString(text), 0)
	switch align {
	case "<":
		return text + strings.Repeat(fill, n), nil
	case "^":
		return strings.Repeat(fill, n/2) + text + strings.Repeat(fill, n-n/2), nil
	case "=":
		sign := ""
		if hasSign(text) {
			sign, text = text[:1], text[1:]
		}
		return sign + strings.Repeat(fill, n) + text, nil
	}
	return strings.Repeat(fill, n) + text, nil
}

// grouped puts a sign between each three digits before the point.
func grouped(text, sign string) string {
	whole, fraction, hasFraction := strings.Cut(text, ".")
	start := 0
	if hasSign(whole) {
		start = 1
	}
	for i := len(whole) - 3; i > start; i -= 3 {
		whole = whole[:i] + sign + whole[i:]
	}
	if hasFraction {
		whole += "." + fraction
	}
	return whole
}
