package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSavedSearches(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		filter := object{"object": "flow", "property": "name", "type": "string", "operation": "equals", "value": []any{"a", nil, 1.5}}
		first := s.must(t, 201, "PUT", "/saved_searches/", object{"name": "b"})
		require.Equal(t, []any{}, first.field(t, "filters"))
		again := s.must(t, 200, "PUT", "/saved_searches/", object{"name": "b", "filters": []any{filter}})
		require.Equal(t, first.id(t), again.id(t))
		require.Equal(t, []any{filter}, again.field(t, "filters"))
		require.Equal(t, again.json, s.must(t, 200, "GET", "/saved_searches/"+again.id(t), nil).json)

		large := s.must(t, 201, "PUT", "/saved_searches/",
			`{"name":"a","filters":[{"object":"o","property":"p","type":"t","operation":"x","value":1000000000000000000000000000000,"more":1}]}`)
		require.Contains(t, large.body, `"value":1000000000000000000000000000000}`)

		names := func(body any) (all []any) {
			for _, search := range s.must(t, 200, "POST", "/saved_searches/filter", body).json.([]any) {
				all = append(all, search.(object)["name"])
			}
			return all
		}
		require.Equal(t, []any{"a", "b"}, names(nil))
		require.Equal(t, []any{"b"}, names(object{"limit": 1, "offset": 1}))
		s.must(t, 422, "POST", "/saved_searches/filter", object{"limit": 201})
		s.must(t, 422, "POST", "/saved_searches/filter", object{"offset": -1})

		for _, bad := range []object{{}, {"name": 1}, {"name": "c", "more": 1}, {"name": "c", "filters": nil}, {"name": "c", "filters": []any{object{"object": "o"}}}} {
			s.must(t, 422, "PUT", "/saved_searches/", bad)
		}
		require.Equal(t, []any{"a", "b"}, names(nil), "nothing is stored of what was refused")

		s.must(t, 204, "DELETE", "/saved_searches/"+first.id(t), nil)
		s.must(t, 404, "DELETE", "/saved_searches/"+first.id(t), nil)
		require.JSONEq(t, `{"detail":"Saved search not found"}`, s.must(t, 404, "GET", "/saved_searches/"+first.id(t), nil).body)
	})
}
