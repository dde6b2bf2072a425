package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFlowRunInput(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		path := "/flow_runs/" + s.flowRun(t, nil) + "/input"
		t.Run("create", func(t *testing.T) {
			cases := []struct {
				name   string
				path   string
				body   any
				status int
				answer string
			}{
				{"new", path, object{"key": "ab-1", "value": "a value", "sender": "me"}, 201, `null`},
				{"same key", path, object{"key": "ab-1", "value": "other"}, 409, `{"detail":"A flow run input with this key already exists."}`},
				{"empty value", path, object{"key": "ab-2", "value": ""}, 201, `null`},
				{"beyond ASCII", path, object{"key": "ab-3", "value": "😀 é"}, 201, `null`},
				{"no such run", "/flow_runs/" + nobody + "/input", object{"key": "a", "value": "v"}, 404, `{"detail":"Flow run not found"}`},
				{"capitals", path, object{"key": "A", "value": "v"}, 422, ""},
				{"other characters", path, object{"key": "a_b", "value": "v"}, 422, ""},
				{"no key", path, object{"value": "v"}, 422, ""},
				{"no text", path, object{"key": "n", "value": 1}, 422, ""},
				{"no object", path, "[]", 422, ""},
			}
			for _, c := range cases {
				a := s.must(t, c.status, "POST", c.path, c.body)
				if c.answer != "" {
					require.JSONEq(t, c.answer, a.body, c.name)
				}
			}
		})
		t.Run("filter", func(t *testing.T) {
			cases := []struct {
				body object
				keys []string
			}{
				{object{"prefix": "ab-"}, []string{"ab-1"}},
				{object{"prefix": "ab-", "limit": 10}, []string{"ab-1", "ab-2", "ab-3"}},
				{object{"prefix": "", "limit": 2}, []string{"ab-1", "ab-2"}},
				{object{"prefix": "ab-", "limit": 10, "exclude_keys": []string{"ab-1", "ab-3"}}, []string{"ab-2"}},
				{object{"prefix": "b", "limit": 10}, []string{}},
				{object{"prefix": "%1", "limit": 10}, []string{"ab-1"}},
				{object{"prefix": "ab-", "limit": 0}, []string{}},
			}
			for _, c := range cases {
				a := s.must(t, 200, "POST", path+"/filter", c.body)
				keys := []string{}
				for _, input := range a.json.([]any) {
					keys = append(keys, input.(object)["key"].(string))
				}
				require.Equal(t, c.keys, keys, "%v", c.body)
			}
			s.must(t, 422, "POST", path+"/filter", object{})
			s.must(t, 422, "POST", path+"/filter", object{"prefix": "", "limit": -1})
			require.Equal(t, "[]", s.must(t, 200, "POST", "/flow_runs/"+nobody+"/input/filter", object{"prefix": ""}).body)
		})
		t.Run("read and delete", func(t *testing.T) {
			a := s.must(t, 200, "GET", path+"/ab-1", nil)
			require.Equal(t, "a value", a.body)
			require.Equal(t, "text/plain; charset=utf-8", a.header.Get("Content-Type"))
			require.Equal(t, "😀 é", s.must(t, 200, "GET", path+"/ab-3", nil).body)
			require.JSONEq(t, `{"detail":"Flow run input not found"}`, s.must(t, 404, "GET", path+"/no", nil).body)
			s.must(t, 204, "DELETE", path+"/ab-1", nil)
			s.must(t, 404, "DELETE", path+"/ab-1", nil)
			s.must(t, 404, "GET", path+"/ab-1", nil)
			s.must(t, 404, "DELETE", "/flow_runs/"+nobody+"/input/ab-2", nil)
		})
	})
}
