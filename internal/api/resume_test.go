package api_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const inputSchema = `{"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string", "default": "x"}}, "required": ["n"]}`

// pausedRun makes a run that waits for input by that schema; an empty schema is not stored.
func (s *server) pausedRun(t *testing.T, schema string) (path string) {
	t.Helper()
	path = "/flow_runs/" + s.flowRun(t, object{"state": object{"type": "RUNNING"}})
	paused := object{"type": "PAUSED", "state_details": object{"pause_key": "k", "run_input_keyset": object{"schema": "in-schema", "response": "in-response"}}}
	s.must(t, 201, "POST", path+"/set_state", object{"state": paused})
	if schema != "" {
		s.must(t, 201, "POST", path+"/input", object{"key": "in-schema", "value": schema})
	}
	return path
}

func TestResume(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		path := "/flow_runs/" + s.flowRun(t, object{"state": object{"type": "RUNNING"}})
		require.JSONEq(t, `{"state":null,"status":"ABORT","details":{"type":"abort_details","reason":"Cannot resume a flow run that is not paused."}}`,
			s.must(t, 200, "POST", path+"/resume", nil).body)
		s.must(t, 404, "POST", "/flow_runs/"+nobody+"/resume", nil)

		s.must(t, 201, "POST", path+"/set_state", object{"state": object{"type": "PAUSED"}})
		a := s.must(t, 201, "POST", path+"/resume", object{"run_input": object{"ignored": 1}})
		require.Equal(t, "ACCEPT", a.field(t, "status"))
		require.Equal(t, "RUNNING", a.field(t, "state").(object)["type"])
		require.Equal(t, true, s.must(t, 200, "GET", path, nil).field(t, "empirical_policy").(object)["resuming"])

		s.must(t, 201, "POST", path+"/set_state", object{"force": true,
			"state": object{"type": "PAUSED", "name": "Suspended", "state_details": object{"pause_reschedule": true}}})
		a = s.must(t, 200, "POST", path+"/resume", nil)
		require.Equal(t, "REJECT", a.field(t, "status"))
		require.Equal(t, "Cannot reschedule a resuming flow run without a deployment.", a.field(t, "details").(object)["reason"])
	})
}

func TestResumeWithInput(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.must(t, 201, "POST", "/variables/", object{"name": "v", "value": 7})
		kind := func(kind, member string, value any) object { return object{"__prefect_kind": kind, member: value} }
		cases := []struct {
			name, schema string
			input        any
			reason       string // empty: the run goes on
			stored       string // the input that the flow reads; empty: none
		}{
			{"right", inputSchema, object{"n": 1}, "", `{"n":1}`},
			{"more", inputSchema, object{"n": 1, "s": "é"}, "", `{"n":1,"s":"é"}`},
			{"hydrated", inputSchema, object{"n": kind("json", "value", "3")}, "", `{"n":3}`},
			{"a variable", inputSchema, object{"n": kind("workspace_variable", "variable_name", "v")}, "", `{"n":7}`},
			{"a template", inputSchema, object{"n": 1, "s": kind("jinja", "template", "a{{ 1 + 1 }}")}, "", `{"n":1,"s":"a2"}`},
			{"defaults only", `{"properties": {"s": {"type": "string", "default": "x"}}}`, nil, "", ""},
			{"nothing", inputSchema, nil, "Reason: Validation failed. Failure reason: 'n' is a required property", ""},
			{"a wrong type", inputSchema, object{"n": "one"}, "Reason: Validation failed for field 'n'. Failure reason: 'one' is not of type 'integer'", ""},
			{"bad JSON", inputSchema, object{"n": kind("json", "value", "{")},
				"Error hydrating run input: Invalid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)", ""},
			{"no variable", inputSchema, object{"n": kind("workspace_variable", "variable_name", "no")},
				"Error hydrating run input: Variable 'no' not found in workspace.", ""},
			{"no schema", "", object{"n": 1}, "Run input schema not found.", ""},
			{"no JSON", "{", object{"n": 1}, "Run input schema is not valid JSON.", ""},
			{"no schema but JSON", "5", object{"n": 1}, "Invalid schema: 5 is not of type 'object', 'boolean'", ""},
			{"circular", `{"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/a"}}}`, object{"n": 1},
				"Invalid schema: Unable to validate schema with circular references.", ""},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				path := s.pausedRun(t, c.schema)
				status, want := 201, "ACCEPT"
				if c.reason != "" {
					status, want = 200, "REJECT"
				}
				a := s.must(t, status, "POST", path+"/resume", object{"run_input": c.input})
				require.Equal(t, want, a.field(t, "status"))
				run := s.must(t, 200, "GET", path, nil)
				require.Equal(t, run.field(t, "state"), a.field(t, "state"))
				if c.reason != "" {
					require.Equal(t, object{"type": "abort_details", "reason": c.reason}, a.field(t, "details"))
					require.Equal(t, "PAUSED", run.field(t, "state_type"))
				}
				if c.stored == "" {
					s.must(t, 404, "GET", path+"/input/in-response", nil)
					return
				}
				require.JSONEq(t, c.stored, s.must(t, 200, "GET", path+"/input/in-response", nil).body)
			})
		}
		path := s.pausedRun(t, inputSchema)
		for _, bad := range []any{`[]`, `{"run_input":[]}`, `{"run_input":"x"}`} {
			s.must(t, 422, "POST", path+"/resume", bad)
		}
	})
}

// TestResumeOnce lets several clients answer one pause: one of them is heard.
func TestResumeOnce(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		path := s.pausedRun(t, inputSchema)
		var answers sync.Map
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() { answers.Store(n, s.ask(t, "POST", path+"/resume", object{"run_input": object{"n": n}})) })
		}
		all.Wait()
		winner := -1
		answers.Range(func(n, a any) bool {
			switch status := a.(*answer).status; status {
			case 201:
				require.Equal(t, -1, winner, "two were heard")
				winner = n.(int)
			default:
				require.Equal(t, 200, status, a.(*answer).body)
			}
			return true
		})
		require.GreaterOrEqual(t, winner, 0)
		require.EqualValues(t, winner, s.must(t, 200, "GET", path+"/input/in-response", nil).field(t, "n"))
	})
}
