package parameters_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"praetor/internal/parameters"
)

func parse(t *testing.T, doc string) any {
	t.Helper()
	v, err := parameters.Parse(jsontext.Value(doc))
	require.NoError(t, err, doc)
	return v
}

// TestRecorded compares with what Prefect said; see testdata/record.py.
func TestRecorded(t *testing.T) {
	file, err := os.Open("testdata/validation.jsonl")
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	count := 0
	for lines.Scan() {
		var c struct {
			Schema   jsontext.Value   `json:"schema"`
			Value    jsontext.Value   `json:"value"`
			Message  string           `json:"message"`
			Problems []jsontext.Value `json:"problems"`
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c))
		value, schema := parse(t, string(c.Value)), parse(t, string(c.Schema))
		message := ""
		if err := parameters.Validate(value, schema, parameters.Options{}); err != nil {
			message = err.Error()
		}
		require.Equal(t, c.Message, message, "%s by %s", c.Value, c.Schema)

		problems, err := parameters.Problems(value, schema, parameters.Options{})
		require.NoError(t, err)
		got, want := []string{}, []string{}
		for _, p := range problems {
			doc, err := json.Marshal([]any{append([]any{}, p.Path...), p.Keyword, p.Message})
			require.NoError(t, err)
			got = append(got, string(doc))
		}
		for _, p := range c.Problems {
			require.NoError(t, p.Canonicalize())
			want = append(want, string(p))
		}
		slices.Sort(got) // the reference's order is that of a set, in places
		slices.Sort(want)
		require.Equal(t, want, got, "%s by %s", c.Value, c.Schema)
		count++
	}
	require.NoError(t, lines.Err())
	require.GreaterOrEqual(t, count, 250)
}

func TestValidate(t *testing.T) {
	deep := strings.Repeat(`{"properties":{"a":`, 120) + `{"type":"integer"}` + strings.Repeat(`}}`, 120)
	cases := []struct{ name, schema, value, want string }{
		{"a reference to nowhere", `{"properties":{"a":{"$ref":"#/definitions/no"}}}`, `{"a":1}`,
			"Validation failed. Failure reason: PointerToNowhere: '/definitions/no' does not exist within {'properties': {'a': {'$ref': '#/definitions/no'}}}"},
		{"a reference elsewhere", `{"$ref":"http://x.y/z"}`, `{}`, "Validation failed. Failure reason: Unresolvable: http://x.y/z"},
		{"an anchor", `{"$defs":{"x":{"$anchor":"here","type":"string"}},"properties":{"a":{"$ref":"#here"}}}`, `{"a":1}`,
			"Validation failed for field 'a'. Failure reason: 1 is not of type 'string'"},
		{"no anchor", `{"$ref":"#here"}`, `{}`, "Validation failed. Failure reason: NoSuchAnchor: 'here' does not exist within {'$ref': '#here'}"},
		{"an id", `{"$id":"http://x/y","$defs":{"x":{"$id":"z","type":"string"}},"properties":{"a":{"$ref":"http://x/z"}}}`, `{"a":1}`,
			"Validation failed for field 'a'. Failure reason: 1 is not of type 'string'"},
		{"circular", `{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/a"}}}`, `{}`, parameters.ErrCircular.Error()},
		{"more and more", `{"$defs":{"a":{"allOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"}`, `{}`, parameters.ErrCircular.Error()},
		{"a list of itself", `{"$defs":{"l":{"properties":{"next":{"$ref":"#/$defs/l"}},"required":["n"]}},"$ref":"#/$defs/l"}`, `{"n":1,"next":{"n":2,"next":{}}}`,
			"Validation failed for field 'next.next'. Failure reason: 'n' is a required property"},
		{"deep", deep, `{"a":{"a":1}}`, ""},
		{"null for what may be absent", `{"properties":{"a":{"type":"string"}}}`, `{"a":null}`, ""},
		{"null for what has a default", `{"properties":{"a":{"type":"string","default":"x"}}}`, `{"a":null}`,
			"Validation failed for field 'a'. Failure reason: None is not of type 'string'"},
		{"null for what is required", `{"properties":{"a":{"type":"string"}},"required":["a"]}`, `{"a":null}`,
			"Validation failed for field 'a'. Failure reason: None is not of type 'string'"},
		{"a list of items", `{"properties":{"a":{"items":[{"type":"string"},{"type":"integer"}]}}}`, `{"a":["x","y"]}`,
			"Validation failed for field 'a[1]'. Failure reason: 'y' is not of type 'integer'"},
		{"a block by its document", `{"properties":{"a":{"$ref":"#/definitions/B"}},"definitions":{"B":{"title":"B","block_type_slug":"b","type":"object","required":["x"]}}}`,
			`{"a":{"$ref":"2b2e9dd3-58b2-4b0a-a2c0-4a3a5d3b2b5e"}}`, ""},
		{"a pattern that looks ahead is not judged", `{"properties":{"a":{"pattern":"(?=y)"}}}`, `{"a":"x"}`, ""},
		{"a large number", `{"properties":{"a":{"maximum":9007199254740993}}}`, `{"a":9007199254740994}`,
			"Validation failed for field 'a'. Failure reason: 9007199254740994 is greater than the maximum of 9007199254740993"},
		{"no schema", `5`, `{}`, "Invalid schema: 5 is not of type 'object', 'boolean'"},
		{"no type", `{"type":"foo"}`, `{}`, "Invalid schema: 'foo' is not valid under any of the given schemas"},
		{"no regex", `{"properties":{"a":{"pattern":"("}}}`, `{}`, "Invalid schema: '(' is not a 'regex'"},
		{"no list", `{"required":"abc"}`, `{}`, "Invalid schema: 'abc' is not of type 'array'"},
		{"no number", `{"minProperties":"abc"}`, `{}`, "Invalid schema: 'abc' is not of type 'integer'"},
		{"no properties", `{"properties":5}`, `{}`, "Invalid schema: 5 is not of type 'object'"},
		{"no reference", `{"properties":{"a":{"$ref":5}}}`, `{}`, "Invalid schema: 5 is not of type 'string'"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := parameters.Validate(parse(t, c.value), parse(t, c.schema), parameters.Options{}); err != nil {
				got = err.Error()
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestOptions(t *testing.T) {
	schema := parse(t, `{"properties":{"a":{"type":"string","default":"x"},"b":{"type":"object","required":["c"]}},"required":["b"]}`)
	require.Error(t, parameters.Validate(parse(t, `{}`), schema, parameters.Options{}))
	require.NoError(t, parameters.Validate(parse(t, `{"b":{}}`), schema, parameters.Options{IgnoreRequired: true}))
	require.Error(t, parameters.Validate(parse(t, `{"a":null,"b":{"c":1}}`), schema, parameters.Options{}))
	require.NoError(t, parameters.Validate(parse(t, `{"a":null,"b":{"c":1}}`), schema, parameters.Options{AllowNullWithDefault: true}))
}

func FuzzValidate(f *testing.F) {
	f.Add(`{"properties":{"a":{"type":"string"}}}`, `{"a":1}`)
	f.Add(`{"anyOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"items":[true]}}}`, `[[1]]`)
	f.Fuzz(func(_ *testing.T, schema, value string) {
		s, err := parameters.Parse(jsontext.Value(schema))
		if err != nil {
			return
		}
		v, err := parameters.Parse(jsontext.Value(value))
		if err != nil {
			return
		}
		_ = parameters.Validate(v, s, parameters.Options{})
		_, _ = parameters.Problems(v, s, parameters.Options{})
	})
}
