package rig

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// TaskStep is one of the three changes of state that the client reports of a task run that goes well.
type TaskStep int

// The changes, in their order.
const (
	TaskPending TaskStep = iota
	TaskRunning
	TaskCompleted
	// TaskSteps is how many there are.
	TaskSteps = 3
)

// FlowRun is the parent of task runs, as their events name it.
type FlowRun struct {
	ID, Name, Flow, FlowName string
}

// TaskRun is a task run whose client sends events.
type TaskRun struct {
	FlowRun
	// Events are the ids of the events that report its changes.
	Events         [TaskSteps]uuid.UUID
	id, dynamicKey uuid.UUID
	times          [TaskSteps]time.Time
}

// NewID is an id of version 7, as the real client gives to task runs and events.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// NewTaskRun is a task run of that number in its flow run, with its three changes of state from begin on.
func NewTaskRun(parent FlowRun, number int, begin time.Time) TaskRun {
	t := TaskRun{FlowRun: parent, id: NewID(), dynamicKey: uuid.New()}
	for step := range t.Events {
		t.Events[step] = NewID()
		// A microsecond between task runs keeps their times apart as in a real flow.
		t.times[step] = begin.Add(time.Duration(step)*7*time.Millisecond + time.Duration(number%1000)*time.Microsecond)
	}
	return t
}

// ISO is how the client writes times in events; what it has from Python's isoformat ends with an offset.
const (
	ISO       = "2006-01-02T15:04:05.000000Z"
	isoOffset = "2006-01-02T15:04:05.000000+00:00"
)

// AppendEvent adds the event of one step, with every member that the real client sends for a mapped task with one tag.
func (t TaskRun) AppendEvent(to []byte, step TaskStep) []byte {
	type state struct{ kind, name, details string }
	states := [TaskSteps]state{{"PENDING", "Pending", "{}"}, {"RUNNING", "Running", "{}"}, {"COMPLETED", "Completed", `{"untrackable_result":true}`}}
	at := t.times[step].UTC()
	now, runs := states[step], min(int(step), 1)
	key := hex.EncodeToString(t.dynamicKey[:2])[:3]

	to = fmt.Appendf(to, `{"occurred":"%s","event":"prefect.task-run.%s","resource":{"prefect.resource.id":"prefect.task-run.%s",`+
		`"prefect.resource.name":"add-%s","prefect.run-count":"%d","prefect.state-message":"","prefect.state-name":"%s",`+
		`"prefect.state-timestamp":"%s","prefect.state-type":"%s","prefect.orchestration":"client"},`,
		at.Format(ISO), now.name, t.id, key, runs, now.name, at.Format(isoOffset), now.kind)
	to = fmt.Appendf(to, `"related":[{"prefect.resource.id":"prefect.tag.etl","prefect.resource.role":"tag"},`+
		`{"prefect.resource.id":"prefect.flow-run.%s","prefect.resource.role":"flow-run","prefect.resource.name":"%s"},`+
		`{"prefect.resource.id":"prefect.flow.%s","prefect.resource.role":"flow","prefect.resource.name":"%s"}],`,
		t.FlowRun.ID, t.FlowRun.Name, t.Flow, t.FlowName)
	if step == TaskPending {
		to = fmt.Appendf(to, `"payload":{"intended":{"from":null,"to":"%s"},"initial_state":null,`, now.kind)
	} else {
		old := states[step-1]
		to = fmt.Appendf(to, `"payload":{"intended":{"from":"%s","to":"%s"},"initial_state":{"type":"%s","name":"%s","message":"",`+
			`"state_details":{}},`, old.kind, now.kind, old.kind, old.name)
	}
	to = fmt.Appendf(to, `"validated_state":{"type":"%s","name":"%s","message":"","state_details":%s,"data":null},`, now.kind, now.name, now.details)
	to = fmt.Appendf(to, `"task_run":{"name":"add-%s","task_key":"add-1ebc36c4","dynamic_key":"%s",`+
		`"empirical_policy":{"max_retries":0,"retry_delay_seconds":0.0,"retries":1,"retry_delay":0},"tags":["etl"],"labels":{},`+
		`"task_inputs":{"x":[],"y":[]},"run_count":%d,"flow_run_run_count":%d,"expected_start_time":"%s",`,
		key, t.dynamicKey, runs, runs, t.times[TaskPending].UTC().Format(ISO))
	if step >= TaskRunning {
		to = fmt.Appendf(to, `"start_time":"%s",`, t.times[TaskRunning].UTC().Format(ISO))
	}
	var total time.Duration
	if step == TaskCompleted {
		total = t.times[TaskCompleted].Sub(t.times[TaskRunning])
		to = fmt.Appendf(to, `"end_time":"%s",`, at.Format(ISO))
	}
	to = fmt.Appendf(to, `"total_run_time":%.6f}},"id":"%s",`, total.Seconds(), t.Events[step])
	if step == TaskPending {
		return append(to, `"follows":null}`...)
	}
	return fmt.Appendf(to, `"follows":"%s"}`, t.Events[step-1])
}
