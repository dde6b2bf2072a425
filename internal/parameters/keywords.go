package parameters

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// keyword checks a value by one member of a schema, of which arg is the value. checkSchema has seen to it that arg has the
// form that the keyword asks for.
type keyword func(c *checker, arg, value any, s *Object, at place) []*Problem

// keywordCheck gives the check of a keyword, or nil for members that say nothing of values.
func keywordCheck(name string) keyword {
	switch name {
	case "$ref", "$dynamicRef":
		return checkReference
	case "allOf":
		return checkAllOf
	case "anyOf":
		return checkAnyOf
	case "oneOf":
		return checkOneOf
	case "not":
		return checkNot
	case "if":
		return checkIf
	case "type":
		return checkType
	case "enum":
		return checkEnum
	case "const":
		return checkConst
	case "format":
		return checkFormat
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
		return boundCheck(name)
	case "multipleOf":
		return checkMultipleOf
	case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties":
		return sizeCheck(name)
	case "pattern":
		return checkPattern
	}
	if k := objectKeyword(name); k != nil {
		return k
	}
	return arrayKeyword(name)
}

func checkReference(c *checker, arg, value any, _ *Object, at place) []*Problem {
	reference, ok := arg.(string)
	if !ok {
		return nil
	}
	schema, at, err := c.resources.lookup(reference, at)
	if err != nil {
		c.err = err
		return nil
	}
	return c.descend(value, schema, at)
}

func checkAllOf(c *checker, arg, value any, _ *Object, at place) (problems []*Problem) {
	for _, schema := range list(arg) {
		problems = append(problems, c.descend(value, schema, at)...)
	}
	return problems
}

func checkAnyOf(c *checker, arg, value any, _ *Object, at place) []*Problem {
	problems, _ := c.firstThatFits(list(arg), value, at)
	return problems
}

// firstThatFits gives the index of the first schema that fits the value, or the problem that none does.
func (c *checker) firstThatFits(schemas []any, value any, at place) ([]*Problem, int) {
	var context []*Problem
	for i, schema := range schemas {
		found := c.descend(value, schema, at)
		if len(found) == 0 {
			return nil, i
		}
		context = append(context, found...)
	}
	return []*Problem{{Message: repr(value) + " is not valid under any of the given schemas", context: context}}, -1
}

func checkOneOf(c *checker, arg, value any, _ *Object, at place) []*Problem {
	schemas := list(arg)
	problems, first := c.firstThatFits(schemas, value, at)
	if first < 0 {
		return problems
	}
	var more []string
	for _, schema := range schemas[first+1:] {
		if c.valid(value, schema, at) {
			more = append(more, repr(schema))
		}
	}
	if more == nil {
		return nil
	}
	return problem("%s is valid under each of %s", repr(value), strings.Join(append(more, repr(schemas[first])), ", "))
}

func checkNot(c *checker, arg, value any, _ *Object, at place) []*Problem {
	if c.valid(value, arg, at) {
		return problem("%s should not be valid under %s", repr(value), repr(arg))
	}
	return nil
}

func checkIf(c *checker, arg, value any, s *Object, at place) []*Problem {
	branch := "else"
	if c.valid(value, arg, at) {
		branch = "then"
	}
	if schema, ok := s.Get(branch); ok {
		return c.descend(value, schema, at)
	}
	return nil
}

func checkType(_ *checker, arg, value any, _ *Object, _ place) []*Problem {
	if hasType(value, arg) {
		return nil
	}
	types, ok := arg.([]any)
	if !ok {
		types = []any{arg}
	}
	return problem("%s is not of type %s", repr(value), reprs(types))
}

// hasType tells whether the value is of the type, or of one of the types.
func hasType(value, types any) bool {
	if several, ok := types.([]any); ok {
		return slices.ContainsFunc(several, func(t any) bool { return hasType(value, t) })
	}
	switch v := value.(type) {
	case nil:
		return types == "null"
	case bool:
		return types == "boolean"
	case string:
		return types == "string"
	case Number:
		return types == "number" || types == "integer" && v.whole()
	case []any:
		return types == "array"
	case *Object:
		return types == "object"
	}
	return false
}

func checkEnum(c *checker, arg, value any, _ *Object, at place) []*Problem {
	if !c.goesOn(len(list(arg)), at) || slices.ContainsFunc(list(arg), func(each any) bool { return equal(each, value) }) {
		return nil
	}
	return problem("%s is not one of %s", repr(value), repr(arg))
}

func checkConst(_ *checker, arg, value any, _ *Object, _ place) []*Problem {
	if equal(arg, value) {
		return nil
	}
	return problem("%s was expected", repr(arg))
}

// equal compares values as JSON Schema does: 1 is 1.0, and the order of members does not matter.
func equal(a, b any) bool {
	switch a := a.(type) {
	case Number:
		b, ok := b.(Number)
		return ok && a.compare(b) == 0
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case *Object:
		b, ok := b.(*Object)
		if !ok || len(a.Members) != len(b.Members) {
			return false
		}
		for name, v := range a.Members {
			if w, there := b.Members[name]; !there || !equal(v, w) {
				return false
			}
		}
		return true
	case Placeholder:
		return false
	}
	switch b.(type) {
	case []any, *Object, Placeholder:
		return false
	}
	return a == b
}

func boundCheck(name string) keyword {
	var words string
	var outside func(order int) bool
	switch name {
	case "minimum":
		words, outside = "less than the minimum of", func(order int) bool { return order < 0 }
	case "maximum":
		words, outside = "greater than the maximum of", func(order int) bool { return order > 0 }
	case "exclusiveMinimum":
		words, outside = "less than or equal to the minimum of", func(order int) bool { return order <= 0 }
	default:
		words, outside = "greater than or equal to the maximum of", func(order int) bool { return order >= 0 }
	}
	return func(_ *checker, arg, value any, _ *Object, _ place) []*Problem {
		n, isNumber := value.(Number)
		bound, ok := arg.(Number)
		if isNumber && ok && outside(n.compare(bound)) {
			return problem("%s is %s %s", repr(value), words, repr(arg))
		}
		return nil
	}
}

func checkMultipleOf(_ *checker, arg, value any, _ *Object, _ place) []*Problem {
	n, isNumber := value.(Number)
	of, ok := arg.(Number)
	if !isNumber || !ok || n.multipleOf(of) {
		return nil
	}
	return problem("%s is not a multiple of %s", repr(value), repr(arg))
}

// sizeCheck bounds how much there is of a text, an array or an object.
func sizeCheck(name string) keyword {
	var size func(value any) (int, bool)
	few, many := "is too short", "is too long"
	switch name[3:] {
	case "Length":
		size = func(value any) (int, bool) { s, ok := value.(string); return utf8.RuneCountInString(s), ok }
	case "Items":
		size = func(value any) (int, bool) { l, ok := value.([]any); return len(l), ok }
	default:
		few, many = "does not have enough properties", "has too many properties"
		size = func(value any) (int, bool) {
			o, ok := value.(*Object)
			if !ok {
				return 0, false
			}
			return len(o.Members), true
		}
	}
	least := strings.HasPrefix(name, "min")
	return func(_ *checker, arg, value any, _ *Object, _ place) []*Problem {
		n, counts := size(value)
		bound, ok := arg.(Number)
		if !counts || !ok {
			return nil
		}
		switch f := bound.float(); {
		case least && float64(n) < f && f == 1:
			return problem("%s should be non-empty", repr(value))
		case least && float64(n) < f:
			return problem("%s %s", repr(value), few)
		case !least && float64(n) > f && f == 0:
			return problem("%s is expected to be empty", repr(value))
		case !least && float64(n) > f:
			return problem("%s %s", repr(value), many)
		}
		return nil
	}
}

func checkPattern(c *checker, arg, value any, _ *Object, _ place) []*Problem {
	text, isText := value.(string)
	pattern, ok := arg.(string)
	if !isText || !ok || c.matches(pattern, text) {
		return nil
	}
	return problem("%s does not match %s", repr(value), repr(arg))
}

// list is the items of an array.
func list(v any) []any {
	items, ok := v.([]any)
	if !ok {
		return nil
	}
	return items
}

// reprs joins values with commas.
func reprs(values []any) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = repr(v)
	}
	return strings.Join(all, ", ")
}
