package parameters_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"praetor/internal/parameters"
)

func TestAnswer(t *testing.T) {
	const person = `"person":{"type":"object","properties":{"name":{"type":"string"},"friends":{"items":{"$ref":"#/properties/person"}}},"required":["name"]}`
	schema := parse(t, `{"properties":{"n":{"type":"integer","default":1,"enum":[1]},`+person+`},"required":["n","my own"],"additionalProperties":false}`)
	for _, c := range []struct{ name, values, want string }{
		{"nothing", `{"n":1,"my own":1}`, `{"errors":["Additional properties are not allowed ('my own' was unexpected)"],"valid":false}`},
		{"each message is an entry", `{"n":"x"}`,
			`{"errors":[{"property":"n","errors":["'x' is not of type 'integer'"]},{"property":"n","errors":["'x' is not one of [1]"]},` +
				`{"property":"my","errors":["'my own' is a required property"]}],"valid":false}`},
		{"what is below is gathered", `{"n":1,"person":{"friends":[{"name":1},1,{"friends":[{}]}]}}`,
			`{"errors":[{"property":"person","errors":[{"property":"friends","errors":[{"index":0,"errors":[{"property":"name","errors":["1 is not of type 'string'"]}]},` +
				`{"index":1,"errors":["1 is not valid under any of the given schemas"]},` +
				`{"index":2,"errors":[{"property":"friends","errors":[{"index":0,"errors":[{"property":"name","errors":["'name' is a required property"]}]}]},` +
				`{"property":"name","errors":["'name' is a required property"]}]}]},{"property":"name","errors":["'name' is a required property"]}]},` +
				`{"property":"my","errors":["'my own' is a required property"]}],"valid":false}`},
		{"a value that waits is no problem", `{"n":{"__prefect_kind":"jinja","template":"{{ x }}"},"my own":{"__prefect_kind":"json"}}`,
			`{"errors":[{"property":"my","errors":["'my own' is a required property"]}],"valid":false}`},
		{"a value that cannot be made says so and no more", `{"n":{"__prefect_kind":"json","value":""}}`,
			`{"errors":[{"property":"n","errors":["Invalid JSON: Expecting value: line 1 column 1 (char 0)"]},` +
				`{"property":"my","errors":["'my own' is a required property"]}],"valid":false}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			made, err := new(parameters.Hydrator).Hydrate(t.Context(), parse(t, c.values))
			require.NoError(t, err)
			problems, err := parameters.Problems(made, schema, parameters.Options{})
			require.NoError(t, err)
			answer, err := json.Marshal(parameters.Answer(problems))
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(answer))
		})
	}
}
