package events

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// taskRunChange is what one of the client's events says of a task run: its new state, and the fields that it sends
// along. Fields that it leaves out are not in payload and stay as they are.
type taskRunChange struct {
	id        uuid.UUID
	flowRunID *uuid.UUID
	taskKey   string
	dynamic   string
	state     prefect.State
	fields    prefect.Raw
}

// isTaskRunChange tells whether the event is one from which task runs are recorded: those of clients that orchestrate
// task runs on their own.
func isTaskRunChange(e *prefect.Event) bool {
	return len(e.Event) > len("prefect.task-run") && e.Event[:len("prefect.task-run")] == "prefect.task-run" &&
		e.Resource["prefect.orchestration"] == "client"
}

// readTaskRunChange reads what the event says.
func readTaskRunChange(e *prefect.Event) (*taskRunChange, error) {
	c := &taskRunChange{}
	var ok bool
	if c.id, ok = e.Resource.ObjectID("prefect.task-run"); !ok {
		return nil, fmt.Errorf("the resource %q is no task run", e.Resource[prefect.ResourceID])
	}
	if flowRun := e.InRole("flow-run"); flowRun != nil {
		id, ok := flowRun.ObjectID("prefect.flow-run")
		if !ok {
			return nil, fmt.Errorf("the resource %q is no flow run", flowRun[prefect.ResourceID])
		}
		c.flowRunID = &id
	}
	var payload struct {
		State   prefect.State `json:"validated_state"`
		TaskRun prefect.Raw   `json:"task_run"`
	}
	if err := readJSON(e.Payload, &payload); err != nil {
		return nil, fmt.Errorf("the payload is no change of a task run: %w", err)
	}
	var keys struct {
		TaskKey    *string `json:"task_key"`
		DynamicKey *string `json:"dynamic_key"`
	}
	if err := errors.Join(readJSON(payload.TaskRun, &keys), readJSON(payload.TaskRun, &prefect.TaskRun{})); err != nil {
		return nil, fmt.Errorf("the payload's task run is not understood: %w", err)
	}
	if keys.TaskKey == nil || keys.DynamicKey == nil {
		return nil, errors.New("the payload's task run has no keys")
	}
	c.taskKey, c.dynamic, c.fields, c.state = *keys.TaskKey, *keys.DynamicKey, payload.TaskRun, payload.State
	if err := c.completeState(e); err != nil {
		return nil, err
	}
	return c, nil
}

// readJSON reads what Python reads: of members of one name the last counts, and half of a surrogate pair is a character.
func readJSON[T ~[]byte](doc T, to any) error {
	return json.Unmarshal(doc, to, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// completeState fills in what the event itself says of the state.
func (c *taskRunChange) completeState(e *prefect.Event) error {
	s := &c.state
	if !slices.Contains(s.Type.Enum(), string(s.Type)) {
		return fmt.Errorf("the payload's state has the unknown type %q", s.Type)
	}
	if s.ID == uuid.Nil {
		s.ID = e.ID
	}
	if s.Timestamp.IsZero() {
		s.Timestamp = e.Occurred
	}
	if s.StateDetails.Deferred == nil {
		no := false
		s.StateDetails.Deferred = &no
	}
	s.StateDetails.FlowRunID, s.StateDetails.TaskRunID = c.flowRunID, &c.id
	return nil
}

// key is the task run's identity besides its id; background tasks have none.
func (c *taskRunChange) key() (prefect.TaskRunKey, bool) {
	if c.flowRunID == nil {
		return prefect.TaskRunKey{}, false
	}
	return prefect.TaskRunKey{FlowRunID: *c.flowRunID, TaskKey: c.taskKey, DynamicKey: c.dynamic}, true
}

// follows tells whether a state comes after the one that the run has. Time decides; a client may give two states the same
// time, and then the one that ends the run is the later.
func follows(next, current *prefect.State) bool {
	switch {
	case current == nil || next.Timestamp.After(current.Timestamp.Time):
		return true
	case next.Timestamp.Equal(current.Timestamp.Time):
		return next.IsTerminal() && !current.IsTerminal()
	}
	return false
}

// apply changes the run as the event says, when its state comes after the one that the run has, and tells whether it
// did. A run that is nil so far is made.
func (c *taskRunChange) apply(run *prefect.TaskRun, now prefect.Time) (*prefect.TaskRun, bool, error) {
	if run == nil {
		run = &prefect.TaskRun{ID: c.id, Created: now, FlowRunID: c.flowRunID, TaskKey: c.taskKey, DynamicKey: c.dynamic, Tags: []string{}}
	}
	if !follows(&c.state, run.State) {
		return run, false, nil
	}
	if run.State != nil && c.state.Timestamp.Equal(run.State.Timestamp.Time) {
		// The schema has room for one state of a run at a time.
		c.state.Timestamp = c.state.Timestamp.Add(time.Microsecond)
	}
	// What the event cannot change: a run keeps the identity under which it was stored first. The pointer is taken away
	// so that nothing is written through it.
	kept := *run
	run.FlowRunID = nil
	if err := readJSON(c.fields, run); err != nil {
		return nil, false, fmt.Errorf("the payload's task run is not understood: %w", err)
	}
	run.ID, run.Created, run.FlowRunID, run.TaskKey, run.DynamicKey = kept.ID, kept.Created, kept.FlowRunID, kept.TaskKey, kept.DynamicKey
	c.state.StateDetails.TaskRunID = &run.ID
	state := c.state
	run.State = &state
	return run, true, nil
}
