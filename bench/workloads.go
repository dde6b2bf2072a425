package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"praetor/bench/rig"
)

// workload is one row of the table. It has either a step, which every client repeats for the length of a round, or a stream,
// which sends a number of events and waits until they are stored.
type workload struct {
	name, title string
	unit        string // what the rates count
	items       int    // how many of the unit one step makes
	// reads tells that nothing is changed, so that both servers must give the same answer to look.
	reads bool
	// prepare adds to the world what only this workload needs.
	prepare func(ctx context.Context, s *server, cfg config) error
	step    func(s *server) (step, error)
	look    func(ctx context.Context, s *server, client *rig.API) (any, error)
	stream  func(ctx context.Context, s *server, cfg config, label string, budget int) (flow, error)
}

// step does one unit of work as client w and tells whether all of it went well.
type step func(ctx context.Context, w *worker) bool

func workloads() []workload {
	return []workload{
		{name: "read", title: "read a flow run", unit: "requests", items: 1, reads: true, step: readStep, look: lookAtRun},
		{name: "filter", title: "filter flow runs by tags, states, flows and time, 50 a page", unit: "requests", items: 1, reads: true,
			step: pathStep("/flow_runs/filter", true), look: lookAtFilter},
		{name: "count", title: "count flow runs by the same filters", unit: "requests", items: 1, reads: true,
			step: pathStep("/flow_runs/count", false), look: lookAtCount},
		{name: "history", title: "history of 30 days by day", unit: "requests", items: 1, reads: true, step: historyStep, look: lookAtHistory},
		{name: "logs-filter", title: "read 100 log lines of a flow run", unit: "requests", items: 1, reads: true,
			step: logsFilterStep, look: lookAtLogs},
		{name: "logs", title: "write logs, 100 a request", unit: "log lines", items: logBatch, step: logsStep},
		{name: "create", title: "create a flow run", unit: "requests", items: 1, step: createStep},
		{name: "lifecycle", title: "full life cycle: create, Pending, Running, Completed", unit: "flow runs", items: 1, step: lifecycleStep},
		{name: "poll-idle", title: fmt.Sprintf("a worker polls %d queues in which nothing is due", polledQueues), unit: "polls", items: 1,
			prepare: fillPool(idlePool, false), step: pollStep(idlePool), look: lookAtPoll(idlePool, 0)},
		{name: "poll", title: fmt.Sprintf("the same with %d runs that are due", polledQueues/dueEvery), unit: "polls", items: 1,
			prepare: fillPool(busyPool, true), step: pollStep(busyPool), look: lookAtPoll(busyPool, polledQueues/dueEvery)},
		{name: "slots", title: "take a slot of one limit with a lease and give it back", unit: "slots", items: 1, step: slotsStep},
		{name: "task-events", title: "task-run events over websockets, until they are task runs", unit: "events", stream: streamTaskEvents},
		{name: "events", title: fmt.Sprintf("events over HTTP, %d a request, until they are stored", postedEvents), unit: "events", stream: streamPostedEvents},
		{name: "events-filter", title: "events of a resource in the last hours, 50 a page", unit: "requests", items: 1, reads: true,
			prepare: storeEvents, step: eventsFilterStep, look: lookAtEvents},
		{name: "events-count", title: "count events by day and by name", unit: "requests", items: 1, reads: true,
			prepare: storeEvents, step: eventsCountStep, look: lookAtEventCounts},
		{name: "matched-10", title: "events over HTTP, until each was held against 10 automations", unit: "events", stream: streamMatchedEvents(10)},
		{name: "matched-200", title: "the same with 200 automations", unit: "events", stream: streamMatchedEvents(200)},
		{name: "matched-2000", title: "the same with 2,000 automations", unit: "events", stream: streamMatchedEvents(2000)},
	}
}

func workloadNames() []string {
	var names []string
	for _, w := range workloads() {
		names = append(names, w.name)
	}
	return names
}

// mustJSON encodes what this program has built out of maps, strings and numbers, which cannot fail.
func mustJSON(v any) []byte {
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	return text
}

// inTurn sends the requests one after the other, each client from another place.
func inTurn(requests [][]byte) step {
	return func(ctx context.Context, w *worker) bool {
		w.turn++
		_, ok := w.send(ctx, requests[w.turn%len(requests)], 200)
		return ok
	}
}

func readStep(s *server) (step, error) {
	requests := make([][]byte, len(s.world.runs))
	for i, run := range s.world.runs {
		requests[i] = s.Encode.Request("GET", "/flow_runs/"+run, nil)
	}
	return inTurn(requests), nil
}

// variants is how many different filters there are.
const variants = 10

// filterBody is composite: tags, types of states, the time of the start, and the names of flows.
func (w world) filterBody(i int, page bool) object {
	states := [][]string{{"COMPLETED"}, {"COMPLETED", "FAILED"}, {"FAILED", "CRASHED", "CANCELLED"}, {"SCHEDULED"}, {"RUNNING", "COMPLETED"}}
	names := make([]string, 0, w.size.flows/2+1)
	for f := i % 2; f < w.size.flows; f += 2 {
		names = append(names, flowName(f))
	}
	body := object{
		"flow_runs": object{
			"tags":                object{"all_": []string{worldTags(i)[0]}},
			"state":               object{"type": object{"any_": states[i%len(states)]}},
			"expected_start_time": object{"after_": w.now.Add(-25 * 24 * time.Hour).Format(time.RFC3339)},
		},
		"flows": object{"name": object{"any_": names}},
	}
	if page {
		body["sort"], body["limit"], body["offset"] = "EXPECTED_START_TIME_DESC", 50, 0
	}
	return body
}

func pathStep(path string, page bool) func(*server) (step, error) {
	return func(s *server) (step, error) {
		var requests [][]byte
		for i := range variants {
			requests = append(requests, s.Encode.Request("POST", path, mustJSON(s.world.filterBody(i, page))))
		}
		return inTurn(requests), nil
	}
}

func (w world) historyBody(i int) object {
	return object{
		"history_start": w.now.Add(-27 * 24 * time.Hour).Format(time.RFC3339), "history_end": w.now.Add(3 * 24 * time.Hour).Format(time.RFC3339),
		"history_interval_seconds": 24 * 60 * 60,
		"flow_runs":                object{"tags": object{"all_": []string{worldTags(i)[0]}}},
	}
}

func historyStep(s *server) (step, error) {
	var requests [][]byte
	for i := range variants {
		requests = append(requests, s.Encode.Request("POST", "/flow_runs/history", mustJSON(s.world.historyBody(i))))
	}
	return inTurn(requests), nil
}

func logsBody(run string) object {
	return object{
		"logs": object{"flow_run_id": object{"any_": []string{run}}, "level": object{"ge_": 20}},
		"sort": "TIMESTAMP_ASC", "limit": 200, "offset": 0,
	}
}

// logged is how many of the runs have log lines.
func (w world) logged() int { return min(len(w.runs), w.size.logs/logBatch) }

func logsFilterStep(s *server) (step, error) {
	var requests [][]byte
	for _, run := range s.world.runs[:s.world.logged()] {
		requests = append(requests, s.Encode.Request("POST", "/logs/filter", mustJSON(logsBody(run))))
	}
	return inTurn(requests), nil
}

// logsStep writes to the runs that have no lines yet, as far as there are any.
func logsStep(s *server) (step, error) {
	runs := s.world.runs
	if n := s.world.logged(); n < len(runs) {
		runs = runs[n:]
	}
	var requests [][]byte
	for _, run := range runs[:min(len(runs), 50)] {
		lines := make([]object, logBatch)
		for i := range lines {
			lines[i] = logLine(run, i, time.Now().UTC().Add(time.Duration(i)*time.Millisecond))
		}
		requests = append(requests, s.Encode.Request("POST", "/logs/", mustJSON(lines)))
	}
	return func(ctx context.Context, w *worker) bool {
		w.turn++
		_, ok := w.send(ctx, requests[w.turn%len(requests)], 201)
		return ok
	}, nil
}

// createBody is what the real client sends when a flow is called, or with a scheduled state what a deployment's run is.
func (w world) createBody(i int, state object) []byte {
	return mustJSON(object{
		"flow_id": w.flows[i%len(w.flows)], "flow_version": "e7279766e8bf63b840bf5b4b32e43469", "name": nil,
		"parameters": object{"n": i, "source": fmt.Sprintf("s3://bench/in/%06d.parquet", i)}, "context": object{},
		"parent_task_run_id": nil, "empirical_policy": object{"retries": 0, "retry_delay": 0},
		"tags": worldTags(i), "state": state,
	})
}

func createStep(s *server) (step, error) {
	var requests [][]byte
	for i := range variants * 10 {
		body := s.world.createBody(i, object{
			"type": "PENDING", "name": "Pending", "message": nil, "state_details": object{"traceparent": nil}, "data": nil,
		})
		requests = append(requests, s.Encode.Request("POST", "/flow_runs/", body))
	}
	return func(ctx context.Context, w *worker) bool {
		w.turn++
		_, ok := w.send(ctx, requests[w.turn%len(requests)], 201)
		return ok
	}, nil
}

func lifecycleStep(s *server) (step, error) {
	var creates [][]byte
	for i := range variants * 10 {
		body := s.world.createBody(i, object{"type": "SCHEDULED", "name": "Scheduled"})
		creates = append(creates, s.Encode.Request("POST", "/flow_runs/", body))
	}
	var changes [][]byte
	for _, state := range []object{
		{"type": "PENDING", "name": "Pending"},
		{"type": "RUNNING", "name": "Running"},
		{"type": "COMPLETED", "name": "Completed", "message": nil, "state_details": object{"untrackable_result": true}},
	} {
		changes = append(changes, mustJSON(object{"state": state, "force": false}))
	}
	return func(ctx context.Context, w *worker) bool {
		w.turn++
		text, ok := w.send(ctx, creates[w.turn%len(creates)], 201)
		if !ok {
			return false
		}
		var run identified
		if err := json.Unmarshal(text, &run); err != nil || run.ID == "" {
			w.fail("answer without an id")
			return false
		}
		path := "/flow_runs/" + run.ID + "/set_state"
		for _, change := range changes {
			w.buffer = s.Encode.Append(w.buffer[:0], "POST", path, change)
			if text, ok = w.send(ctx, w.buffer, 200, 201); !ok {
				return false
			}
			if !accepted(text) {
				w.fail("state not accepted")
				return false
			}
		}
		return true
	}, nil
}

// accepted finds the verdict without decoding the answer; inside a state's message these quotes would be escaped.
func accepted(answer []byte) bool {
	return bytes.Contains(answer, []byte(`"status":"ACCEPT"`)) || bytes.Contains(answer, []byte(`"status": "ACCEPT"`))
}
