package prefect

import (
	"time"

	"github.com/google/uuid"
)

// StateType is one of the nine kinds of state that a run can be in.
type StateType string

// The state types, in the reference's order.
const (
	Scheduled  StateType = "SCHEDULED"
	Pending    StateType = "PENDING"
	Running    StateType = "RUNNING"
	Completed  StateType = "COMPLETED"
	Failed     StateType = "FAILED"
	Cancelled  StateType = "CANCELLED"
	Crashed    StateType = "CRASHED"
	Paused     StateType = "PAUSED"
	Cancelling StateType = "CANCELLING"
)

// Enum lists the allowed values in the order in which an error names them.
func (StateType) Enum() []string {
	return []string{"SCHEDULED", "PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "CRASHED", "PAUSED", "CANCELLING"}
}

// IsTerminal tells whether a run in such a state is over, unless it is retried.
func (t StateType) IsTerminal() bool {
	return t == Completed || t == Failed || t == Cancelled || t == Crashed
}

// DefaultName is the name of a state of this type that was given none: "Scheduled", "Pending"...
func (t StateType) DefaultName() string {
	if t == "" {
		return ""
	}
	b := []byte(t)
	for i := 1; i < len(b); i++ {
		b[i] |= 0x20
	}
	return string(b)
}

// State is a step in a run's life.
type State struct {
	ID           uuid.UUID    `json:"id"`
	Type         StateType    `json:"type" v:"required"`
	Name         *string      `json:"name"`
	Timestamp    Time         `json:"timestamp"`
	Message      *string      `json:"message"`
	Data         Raw          `json:"data"`
	StateDetails StateDetails `json:"state_details"`
}

// StateDetails is what orchestration needs to know about a state.
type StateDetails struct {
	FlowRunID                    *uuid.UUID         `json:"flow_run_id"`
	TaskRunID                    *uuid.UUID         `json:"task_run_id"`
	ChildFlowRunID               *uuid.UUID         `json:"child_flow_run_id"`
	ScheduledTime                *Time              `json:"scheduled_time"`
	CacheKey                     *string            `json:"cache_key"`
	CacheExpiration              *Time              `json:"cache_expiration"`
	Deferred                     *bool              `json:"deferred" default:"false"`
	UntrackableResult            bool               `json:"untrackable_result" default:"false"`
	PauseTimeout                 *Time              `json:"pause_timeout"`
	PauseReschedule              bool               `json:"pause_reschedule" default:"false"`
	PauseKey                     *string            `json:"pause_key"`
	RunInputKeyset               *map[string]string `json:"run_input_keyset"`
	RefreshCache                 *bool              `json:"refresh_cache"`
	Retriable                    *bool              `json:"retriable"`
	TransitionID                 *uuid.UUID         `json:"transition_id"`
	TaskParametersID             *uuid.UUID         `json:"task_parameters_id"`
	Traceparent                  *string            `json:"traceparent"`
	DeploymentConcurrencyLeaseID *uuid.UUID         `json:"deployment_concurrency_lease_id"`
}

// StateCreate is a state as a client proposes it.
type StateCreate struct {
	_            struct{}     `wire:"forbid"`
	Type         StateType    `json:"type" v:"required"`
	Name         *string      `json:"name"`
	Message      *string      `json:"message"`
	Data         Raw          `json:"data"`
	StateDetails StateDetails `json:"state_details"`
}

// NewState is a state of type t that begins at now; an empty name means the type's own.
func NewState(t StateType, name string, now time.Time) State {
	if name == "" {
		name = t.DefaultName()
	}
	f := false
	return State{ID: NewID(), Type: t, Name: &name, Timestamp: TimeOf(now), StateDetails: StateDetails{Deferred: &f}}
}

// NewScheduled is a SCHEDULED state, to start at the given time.
func NewScheduled(name string, at, now time.Time) State {
	s := NewState(Scheduled, name, now)
	s.StateDetails.ScheduledTime = TimePtr(at)
	return s
}

// State completes the proposal: a fresh id, the given time, the name of the type where none was given, and for
// SCHEDULED a scheduled time of now where none was given.
func (c *StateCreate) State(now time.Time) State {
	s := State{
		ID: NewID(), Type: c.Type, Name: c.Name, Timestamp: TimeOf(now), Message: c.Message, Data: c.Data,
		StateDetails: c.StateDetails,
	}
	if s.Name == nil {
		name := s.Type.DefaultName()
		s.Name = &name
	}
	if s.Type == Scheduled && s.StateDetails.ScheduledTime == nil {
		s.StateDetails.ScheduledTime = TimePtr(now)
	}
	return s
}

// DisplayName is the state's name, never nil.
func (s *State) DisplayName() string {
	if s.Name != nil {
		return *s.Name
	}
	return s.Type.DefaultName()
}

// IsTerminal tells whether the run is over; a nil state is not.
func (s *State) IsTerminal() bool { return s != nil && s.Type.IsTerminal() }

// Is tells whether the state exists and has that type.
func (s *State) Is(t StateType) bool { return s != nil && s.Type == t }

// NewID is a new identifier: version 7, so that rows written together lie together in an index.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
