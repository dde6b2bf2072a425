package parameters_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/parameters"
)

func TestHydrate(t *testing.T) {
	variables := map[string]string{"one": `1`, "list": `[1.0, null]`, "name": `"one"`}
	cases := []struct{ name, value, want, wrong string }{
		{"nothing to do", `{"a":[1,{"b":null}],"n":100000000000000000000000}`, `{"a":[1,{"b":null}],"n":100000000000000000000000}`, ""},
		{"JSON", `{"a":{"__prefect_kind":"json","value":"{\"b\": [1.50]}"}}`, `{"a":{"b":[1.50]}}`, ""},
		{"JSON that is no text", `{"a":{"__prefect_kind":"json","value":3}}`, `{"a":3}`, ""},
		{"bad JSON", `{"a":{"__prefect_kind":"json","value":"{"}}`, "", "Invalid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
		{"JSON of nothing", `{"a":{"__prefect_kind":"json"},"b":[{"__prefect_kind":"json"},1]}`, `{"b":[1]}`, ""},
		{"a variable", `{"a":{"__prefect_kind":"workspace_variable","variable_name":"list"}}`, `{"a":[1.0,null]}`, ""},
		{"a variable that a variable names", `[{"__prefect_kind":"workspace_variable","variable_name":{"__prefect_kind":"workspace_variable","variable_name":"name"}}]`, `[1]`, ""},
		{"no variable", `{"a":{"__prefect_kind":"workspace_variable","variable_name":"no"}}`, "", "Variable 'no' not found in workspace."},
		{"a variable of no name", `{"a":{"__prefect_kind":"workspace_variable"}}`, `{}`, ""},
		{"a variable named by a number", `{"a":{"__prefect_kind":"workspace_variable","variable_name":1}}`, "", "Variable '1' not found in workspace."},
		{"none", `{"a":{"__prefect_kind":"none","value":[{"__prefect_kind":"json","value":"2"}]}}`, `{"a":[2]}`, ""},
		{"none of nothing", `{"a":{"__prefect_kind":"none"}}`, "", "Missing 'value' key in __prefect object"},
		{"an unknown kind", `{"a":{"__prefect_kind":"what","value":{"__prefect_kind":"json","value":"2"}},"b":{"__prefect_kind":[]}}`,
			`{"a":{"__prefect_kind":"json","value":"2"},"b":null}`, ""},
		{"a template", `{"a":{"__prefect_kind":"jinja","template":"a{{ 1 + 1 }}"}}`, `{"a":"a2"}`, ""},
		{"a template of JSON", `{"a":{"__prefect_kind":"json","value":{"__prefect_kind":"jinja","template":"[{{ 1 + 1 }}]"}}}`, `{"a":[2]}`, ""},
		{"a bad template", `{"a":{"__prefect_kind":"jinja","template":"{{"}}`, "", "Invalid jinja: unexpected 'end of template'"},
		{"no template", `{"a":{"__prefect_kind":"jinja"}}`, "", "Missing 'template' key in __prefect object"},
		{"the whole", `{"__prefect_kind":"json","value":"{\"a\":1}"}`, `{"a":1}`, ""},
		{"the whole removed", `{"__prefect_kind":"json"}`, `{}`, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			asked := 0
			h := &parameters.Hydrator{Templates: true, Variables: func(_ context.Context, names []string) (map[string]any, error) {
				asked++
				found := map[string]any{}
				for _, name := range names {
					if doc, ok := variables[name]; ok {
						found[name] = parse(t, doc)
					}
				}
				return found, nil
			}}
			made, err := h.Hydrate(t.Context(), parse(t, c.value))
			require.NoError(t, err)
			require.LessOrEqual(t, asked, 2)
			if c.wrong != "" {
				require.Equal(t, c.wrong, parameters.FirstFailure(made))
				return
			}
			require.Empty(t, parameters.FirstFailure(made))
			doc, err := parameters.Encode(made)
			require.NoError(t, err)
			require.Equal(t, c.want, string(doc))
		})
	}
}

func TestHydrateWithoutRendering(t *testing.T) {
	made, err := (&parameters.Hydrator{}).Hydrate(t.Context(), parse(t,
		`{"a":{"__prefect_kind":"workspace_variable","variable_name":"v"},"b":{"__prefect_kind":"jinja","template":"{{ x }}"},"c":{"__prefect_kind":"jinja","template":"{{"}}`))
	require.NoError(t, err)
	o, ok := made.(*parameters.Object)
	require.True(t, ok)
	require.Equal(t, parameters.Placeholder{Kind: "workspace_variable", Text: "v"}, o.Members["a"])
	require.Equal(t, parameters.Placeholder{Kind: "jinja", Text: "{{ x }}"}, o.Members["b"])
	problems, err := parameters.Problems(made, parse(t, `{"properties":{"c":{"type":"string"}}}`), parameters.Options{})
	require.NoError(t, err)
	require.Equal(t, "_placeholders", problems[len(problems)-1].Keyword)
	require.Equal(t, []any{"c"}, problems[len(problems)-1].Path)
}

func TestHydrateFails(t *testing.T) {
	broken := errors.New("the database is gone")
	h := &parameters.Hydrator{Variables: func(context.Context, []string) (map[string]any, error) { return nil, broken }}
	_, err := h.Hydrate(t.Context(), parse(t, `[{"__prefect_kind":"workspace_variable","variable_name":"v"}]`))
	require.ErrorIs(t, err, broken)

	slow := `"` + strings.Repeat(`{% for i in range(100) %}{% for j in range(100) %}{{ i * j }}{% endfor %}{% endfor %}`, 5) + `"`
	value := `[` + strings.Repeat(`{"__prefect_kind":"jinja","template":`+slow+`},`, 400) + `1]`
	made, err := (&parameters.Hydrator{Templates: true}).Hydrate(t.Context(), parse(t, value))
	require.NoError(t, err)
	require.Equal(t, "Invalid jinja: rendering takes too long", parameters.FirstFailure(made))
}
