package parameters

import (
	"cmp"
	"slices"
)

// mostRelevant picks the problem to tell of: the one highest up in the value, and the least general among those. Where
// none of several schemas fits, it is the deepest of their problems, unless two are as good.
func mostRelevant(problems []*Problem) *Problem {
	if len(problems) == 0 {
		return nil
	}
	best := problems[0]
	for _, p := range problems[1:] {
		if compareRelevance(p, best) > 0 {
			best = p
		}
	}
	for len(best.context) > 0 {
		context := slices.Clone(best.context)
		slices.SortStableFunc(context, compareRelevance)
		if len(context) > 1 && compareRelevance(context[0], context[1]) == 0 {
			return best
		}
		deeper := *context[0]
		deeper.Path = append(slices.Clone(best.Path), deeper.Path...)
		best = &deeper
	}
	return best
}

func compareRelevance(a, b *Problem) int {
	return cmp.Or(
		cmp.Compare(len(b.Path), len(a.Path)),
		slices.CompareFunc(a.Path, b.Path, compareSteps),
		compareBool(!a.general(), !b.general()),
		compareBool(!a.matchesType(), !b.matchesType()),
	)
}

// general tells whether the problem only sums others up.
func (p *Problem) general() bool { return p.Keyword == "anyOf" || p.Keyword == "oneOf" }

// matchesType tells whether the value has the type that the schema names, if it names one.
func (p *Problem) matchesType() bool {
	s, ok := p.schema.(*Object)
	if !ok {
		return false
	}
	types, ok := s.Members["type"]
	return ok && hasType(p.instance, types)
}

func compareSteps(a, b any) int {
	switch a := a.(type) {
	case int:
		if b, ok := b.(int); ok {
			return cmp.Compare(a, b)
		}
		return -1
	case string:
		if b, ok := b.(string); ok {
			return cmp.Compare(a, b)
		}
	}
	return 1
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
