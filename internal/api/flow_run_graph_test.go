package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// graphRun is a flow run whose task runs can be named by a number.
type graphRun struct {
	*server
	id string
}

func graphTask(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", n) }

// task makes the task run number n, which started n hours into a day, and ended half an hour later if it did.
func (g *graphRun) task(t *testing.T, n int, state string, inputs object) {
	t.Helper()
	s := g.server
	s.must(t, 201, "POST", "/task_runs/", object{"id": graphTask(n), "flow_run_id": g.id, "task_key": "k", "dynamic_key": fmt.Sprint(n),
		"name": fmt.Sprintf("task%d", n), "task_inputs": inputs, "state": object{"type": "PENDING"}})
	day := "2024-05-01 "
	end := "NULL"
	if state != "RUNNING" {
		end = fmt.Sprintf("'%s%02d:30:00.000000'", day, n)
	}
	g.exec(fmt.Sprintf("UPDATE task_run SET state_type = '%s', start_time = '%s%02d:00:00.000000', end_time = %s WHERE id = '%s'", state, day, n, end, graphTask(n)))
}

func from(tasks ...int) []object {
	all := []object{}
	for _, n := range tasks {
		all = append(all, object{"input_type": "task_run", "id": graphTask(n)})
	}
	return all
}

// drawn is a graph in short: "task1 <0 >2 ^0" is a node with its parents, children and what encapsulates it.
func drawn(t *testing.T, graph *answer) []string {
	t.Helper()
	short := func(edges any, mark string) (text string) {
		for _, e := range edges.([]any) {
			var n int
			_, err := fmt.Sscanf(e.(object)["id"].(string), "%08d-", &n)
			require.NoError(t, err)
			text += fmt.Sprint(" ", mark, n)
		}
		return text
	}
	all := []string{}
	for _, entry := range graph.field(t, "nodes").([]any) {
		node := entry.([]any)[1].(object)
		require.Equal(t, entry.([]any)[0], node["id"])
		all = append(all, node["label"].(string)+short(node["parents"], "<")+short(node["children"], ">")+short(node["encapsulating"], "^"))
	}
	return all
}

func TestFlowRunGraph(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		g := &graphRun{s, s.flowRun(t, object{"state": object{"type": "RUNNING"}})}
		path := "/flow_runs/" + g.id
		g.task(t, 1, "COMPLETED", nil)
		g.task(t, 2, "COMPLETED", object{"x": from(1)})
		g.task(t, 3, "FAILED", object{"x": append(from(2, 1), object{"input_type": "constant", "type": "int"}), "y": []object{}})
		g.task(t, 4, "RUNNING", object{"x": from(3, 9), "p": []object{{"input_type": "parameter", "name": "p"}}, "__parents__": from(2, 1, 2)})
		// Task 5 stands for a subflow, and takes its place.
		g.task(t, 5, "RUNNING", nil)
		subflow := s.must(t, 201, "POST", "/flow_runs/", object{"flow_id": s.must(t, 200, "GET", path, nil).field(t, "flow_id"), "name": "sub",
			"parent_task_run_id": graphTask(5), "state": object{"type": "SCHEDULED", "state_details": object{"scheduled_time": "2024-05-02T00:00:00Z"}}}).id(t)
		// Task 6 came from the cache: it never started, and ended when it was due.
		g.task(t, 6, "COMPLETED", object{"x": from(4)})
		s.exec(`UPDATE task_run SET start_time = NULL, end_time = NULL, expected_start_time = '2024-05-01 06:00:00.000000' WHERE id = '` + graphTask(6) + `'`)
		// Task 7 has no time at all, and is no node.
		g.task(t, 7, "COMPLETED", object{"x": from(1)})
		s.exec(`UPDATE task_run SET start_time = NULL, expected_start_time = NULL WHERE id = '` + graphTask(7) + `'`)

		graph := s.must(t, 200, "GET", path+"/graph-v2", nil)
		// Parents and children are repeated for each input of the parent, as the reference does.
		require.Equal(t, []string{
			"task1 >2 >3",
			"task2 <1 >3",
			"task3 <1 <2 >4 >4 >4 >4",
			"task4 <3 <3 <3 <3 >6 >6 >6 >6 >6 >6 ^1 ^2",
			"task6 <4 <4 <4 <4 <4 <4",
			"a flow / sub",
		}, drawn(t, graph))
		require.Equal(t, []any{graphTask(1), subflow}, graph.field(t, "root_node_ids"))
		nodes := graph.field(t, "nodes").([]any)
		require.Equal(t, object{"kind": "task-run", "id": graphTask(1), "label": "task1", "state_type": "COMPLETED", "start_time": "2024-05-01T01:00:00Z",
			"end_time": "2024-05-01T01:30:00Z", "parents": []any{}, "children": []any{object{"id": graphTask(2)}, object{"id": graphTask(3)}},
			"encapsulating": []any{}, "artifacts": []any{}}, nodes[0].([]any)[1])
		require.Equal(t, object{"kind": "flow-run", "id": subflow, "label": "a flow / sub", "state_type": "SCHEDULED", "start_time": "2024-05-02T00:00:00Z",
			"end_time": nil, "parents": []any{}, "children": []any{}, "encapsulating": []any{}, "artifacts": []any{}}, nodes[5].([]any)[1])
		require.Equal(t, "2024-05-01T06:00:00Z", nodes[4].([]any)[1].(object)["end_time"])
		run := s.must(t, 200, "GET", path, nil)
		require.Equal(t, run.field(t, "start_time"), graph.field(t, "start_time"))
		require.Nil(t, graph.field(t, "end_time"))
		state := run.field(t, "state").(object)
		require.Equal(t, []any{object{"id": state["id"], "timestamp": state["timestamp"], "type": "RUNNING", "name": "Running"}}, graph.field(t, "states"))

		for since, want := range map[string]string{
			"2024-05-01T02:30:00Z":        "task2 task3 task4 task6 a flow / sub",
			"2024-05-01T02:30:00.000001Z": "task3 task4 task6 a flow / sub",
			"2024-05-01T05:30:00%2B01:00": "task4 task6 a flow / sub",
			"2050-01-01T00:00:00Z":        "task4 a flow / sub",
		} {
			labels := drawn(t, s.must(t, 200, "GET", path+"/graph-v2?since="+since, nil))
			if since == "2050-01-01T00:00:00Z" {
				require.Equal(t, "task4 <3 <3 <3 <3 >6 >6 >6 >6 >6 >6 ^1 ^2", labels[0], "nodes that are left out are still named")
			}
			for i := range labels {
				labels[i], _, _ = strings.Cut(strings.ReplaceAll(labels[i], " /", "/"), " <")
				labels[i] = strings.ReplaceAll(labels[i], "/", " /")
			}
			require.Equal(t, want, strings.Join(labels, " "), since)
		}
		s.must(t, 422, "GET", path+"/graph-v2?since=x", nil)
		require.JSONEq(t, `{"exception_message":"Flow run `+nobody+` not found"}`, s.must(t, 404, "GET", "/flow_runs/"+nobody+"/graph-v2", nil).body)
	})
}

func TestFlowRunGraphArtifacts(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		g := &graphRun{s, s.flowRun(t, object{"state": object{"type": "RUNNING"}})}
		g.task(t, 1, "RUNNING", nil)
		publish := func(more object) string {
			body := object{"flow_run_id": g.id, "type": "table", "data": 1}
			for k, v := range more {
				body[k] = v
			}
			return s.must(t, 201, "POST", "/artifacts/", body).id(t)
		}
		old := publish(object{"key": "report", "task_run_id": graphTask(1)})
		latest := publish(object{"key": "report", "task_run_id": graphTask(1)})
		progress := publish(object{"type": "progress", "data": 0.5})
		publish(object{"type": "result"})
		publish(object{"type": nil})
		publish(object{"task_run_id": graphTask(9)})

		graph := s.must(t, 200, "GET", "/flow_runs/"+g.id+"/graph-v2", nil)
		ofTask := graph.field(t, "nodes").([]any)[0].([]any)[1].(object)["artifacts"].([]any)
		require.Len(t, ofTask, 2)
		for i, want := range []object{{"id": old, "is_latest": false}, {"id": latest, "is_latest": true}} {
			a := ofTask[i].(object)
			want["created"], want["key"], want["type"], want["data"] = a["created"], "report", "table", nil
			require.Equal(t, want, a)
		}
		ofFlow := graph.field(t, "artifacts").([]any)
		require.Len(t, ofFlow, 1)
		require.Equal(t, object{"id": progress, "created": ofFlow[0].(object)["created"], "key": nil, "type": "progress", "is_latest": true, "data": 0.5}, ofFlow[0])
	})
}

func TestFlowRunGraphLimits(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		g := &graphRun{s, s.flowRun(t, object{"state": object{"type": "RUNNING"}})}
		for n := range 3 {
			g.task(t, n+1, "COMPLETED", object{"x": from(n)})
			s.must(t, 201, "POST", "/artifacts/", object{"flow_run_id": g.id, "type": "table"})
		}
		graph := s.must(t, 200, "GET", "/flow_runs/"+g.id+"/graph-v2", nil)
		require.Len(t, graph.field(t, "artifacts"), 2)
		g.task(t, 4, "COMPLETED", object{"x": from(1)})
		tooLarge := `{"detail":"The graph of flow run ` + g.id + ` has more than 3 nodes."}`
		require.JSONEq(t, tooLarge, s.must(t, 400, "GET", "/flow_runs/"+g.id+"/graph-v2", nil).body)
		require.JSONEq(t, tooLarge, s.must(t, 400, "GET", "/flow_runs/"+g.id+"/graph", nil).body)
		require.Equal(t, []string{"task4 <1"}, drawn(t, s.must(t, 200, "GET", "/flow_runs/"+g.id+"/graph-v2?since=2024-05-01T04:00:00Z", nil)),
			"the bound is on what is answered")
	}, "PREFECT_API_MAX_FLOW_RUN_GRAPH_NODES=3", "PREFECT_SERVER_FLOW_RUN_GRAPH_MAX_ARTIFACTS=2")
}

func TestTaskRunDependencies(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		g := &graphRun{s, s.flowRun(t, object{"state": object{"type": "RUNNING"}})}
		g.task(t, 1, "COMPLETED", nil)
		g.task(t, 2, "RUNNING", object{"y": from(1), "x": append(from(1, 9), object{"input_type": "constant", "type": "int"}, object{"input_type": "flow_run", "id": g.id})})
		graph := s.must(t, 200, "GET", "/flow_runs/"+g.id+"/graph", nil).json.([]any)
		require.Len(t, graph, 2)
		second := graph[0].(object)
		run := s.must(t, 200, "GET", "/task_runs/"+graphTask(2), nil)
		want := object{"upstream_dependencies": []any{object{"input_type": "task_run", "id": graphTask(1)}, object{"input_type": "task_run", "id": graphTask(9)}},
			"untrackable_result": false, "estimated_run_time": second["estimated_run_time"]}
		for _, same := range []string{"id", "name", "state", "expected_start_time", "start_time", "end_time", "total_run_time"} {
			want[same] = run.field(t, same)
		}
		require.Equal(t, want, second)
		require.Equal(t, []any{}, graph[1].(object)["upstream_dependencies"])
		require.JSONEq(t, `{"exception_message":"Flow run with id `+nobody+` not found"}`, s.must(t, 404, "GET", "/flow_runs/"+nobody+"/graph", nil).body)
	})
}
