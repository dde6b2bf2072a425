package parameters_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"praetor/internal/parameters"
	"praetor/internal/prefect"
)

// TestWorkIsBounded gives values and schemas that a careless checker works on for hours, or fills the memory with:
// it would not end before the test is given up.
func TestWorkIsBounded(t *testing.T) {
	repeat := func(item string, n int) string { return "[" + strings.Repeat(item+",", n-1) + item + "]" }
	names := func(form string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	many := 300_000
	if testing.Short() {
		many = 30_000 // the race detector multiplies the work
	}
	for name, c := range map[string]struct{ schema, value string }{
		"each of many by many":     {`{"items":{"enum":` + repeat("1", many) + `}}`, repeat("2", many)},
		"many required":            {`{"properties":{` + names(`"p%d":{"type":"string"},`, many) + `},"required":[` + names(`"r%d",`, many) + `]}`, `{}`},
		"a long list of lists":     {`{"uniqueItems":true}`, "[" + repeat("1", many) + "," + repeat("1", many) + "]"},
		"long messages":            {`{"allOf":` + repeat(`{"type":"string"}`, 1000) + `}`, repeat("1", many)},
		"long messages of parts":   {`{"anyOf":` + repeat(`{"type":"string"}`, 1000) + `}`, repeat("1", many)},
		"patterns of many members": {`{"patternProperties":{` + names(`"^%dx":{},`, 3000) + `},"additionalProperties":false}`, "{" + names(`"m%d":1,`, many) + "}"},
		"twice and twice":          {`{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"},{"$ref":"#/$defs/b"}]},"b":{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"}`, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			problems, err := parameters.Problems(parse(t, c.value), parse(t, c.schema), parameters.Options{})
			if err != nil {
				require.ErrorIs(t, err, parameters.ErrCircular)
			}
			parameters.Answer(problems)
		})
	}
	_, err := parameters.Parse(jsontext.Value(strings.Repeat("9", 5000)))
	require.ErrorContains(t, err, "4300 digits")
	require.True(t, prefect.IsKind(err, prefect.Invalid))
	made, err := new(parameters.Hydrator).Hydrate(t.Context(), parse(t, `{"__prefect_kind":"json","value":"`+strings.Repeat("9", 5000)+`"}`))
	require.NoError(t, err)
	require.Equal(t, "Invalid JSON: A number has more than 4300 digits.", parameters.FirstFailure(made))
	_, err = parameters.Parse(jsontext.Value("1e99999"))
	require.NoError(t, err)
}
