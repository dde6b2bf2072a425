package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// deployment makes a deployment of a flow of its own.
func (s *server) deployment(t *testing.T, more object) *answer {
	t.Helper()
	body := object{"name": "nightly", "flow_id": s.ask(t, "POST", "/flows/", object{"name": "a flow", "labels": object{"team": "data"}}).id(t)}
	for k, v := range more {
		body[k] = v
	}
	return s.must(t, 201, "POST", "/deployments/", body)
}

func TestDeploymentIsCreatedOnce(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		first := s.deployment(t, object{"tags": []string{"a"}, "concurrency_limit": 3, "description": "kept", "labels": object{"own": 1}})
		id, flow := first.id(t), first.field(t, "flow_id")
		limit := first.field(t, "global_concurrency_limit").(object)
		require.Equal(t, "deployment:"+id, limit["name"])
		require.Equal(t, 3.0, limit["limit"])
		require.Equal(t, object{"prefect.flow.id": flow, "team": "data", "own": 1.0}, first.field(t, "labels"))

		again := s.must(t, 200, "POST", "/deployments/", object{"name": "nightly", "flow_id": flow, "tags": []string{"b"}, "parameters": object{"x": 1}})
		require.Equal(t, id, again.id(t))
		require.Equal(t, []any{"b"}, again.field(t, "tags"))
		require.Equal(t, "kept", again.field(t, "description"), "what a request leaves open stays")
		require.Equal(t, limit["id"], again.field(t, "global_concurrency_limit").(object)["id"])
		require.Equal(t, id, s.must(t, 200, "GET", "/deployments/name/a%20flow/nightly", nil).id(t))
		require.Equal(t, 1.0, s.must(t, 200, "POST", "/deployments/count", object{}).json)

		without := s.must(t, 200, "POST", "/deployments/", object{"name": "nightly", "flow_id": flow, "concurrency_limit": nil})
		require.Nil(t, without.field(t, "global_concurrency_limit"))
		s.must(t, 404, "GET", "/v2/concurrency_limits/"+limit["id"].(string), nil)
		s.must(t, 204, "DELETE", "/deployments/"+id, nil)
		s.must(t, 404, "GET", "/deployments/"+id, nil)
	})
}

func TestDeploymentRefusals(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		d := s.deployment(t, object{"parameter_openapi_schema": object{"type": "object", "properties": object{"n": object{"type": "integer"}}}})
		at, flow := "/deployments/"+d.id(t), d.field(t, "flow_id")
		for _, c := range []struct {
			status       int
			method, path string
			body         any
			says         string
		}{
			{422, "PATCH", at, object{"name": "other"}, "extra_forbidden"},
			{422, "PATCH", at, object{"flow_id": nobody}, "extra_forbidden"},
			{422, "PATCH", at, object{"concurrency_limit": 0}, "greater_than"},
			{422, "PATCH", at, object{"concurrency_limit": 1, "global_concurrency_limit_id": nobody}, "cannot have both"},
			{422, "PATCH", at, object{"concurrency_options": object{"collision_strategy": "ENQUEUE", "grace_period_seconds": 59}}, "greater_than_equal"},
			{404, "PATCH", at, object{"global_concurrency_limit_id": nobody}, "Concurrency limit not found"},
			{404, "PATCH", at, object{"work_pool_name": "nowhere"}, "nowhere"},
			{409, "PATCH", at, object{"parameters": object{"n": "one"}}, "Validation failed for field 'n'"},
			{400, "PATCH", at, object{"parameters": object{"n": object{"__prefect_kind": "workspace_variable", "variable_name": "none"}}}, "hydrating"},
			{404, "PATCH", "/deployments/" + nobody, object{}, "not found."},
			{409, "POST", at + "/create_flow_run", object{"parameters": object{"n": "one"}}, "Error creating flow run"},
			{400, "POST", at + "/create_flow_run", object{"work_queue_name": "q"}, "not associated with a work pool"},
			{404, "POST", "/deployments/" + nobody + "/create_flow_run", object{}, "Deployment not found"},
			{409, "POST", "/deployments/", object{"name": "x", "flow_id": nobody}, ""},
			{409, "POST", "/deployments/", object{"name": "x", "flow_id": flow, "storage_document_id": nobody}, "storage"},
			{422, "POST", "/deployments/", object{"name": "x", "flow_id": flow, "schedules": []object{{"schedule": object{"cron": "bad"}}}}, "Invalid cron"},
			{422, "POST", "/deployments/", object{"name": "x", "flow_id": flow, "schedules": []object{{"schedule": object{"interval": "900"}}}}, "time_delta_parsing"},
			{422, "POST", at + "/schedules", []object{{"schedule": object{"interval": 60}, "max_scheduled_runs": 51}}, "less than or equal to 50"},
			{404, "DELETE", at + "/schedules/" + nobody, nil, "Schedule not found."},
		} {
			a := s.must(t, c.status, c.method, c.path, c.body)
			require.Contains(t, a.body, c.says)
		}
		require.Equal(t, d.field(t, "updated"), s.must(t, 200, "GET", at, nil).field(t, "updated"), "nothing half written")
		require.Equal(t, 1.0, s.must(t, 200, "POST", "/deployments/count", object{}).json)
	})
}

// slugs gives the ids of a deployment's schedules by their slugs.
func (s *server) slugs(t *testing.T, at string) map[string]string {
	t.Helper()
	ids := map[string]string{}
	for _, schedule := range s.must(t, 200, "GET", at+"/schedules", nil).json.([]any) {
		slug, _ := schedule.(object)["slug"].(string)
		ids[slug] = schedule.(object)["id"].(string)
	}
	return ids
}

func TestSchedulesKeepTheirIDs(t *testing.T) {
	hourly := object{"interval": 3600, "anchor_date": "2026-01-01T00:00:00Z"}
	onBothDatabases(t, func(t *testing.T, s *server) {
		d := s.deployment(t, object{"schedules": []object{{"schedule": hourly, "slug": "h"}, {"schedule": object{"cron": "0 0 * * *"}, "slug": "d"}}})
		at := "/deployments/" + d.id(t)
		before := s.slugs(t, at)
		require.Len(t, before, 2)

		s.must(t, 200, "POST", "/deployments/", object{"name": "nightly", "flow_id": d.field(t, "flow_id"), "schedules": []object{
			{"schedule": object{"interval": 60}, "slug": "h"}, {"schedule": object{"rrule": "FREQ=DAILY"}, "slug": "r"},
		}})
		deployed := s.slugs(t, at)
		require.Equal(t, before["h"], deployed["h"])
		require.NotContains(t, deployed, "d")

		// Two schedules change their slugs with each other, and a new one comes.
		s.must(t, 204, "PATCH", at, object{"schedules": []object{{"slug": "h", "replaces": "r"}, {"slug": "r", "replaces": "h"}, {"slug": "n", "schedule": hourly}}})
		swapped := s.slugs(t, at)
		require.Equal(t, map[string]string{"h": deployed["r"], "r": deployed["h"], "n": swapped["n"]}, swapped)
		require.Contains(t, s.must(t, 422, "PATCH", at, object{"schedules": []object{{"slug": "n", "replaces": "h"}}}).body, "already exists")
		require.Contains(t, s.must(t, 422, "PATCH", at, object{"schedules": []object{{"schedule": hourly}}}).body, "provide a slug")
		s.must(t, 409, "POST", at+"/schedules", []object{{"schedule": hourly, "slug": "n"}})
		require.Equal(t, swapped, s.slugs(t, at))
	})
}

func TestPlannedRuns(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		d := s.deployment(t, object{"tags": []string{"t"}, "parameters": object{"a": 1, "b": 1}, "schedules": []object{
			{"schedule": object{"interval": 3600, "anchor_date": "2026-01-01T00:00:00Z"}, "parameters": object{"b": 2}},
		}})
		at := "/deployments/" + d.id(t)
		schedule := d.field(t, "schedules").([]any)[0].(object)["id"].(string)
		window := object{"start_time": "2040-01-01T00:00:00Z", "end_time": "2040-01-01T05:30:00Z", "min_runs": 10}
		for range 2 {
			require.Equal(t, "null", s.must(t, 200, "POST", at+"/schedule", window).body)
			require.Equal(t, 6.0, s.must(t, 200, "POST", "/flow_runs/count", object{}).json, "no run twice")
		}
		due := s.must(t, 200, "POST", "/deployments/get_scheduled_flow_runs", object{"deployment_ids": []string{d.id(t)}, "limit": 2, "scheduled_before": "2040-01-01T12:00:00Z"}).json.([]any)
		require.Len(t, due, 2)
		run := due[0].(object)
		require.Equal(t, "scheduled "+d.id(t)+" "+schedule+" 2040-01-01 00:00:00+00:00", run["idempotency_key"])
		require.Equal(t, object{"a": 1.0, "b": 2.0}, run["parameters"])
		require.Equal(t, []any{"auto-scheduled", "t"}, run["tags"])
		require.Equal(t, object{"id": schedule, "type": "SCHEDULE", "display_value": "IntervalSchedule"}, run["created_by"])
		require.Equal(t, "READY", s.must(t, 200, "GET", at, nil).field(t, "status"))

		s.must(t, 204, "PATCH", at+"/schedules/"+schedule, object{"active": false})
		require.Equal(t, 0.0, s.must(t, 200, "POST", "/flow_runs/count", object{}).json)
		s.must(t, 200, "POST", at+"/schedule", window)
		require.Equal(t, 0.0, s.must(t, 200, "POST", "/flow_runs/count", object{}).json, "a schedule that rests plans nothing")
		s.must(t, 204, "PATCH", at+"/schedules/"+schedule, object{"active": true})
		s.must(t, 200, "POST", at+"/schedule", window)
		s.must(t, 200, "POST", at+"/pause_deployment", nil)
		require.Equal(t, 0.0, s.must(t, 200, "POST", "/flow_runs/count", object{}).json)
		require.Equal(t, true, s.must(t, 200, "GET", at, nil).field(t, "paused"))
		s.must(t, 200, "POST", at+"/resume_deployment", nil)
		require.Equal(t, false, s.must(t, 200, "GET", at, nil).field(t, "paused"))
	}, "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED=false") // which would plan runs of its own
}

func TestRunsOfDeployments(t *testing.T) {
	template := object{
		"job_configuration": object{"command": "{{ command }}", "cpus": "{{ cpus }}"},
		"variables":         object{"type": "object", "properties": object{"command": object{"type": "string"}, "cpus": object{"type": "integer"}}, "required": []string{"cpus"}},
	}
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.must(t, 201, "POST", "/work_pools/", object{"name": "pool", "type": "process", "base_job_template": template})
		s.must(t, 201, "POST", "/variables/", object{"name": "where", "value": "here"})
		flow := s.ask(t, "POST", "/flows/", object{"name": "a flow"}).id(t)
		s.must(t, 422, "POST", "/deployments/", object{"name": "x", "flow_id": flow, "work_pool_name": "pool", "job_variables": object{"cpus": "two"}})
		d := s.deployment(t, object{
			"work_pool_name": "pool", "work_queue_name": "fast", "tags": []string{"d"}, "job_variables": object{"command": "run"},
			"parameter_openapi_schema": object{"type": "object", "properties": object{"n": object{"type": "integer"}, "at": object{"type": "string"}}, "required": []string{"n"}},
			"parameters":               object{"at": object{"__prefect_kind": "workspace_variable", "variable_name": "where"}},
		})
		require.Equal(t, "pool", d.field(t, "work_pool_name"))
		s.must(t, 200, "GET", "/work_pools/pool/queues/fast", nil)
		at := "/deployments/" + d.id(t)

		good := object{"parameters": object{"n": 1}, "job_variables": object{"cpus": 2}, "tags": []string{"r", "d"}, "idempotency_key": "once"}
		run := s.must(t, 201, "POST", at+"/create_flow_run", good)
		require.Equal(t, object{"n": 1.0, "at": "here"}, run.field(t, "parameters"))
		require.ElementsMatch(t, []any{"d", "r"}, run.field(t, "tags"))
		require.Equal(t, "SCHEDULED", run.field(t, "state_type"))
		require.Equal(t, "fast", run.field(t, "work_queue_name"))
		require.Equal(t, run.id(t), s.must(t, 200, "POST", at+"/create_flow_run", good).id(t))
		s.must(t, 422, "POST", at+"/create_flow_run", object{"parameters": object{"n": 1}})
		s.must(t, 422, "PATCH", "/flow_runs/"+run.id(t), object{"job_variables": object{"cpus": "two"}})

		orphan := object{"parameters": object{"n": 1}, "job_variables": object{"cpus": 2}, "parent_task_run_id": nobody}
		results := s.must(t, 200, "POST", at+"/create_flow_run/bulk", []object{
			{"parameters": object{"n": 2}, "job_variables": object{"cpus": 2}, "work_queue_name": "other"}, {"parameters": object{"n": "x"}}, orphan,
		}).field(t, "results").([]any)
		var became []string
		for _, r := range results {
			became = append(became, r.(object)["status"].(string))
		}
		require.Equal(t, []string{"CREATED", "FAILED", "FAILED"}, became)
		require.Equal(t, "other", s.must(t, 200, "GET", "/flow_runs/"+results[0].(object)["flow_run_id"].(string), nil).field(t, "work_queue_name"))
		require.Equal(t, 2.0, s.must(t, 200, "POST", "/flow_runs/count", object{}).json)
		s.must(t, 400, "POST", at+"/create_flow_run/bulk", "["+strings.Repeat("{},", 100)+"{}]")

		require.Len(t, s.must(t, 200, "POST", "/deployments/bulk_delete", object{}).field(t, "deleted"), 1)
		require.Equal(t, 0.0, s.must(t, 200, "POST", "/flow_runs/count", object{}).json, "runs that have not begun go with it")
	})
}

func TestQueuesOfADeployment(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		d := s.deployment(t, object{"tags": []string{"a", "b"}})
		for name, filter := range map[string]object{
			"tagged": {"tags": []string{"a"}}, "all": {}, "this": {"deployment_ids": []string{d.id(t)}}, "another": {"deployment_ids": []string{nobody}},
			"more": {"tags": []string{"a", "c"}},
		} {
			s.must(t, 201, "POST", "/work_queues/", object{"name": name, "filter": filter})
		}
		var found []string
		for _, q := range s.must(t, 200, "GET", "/deployments/"+d.id(t)+"/work_queue_check", nil).json.([]any) {
			found = append(found, q.(object)["name"].(string))
		}
		require.Subset(t, found, []string{"all", "tagged", "this"})
		require.NotContains(t, found, "another")
		require.NotContains(t, found, "more")
	})
}
