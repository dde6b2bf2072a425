package wire

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// check looks at a value that has the right type.
type check func(c *call, raw jsontext.Value, v reflect.Value, at *place)

// checked runs the checks behind a decoder that had nothing to say.
func checked(decode decoder, checks []check) decoder {
	if len(checks) == 0 {
		return decode
	}
	return func(c *call, raw jsontext.Value, v reflect.Value, at *place) {
		before := len(c.problems)
		decode(c, raw, v, at)
		for _, look := range checks {
			if len(c.problems) > before {
				return
			}
			look(c, raw, v, at)
		}
	}
}

func checksOf(f reflect.StructField) []check {
	var all []check
	for _, part := range constraints(f) {
		name, bound, _ := strings.Cut(part, "=")
		switch name {
		case "ge", "gt", "le", "lt":
			all = append(all, rangeCheck(name, bound))
		case "min", "max":
			all = append(all, lengthCheck(name, bound))
		case "literal":
			decode := enumDecoder(strings.Split(bound, "|"), "literal_error")
			all = append(all, check(decode))
		case "pattern":
			all = append(all, patternCheck(bound))
		}
	}
	return all
}

func rangeCheck(name, bound string) check {
	n, err := strconv.ParseFloat(bound, 64)
	if err != nil {
		panic("wire: the bound " + bound + " is no number")
	}
	words := map[string][2]string{
		"ge": {"greater_than_equal", "greater than or equal to"}, "gt": {"greater_than", "greater than"},
		"le": {"less_than_equal", "less than or equal to"}, "lt": {"less_than", "less than"},
	}[name]
	holds := map[string]func(float64) bool{
		"ge": func(f float64) bool { return f >= n }, "gt": func(f float64) bool { return f > n },
		"le": func(f float64) bool { return f <= n }, "lt": func(f float64) bool { return f < n },
	}[name]
	return func(c *call, raw jsontext.Value, v reflect.Value, at *place) {
		f := 0.0
		if v.CanInt() {
			f = float64(v.Int())
		} else {
			f = v.Float()
		}
		if !holds(f) {
			c.add(words[0], at, "Input should be "+words[1]+" "+bound, raw, `{"`+name+`":`+bound+`}`)
		}
	}
}

func lengthCheck(name, bound string) check {
	n, err := strconv.Atoi(bound)
	if err != nil {
		panic("wire: the length " + bound + " is no number")
	}
	plural := " characters"
	if n == 1 {
		plural = " character"
	}
	items := strings.Replace(plural, "character", "item", 1)
	return func(c *call, raw jsontext.Value, v reflect.Value, at *place) {
		if v.Kind() == reflect.Slice {
			if name == "min" && v.Len() < n {
				length := strconv.Itoa(v.Len())
				c.add("too_short", at, "List should have at least "+bound+items+" after validation, not "+length, raw,
					`{"actual_length":`+length+`,"field_type":"List","min_length":`+bound+`}`)
			}
			return
		}
		switch length := runes(v.String()); {
		case name == "max" && length > n:
			c.add("string_too_long", at, "String should have at most "+bound+plural, raw, `{"max_length":`+bound+`}`)
		case name == "min" && length < n:
			c.add("string_too_short", at, "String should have at least "+bound+plural, raw, `{"min_length":`+bound+`}`)
		}
	}
}

func patternCheck(pattern string) check {
	re := regexp.MustCompile(pattern)
	quoted, _ := jsontext.AppendQuote(nil, pattern) // our own text
	return func(c *call, raw jsontext.Value, v reflect.Value, at *place) {
		if !re.MatchString(v.String()) {
			c.add("string_pattern_mismatch", at, "String should match pattern '"+pattern+"'", raw, `{"pattern":`+string(quoted)+`}`)
		}
	}
}
