package api_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWorkPoolLives(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		made := s.must(t, 201, "POST", "/work_pools/", object{"name": "pool", "type": "test", "concurrency_limit": 3})
		require.Equal(t, "NOT_READY", made.field(t, "status"))
		require.InDelta(t, 0, made.field(t, "active_slots"), 0)
		queue := s.must(t, 200, "GET", "/work_pools/pool/queues/default", nil)
		require.Equal(t, made.field(t, "default_queue_id"), queue.id(t))
		s.must(t, 409, "POST", "/work_pools/", object{"name": "pool"})
		s.must(t, 403, "POST", "/work_pools/", object{"name": "PREFECT one"})
		s.must(t, 403, "PATCH", "/work_pools/prefect-one", object{"description": "x"})
		s.must(t, 404, "PATCH", "/work_pools/prefect-one", object{"is_paused": true})
		s.must(t, 403, "DELETE", "/work_pools/prefect-one", nil)
		for _, bad := range []object{{"is_paused": nil}, {"storage_configuration": nil}} {
			s.must(t, 409, "PATCH", "/work_pools/pool", bad)
		}
		s.must(t, 422, "PATCH", "/work_pools/pool", object{"base_job_template": nil})
		s.must(t, 422, "PATCH", "/work_pools/pool", object{"concurrency_limit": -1})

		// Paused, nobody makes it ready; then its worker does.
		s.must(t, 204, "PATCH", "/work_pools/pool", object{"is_paused": true, "description": "d"})
		s.must(t, 204, "POST", "/work_pools/pool/workers/heartbeat", object{"name": "w", "heartbeat_interval_seconds": 7})
		require.Equal(t, "PAUSED", s.must(t, 200, "GET", "/work_pools/pool", nil).field(t, "status"))
		s.must(t, 204, "PATCH", "/work_pools/pool", object{"is_paused": false})
		now := s.must(t, 200, "GET", "/work_pools/pool", nil)
		require.Equal(t, "READY", now.field(t, "status"))
		require.Equal(t, "d", now.field(t, "description"))

		// A heartbeat without an interval keeps the one that is known.
		s.must(t, 204, "POST", "/work_pools/pool/workers/heartbeat", object{"name": "w"})
		workers := s.must(t, 200, "POST", "/work_pools/pool/workers/filter", object{"workers": object{"status": object{"any_": []string{"ONLINE"}}}})
		require.Len(t, workers.json, 1)
		require.InDelta(t, 7, workers.json.([]any)[0].(object)["heartbeat_interval_seconds"], 0)
		require.Empty(t, s.must(t, 200, "POST", "/work_pools/pool/workers/filter", object{"workers": object{"status": object{"not_any_": []string{"ONLINE"}}}}).json)
		s.must(t, 204, "DELETE", "/work_pools/pool/workers/w", nil)
		s.must(t, 404, "DELETE", "/work_pools/pool/workers/w", nil)

		s.must(t, 204, "DELETE", "/work_pools/pool", nil)
		s.must(t, 404, "GET", "/work_pools/pool", nil)
		s.must(t, 404, "GET", "/work_queues/"+queue.id(t), nil)
	})
}

// Old clients refuse members that they do not know.
func TestWorkPoolOfOldClients(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.must(t, 201, "POST", "/work_pools/", object{"name": "pool", "type": "test"})
		for version, has := range map[string]bool{"3.3.6": false, "3.3.7": false, "3.3.7.dev1": false, "3.3.7.post1": true, "2.20.1": false, "3.3.8": true, "3.10.0": true} {
			a := s.send(t, "GET", "/work_pools/pool", nil, func(h http.Header) { h.Set("User-Agent", "prefect/"+version+" (API 0.8.4)") })
			_, there := a.field(t, "storage_configuration").(object)["default_result_storage_block_id"]
			require.Equal(t, has, there, version)
		}
	})
}

func TestWorkQueuePriorities(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.must(t, 201, "POST", "/work_pools/", object{"name": "pool", "type": "test"})
		order := func() (names []string) {
			for _, q := range s.must(t, 200, "POST", "/work_pools/pool/queues/filter", nil).json.([]any) {
				q := q.(object)
				names = append(names, q["name"].(string)+" "+strconv.Itoa(int(q["priority"].(float64))))
			}
			return names
		}
		first := s.must(t, 201, "POST", "/work_pools/pool/queues", object{"name": "first", "priority": 1})
		require.InDelta(t, 1, first.field(t, "priority"), 0)
		s.must(t, 201, "POST", "/work_pools/pool/queues", object{"name": "next", "concurrency_limit": 2})
		require.Equal(t, []string{"first 1", "default 2", "next 3"}, order())
		s.must(t, 204, "PATCH", "/work_pools/pool/queues/next", object{"priority": 2})
		require.Equal(t, []string{"first 1", "next 2", "default 3"}, order())
		s.must(t, 409, "POST", "/work_pools/pool/queues", object{"name": "next", "priority": 1})
		require.Equal(t, []string{"first 1", "next 2", "default 3"}, order(), "nothing is half done")
		for _, bad := range []object{{"name": nil}, {"priority": nil}, {"description": nil}, {"name": "first"}} {
			s.must(t, 409, "PATCH", "/work_pools/pool/queues/next", bad)
		}
		s.must(t, 409, "DELETE", "/work_pools/pool/queues/default", nil)
		s.must(t, 204, "DELETE", "/work_pools/pool/queues/first", nil)
		require.Equal(t, []string{"next 2", "default 3"}, order())
		s.must(t, 201, "POST", "/work_pools/pool/queues", object{"name": "gap"})
		require.Equal(t, []string{"gap 1", "next 2", "default 3"}, order())
	})
}

func TestScheduledRunsOfAPool(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.must(t, 201, "POST", "/work_pools/", object{"name": "pool", "type": "test"})
		s.must(t, 201, "POST", "/work_pools/pool/queues", object{"name": "urgent", "priority": 1})
		now := time.Now().UTC()
		run := func(queue string, in time.Duration, policy object) string {
			return s.flowRun(t, object{"work_pool_name": "pool", "work_queue_name": queue, "empirical_policy": policy,
				"state": object{"type": "SCHEDULED", "state_details": object{"scheduled_time": now.Add(in).Format(time.RFC3339Nano)}}})
		}
		early := run("default", -time.Hour, object{})
		late := run("default", time.Hour, object{})
		urgent := run("urgent", -time.Minute, object{})
		run("default", -2*time.Hour, object{"retry_type": "in_process"})
		ask := func(body object) (ids []string) {
			for _, r := range s.must(t, 200, "POST", "/work_pools/pool/get_scheduled_flow_runs", body).json.([]any) {
				r := r.(object)["flow_run"].(object)
				require.Nil(t, r["state"])
				require.NotContains(t, r, "work_pool_name")
				ids = append(ids, r["id"].(string))
			}
			return ids
		}
		require.Equal(t, []string{urgent, early, late}, ask(object{}))
		require.Equal(t, []string{urgent}, ask(object{"limit": 1}))
		require.Empty(t, ask(object{"limit": 0}))
		require.Equal(t, []string{urgent, early}, ask(object{"scheduled_before": now.Format(time.RFC3339Nano)}))
		require.Equal(t, []string{late}, ask(object{"scheduled_after": now.Format(time.RFC3339Nano)}))
		require.Equal(t, []string{early, late}, ask(object{"work_queue_names": []string{"default", "default"}}))
		missing := s.must(t, 404, "POST", "/work_pools/pool/get_scheduled_flow_runs", object{"work_queue_names": []string{"default", "nobody", "others"}})
		require.Equal(t, "Work pool queue 'pool/nobody' not found.", missing.field(t, "detail"))

		// Who holds a slot takes it from the others, whatever queue they are in.
		s.must(t, 201, "POST", "/flow_runs/"+urgent+"/set_state", object{"state": object{"type": "PENDING"}, "force": true})
		s.must(t, 204, "PATCH", "/work_pools/pool", object{"concurrency_limit": 2})
		require.Equal(t, []string{early}, ask(object{}))
		require.InDelta(t, 1, s.must(t, 200, "GET", "/work_pools/pool", nil).field(t, "active_slots"), 0)
		s.must(t, 204, "PATCH", "/work_pools/pool", object{"concurrency_limit": nil})
		s.must(t, 204, "PATCH", "/work_pools/pool/queues/default", object{"concurrency_limit": 1})
		require.Equal(t, []string{early}, ask(object{}))

		status := s.must(t, 200, "POST", "/work_pools/pool/concurrency_status", object{"limit": 1})
		require.InDelta(t, 2, status.field(t, "pages"), 0)
		part := status.field(t, "queues").([]any)[0].(object)
		require.Equal(t, "urgent", part["queue_name"])
		require.Equal(t, urgent, part["flow_runs"].([]any)[0].(object)["id"])
		require.Empty(t, s.must(t, 200, "POST", "/work_pools/pool/concurrency_status", object{"flow_run_limit": 0}).field(t, "queues").([]any)[0].(object)["flow_runs"])

		s.must(t, 204, "PATCH", "/work_pools/pool/queues/default", object{"is_paused": true})
		require.Empty(t, ask(object{}))
	})
}

// A poll makes its queues ready, and is written down once for all that follow closely.
func TestPollIsNoted(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.must(t, 201, "POST", "/work_pools/", object{"name": "pool", "type": "test"})
		s.must(t, 201, "POST", "/work_pools/pool/queues", object{"name": "other"})
		s.must(t, 200, "POST", "/work_pools/pool/get_scheduled_flow_runs", object{"work_queue_names": []string{"default"}})
		polled := s.must(t, 200, "GET", "/work_pools/pool/queues/default", nil)
		require.Equal(t, "READY", polled.field(t, "status"))
		require.NotNil(t, polled.field(t, "last_polled"))
		require.Nil(t, s.must(t, 200, "GET", "/work_pools/pool/queues/other", nil).field(t, "last_polled"))
		s.must(t, 200, "POST", "/work_pools/pool/get_scheduled_flow_runs", object{"work_queue_names": []string{"default"}})
		require.Equal(t, polled.body, s.must(t, 200, "GET", "/work_pools/pool/queues/default", nil).body)
		require.Equal(t, true, s.must(t, 200, "GET", "/work_queues/"+polled.id(t)+"/status", nil).field(t, "healthy"))

		s.exec("UPDATE work_queue SET last_polled = '2020-01-01 00:00:00.000000'")
		s.must(t, 200, "POST", "/work_pools/pool/get_scheduled_flow_runs", object{"work_queue_names": []string{"default"}})
		require.NotEqual(t, "2020-01-01T00:00:00Z", s.must(t, 200, "GET", "/work_pools/pool/queues/default", nil).field(t, "last_polled"))

		// Going on, a queue is as ready as its last poll is new.
		for _, name := range []string{"default", "other"} {
			s.must(t, 204, "PATCH", "/work_pools/pool/queues/"+name, object{"is_paused": true})
			require.Equal(t, "PAUSED", s.must(t, 200, "GET", "/work_pools/pool/queues/"+name, nil).field(t, "status"))
			s.must(t, 204, "PATCH", "/work_pools/pool/queues/"+name, object{"is_paused": false})
		}
		require.Equal(t, "READY", s.must(t, 200, "GET", "/work_pools/pool/queues/default", nil).field(t, "status"))
		require.Equal(t, "NOT_READY", s.must(t, 200, "GET", "/work_pools/pool/queues/other", nil).field(t, "status"))
	})
}

func TestAgentQueues(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		made := s.must(t, 201, "POST", "/work_queues/", object{"name": "mine", "concurrency_limit": 1})
		require.Equal(t, "default-agent-pool", made.field(t, "work_pool_name"))
		require.Nil(t, s.must(t, 200, "GET", "/work_pools/default-agent-pool", nil).field(t, "status"))
		s.must(t, 409, "POST", "/work_queues/", object{"name": "mine"})
		require.Equal(t, made.id(t), s.must(t, 200, "GET", "/work_queues/name/mine", nil).id(t))
		s.must(t, 404, "GET", "/work_queues/name/yours", nil)
		address := "/work_queues/" + made.id(t)

		scheduled := object{"type": "SCHEDULED"}
		first := s.flowRun(t, object{"work_queue_name": "mine", "state": scheduled})
		second := s.flowRun(t, object{"work_queue_name": "mine", "state": scheduled})
		asked := s.send(t, "POST", address+"/get_runs", nil, func(h http.Header) { h.Set("X-Prefect-Ui", "true") })
		require.Len(t, asked.json, 1)
		require.Nil(t, s.must(t, 200, "GET", address, nil).field(t, "last_polled"), "the UI does not poll")
		runs := s.must(t, 200, "POST", address+"/get_runs", nil).json.([]any)
		require.Len(t, runs, 1)
		require.Equal(t, first, runs[0].(object)["id"])
		require.NotNil(t, s.must(t, 200, "GET", address, nil).field(t, "last_polled"))
		for _, state := range []string{"RUNNING", "CANCELLING"} {
			s.must(t, 201, "POST", "/flow_runs/"+first+"/set_state", object{"state": object{"type": state}, "force": true})
		}
		require.Empty(t, s.must(t, 200, "POST", address+"/get_runs", nil).json)
		holders := s.must(t, 200, "POST", address+"/concurrency_status", nil)
		require.InDelta(t, 1, holders.field(t, "active_slots"), 0)
		s.must(t, 204, "PATCH", address, object{"concurrency_limit": nil})
		runs = s.must(t, 200, "POST", address+"/get_runs", object{"limit": 1}).json.([]any)
		require.Equal(t, second, runs[0].(object)["id"])

		s.must(t, 204, "PATCH", address, object{"filter": object{"tags": []string{"none has it"}}, "concurrency_limit": 3})
		require.Empty(t, s.must(t, 200, "POST", address+"/get_runs", nil).json)
		require.InDelta(t, 0, s.must(t, 200, "GET", address, nil).field(t, "active_slots"), 0)
		require.Len(t, s.must(t, 200, "POST", "/work_queues/filter", object{"work_queues": object{"name": object{"startswith_": []string{"MI"}}}}).json, 1)

		standard := s.must(t, 200, "GET", "/work_queues/name/default", nil).id(t)
		s.must(t, 409, "DELETE", "/work_queues/"+standard, nil)
		s.must(t, 204, "DELETE", address, nil)
		for _, a := range []*answer{
			s.ask(t, "DELETE", address, nil), s.ask(t, "GET", address, nil), s.ask(t, "PATCH", address, object{}), s.ask(t, "GET", address+"/status", nil),
			s.ask(t, "POST", address+"/get_runs", nil), s.ask(t, "POST", address+"/concurrency_status", nil),
		} {
			require.Equal(t, 404, a.status, a.body)
		}
	})
}

func TestWorkPoolTemplates(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		template := func(variable object) object {
			return object{"job_configuration": object{"a": "{{ b }}"}, "variables": object{"properties": object{"b": variable}}}
		}
		for want, variable := range map[string]object{
			"Validation failed for field 'b'": {"type": "integer", "default": "x"},
			"Invalid schema: ":                {"type": "intege"},
		} {
			require.Contains(t, s.must(t, 422, "POST", "/work_pools/", object{"name": "pool", "base_job_template": template(variable)}).body, want)
		}
		missing := template(object{"default": object{"$ref": object{"block_document_id": nobody}}})
		s.must(t, 404, "POST", "/work_pools/", object{"name": "pool", "base_job_template": missing})
		undeclared := object{"job_configuration": object{"a": "{{ c }}"}, "variables": object{"properties": object{"b": object{}}}}
		for _, a := range []*answer{
			s.ask(t, "POST", "/work_pools/", object{"name": "pool", "base_job_template": undeclared}),
			s.ask(t, "PATCH", "/work_pools/pool", object{"name": "extra", "base_job_template": undeclared}),
		} {
			require.Equal(t, 422, a.status)
			problem := a.field(t, "exception_detail").([]any)[0].(object)
			require.Contains(t, problem["msg"], "undeclared variable(s): c.")
			require.Equal(t, undeclared, problem["input"])
		}
		s.must(t, 201, "POST", "/work_pools/", object{"name": "pool", "base_job_template": template(object{"type": "integer", "default": 1})})
	})
}
