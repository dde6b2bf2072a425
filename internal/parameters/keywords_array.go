package parameters

import (
	"slices"
	"strings"

	"praetor/internal/jinja"
)

// arrayKeyword gives the check of a keyword that says something of arrays, or nil.
func arrayKeyword(name string) keyword {
	var check func(c *checker, arg any, value []any, s *Object, at place) []*Problem
	switch name {
	case "items":
		check = checkItems
	case "prefixItems":
		check = checkPrefixItems
	case "contains":
		check = checkContains
	case "uniqueItems":
		check = checkUniqueItems
	case "unevaluatedItems":
		check = checkUnevaluatedItems
	default:
		return nil
	}
	return func(c *checker, arg, value any, s *Object, at place) []*Problem {
		if items, ok := value.([]any); ok {
			return check(c, arg, items, s, at)
		}
		return nil
	}
}

func checkItems(c *checker, arg any, value []any, s *Object, at place) (problems []*Problem) {
	prefix := len(list(s.Members["prefixItems"]))
	extra := len(value) - prefix
	if extra <= 0 {
		return nil
	}
	if arg == false {
		rest, noun := any(value[prefix:]), "items"
		if extra == 1 {
			rest = value[prefix]
		}
		if prefix == 1 {
			noun = "item"
		}
		return problem("Expected at most %d %s but found %d extra: %s", prefix, noun, extra, repr(rest))
	}
	for i := prefix; i < len(value); i++ {
		problems = append(problems, c.in(i, value[i], arg, at)...)
	}
	return problems
}

func checkPrefixItems(c *checker, arg any, value []any, _ *Object, at place) (problems []*Problem) {
	for i, schema := range list(arg) {
		if i < len(value) {
			problems = append(problems, c.in(i, value[i], schema, at)...)
		}
	}
	return problems
}

func checkContains(c *checker, arg any, value []any, s *Object, at place) []*Problem {
	least, most := 1.0, float64(len(value))
	if n, ok := s.Members["minContains"].(Number); ok {
		least = n.float()
	}
	atMost, bounded := s.Members["maxContains"].(Number)
	if bounded {
		most = atMost.float()
	}
	matches := 0
	for _, item := range value {
		if !c.valid(item, arg, at) {
			continue
		}
		if matches++; float64(matches) > most {
			found := problem("Too many items match the given schema (expected at most %s)", repr(atMost))
			found[0].settle("maxContains", value, s)
			return found
		}
	}
	switch {
	case float64(matches) >= least:
		return nil
	case matches == 0:
		return problem("%s does not contain items matching the given schema", repr(value))
	}
	found := problem("Too few items match the given schema (expected at least %s but only %d matched)", repr(s.Members["minContains"]), matches)
	found[0].settle("minContains", value, s)
	return found
}

func checkUniqueItems(_ *checker, arg any, value []any, _ *Object, _ place) []*Problem {
	if arg != true {
		return nil
	}
	seen := make(map[string]bool, len(value))
	for _, item := range value {
		form := canonical(item)
		if seen[form] {
			return problem("%s has non-unique elements", repr(value))
		}
		seen[form] = true
	}
	return nil
}

// canonical is a text that is the same for values that are equal, and only for those.
func canonical(v any) string {
	var b strings.Builder
	writeCanonical(&b, v)
	return b.String()
}

func writeCanonical(b *strings.Builder, v any) {
	switch v := v.(type) {
	case Number:
		if v.whole() {
			i, _ := v.exact().Int(nil)
			b.WriteString(i.String())
		} else {
			b.WriteString(reprNumber(v))
		}
	case []any:
		b.WriteByte('[')
		for _, item := range v {
			writeCanonical(b, item)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	case *Object:
		b.WriteByte('{')
		for _, name := range slices.Sorted(slices.Values(v.Names)) {
			b.WriteString(jinja.Quoted(name))
			b.WriteByte(':')
			writeCanonical(b, v.Members[name])
			b.WriteByte(',')
		}
		b.WriteByte('}')
	default:
		writeRepr(b, v)
	}
}

func checkUnevaluatedItems(c *checker, _ any, value []any, s *Object, at place) []*Problem {
	evaluated := make([]bool, len(value))
	c.eachEvaluating(value, s, at, func(s *Object, at place) {
		_, all := s.Get("items")
		prefix := len(list(s.Members["prefixItems"]))
		for i := range value {
			evaluated[i] = evaluated[i] || all || i < prefix
			for _, k := range []string{"contains", "unevaluatedItems"} {
				if sub, ok := s.Get(k); ok && !evaluated[i] {
					evaluated[i] = c.valid(value[i], sub, at)
				}
			}
		}
	})
	var extras []any
	for i, item := range value {
		if !evaluated[i] {
			extras = append(extras, item)
		}
	}
	if extras == nil {
		return nil
	}
	return problem("Unevaluated items are not allowed (%s unexpected)", wereOrWas(extras))
}
