package humanize

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"praetor/internal/jinja"
)

// parsed is a value as Python's float() and int() read it: a number, or the text of one.
func parsed(v any) (f float64, ok bool) {
	if text, isText := jinja.Text(v); isText {
		text = strings.TrimSpace(text)
		switch strings.ToLower(strings.TrimLeft(text, "+-")) {
		case "nan", "inf", "infinity":
		default:
			if strings.ContainsAny(text, "xXpPiIaA") { // forms that Go reads and Python does not
				return 0, false
			}
		}
		f, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
		return f, err == nil
	}
	f, _, ok = jinja.Number(v)
	return f, ok
}

// whole is int(value) of what parsed reads; a text must be that of a whole number.
func whole(v any, f float64) (int64, bool) {
	if text, isText := jinja.Text(v); isText {
		n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(text), "_", ""), 10, 64)
		return n, err == nil
	}
	if n, isInt := v.(int64); isInt {
		return n, true
	}
	return int64(f), math.Abs(f) < 1<<63
}

// notFinite is the text of what is no number, or of infinity.
func notFinite(f float64) (string, bool) {
	switch {
	case math.IsNaN(f):
		return "NaN", true
	case math.IsInf(f, -1):
		return "-Inf", true
	case math.IsInf(f, 1):
		return "+Inf", true
	}
	return "", false
}

// finite is the number that a filter works on. Where there is none, instead is what the filter answers: the value as it came, or the
// name of what is not finite.
func finite(v any) (f float64, instead string, ok bool) {
	f, ok = parsed(v)
	if !ok {
		return 0, jinja.Str(v), false
	}
	instead, odd := notFinite(f)
	return f, instead, !odd
}

// integer is finite for filters that work on whole numbers.
func integer(v any) (n int64, instead string, ok bool) {
	f, instead, ok := finite(v)
	if !ok {
		return 0, instead, false
	}
	n, ok = whole(v, f)
	return n, jinja.Str(v), ok
}

// grouped puts a comma before every three digits of the whole part.
func grouped(number string) string {
	sign := ""
	if strings.HasPrefix(number, "-") {
		sign, number = "-", number[1:]
	}
	end := strings.IndexAny(number, ".e")
	if end < 0 {
		end = len(number)
	}
	digits, rest := number[:end], number[end:]
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits + rest
}

// decimals is a number with so many digits behind the point.
func decimals(f float64, digits int64) string {
	return strconv.FormatFloat(f, 'f', int(max(0, min(digits, 100))), 64)
}

func intComma(a jinja.Args) (any, error) {
	v := a.Get(0, "", nil)
	digits, err := a.Integer(1, "ndigits", -1)
	if err != nil {
		return nil, err
	}
	number := v
	if text, ok := jinja.Text(v); ok {
		number = strings.ReplaceAll(text, ",", "")
	}
	f, ok := parsed(number)
	if !ok {
		return jinja.Str(v), nil
	}
	if text, odd := notFinite(f); odd {
		return text, nil
	}
	if digits >= 0 {
		return grouped(decimals(f, digits)), nil
	}
	switch n := number.(type) {
	case bool:
		return strconv.Itoa(int(f)), nil
	case string:
		if !strings.Contains(n, ".") {
			w, ok := whole(n, f)
			if !ok {
				return jinja.Str(v), nil
			}
			return grouped(strconv.FormatInt(w, 10)), nil
		}
		return grouped(jinja.Str(f)), nil
	}
	return grouped(jinja.Str(number)), nil
}

func powers() []string {
	return []string{"thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion", "septillion", "octillion", "nonillion", "decillion"}
}

func intWord(a jinja.Args) (any, error) {
	v := a.Get(0, "", nil)
	f, instead, ok := finite(v)
	if !ok {
		return instead, nil
	}
	if _, isText := jinja.Text(v); isText {
		if _, ok := whole(v, f); !ok {
			return jinja.Str(v), nil
		}
	}
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	f = math.Trunc(f)
	if f < 1000 {
		return sign + decimals(f, 0), nil
	}
	names := powers()
	if f >= 1e100 {
		return nil, jinja.Fail("OverflowError", "the number is too large")
	}
	at := 0
	for at+1 < len(names) && f >= math.Pow10(3*(at+2)) {
		at++
	}
	format := a.String(1, "format", "%.1f")
	number, err := jinja.Printf(format, f/math.Pow10(3*(at+1)))
	if err != nil {
		return nil, err
	}
	rounded, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil {
		return nil, jinja.Fail("ValueError", "could not convert string to float: %s", jinja.Repr(number))
	}
	if rounded == 1000 && at+1 < len(names) {
		at++
		if number, err = jinja.Printf(format, 1.0); err != nil {
			return nil, err
		}
	}
	return sign + number + " " + names[at], nil
}

func ordinal(a jinja.Args) (any, error) {
	v := a.Get(0, "", nil)
	n, instead, ok := integer(v)
	if !ok {
		return instead, nil
	}
	suffix := "th"
	// Python's remainder is never negative: -1 ends as 9 does.
	if tail := ((n % 100) + 100) % 100; tail < 11 || tail > 13 {
		switch tail % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.FormatInt(n, 10) + suffix, nil
}

func apNumber(a jinja.Args) (any, error) {
	v := a.Get(0, "", nil)
	n, instead, ok := integer(v)
	if !ok {
		return instead, nil
	}
	if n < 0 || n > 9 {
		return strconv.FormatInt(n, 10), nil
	}
	return [...]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}[n], nil
}

func fractional(a jinja.Args) (any, error) {
	v := a.Get(0, "", nil)
	f, instead, ok := finite(v)
	if !ok {
		return instead, nil
	}
	integer := math.Trunc(f)
	numerator, denominator := fraction(math.Abs(f-integer), 1000)
	sign := 1.0
	if f < 0 {
		sign = -1
	}
	switch {
	case denominator == 1:
		return decimals(integer+sign*float64(numerator), 0), nil
	case integer == 0:
		return fmt.Sprintf("%d/%d", int64(sign)*numerator, denominator), nil
	}
	return fmt.Sprintf("%s %d/%d", decimals(integer, 0), numerator, denominator), nil
}

// fraction is the nearest fraction to a number from 0 to 1 whose denominator is at most the given one, by continued
// fractions; of two that are as near, the one with the smaller denominator.
func fraction(f float64, most int64) (numerator, denominator int64) {
	exact := new(big.Rat).SetFloat64(f)
	if exact.Denom().IsInt64() && exact.Denom().Int64() <= most {
		return exact.Num().Int64(), exact.Denom().Int64()
	}
	n, d := new(big.Int).Set(exact.Num()), new(big.Int).Set(exact.Denom())
	var p0, q0, p1, q1 int64 = 0, 1, 1, 0
	for {
		quotient, rest := new(big.Int).QuoRem(n, d, new(big.Int))
		if !quotient.IsInt64() || quotient.Int64() > most {
			break
		}
		q := q0 + quotient.Int64()*q1
		if q > most {
			break
		}
		p0, q0, p1, q1 = p1, q1, p0+quotient.Int64()*p1, q
		if n, d = d, rest; d.Sign() == 0 {
			break
		}
	}
	k := (most - q0) / q1
	far, near := big.NewRat(p0+k*p1, q0+k*q1), big.NewRat(p1, q1)
	distance := func(r *big.Rat) *big.Rat { return new(big.Rat).Abs(new(big.Rat).Sub(r, exact)) }
	if distance(near).Cmp(distance(far)) <= 0 {
		return p1, q1
	}
	return far.Num().Int64(), far.Denom().Int64()
}

func scientificFilter(a jinja.Args) (any, error) {
	v := a.Get(0, "", nil)
	precision, err := a.Integer(1, "precision", 2)
	if err != nil {
		return nil, err
	}
	f, ok := parsed(v)
	if !ok {
		return jinja.Str(v), nil
	}
	return scientific(f, precision), nil
}

func scientific(f float64, precision int64) string {
	if text, odd := notFinite(f); odd {
		return text
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', int(max(0, min(precision, 100))), 64), "e")
	n, _ := strconv.Atoi(exponent) // it was written by FormatFloat
	raised := strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹", "-", "⁻")
	return mantissa + " x 10" + raised.Replace(strconv.Itoa(n))
}

func metric(a jinja.Args) (any, error) {
	v, unit := a.Get(0, "", nil), a.String(1, "unit", "")
	precision, err := a.Integer(2, "precision", 3)
	if err != nil {
		return nil, err
	}
	f, _, ok := jinja.Number(v)
	if !ok {
		return nil, jinja.Fail("TypeError", "must be real number, not %s", typeOf(v))
	}
	if text, odd := notFinite(f); odd {
		return text, nil
	}
	exponent := 0
	if f != 0 {
		exponent = int(math.Floor(math.Log10(math.Abs(f))))
	}
	if exponent >= 33 || exponent < -30 {
		return scientific(f, precision-1) + unit, nil
	}
	triple := func(n int) int { return (n%3 + 3) % 3 }
	digits := func() int64 { return max(0, precision-int64(triple(exponent))-1) }
	f /= math.Pow10(exponent - triple(exponent))
	if written, _ := strconv.ParseFloat(decimals(math.Abs(f), digits()), 64); exponent < 30 && written >= math.Pow10(triple(exponent)+1) {
		before := exponent - triple(exponent)
		exponent++
		f /= math.Pow10(exponent - triple(exponent) - before)
	}
	prefix := ""
	switch {
	case exponent >= 3:
		prefix = string("kMGTPEZYRQ"[exponent/3-1])
	case exponent < 0:
		prefix = string([]rune("mμnpfazyrq")[(-exponent-1)/3])
	}
	space := " "
	if prefix+unit == "" || unit == "°" || unit == "′" || unit == "″" {
		space = ""
	}
	return decimals(f, digits()) + space + prefix + unit, nil
}

func typeOf(v any) string {
	if v == nil {
		return "NoneType"
	}
	if _, ok := jinja.Text(v); ok {
		return "str"
	}
	return "object"
}

func clamp(a jinja.Args) (any, error) {
	v := a.Get(0, "", nil)
	if v == nil {
		return nil, nil
	}
	f, _, ok := jinja.Number(v)
	if !ok {
		return nil, jinja.Fail("TypeError", "must be real number, not %s", typeOf(v))
	}
	if text, odd := notFinite(f); odd {
		return text, nil
	}
	token := ""
	if bound := a.Get(1, "floor", nil); bound != nil {
		if low, _, ok := jinja.Number(bound); ok && f < low {
			v, f, token = bound, low, a.String(4, "floor_token", "<")
		}
	}
	if bound := a.Get(2, "ceil", nil); bound != nil && token == "" {
		if high, _, ok := jinja.Number(bound); ok && f > high {
			v, token = bound, a.String(5, "ceil_token", ">")
		}
	}
	text, err := jinja.Format(a.String(3, "format", "{:}"), v)
	return token + text, err
}

func naturalSize(a jinja.Args) (any, error) {
	v, gnu, binary := a.Get(0, "", nil), a.Flag(2, "gnu", false), a.Flag(1, "binary", false)
	f, ok := parsed(v)
	if !ok {
		if text, isText := jinja.Text(v); isText {
			return nil, jinja.Fail("ValueError", "could not convert string to float: %s", jinja.Repr(text))
		}
		return nil, jinja.Fail("TypeError", "float() argument must be a string or a real number, not '%s'", typeOf(v))
	}
	if math.IsNaN(f) {
		return nil, jinja.Fail("ValueError", "cannot convert float NaN to integer")
	}
	suffixes, base, space := strings.Fields("kB MB GB TB PB EB ZB YB RB QB"), 1000.0, " "
	switch {
	case gnu:
		suffixes, base, space = strings.Split("KMGTPEZYRQ", ""), 1024, ""
	case binary:
		suffixes, base = strings.Fields("KiB MiB GiB TiB PiB EiB ZiB YiB RiB QiB"), 1024
	}
	size := math.Abs(f)
	switch {
	case size == 1 && !gnu:
		return decimals(math.Trunc(f), 0) + " Byte", nil
	case size < base && gnu:
		return decimals(math.Trunc(f), 0) + "B", nil
	case size < base:
		return decimals(math.Trunc(f), 0) + " Bytes", nil
	}
	format := a.String(3, "format", "%.1f")
	exponent := int(min(math.Log(size)/math.Log(base), float64(len(suffixes))))
	written, err := jinja.Printf(format, size/math.Pow(base, float64(exponent)))
	if err != nil {
		return nil, err
	}
	if n, err := strconv.ParseFloat(strings.TrimSpace(written), 64); err == nil && n >= base && exponent < len(suffixes) {
		exponent++
	}
	text, err := jinja.Printf(format, f/math.Pow(base, float64(exponent)))
	return text + space + suffixes[exponent-1], err
}
