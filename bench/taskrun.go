package main

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// taskStep is one of the three changes of state that the client reports of a task run that goes well.
type taskStep int

const (
	taskPending taskStep = iota
	taskRunning
	taskCompleted
	taskSteps = 3
)

// flowRun is the parent of task runs, as their events name it.
type flowRun struct {
	id, name, flow, flowName string
}

// taskRun is a task run whose client sends events.
type taskRun struct {
	flowRun
	id, dynamicKey uuid.UUID
	events         [taskSteps]uuid.UUID
	times          [taskSteps]time.Time
}

// newID is an id of version 7, as the real client gives to task runs and events.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

func newTaskRun(parent flowRun, number int, begin time.Time) taskRun {
	t := taskRun{flowRun: parent, id: newID(), dynamicKey: uuid.New()}
	for step := range t.events {
		t.events[step] = newID()
		// A microsecond between task runs keeps their times apart as in a real flow.
		t.times[step] = begin.Add(time.Duration(step)*7*time.Millisecond + time.Duration(number%1000)*time.Microsecond)
	}
	return t
}

const (
	isoZ      = "2006-01-02T15:04:05.000000Z"
	isoOffset = "2006-01-02T15:04:05.000000+00:00"
)

// appendEvent adds the event of one step, with every member that the real client sends for a mapped task with one tag.
func (t taskRun) appendEvent(to []byte, step taskStep) []byte {
	type state struct{ kind, name, details string }
	states := [taskSteps]state{{"PENDING", "Pending", "{}"}, {"RUNNING", "Running", "{}"}, {"COMPLETED", "Completed", `{"untrackable_result":true}`}}
	at := t.times[step].UTC()
	now, runs := states[step], min(int(step), 1)
	key := hex.EncodeToString(t.dynamicKey[:2])[:3]

	to = fmt.Appendf(to, `{"occurred":"%s","event":"prefect.task-run.%s","resource":{"prefect.resource.id":"prefect.task-run.%s",`+
		`"prefect.resource.name":"add-%s","prefect.run-count":"%d","prefect.state-message":"","prefect.state-name":"%s",`+
		`"prefect.state-timestamp":"%s","prefect.state-type":"%s","prefect.orchestration":"client"},`,
		at.Format(isoZ), now.name, t.id, key, runs, now.name, at.Format(isoOffset), now.kind)
	to = fmt.Appendf(to, `"related":[{"prefect.resource.id":"prefect.tag.etl","prefect.resource.role":"tag"},`+
		`{"prefect.resource.id":"prefect.flow-run.%s","prefect.resource.role":"flow-run","prefect.resource.name":"%s"},`+
		`{"prefect.resource.id":"prefect.flow.%s","prefect.resource.role":"flow","prefect.resource.name":"%s"}],`,
		t.flowRun.id, t.flowRun.name, t.flow, t.flowName)
	if step == taskPending {
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
		key, t.dynamicKey, runs, runs, t.times[taskPending].UTC().Format(isoZ))
	if step >= taskRunning {
		to = fmt.Appendf(to, `"start_time":"%s",`, t.times[taskRunning].UTC().Format(isoZ))
	}
	var total time.Duration
	if step == taskCompleted {
		total = t.times[taskCompleted].Sub(t.times[taskRunning])
		to = fmt.Appendf(to, `"end_time":"%s",`, at.Format(isoZ))
	}
	to = fmt.Appendf(to, `"total_run_time":%.6f}},"id":"%s",`, total.Seconds(), t.events[step])
	if step == taskPending {
		return append(to, `"follows":null}`...)
	}
	return fmt.Appendf(to, `"follows":"%s"}`, t.events[step-1])
}
