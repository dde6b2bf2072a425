package prefect_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

func TestMatchLabel(t *testing.T) {
	for _, c := range []struct {
		pattern, value string
		matches        bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "A", false}, {"a", "ab", false},
		{"*", "", true}, {"*", "anything", true}, {"a*", "a", true}, {"a*", "abc", true}, {"a*", "ba", false}, {"*a", "ba", true}, {"*a", "ab", false},
		{"a*c", "abbc", true}, {"a*c", "abbcd", false}, {"a**c", "ac", true}, {"*b*", "abc", true}, {"*a*a*", "aba", true}, {"*a*a*", "ab", false},
		{"*ab", "aab", true}, {"*abac", "abababac", true},
		{"?", "a", true}, {"?", "", false}, {"?", "ab", false}, {"?", "é", true}, {"a?c", "abc", true}, {"*?", "", false},
		{"[ab]c", "bc", true}, {"[ab]c", "cc", false}, {"[a-c]", "b", true}, {"[a-c]", "d", false}, {"[!a-c]", "d", true}, {"[!a-c]", "b", false},
		{"[]]", "]", true}, {"[!]]", "]", false}, {"[!]]", "a", true}, {"[a-]", "-", true}, {"[", "[", true}, {"[ab", "[ab", true}, {"[ab", "a", false},
		{"!a", "a", false}, {"!a", "b", true}, {"!a*", "abc", false}, {"!a*", "bc", true}, {"!", "", false}, {"!", "a", true}, {"!!a", "!a", false}, {"!!a", "a", true},
		{"a.b", "a.b", true}, {"a.b", "axb", false}, {"a\\*", "a\\b", true}, {"a%", "abc", false}, {"a_", "ab", false},
		{strings.Repeat("*a", 50) + "b", strings.Repeat("a", 10_000), false}, // not for ever
	} {
		require.Equal(t, c.matches, prefect.MatchLabel(c.pattern, c.value), "%q against %q", c.pattern, c.value)
	}
}

func TestResourceSpecificationMatches(t *testing.T) {
	r := prefect.Resource{prefect.ResourceID: "flow.1", "team": "red", "empty": ""}
	values := func(v ...string) prefect.LabelValues { return prefect.LabelValues{Values: v} }
	for _, c := range []struct {
		spec    prefect.ResourceSpecification
		matches bool
	}{
		{nil, true},
		{prefect.ResourceSpecification{"team": values("red")}, true},
		{prefect.ResourceSpecification{"team": values("blue", "r*")}, true},
		{prefect.ResourceSpecification{"team": values("blue")}, false},
		{prefect.ResourceSpecification{"team": values("!blue")}, true},
		{prefect.ResourceSpecification{"team": values("!red", "!blue")}, true}, // one of them is enough
		{prefect.ResourceSpecification{"team": values()}, false},
		{prefect.ResourceSpecification{"size": values("*")}, false},
		{prefect.ResourceSpecification{"size": values("!big")}, false}, // what is not there is not other either
		{prefect.ResourceSpecification{"empty": values("")}, true},
		{prefect.ResourceSpecification{"empty": values("*")}, true},
		{prefect.ResourceSpecification{"team": values("red"), prefect.ResourceID: values("flow.*")}, true},
		{prefect.ResourceSpecification{"team": values("red"), prefect.ResourceID: values("run.*")}, false},
	} {
		require.Equal(t, c.matches, c.spec.Match(r), "%v", c.spec)
	}
}
