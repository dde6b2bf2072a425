package wire

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// check looks at a value that has the right type.
type check func(c *call, raw jsontext.Value, v reflect.Value)

// checked runs the checks behind a decoder that had nothing to say.
func checked(decode decoder, checks []check) decoder {
	if len(checks) == 0 {
		return decode
	}
	return func(c *call, raw jsontext.Value, v reflect.Value) {
		before := len(c.problems)
		decode(c, raw, v)
		for _, look := range checks {
			if len(c.problems) > before {
				return
			}
			look(c, raw, v)
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
		case "size":
			all = append(all, sizeCheck(bound))
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
	return func(c *call, raw jsontext.Value, v reflect.Value) {
		var f float64
		if v.CanInt() {
			f = float64(v.Int())
		} else {
			f = v.Float()
		}
		if !holds(f) {
			c.add(words[0], "Input should be "+words[1]+" "+bound, raw, `{"`+name+`":`+bound+`}`)
		}
	}
}

// lengthCheck bounds the characters of a text or the items of a list.
func lengthCheck(name, bound string) check {
	n, err := strconv.Atoi(bound)
	if err != nil {
		panic("wire: the length " + bound + " is no number")
	}
	plural := "s"
	if n == 1 {
		plural = ""
	}
	return func(c *call, raw jsontext.Value, v reflect.Value) {
		var length int
		text := v.Kind() == reflect.String
		if text {
			length = runes(v.String())
		} else {
			length = v.Len()
		}
		actual := strconv.Itoa(length)
		switch {
		case name == "max" && length > n && text:
			c.add("string_too_long", "String should have at most "+bound+" character"+plural, raw, `{"max_length":`+bound+`}`)
		case name == "max" && length > n:
			c.add("too_long", "List should have at most "+bound+" item"+plural+" after validation, not "+actual, raw,
				`{"field_type":"List","max_length":`+bound+`,"actual_length":`+actual+`}`)
		case name == "min" && length < n && text:
			c.add("string_too_short", "String should have at least "+bound+" character"+plural, raw, `{"min_length":`+bound+`}`)
		case name == "min" && length < n:
			c.add("too_short", "List should have at least "+bound+" item"+plural+" after validation, not "+actual, raw,
				`{"field_type":"List","min_length":`+bound+`,"actual_length":`+actual+`}`)
		}
	}
}

// sizeCheck bounds the characters of a text that the reference measures as it does a list.
func sizeCheck(bound string) check {
	n, err := strconv.Atoi(bound)
	if err != nil {
		panic("wire: the size " + bound + " is no number")
	}
	return func(c *call, raw jsontext.Value, v reflect.Value) {
		if length := runes(v.String()); length > n {
			actual := strconv.Itoa(length)
			c.add("too_long", "Value should have at most "+bound+" items after validation, not "+actual, raw,
				`{"field_type":"Value","max_length":`+bound+`,"actual_length":`+actual+`}`)
		}
	}
}

func patternCheck(pattern string) check {
	re := regexp.MustCompile(pattern)
	ctx := contextOf("pattern", pattern)
	return func(c *call, raw jsontext.Value, v reflect.Value) {
		if !re.MatchString(v.String()) {
			c.add("string_pattern_mismatch", "String should match pattern '"+pattern+"'", raw, ctx)
		}
	}
}
