package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

// TestLogFilters asks the database and the live stream's matcher for the same logs.
func TestLogFilters(t *testing.T) {
	flowRun, other, taskRun := uuid.New(), uuid.New(), uuid.New()
	at := func(second int) prefect.Time { return prefect.TimeOf(time.Date(2024, 1, 1, 0, 0, second, 0, time.UTC)) }
	number := func(n int64) *int64 { return &n }
	when := func(second int) *prefect.Time { v := at(second); return &v }
	yes, no := true, false
	lines := []prefect.Log{
		{Name: "prefect.flow_runs", Level: 20, Message: "Connection refused by HOST", FlowRunID: &flowRun},
		{Name: "prefect.task_runs", Level: 40, Message: "connection timeout after 30s", FlowRunID: &flowRun, TaskRunID: &taskRun},
		{Name: "custom", Level: 10, Message: `he said "Hello World" and left`, FlowRunID: &other},
		{Name: "custom", Level: 50, Message: "100% of \u00c9t\u00e9_x", TaskRunID: &taskRun},
		{Name: "worker.connection", Level: 30, Message: "plain"},
	}
	search := func(query string) prefect.LogFilter {
		return prefect.LogFilter{Text: &prefect.LogFilterText{Query: query}}
	}
	cases := []struct {
		filter prefect.LogFilter
		want   []int
	}{
		{prefect.LogFilter{}, []int{0, 1, 2, 3, 4}},
		{prefect.LogFilter{Level: &prefect.LogFilterLevel{}}, []int{0, 1, 2, 3, 4}},
		{prefect.LogFilter{Level: &prefect.LogFilterLevel{Ge: number(30)}}, []int{1, 3, 4}},
		{prefect.LogFilter{Level: &prefect.LogFilterLevel{Ge: number(20), Le: number(30)}}, []int{0, 4}},
		{prefect.LogFilter{Timestamp: &prefect.TimeFilter{After: when(1), Before: when(3)}}, []int{1, 2, 3}},
		{prefect.LogFilter{FlowRunID: &prefect.AnyIDFilter{Any: &[]uuid.UUID{flowRun}}}, []int{0, 1}},
		{prefect.LogFilter{FlowRunID: &prefect.AnyIDFilter{Any: &[]uuid.UUID{}}}, []int{}},
		{prefect.LogFilter{TaskRunID: &prefect.LogFilterTaskRunID{Any: &[]uuid.UUID{taskRun}}}, []int{1, 3}},
		{prefect.LogFilter{TaskRunID: &prefect.LogFilterTaskRunID{IsNull: &yes}}, []int{0, 2, 4}},
		{prefect.LogFilter{TaskRunID: &prefect.LogFilterTaskRunID{IsNull: &no}}, []int{1, 3}},
		{prefect.LogFilter{Level: &prefect.LogFilterLevel{Ge: number(40)}, TaskRunID: &prefect.LogFilterTaskRunID{IsNull: &yes}, Operator: prefect.Or}, []int{0, 1, 2, 3, 4}},
		{prefect.LogFilter{Level: &prefect.LogFilterLevel{Ge: number(40)}, TaskRunID: &prefect.LogFilterTaskRunID{}, Operator: prefect.Or}, []int{0, 1, 2, 3, 4}},
		{prefect.LogFilter{Level: &prefect.LogFilterLevel{Ge: number(40)}, Operator: prefect.Or}, []int{1, 3}},
		{prefect.LogFilter{Operator: prefect.Or}, []int{0, 1, 2, 3, 4}},
		{prefect.LogFilter{Text: &prefect.LogFilterText{Query: "connection -timeout"}, Level: &prefect.LogFilterLevel{Ge: number(40)}, Operator: prefect.Or}, []int{0, 1, 3, 4}},
		{search("connection"), []int{0, 1, 4}},
		{search("CONNECTION refused"), []int{0, 1, 4}},
		{search("+connection +refused"), []int{0}},
		{search("connection -timeout"), []int{0, 4}},
		{search("connection !timeout !worker"), []int{0}},
		{search(`"hello world"`), []int{2}},
		{search(`"\"hello"`), []int{2}},
		{search("prefect.task_runs"), []int{1}},
		{search("100%"), []int{3}},
		{search("%"), []int{3}},
		{search("_x"), []int{3}},
		{search("+"), []int{0, 1, 2, 3, 4}},
		{search(""), []int{0, 1, 2, 3, 4}},
		{search("-"), []int{0, 1, 2, 3, 4}},
		{search("-plain"), []int{0, 1, 2, 3}},
		{prefect.LogFilter{Text: &prefect.LogFilterText{Query: "connection"}, Level: &prefect.LogFilterLevel{Ge: number(40)}}, []int{1}},
	}
	for i := range lines {
		lines[i].Timestamp = at(i)
	}
	for _, c := range cases {
		matches, got := c.filter.Matcher(), []int{}
		for i := range lines {
			if matches(&lines[i]) {
				got = append(got, i)
			}
		}
		require.Equal(t, c.want, got, "%+v", c.filter)
	}
	onBothDatabases(t, func(t *testing.T, s *server) {
		sent := []object{}
		for i := range lines {
			l := &lines[i]
			sent = append(sent, object{"name": l.Name, "level": l.Level, "message": l.Message, "timestamp": l.Timestamp, "flow_run_id": l.FlowRunID, "task_run_id": l.TaskRunID})
		}
		s.must(t, 201, "POST", "/logs/", sent)
		for _, c := range cases {
			if c.filter.Operator == "" {
				c.filter.Operator = prefect.And
			}
			var found []prefect.Log
			require.NoError(t, json.Unmarshal([]byte(s.must(t, 200, "POST", "/logs/filter", object{"logs": c.filter}).body), &found))
			got := []int{}
			for i := range found {
				got = append(got, found[i].Timestamp.Second())
			}
			require.Equal(t, c.want, got, "%+v", c.filter)
		}
		s.must(t, 422, "POST", "/logs/filter", object{"logs": search(fmt.Sprintf("%0201d", 0))})
	})
}

// TestLogsBeyondTheColumns sends and asks for levels that PostgreSQL's column has no room for.
func TestLogsBeyondTheColumns(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		line := func(level int64) []object {
			return []object{{"name": "a", "level": level, "message": "b", "timestamp": "2024-01-01T00:00:00Z"}}
		}
		s.must(t, 201, "POST", "/logs/", line(32767))
		for _, level := range []int64{32768, -32769, 1 << 40} {
			a := s.ask(t, "POST", "/logs/", line(level))
			require.Contains(t, []int{201, 422}, a.status, a.body)
		}
		found := s.must(t, 200, "POST", "/logs/filter", object{"logs": object{"level": object{"ge_": -1 << 40, "le_": 32767}}})
		require.Contains(t, found.body, `"level":32767`)
		s.must(t, 200, "POST", "/logs/filter", object{"logs": object{"level": object{"ge_": 1 << 50}}})
	})
}
