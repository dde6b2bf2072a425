package wire

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// The inputs that most requests have.
type (
	setStateInput struct {
		ID   uuid.UUID `path:"id"`
		Body struct {
			State prefect.StateCreate `json:"state" v:"required"`
			Force bool                `json:"force" default:"false"`
		} `body:"embed"`
	}
	filterInput struct {
		Body struct {
			Sort     prefect.FlowRunSort    `json:"sort" default:"\"ID_DESC\""`
			Limit    *int64                 `json:"limit" v:"clamp,early"`
			Offset   int64                  `json:"offset" default:"0" v:"ge=0"`
			Flows    *prefect.FlowFilter    `json:"flows"`
			FlowRuns *prefect.FlowRunFilter `json:"flow_runs"`
			TaskRuns *prefect.TaskRunFilter `json:"task_runs"`
		} `body:"embed"`
	}
	createInput struct {
		Body prefect.FlowRunCreate `body:""`
	}
	createTaskInput struct {
		Body prefect.TaskRunCreate `body:""`
	}
	logsInput struct {
		Body []prefect.LogCreate `body:"sequence"`
	}
	eventsInput struct {
		Body []prefect.Event `body:"sequence"`
	}
)

const (
	setStateBody   = `{"state": {"type": "RUNNING", "name": "Running", "message": null, "data": null, "state_details": {"flow_run_id": "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0c", "task_run_id": null, "child_flow_run_id": null, "scheduled_time": null, "cache_key": null, "cache_expiration": null, "deferred": false, "untrackable_result": false, "pause_timeout": null, "pause_reschedule": false, "pause_key": null, "run_input_keyset": null, "refresh_cache": null, "retriable": null, "transition_id": "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0d", "task_parameters_id": null, "traceparent": null, "deployment_concurrency_lease_id": null}}, "force": false}`
	filterBody     = `{"sort": "EXPECTED_START_TIME_DESC", "limit": 200, "offset": 0, "flows": {"name": {"any_": ["a", "b"]}}, "flow_runs": {"id": {"any_": ["0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0c", "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0d"]}, "state": {"operator": "and_", "type": {"any_": ["RUNNING", "PENDING", "SCHEDULED"]}}, "expected_start_time": {"after_": "2026-11-22T03:04:05.678901Z", "before_": "2026-11-23T03:04:05+02:00"}, "tags": {"all_": ["nightly"]}}}`
	createBody     = `{"flow_id": "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0c", "name": "crimson-axolotl", "parameters": {"x": 1, "y": [1, 2, {"z": "w"}]}, "context": {}, "tags": ["a"], "labels": {"k": "v"}, "empirical_policy": {"retries": 3, "retry_delay": 10}, "state": {"type": "PENDING", "state_details": {}}}`
	createTaskBody = `{"flow_run_id": "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0c", "task_key": "add-1234", "dynamic_key": "0", "name": "add-0", "empirical_policy": {"retries": 3, "retry_delay": [1, 2.5], "retry_jitter_factor": 0.5}, "tags": [], "task_inputs": {"x": [{"input_type": "task_run", "id": "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0d"}], "y": []}, "state": {"type": "PENDING"}}`
	logsBody       = `[{"name": "prefect.flow_runs", "level": 20, "message": "Beginning flow run 'crimson-axolotl'", "timestamp": "2026-11-22T03:04:05.678901+00:00", "flow_run_id": "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0c", "task_run_id": null}, {"name": "prefect.flow_runs", "level": 20, "message": "Finished in state Completed()", "timestamp": "2026-11-22T03:04:06.678901Z", "flow_run_id": "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0c"}]`
	eventsBody     = `[{"occurred": "2026-11-22T03:04:05.678901+00:00", "event": "prefect.task-run.Running", "resource": {"prefect.resource.id": "prefect.task-run.0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0c", "prefect.resource.name": "add-0"}, "related": [{"prefect.resource.id": "prefect.flow-run.0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0d", "prefect.resource.role": "flow-run"}], "payload": {"intended": {"from": "PENDING", "to": "RUNNING"}, "task_run": {"name": "add-0"}}, "id": "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0e", "follows": null}]`
)

// bodies are the inputs with a usual body each.
func bodies() []struct {
	name string
	into func() any
	body string
} {
	return []struct {
		name string
		into func() any
		body string
	}{
		{"SetState", func() any { return new(setStateInput) }, setStateBody},
		{"Filter", func() any { return new(filterInput) }, filterBody},
		{"Create", func() any { return new(createInput) }, createBody},
		{"CreateTask", func() any { return new(createTaskInput) }, createTaskBody},
		{"Logs", func() any { return new(logsInput) }, logsBody},
		{"Events", func() any { return new(eventsInput) }, eventsBody},
	}
}

func request(body []byte) Request {
	return Request{
		Path:  func(string) string { return "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0c" },
		Query: url.Values{}, Header: http.Header{}, Body: body, ContentType: "application/json",
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, c := range bodies() {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.body)))
			r := request([]byte(c.body))
			for b.Loop() {
				if problems, err := Decode(r, c.into()); err != nil || problems != nil {
					b.Fatal(problems, err)
				}
			}
		})
	}
}

// FuzzDecode gives bodies to every kind of input. Nothing panics, an answer is JSON, and what is kept of a body is JSON in
// which no name is repeated.
func FuzzDecode(f *testing.F) {
	for _, c := range bodies() {
		f.Add([]byte(c.body))
	}
	for _, d := range recorded[document](f, "syntax.jsonl") {
		f.Add([]byte(d.Text))
	}
	for _, s := range recorded[scalar](f, "scalars.jsonl")[:200] {
		f.Add([]byte(`{"limit": ` + s.JSON + `, "flow_id": ` + s.JSON + `, "parameters": {"x": ` + s.JSON + `}, "empirical_policy": {"retry_delay": ` + s.JSON + `}, "labels": {"x": ` + s.JSON + `}}`))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, c := range bodies() {
			for _, contentType := range []string{"application/json", "text/plain"} {
				r := request(body)
				r.ContentType = contentType
				into := c.into()
				problems, err := Decode(r, into)
				if err != nil {
					continue
				}
				if len(problems) > 0 {
					if answer := jsontext.Value(Answer(problems, body, contentType)); !answer.IsValid() {
						t.Fatalf("%s: the answer is no JSON: %s", c.name, answer)
					}
					continue
				}
				if _, err := json.Marshal(into); err != nil {
					t.Fatalf("%s: what was read cannot be written: %v", c.name, err)
				}
			}
		}
	})
}

// FuzzInspect holds the look over a text against the JSON package's: they part only where Python's parser takes more.
func FuzzInspect(f *testing.F) {
	for _, d := range recorded[document](f, "syntax.jsonl") {
		f.Add([]byte(d.Text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		found := inspect(text)
		valid := jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true))
		switch {
		case found.verdict == fine && !found.words && !valid:
			t.Fatalf("%q is no JSON", text)
		case found.verdict == broken && valid:
			t.Fatalf("%q is JSON", text)
		case found.verdict == fine:
			kept := normalized(withoutWords(text), found.infinite)
			if !kept.IsValid() {
				t.Fatalf("%q is kept as %q", text, kept)
			}
		}
	})
}

// FuzzScalars gives texts to every kind of value.
func FuzzScalars(f *testing.F) {
	for _, s := range recorded[scalar](f, "scalars.jsonl")[:400] {
		f.Add(s.JSON)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted, err := jsontext.AppendQuote(nil, text)
		if err != nil {
			return
		}
		for _, kind := range []string{"int", "float", "bool", "str", "uuid", "time", "datetime"} {
			got, problems := decodeScalar(kind, string(quoted))
			if kind == "uuid" && problems == nil {
				if want, err := uuid.Parse(text); err != nil || want.String() != got {
					t.Fatalf("%q is no UUID but was read as %s", text, got)
				}
			}
		}
	})
}

// TestWhatIsReadDoesNotShareTheBodyOfAnother reads two requests one after the other, as the pooled state invites mistakes.
func TestWhatIsReadDoesNotShareTheBodyOfAnother(t *testing.T) {
	first, second := new(createInput), new(createInput)
	for _, in := range []*createInput{first, second} {
		if problems, err := Decode(request([]byte(createBody)), in); err != nil || problems != nil {
			t.Fatal(problems, err)
		}
	}
	want := first.Body
	copy(second.Body.Parameters, "{          }")
	second.Body.Tags[0] = "b"
	(*second.Body.Labels)["k"] = jsontext.Value("1")
	if !reflect.DeepEqual(first.Body, want) || string(first.Body.Parameters) != `{"x": 1, "y": [1, 2, {"z": "w"}]}` || first.Body.Tags[0] != "a" {
		t.Fatal("one request shows in another")
	}
}
