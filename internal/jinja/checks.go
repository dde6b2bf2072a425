package jinja

import (
	"strings"
	"unicode"
)

// test answers "value is name".
func (r *renderer) test(e *tested, f *frame) (any, error) {
	v, err := r.eval(e.value, f)
	if err != nil {
		return nil, err
	}
	args, err := r.arguments(&e.args, f)
	if err != nil {
		return nil, err
	}
	yes, err := r.check(e.name, v, args)
	return yes != e.negate, err
}

func (r *renderer) check(name string, v any, args Args) (bool, error) {
	switch name {
	case "filter":
		_, ok := r.findFilter(str(v))
		return ok, nil
	case "test":
		_, known, _ := check(str(v), nil, Args{Positional: []any{int64(1)}})
		return known, nil
	}
	yes, known, err := check(name, v, args)
	if !known {
		return false, fail("TemplateAssertionError", "No test named %s.", repr(name))
	}
	return yes, err
}

// check gives what the test says, and whether there is such a test.
func check(name string, v any, args Args) (yes, known bool, err error) {
	if op, ok := comparisons[name]; ok {
		other, given := args.get(0, "other")
		if !given {
			return false, true, typeError("the test %s needs a value to compare with", repr(name))
		}
		yes, err = holds(op, v, other)
		return yes, true, err
	}
	switch name {
	case "odd", "even", "divisibleby":
		by, err := args.integer(0, "num", 0)
		if name != "divisibleby" {
			by = 2
		}
		if err != nil {
			return false, true, err
		}
		rest, err := arithmetic("%", v, by)
		return equal(rest, int64(0)) == (name != "odd"), true, err
	}
	yes, known = is(name, v, args)
	return yes, known, nil
}

//nolint:gochecknoglobals // Go has no constant maps
var comparisons = map[string]string{
	"eq": "==", "equalto": "==", "==": "==", "ne": "!=", "!=": "!=", "lt": "<", "lessthan": "<", "<": "<", "le": "<=", "<=": "<=",
	"gt": ">", "greaterthan": ">", ">": ">", "ge": ">=", ">=": ">=", "in": "in",
}

func is(name string, v any, args Args) (yes, known bool) {
	_, isUndefined := v.(Undefined)
	_, isText := textOf(v)
	_, _, isFloat, isNumber := number(v)
	_, isBool := v.(bool)
	_, isList := sequence(v)
	_, isDict := v.(*Dict)
	switch name {
	case "defined":
		return !isUndefined, true
	case "undefined":
		return isUndefined, true
	case "none":
		return v == nil, true
	case "boolean":
		return isBool, true
	case "true":
		return v == true, true
	case "false":
		return v == false, true
	case "integer":
		return isNumber && !isFloat && !isBool, true
	case "float":
		return isFloat, true
	case "number":
		return isNumber, true
	case "string":
		return isText, true
	case "mapping":
		return isDict, true
	case "sequence":
		return isText || isList || isDict || isUndefined, true
	case "iterable":
		return isText || isList || isDict || isUndefined, true
	case "callable":
		_, ok := v.(Func)
		return ok, true
	case "sameas":
		other, ok := args.get(0, "other")
		return ok && typeName(v) == typeName(other) && equal(v, other), true
	case "escaped":
		_, ok := v.(Markup)
		return ok, true
	case "lower":
		return isCased(str(v), unicode.IsUpper, unicode.IsLower), true
	case "upper":
		return isCased(str(v), unicode.IsLower, unicode.IsUpper), true
	}
	return false, false
}

// isCased tells whether a text has letters of one case and none of the other.
func isCased(s string, forbidden, wanted func(rune) bool) bool {
	return strings.IndexFunc(s, forbidden) < 0 && strings.IndexFunc(s, wanted) >= 0
}
