package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRunStates(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		flowRun := s.flowRun(t, nil)
		taskRun := s.must(t, 201, "POST", "/task_runs/", object{"flow_run_id": flowRun, "task_key": "k", "dynamic_key": "0"}).id(t)
		for _, c := range []struct{ runs, states, parameter, id string }{
			{"/flow_runs/", "/flow_run_states/", "flow_run_id", flowRun},
			{"/task_runs/", "/task_run_states/", "task_run_id", taskRun},
		} {
			s.must(t, 201, "POST", c.runs+c.id+"/set_state", object{"state": object{"type": "RUNNING", "message": "on"}, "force": true})
			data := object{"type": "reference", "n": 1.5}
			s.must(t, 201, "POST", c.runs+c.id+"/set_state", object{"state": object{"type": "COMPLETED", "data": data}, "force": true})
			states := s.must(t, 200, "GET", c.states+"?"+c.parameter+"="+c.id, nil).json.([]any)
			require.Len(t, states, 3)
			for i, kind := range []string{"PENDING", "RUNNING", "COMPLETED"} {
				state := states[i].(object)
				require.Equal(t, kind, state["type"])
				require.Equal(t, state, s.must(t, 200, "GET", c.states+state["id"].(string), nil).json)
			}
			require.Equal(t, "on", states[1].(object)["message"])
			require.Equal(t, data, states[2].(object)["data"], "a result kept as an artifact comes back as the state's data")
			require.Equal(t, states[2], s.must(t, 200, "GET", c.runs+c.id, nil).field(t, "state"))

			require.Equal(t, "[]", s.must(t, 200, "GET", c.states+"?"+c.parameter+"="+nobody, nil).body)
			require.JSONEq(t, `{"detail":"Flow run state not found"}`, s.must(t, 404, "GET", c.states+nobody, nil).body)
			s.must(t, 422, "GET", c.states, nil)
			s.must(t, 422, "GET", c.states+"?"+c.parameter+"=no", nil)
		}
	})
}
