package blocks

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

func secretsIn(t *testing.T, paths string) *secretPaths {
	t.Helper()
	s, err := secretsOf(prefect.Object(`{"title":"T","secret_fields":` + paths + `}`))
	require.NoError(t, err)
	return s
}

func TestHide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, paths, data, want string }{
		{"none", `[]`, `{"a":1}`, `{"a":1}`},
		{"text", `["a"]`, `{"a":"x","b":"y"}`, `{"a":"********","b":"y"}`},
		{"number and flag", `["a","b"]`, `{"a":12345678901234567890,"b":false}`, `{"a":"********","b":"********"}`},
		{"null", `["a"]`, `{"a":null}`, `{"a":null}`},
		{"list", `["a"]`, `{"a":["x",{"b":1}]}`, `{"a":"********"}`},
		{"object", `["a"]`, `{"a":{"password":"x"}}`, `{"a":"********"}`},
		{"empty object", `["a"]`, `{"a":{}}`, `{"a":"********"}`},
		{"absent", `["z","z.y"]`, `{"a":1}`, `{"a":1}`},
		{"inside", `["a.b"]`, `{"a":{"b":"x","c":"y"}}`, `{"a":{"b":"********","c":"y"}}`},
		{"inside of what is no object", `["a.b"]`, `{"a":"x"}`, `{"a":"x"}`},
		{"all below", `["a.*"]`, `{"a":{"b":"x","c":{"d":null,"e":{},"f":[1]}},"b":2}`, `{"a":{"b":"********","c":{"d":"********","e":"********","f":"********"}},"b":2}`},
		{"all below nothing", `["a.*"]`, `{"a":{}}`, `{"a":"********"}`},
		{"all below a text", `["a.*"]`, `{"a":"x"}`, `{"a":"********"}`},
		{"all below null", `["a.*"]`, `{"a":null}`, `{"a":"********"}`},
		{"all", `["*"]`, `{"a":1,"b":{"c":2}}`, `{"a":"********","b":{"c":"********"}}`},
		{"all of nothing", `["*"]`, `{}`, `{}`},
		{"twice", `["a","a"]`, `{"a":"x"}`, `{"a":"********"}`},
		{"no texts", `[1,null,"a"]`, `{"a":"x"}`, `{"a":"********"}`},
		{"no list", `{"a":1}`, `{"a":"x"}`, `{"a":"x"}`},
		{"names that need escapes", `["é\"\n"]`, `{"\u00e9\"\n":"x","/":"\u2028"}`, `{"é\"\n":"********","/":"\u2028"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := secretsIn(t, c.paths).hide(prefect.Object(c.data))
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(got))
			require.True(t, jsontext.Value(got).IsValid())
		})
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()
	current := prefect.Object(`{"a":"secret","n":null,"o":{"b":"deep"},"h":{"x":"one","y":{"z":2},"v":null},"p":"plain"}`)
	paths := `["a","n","o","h.*"]`
	for _, c := range []struct{ name, data, want string }{
		{"nothing sent", `{}`, `{}`},
		{"stars", `{"a":"********"}`, `{"a":"secret"}`},
		{"another value", `{"a":"new"}`, `{"a":"new"}`},
		{"stars for null", `{"n":"********"}`, `{"n":"********"}`},
		{"stars for an object", `{"o":"********"}`, `{"o":{"b":"deep"}}`},
		{"stars where there is no secret", `{"p":"********"}`, `{"p":"********"}`},
		{"below", `{"h":{"x":"********","y":{"z":"********"},"v":"********"}}`, `{"h":{"x":"one","y":{"z":2},"v":null}}`},
		{"below, changed and new", `{"h":{"x":"two","new":"********"}}`, `{"h":{"x":"two","new":"********"}}`},
		{"shorter stars", `{"a":"****"}`, `{"a":"****"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := secretsIn(t, paths).restore(prefect.Object(c.data), current)
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(got))
		})
	}
	shown, err := secretsIn(t, paths).hide(current)
	require.NoError(t, err)
	require.NotContains(t, string(shown), "secret")
	back, err := secretsIn(t, paths).restore(shown, current)
	require.NoError(t, err)
	require.JSONEq(t, string(current), string(back), "what was shown can be sent back")
	same, err := (*secretPaths)(nil).restore(prefect.Object(`{"a":"********"}`), prefect.Object(`{"a":1}`))
	require.NoError(t, err)
	require.JSONEq(t, `{"a":"********"}`, string(same), "a schema without secrets restores none")
}

func TestSplitReferences(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("11111111-2222-4333-8444-555555555555")
	own, refs, err := splitReferences(prefect.Object(`{"z":1,"b":{"$ref":{"block_document_id":"` + id.String() + `"}},"c":{"d":{"$ref":{}}},"e":{},"l":[{"$ref":1}],"z":123456789012345678901234567890}`))
	require.NoError(t, err)
	require.Equal(t, []reference{{"b", id}}, refs)
	require.Equal(t, prefect.Object(`{"z":123456789012345678901234567890,"c":{"d":{"$ref":{}}},"e":{},"l":[{"$ref":1}]}`), prefect.Object(text(own)), "only fields of the block itself refer to others")
	for _, bad := range []string{
		`{"b":{"$ref":{}}}`, `{"b":{"$ref":null}}`, `{"b":{"$ref":3}}`, `{"b":{"$ref":[]}}`, `{"b":{"$ref":{"block_document_id":null}}}`,
		`{"b":{"$ref":{"block_document_id":7}}}`, `{"b":{"$ref":{"block_document_id":"x"}}}`,
		`{` + manyReferences(maxReferences+1) + `}`,
	} {
		_, _, err := splitReferences(prefect.Object(bad))
		require.True(t, prefect.IsKind(err, prefect.BadRequest), "%.80s: %v", bad, err)
	}
}

func manyReferences(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = `"` + uuid.NewString() + `":{"$ref":{"block_document_id":"` + uuid.NewString() + `"}}`
	}
	return strings.Join(all, ",")
}

func TestEscape(t *testing.T) {
	t.Parallel()
	given := `a < b && "c" > 'd'`
	require.Equal(t, `a &lt; b &amp;&amp; "c" &gt; 'd'`, *Escape(&given))
	require.Nil(t, Escape(nil))
}
