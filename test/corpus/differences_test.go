package corpus_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// difference is where Praetor answers otherwise than the reference, on purpose: in a scenario, or only in those steps of it
// whose differences hold a text.
type difference struct{ file, scenario, only, reason string }

// differences are all of them. What the reference answers there stays recorded; the replay fails when something of the
// list does not differ.
func differences() []difference {
	const (
		twice   = "the middle of a long message is left out once; the reference does it twice, and tells of the second time alone"
		leak    = "an aborted task run takes no slot; the reference leaves it the slots of its other tags"
		both    = "both criteria hold; the reference forgets them when a state's filter has more than one"
		years   = "in UTC the time is in the year 0 or 10000, which no database has"
		day     = "an offset from UTC is less than a day; the reference takes longer ones and cannot write them down"
		zone    = "the columns' times are in UTC at once; the reference answers them with their offset, until they are read again"
		wide    = "integers of policies have 64 bits"
		finite  = "a delay is a number; the reference keeps null"
		limit   = "a negative limit is refused; to the reference it means none on SQLite, and it fails on PostgreSQL"
		written = "a document's numbers come back as they were written"
		lost    = "a document's numbers come back as they were written; the reference makes an integer of an artifact's float"
		big     = "9223372036854775808"
		nines   = "999999999999999999999999999999"
		large   = "a variable may be an integer of any size, as any other document"
		named   = "a name is judged in its turn; the reference looks for one before it looks at anything else"
		filled  = "the body is shown as it came; the reference has put parameters into it"
		atOnce  = "who waits for a slot is let in when one comes free; in the reference when its half minute is over"
		why     = "what is wrong with a parameter is told; the reference tells its kind alone"
		words   = "what is wrong with a block is told in words of our own; the reference tells it as its library for validation does"
		most    = "the most runs of a schedule are judged once the body is read"
	)
	list := []difference{
		{"events/flow_run_details", "a message of 101000 characters", "additional characters", twice},
		{"orchestration/task_tag_limits", "two tags, limits 1 and 0", "", leak},
		{"orchestration/task_tag_limits", "two tags, limits 0 and 1", "", leak},
		{"filters/flow_runs", "by two criteria of a state's type or name", "", both},
		{"validation/dates", "scheduled time of a flow run", "01-01T00:00:00+02:00", years},
		{"validation/dates", "scheduled time of a flow run", "/expected_start_time: want", zone},
		{"validation/dates", "cache expiration of a task run", "/cache_expiration: want", zone},
		{"validation/dates", "when an event occurred", "01-01T00:00:00+02:00", years},
		{"validation/dates", "when an event occurred", "12-31T23:59:59-02:00", years},
		{"validation/dates", "when an event occurred", "+24:00", day},
		{"validation/bounds", "start and end of a history", "01-01T00:00:00+02:00", years},
		{"validation/bounds", "start and end of a history", "12-31T23:59:59-02:00", years},
		{"validation/flow_runs_write", "POST /flow_runs/{id}/input/filter limit", `"limit":-1`, limit},
		{"validation/flow_runs_write", "POST /flow_runs/{id}/input/filter limit", `"limit":"-1"`, limit},
		{"validation/task_runs_write", "POST /task_runs/ empirical_policy/retry_delay", `"retry_delay":"inf"`, finite},
		{"validation/task_runs_write", "POST /task_runs/ empirical_policy/retry_delay", `"retry_delay":"nan"`, finite},
		{"validation/flow_runs_read", "POST /ui/flow_runs/history limit", `"limit":"-1"`, limit},
		{"validation/flow_runs_write", "POST /flow_runs/ empirical_policy/retries", big, wide},
		{"validation/flow_runs_write", "POST /flow_runs/ empirical_policy/retries", nines, wide},
		{"validation/flow_runs_write", "POST /flow_runs/ empirical_policy/retry_delay", big, wide},
		{"validation/flow_runs_write", "POST /flow_runs/ empirical_policy/retry_delay", nines, wide},
		{"validation/flow_runs_write", "PATCH /flow_runs/{id} empirical_policy/retries", big, wide},
		{"validation/flow_runs_write", "PATCH /flow_runs/{id} empirical_policy/retries", nines, wide},
		{"validation/flow_runs_write", "PATCH /flow_runs/{id} empirical_policy/retry_delay", big, wide},
		{"validation/flow_runs_write", "PATCH /flow_runs/{id} empirical_policy/retry_delay", nines, wide},
		{"validation/task_runs_write", "POST /task_runs/ empirical_policy/retries", big, wide},
		{"validation/task_runs_write", "POST /task_runs/ empirical_policy/retries", nines, wide},
		{"validation/flow_runs_read", "POST /ui/flow_runs/history limit", `"limit":-1`, limit},
		{"validation/deployment_runs", "POST /deployments/{id}/create_flow_run empirical_policy/retries", big, wide},
		{"validation/deployment_runs", "POST /deployments/{id}/create_flow_run empirical_policy/retries", nines, wide},
		{"validation/deployment_runs", "POST /deployments/{id}/create_flow_run empirical_policy/retry_delay", big, wide},
		{"validation/deployment_runs", "POST /deployments/{id}/create_flow_run empirical_policy/retry_delay", nines, wide},
		{"validation/blocks_write", "POST /block_documents/ body", "/block_documents/ {}", named},
		{"validation/blocks_write", "POST /block_documents/ name", `"name":""`, named},
		{"validation/blocks_write", "POST /block_documents/ name", `"name":0`, named},
		{"validation/blocks_write", "POST /block_documents/ name", `"name":false`, named},
		{"validation/blocks_write", "POST /block_documents/ name", `"name":[]`, named},
		{"validation/blocks_write", "POST /block_documents/ name", `"name":{}`, named},
		{"validation/deployments_write", "POST /deployments/ body", "/input/parameters: want {}", filled},
		{"validation/deployment_schedules", "POST /deployments/ body", "/input/parameters: want {}", filled},
		{"validation/deployments_write", "POST /deployments/ schedules/0/max_scheduled_runs", "1_000", most},
		{"validation/deployments_write", "PATCH /deployments/{id} schedules/0/max_scheduled_runs", "1_000", most},
		{"validation/deployment_schedules", "POST /deployments/ schedules/0/max_scheduled_runs", "1_000", most},
		{"validation/deployment_schedules", "POST /deployments/{id}/schedules 0/max_scheduled_runs", "1_000", most},
		{"validation/deployment_schedules", "PATCH /deployments/{id}/schedules/{schedule_id} max_scheduled_runs", "1_000", most},
		{"validation/artifacts_write", "POST /artifacts/ data", "/data: want 1, got 1.0", lost},
		{"events/automations_act", "run-deployment: a template that fails", "/events/0/payload/reason: want", why},
		{"events/automations_act", "run-deployment: a variable that is not there", "/events/0/payload/reason: want", why},
		{"events/automations_call", "call-webhook: without an address", "/events/0/payload/reason: want", words},
		{"events/automations_call", "call-webhook: of another method", "/events/0/payload/reason: want", words},
		{"events/automations_call", "send-notification: without an address", "/events/0/payload/reason: want", words},
		{"validation/special", "values as they are written", "want 123456789.12345679", written},
		{"validation/special", "values as they are written", "/data: want 100000", lost},
		{"validation/special", "values of variables", "1180591620717411303424", large},
	}
	for _, strategy := range []string{"None", "ENQUEUE"} {
		for _, limit := range []string{"1", "2"} {
			for _, end := range []string{"Completed", "Failed", "Crashed", "Cancelled"} {
				scenario := strategy + ", limit " + limit + ", first ends " + end
				list = append(list, difference{"orchestration/deployment_limits", scenario, "/scheduled_time: want", atOnce})
			}
		}
	}
	return list
}

// sqliteDifferences are more of them, on SQLite only.
func sqliteDifferences() []difference {
	const letters = "an index finds how ids begin, which minds their case, as on PostgreSQL and in what is sent live"
	return []difference{
		{"filters/events", "by resource", `"id_prefix":["Thing"]`, letters},
		{"filters/events", "by any resource", `"id_prefix":["THING"]`, letters},
	}
}

// judge fails the test for problems that nothing explains, and for an explanation without a problem.
func judge(t *testing.T, file, scenario string, problems []string) {
	t.Helper()
	all := differences()
	if strings.Contains(t.Name(), "/sqlite/") {
		all = append(all, sqliteDifferences()...)
	}
	known := slices.DeleteFunc(all, func(d difference) bool { return d.file != file || d.scenario != scenario })
	if os.Getenv(runningServer) != "" {
		known = nil
	}
	explains := make([]bool, len(known))
	for _, problem := range problems {
		i := slices.IndexFunc(known, func(d difference) bool { return strings.Contains(problem, d.only) })
		if i < 0 {
			t.Error(problem)
			continue
		}
		explains[i] = true
	}
	for i, d := range known {
		if explains[i] {
			t.Log("differs on purpose:", d.reason)
		} else {
			t.Errorf("%q does not differ any more: take it out of the list (%s)", d.only, d.reason)
		}
	}
}
