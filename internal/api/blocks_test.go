package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// blockKind makes a block type and a schema of it and gives their ids.
func (s *server) blockKind(t *testing.T, slug string, fields object, capabilities ...string) (kind, schema string) {
	t.Helper()
	kind = s.must(t, 201, "POST", "/block_types/", object{"name": strings.ToUpper(slug), "slug": slug}).id(t)
	if capabilities == nil {
		capabilities = []string{}
	}
	schema = s.must(t, 201, "POST", "/block_schemas/", object{"block_type_id": kind, "fields": fields, "capabilities": capabilities}).id(t)
	return kind, schema
}

func TestBlockTypes(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		created := s.must(t, 201, "POST", "/block_types/", object{"name": "One", "slug": "one", "description": "a < b & \"c\"", "code_example": "x > y"})
		id := created.id(t)
		require.Equal(t, "a &lt; b &amp; \"c\"", created.field(t, "description"))
		require.Equal(t, "x &gt; y", created.field(t, "code_example"))
		require.Equal(t, false, created.field(t, "is_protected"))
		require.Nil(t, created.field(t, "logo_url"))
		require.JSONEq(t, created.body, s.must(t, 200, "GET", "/block_types/"+id, nil).body)
		require.JSONEq(t, created.body, s.must(t, 200, "GET", "/block_types/slug/one", nil).body)
		require.JSONEq(t, `{"detail":"Block type with name \"Two\" already exists"}`, s.must(t, 409, "POST", "/block_types/", object{"name": "Two", "slug": "one"}).body)
		s.must(t, 403, "POST", "/block_types/", object{"name": "preFECT's", "slug": "two"})
		for _, bad := range []object{
			{}, {"name": "a/b", "slug": "two"}, {"name": "", "slug": "two"}, {"name": "Two", "slug": "Two!"}, {"name": 1, "slug": "two"},
			{"name": "Two", "slug": "two", "is_protected": true}, {"name": "Two", "slug": "two", "description": 5},
		} {
			s.must(t, 422, "POST", "/block_types/", bad)
		}

		// What repeats what is there changes nothing, however it is escaped.
		same := object{"logo_url": nil, "documentation_url": nil, "description": "a < b & \"c\"", "code_example": "x > y"}
		s.must(t, 204, "PATCH", "/block_types/"+id, same)
		require.JSONEq(t, created.body, s.must(t, 200, "GET", "/block_types/"+id, nil).body)
		same["logo_url"] = "http://example.com"
		s.must(t, 204, "PATCH", "/block_types/"+id, same)
		changed := s.must(t, 200, "GET", "/block_types/"+id, nil)
		require.Equal(t, "http://example.com", changed.field(t, "logo_url"))
		require.Equal(t, "a < b & \"c\"", changed.field(t, "description"))
		s.must(t, 204, "PATCH", "/block_types/"+id, object{"description": nil})
		require.Nil(t, s.must(t, 200, "GET", "/block_types/"+id, nil).field(t, "description"))
		s.must(t, 422, "PATCH", "/block_types/"+id, object{"name": "Three"})
		s.must(t, 404, "PATCH", "/block_types/"+nobody, same)
		s.must(t, 404, "GET", "/block_types/"+nobody, nil)
		s.must(t, 404, "GET", "/block_types/slug/nobody", nil)
		s.must(t, 404, "GET", "/block_types/slug/nobody/block_documents", nil)

		require.Equal(t, "null", s.must(t, 200, "POST", "/block_types/install_system_block_types", nil).body)
		secret := s.must(t, 200, "GET", "/block_types/slug/secret", nil)
		require.JSONEq(t, `{"detail":"protected block types cannot be deleted."}`, s.must(t, 403, "DELETE", "/block_types/"+secret.id(t), nil).body)
		s.must(t, 204, "DELETE", "/block_types/"+id, nil)
		s.must(t, 404, "DELETE", "/block_types/"+id, nil)
	}, "PREFECT_SERVER_REGISTER_BLOCKS_ON_START=false")
}

func TestBlockSchemas(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		kind, schema := s.blockKind(t, "one", object{"title": "One"}, "read", "write")
		_, other := s.blockKind(t, "two", object{"title": "Two"}, "read")
		require.Equal(t, []any{"read", "write"}, s.must(t, 200, "GET", "/block_capabilities/", nil).json)
		read := s.must(t, 200, "GET", "/block_schemas/"+schema, nil)
		sum, ok := read.field(t, "checksum").(string)
		require.True(t, ok)
		require.Equal(t, "non-versioned", read.field(t, "version"))
		require.JSONEq(t, read.body, s.must(t, 200, "GET", "/block_schemas/checksum/"+sum, nil).body)
		require.JSONEq(t, read.body, s.must(t, 200, "GET", "/block_schemas/checksum/"+sum+"?version=non-versioned", nil).body)
		s.must(t, 404, "GET", "/block_schemas/checksum/"+sum+"?version=2", nil)
		s.must(t, 404, "GET", "/block_schemas/"+nobody, nil)
		require.JSONEq(t, read.body, s.must(t, 200, "POST", "/block_schemas/", object{"block_type_id": kind, "fields": object{"title": "One", "secret_fields": []string{"x"}}}).body)
		for query, want := range map[string][]any{
			`{}`:           {other, schema},
			`{"limit":1}`:  {other},
			`{"offset":1}`: {schema},
			`{"block_schemas":{"id":{"any_":["` + schema + `"]}}}`:                                       {schema},
			`{"block_schemas":{"block_type_id":{"any_":["` + kind + `"]}}}`:                              {schema},
			`{"block_schemas":{"block_capabilities":{"all_":["write","read"]}}}`:                         {schema},
			`{"block_schemas":{"block_capabilities":{"all_":[]}}}`:                                       {other, schema},
			`{"block_schemas":{"version":{"any_":["1"]}}}`:                                               {},
			`{"block_schemas":{"operator":"or_","id":{"any_":[]},"version":{"any_":["non-versioned"]}}}`: {other, schema},
		} {
			require.Equal(t, want, ids(t, s.must(t, 200, "POST", "/block_schemas/filter", query)), query)
		}
		s.must(t, 404, "POST", "/block_schemas/", object{"block_type_id": nobody})
		for _, bad := range []object{
			{}, {"block_type_id": "x"}, {"block_type_id": kind, "fields": []int{}}, {"block_type_id": kind, "capabilities": "x"}, {"block_type_id": kind, "checksum": "x"},
			{"block_type_id": kind, "fields": object{"block_schema_references": 1}},
		} {
			s.must(t, 422, "POST", "/block_schemas/", bad)
		}
		s.must(t, 413, "POST", "/block_schemas/", object{"block_type_id": kind, "fields": object{"x": strings.Repeat("x", 1<<20)}})
		s.must(t, 200, "POST", "/block_types/install_system_block_types", nil)
		secret := s.must(t, 200, "GET", "/block_types/slug/secret", nil).id(t)
		protected := ids(t, s.must(t, 200, "POST", "/block_schemas/filter", `{"block_schemas":{"block_type_id":{"any_":["`+secret+`"]}}}`))
		require.Len(t, protected, 1)
		s.must(t, 403, "DELETE", "/block_schemas/"+protected[0].(string), nil)
		s.must(t, 204, "DELETE", "/block_schemas/"+schema, nil)
		s.must(t, 404, "DELETE", "/block_schemas/"+schema, nil)
	}, "PREFECT_SERVER_REGISTER_BLOCKS_ON_START=false")
}

// ids are those of the resources in a list.
func ids(t *testing.T, a *answer) []any {
	t.Helper()
	list, ok := a.json.([]any)
	require.True(t, ok, "no list: %s", a.body)
	all := []any{}
	for _, item := range list {
		all = append(all, item.(object)["id"])
	}
	return all
}

func TestBlockDocuments(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		kind, schema := s.blockKind(t, "one", object{"title": "One", "secret_fields": []string{"s"}}, "write")
		kind2, schema2 := s.blockKind(t, "two", object{"title": "Two"})
		create := func(status int, more object) *answer {
			t.Helper()
			body := object{"block_type_id": kind, "block_schema_id": schema}
			for k, v := range more {
				body[k] = v
			}
			return s.must(t, status, "POST", "/block_documents/", body)
		}
		b := create(201, object{"name": "b", "data": object{"s": "hush", "p": 1}}).id(t)
		a := create(201, object{"name": "a", "data": object{"in": object{"$ref": object{"block_document_id": b}}}}).id(t)
		two := create(201, object{"name": "a", "block_type_id": kind2, "block_schema_id": schema2}).id(t)
		hidden := create(201, object{"is_anonymous": true}).id(t)
		shown := func(path, secret string) {
			t.Helper()
			require.Equal(t, object{"in": object{"s": secret, "p": 1.0}}, s.must(t, 200, "GET", path, nil).field(t, "data"))
		}
		shown("/block_documents/"+a, "********")
		shown("/block_documents/"+a+"?include_secrets=false", "********")
		shown("/block_documents/"+a+"?include_secrets=true", "hush")
		shown("/block_types/slug/one/block_documents/name/a", "********")
		shown("/block_types/slug/one/block_documents/name/a?include_secrets=1", "hush")
		require.NotContains(t, s.must(t, 200, "POST", "/block_documents/filter", nil).body, "hush")
		require.Contains(t, s.must(t, 200, "POST", "/block_documents/filter", object{"include_secrets": true}).body, "hush")
		ofOne := s.must(t, 200, "GET", "/block_types/slug/one/block_documents", nil)
		require.NotContains(t, ofOne.body, "hush")
		require.Equal(t, []any{a, b}, ids(t, ofOne))
		require.Contains(t, s.must(t, 200, "GET", "/block_types/slug/one/block_documents?include_secrets=true", nil).body, "hush")

		all := []any{a, two}
		if a > two {
			all = []any{two, a}
		}
		for query, want := range map[string][]any{
			`{"sort":"NAME_ASC"}`:                               append(all[:2:2], b),
			`{"sort":null,"limit":2}`:                           all,
			`{"sort":"NAME_DESC","limit":1}`:                    {b},
			`{"sort":"BLOCK_TYPE_AND_NAME_ASC"}`:                {a, b, two},
			`{"offset":2}`:                                      {b},
			`{"limit":0}`:                                       {},
			`{"block_documents":{"is_anonymous":{"eq_":true}}}`: {hidden},
			`{"block_documents":{"is_anonymous":null,"id":{"any_":["` + hidden + `"]}}}`:                                  {hidden},
			`{"block_documents":{"is_anonymous":{"eq_":null},"id":{"any_":["` + hidden + `"]}}}`:                          {hidden},
			`{"block_documents":{"id":{"any_":["` + hidden + `"]}}}`:                                                      {},
			`{"block_documents":{"name":{"any_":["b"]}}}`:                                                                 {b},
			`{"block_documents":{"name":{"like_":"B"}}}`:                                                                  {b},
			`{"block_documents":{"block_type_id":{"any_":["` + kind2 + `"]}}}`:                                            {two},
			`{"block_documents":{"operator":"or_","is_anonymous":{"eq_":true},"name":{"any_":["b"]}},"sort":"NAME_DESC"}`: {b, hidden},
			`{"block_types":{"slug":{"any_":["two"]}}}`:                                                                   {two},
			`{"block_types":{"name":{"like_":"tw"}}}`:                                                                     {two},
			`{"block_schemas":{"block_capabilities":{"all_":["write"]}}}`:                                                 {a, b},
		} {
			found := s.must(t, 200, "POST", "/block_documents/filter", query)
			require.Equal(t, want, ids(t, found), query)
			if !strings.Contains(query, "limit") && !strings.Contains(query, "offset") {
				require.InDelta(t, len(want), s.must(t, 200, "POST", "/block_documents/count", query).json, 0, query)
			}
		}

		require.JSONEq(t, `{"detail":"Block already exists"}`, create(409, object{"name": "a"}).body)
		for _, bad := range []object{
			{}, {"name": "A"}, {"name": "a/b"}, {"name": ""}, {"name": "x", "data": []int{}}, {"name": "x", "data": nil}, {"name": "x", "block_type_id": 7},
			{"name": "x", "is_anonymous": "perhaps"}, {"name": "x", "block_type": object{}},
		} {
			create(422, bad)
		}
		create(404, object{"name": "x", "block_type_id": nobody})
		create(409, object{"name": "x", "block_schema_id": nobody})
		for _, ref := range []any{nil, 1, object{}, object{"block_document_id": "x"}} {
			create(400, object{"name": "x", "data": object{"in": object{"$ref": ref}}})
		}
		create(409, object{"name": "x", "data": object{"in": object{"$ref": object{"block_document_id": nobody}}}})
		s.must(t, 404, "GET", "/block_types/slug/one/block_documents/name/x", nil)

		patch := func(status int, id string, body any) {
			t.Helper()
			s.must(t, status, "PATCH", "/block_documents/"+id, body)
		}
		patch(204, b, object{"data": object{"s": "********", "q": 2}})
		require.Equal(t, object{"s": "hush", "p": 1.0, "q": 2.0}, s.must(t, 200, "GET", "/block_documents/"+b+"?include_secrets=true", nil).field(t, "data"))
		patch(400, b, object{"data": object{"in": object{"$ref": object{"block_document_id": a}}}})
		patch(400, b, object{"data": object{}, "block_schema_id": schema2})
		patch(404, b, object{"data": object{}, "block_schema_id": nobody})
		patch(404, nobody, object{"data": object{}})
		patch(422, b, object{"data": nil})
		patch(422, b, object{"name": "c"})
		s.must(t, 204, "DELETE", "/block_documents/"+b, nil)
		s.must(t, 404, "DELETE", "/block_documents/"+b, nil)
		s.must(t, 404, "GET", "/block_documents/"+b, nil)
		require.Equal(t, object{}, s.must(t, 200, "GET", "/block_documents/"+a, nil).field(t, "data"), "what is deleted is no longer held")
	}, "PREFECT_SERVER_REGISTER_BLOCKS_ON_START=false")
}

// TestResultStorageEndsWithItsBlock deletes the block that holds results by default, in each of the three ways.
func TestResultStorageEndsWithItsBlock(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		for _, what := range []string{"block_documents", "block_schemas", "block_types"} {
			kind, schema := s.blockKind(t, strings.ReplaceAll(what, "_", "-"), object{"title": what}, "write-path")
			body := object{"name": "store", "block_type_id": kind, "block_schema_id": schema}
			id := s.must(t, 201, "POST", "/block_documents/", body).id(t)
			body["name"] = "other"
			other := s.must(t, 201, "POST", "/block_documents/", body).id(t)
			s.must(t, 200, "PUT", "/admin/storage", object{"default_result_storage_block_id": id})
			s.must(t, 204, "DELETE", "/block_documents/"+other, nil)
			require.Equal(t, id, s.must(t, 200, "GET", "/admin/storage", nil).field(t, "default_result_storage_block_id"))
			s.must(t, 204, "DELETE", "/"+what+"/"+map[string]string{"block_documents": id, "block_schemas": schema, "block_types": kind}[what], nil)
			require.Nil(t, s.must(t, 200, "GET", "/admin/storage", nil).field(t, "default_result_storage_block_id"))
		}
	})
}

func TestCollections(t *testing.T) {
	s := startServer(t, []string{"PREFECT_SERVER_DATABASE_CONNECTION_URL=sqlite+aiosqlite:///" + t.TempDir() + "/test.db"})
	workers, ok := s.must(t, 200, "GET", "/collections/views/aggregate-worker-metadata", nil).json.(object)
	require.True(t, ok)
	require.Contains(t, workers["prefect"], "process")
	require.NotContains(t, workers["prefect"], "prefect-agent")
	blocks, ok := s.must(t, 200, "GET", "/collections/views/aggregate-block-metadata", nil).json.(object)
	require.True(t, ok)
	require.Contains(t, blocks, "prefect-aws")
	require.JSONEq(t, `{"detail":"Requested content missing for view aggregate-flow-metadata"}`, s.must(t, 404, "GET", "/collections/views/aggregate-flow-metadata", nil).body)
	require.JSONEq(t, `{"detail":"View nobody not found in registry"}`, s.must(t, 404, "GET", "/collections/views/nobody", nil).body)
	require.Greater(t, len(ids(t, s.must(t, 200, "POST", "/block_types/filter", nil))), 40, "the block types are registered at start")
}
