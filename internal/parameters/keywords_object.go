package parameters

import (
	"slices"
)

// objectKeyword gives the check of a keyword that says something of objects, or nil.
func objectKeyword(name string) keyword {
	var check func(c *checker, arg any, value *Object, s *Object, at place) []*Problem
	switch name {
	case "properties":
		check = checkProperties
	case "patternProperties":
		check = checkPatternProperties
	case "additionalProperties":
		check = checkAdditionalProperties
	case "propertyNames":
		check = checkPropertyNames
	case "required":
		check = checkRequired
	case "dependentRequired":
		check = checkDependentRequired
	case "dependentSchemas":
		check = checkDependentSchemas
	case "unevaluatedProperties":
		check = checkUnevaluatedProperties
	default:
		return nil
	}
	return func(c *checker, arg, value any, s *Object, at place) []*Problem {
		if o, ok := value.(*Object); ok {
			return check(c, arg, o, s, at)
		}
		return nil
	}
}

// members is an object's, or those of none.
func members(v any) *Object {
	if o, ok := v.(*Object); ok {
		return o
	}
	return NewObject()
}

func checkProperties(c *checker, arg any, value *Object, _ *Object, at place) (problems []*Problem) {
	properties := members(arg)
	for _, name := range properties.Names {
		if v, ok := value.Get(name); ok {
			problems = append(problems, c.in(name, v, properties.Members[name], at)...)
		}
	}
	return problems
}

func checkPatternProperties(c *checker, arg any, value *Object, _ *Object, at place) (problems []*Problem) {
	patterns := members(arg)
	for _, pattern := range patterns.Names {
		if c.err != nil {
			return nil
		}
		for _, name := range value.Names {
			if c.matches(pattern, name) && c.err == nil {
				problems = append(problems, c.in(name, value.Members[name], patterns.Members[pattern], at)...)
			}
		}
	}
	return problems
}

func checkAdditionalProperties(c *checker, arg any, value *Object, s *Object, at place) (problems []*Problem) {
	declared, patterns := members(s.Members["properties"]), members(s.Members["patternProperties"])
	var extras []any
	for _, name := range value.Names {
		_, known := declared.Get(name)
		if !known && !slices.ContainsFunc(patterns.Names, func(p string) bool { return c.matches(p, name) }) {
			extras = append(extras, name)
		}
	}
	if _, isSchema := arg.(*Object); isSchema {
		for _, extra := range texts(extras) {
			problems = append(problems, c.in(extra, value.Members[extra], arg, at)...)
		}
		return problems
	}
	if arg != false || len(extras) == 0 {
		return nil
	}
	slices.SortFunc(extras, compareSteps)
	if _, has := s.Get("patternProperties"); has {
		verb := "do"
		if len(extras) == 1 {
			verb = "does"
		}
		sorted := slices.Sorted(slices.Values(patterns.Names))
		all := make([]any, len(sorted))
		for i := range sorted {
			all[i] = sorted[i]
		}
		return problem("%s %s not match any of the regexes: %s", reprs(extras), verb, reprs(all))
	}
	return problem("Additional properties are not allowed (%s unexpected)", wereOrWas(extras))
}

// wereOrWas names things that are too many: "'a' was", "'a', 'b' were".
func wereOrWas(extras []any) string {
	if len(extras) == 1 {
		return reprs(extras) + " was"
	}
	return reprs(extras) + " were"
}

func checkPropertyNames(c *checker, arg any, value *Object, _ *Object, at place) (problems []*Problem) {
	for _, name := range value.Names {
		problems = append(problems, c.descend(name, arg, at)...)
	}
	return problems
}

func checkRequired(_ *checker, arg any, value *Object, _ *Object, _ place) (problems []*Problem) {
	for _, name := range texts(list(arg)) {
		if _, ok := value.Get(name); !ok {
			problems = append(problems, problem("%s is a required property", repr(name))...)
		}
	}
	return problems
}

func checkDependentRequired(_ *checker, arg any, value *Object, _ *Object, _ place) (problems []*Problem) {
	dependencies := members(arg)
	for _, name := range dependencies.Names {
		if _, ok := value.Get(name); !ok {
			continue
		}
		for _, each := range texts(list(dependencies.Members[name])) {
			if _, ok := value.Get(each); !ok {
				problems = append(problems, problem("%s is a dependency of %s", repr(each), repr(name))...)
			}
		}
	}
	return problems
}

func checkDependentSchemas(c *checker, arg any, value *Object, _ *Object, at place) (problems []*Problem) {
	dependencies := members(arg)
	for _, name := range dependencies.Names {
		if _, ok := value.Get(name); ok {
			problems = append(problems, c.descend(value, dependencies.Members[name], at)...)
		}
	}
	return problems
}

func checkUnevaluatedProperties(c *checker, arg any, value *Object, s *Object, at place) []*Problem {
	evaluated := c.evaluatedNames(value, s, at)
	var extras []any
	for _, name := range value.Names {
		if evaluated[name] {
			continue
		}
		for range c.descend(value.Members[name], arg, at) { // the reference names it once for each problem
			extras = append(extras, name)
		}
	}
	switch {
	case len(extras) == 0:
		return nil
	case arg == false:
		slices.SortFunc(extras, compareSteps)
		return problem("Unevaluated properties are not allowed (%s unexpected)", wereOrWas(extras))
	}
	return problem("Unevaluated properties are not valid under the given schema (%s unevaluated and invalid)", wereOrWas(extras))
}

// texts are those of the values that are texts.
func texts(values []any) []string {
	all := make([]string, 0, len(values))
	for _, v := range values {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

// evaluatedNames tells which members of an object some part of the schema has looked at.
func (c *checker) evaluatedNames(value *Object, schema any, at place) map[string]bool {
	names := map[string]bool{}
	c.eachEvaluating(value, schema, at, func(s *Object, at place) {
		for _, name := range members(s.Members["properties"]).Names {
			names[name] = true
		}
		for _, k := range []string{"additionalProperties", "unevaluatedProperties"} {
			sub, ok := s.Get(k)
			for _, name := range value.Names {
				if ok && c.valid(value.Members[name], sub, at) {
					names[name] = true
				}
			}
		}
		for _, pattern := range members(s.Members["patternProperties"]).Names {
			if c.err != nil {
				return
			}
			for _, name := range value.Names {
				if c.matches(pattern, name) {
					names[name] = true
				}
			}
		}
	})
	return names
}

// eachEvaluating calls visit for the schema and each of those within it that apply to the value itself and fit it.
func (c *checker) eachEvaluating(value, schema any, at place, visit func(*Object, place)) {
	at.depth++
	s, ok := schema.(*Object)
	if !c.goesOn(1, at) || !ok {
		return
	}
	visit(s, at)
	for _, k := range []string{"$ref", "$dynamicRef"} {
		if reference, ok := s.Members[k].(string); ok {
			target, there, err := c.resources.lookup(reference, at)
			if err != nil {
				c.err = err
				return
			}
			c.eachEvaluating(value, target, there, visit)
		}
	}
	if o, isObject := value.(*Object); isObject {
		dependencies := members(s.Members["dependentSchemas"])
		for _, name := range dependencies.Names {
			if _, ok := o.Get(name); ok {
				c.eachEvaluating(value, dependencies.Members[name], at, visit)
			}
		}
	}
	for _, k := range []string{"allOf", "oneOf", "anyOf"} {
		for _, sub := range list(s.Members[k]) {
			if c.valid(value, sub, at) {
				c.eachEvaluating(value, sub, at, visit)
			}
		}
	}
	condition, ok := s.Get("if")
	if !ok {
		return
	}
	branch := "else"
	if c.valid(value, condition, at) {
		c.eachEvaluating(value, condition, at, visit)
		branch = "then"
	}
	if sub, ok := s.Get(branch); ok {
		c.eachEvaluating(value, sub, at, visit)
	}
}
