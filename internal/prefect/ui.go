package prefect

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// What Prefect's user interface asks for and nobody else: runs in short, and counts.

// SimpleFlowRun is what a chart shows of a flow run.
type SimpleFlowRun struct {
	ID        uuid.UUID `json:"id"`
	StateType StateType `json:"state_type"`
	Timestamp Time      `json:"timestamp"` // when it started, or should start
	Duration  Seconds   `json:"duration"`  // how long it has run up to now
	Lateness  Seconds   `json:"lateness"`
}

// SimpleNextFlowRun is the next scheduled run of a flow.
type SimpleNextFlowRun struct {
	ID                     uuid.UUID `json:"id"`
	FlowID                 uuid.UUID `json:"flow_id"`
	Name                   string    `json:"name"`
	StateName              string    `json:"state_name"`
	StateType              StateType `json:"state_type"`
	NextScheduledStartTime Time      `json:"next_scheduled_start_time"`
}

// TaskRunCount counts the task runs that ended in one interval: failed are those that crashed too.
type TaskRunCount struct {
	Completed int64 `json:"completed"`
	Failed    int64 `json:"failed"`
}

// CountByState counts runs by the type of their state.
type CountByState struct {
	Completed  int64 `json:"COMPLETED"`
	Pending    int64 `json:"PENDING"`
	Running    int64 `json:"RUNNING"`
	Failed     int64 `json:"FAILED"`
	Cancelled  int64 `json:"CANCELLED"`
	Crashed    int64 `json:"CRASHED"`
	Paused     int64 `json:"PAUSED"`
	Cancelling int64 `json:"CANCELLING"`
	Scheduled  int64 `json:"SCHEDULED"`
}

// Of gives the place where runs in states of that type are counted, or nil when there is no such type.
func (c *CountByState) Of(t StateType) *int64 {
	switch t {
	case Completed:
		return &c.Completed
	case Pending:
		return &c.Pending
	case Running:
		return &c.Running
	case Failed:
		return &c.Failed
	case Cancelled:
		return &c.Cancelled
	case Crashed:
		return &c.Crashed
	case Paused:
		return &c.Paused
	case Cancelling:
		return &c.Cancelling
	case Scheduled:
		return &c.Scheduled
	}
	return nil
}

// UITaskRun is a task run with the name of its flow run.
type UITaskRun struct {
	TaskRun
	FlowRunName *string `json:"flow_run_name"`
}

// SchemaValuesValidationResponse tells what is wrong with values by a schema.
type SchemaValuesValidationResponse struct {
	Errors []SchemaValueError `json:"errors"`
	Valid  bool               `json:"valid"`
}

// SchemaValueError is a message about the place at which it stands, or what is wrong below that: a string, a
// SchemaValuePropertyError or a SchemaValueIndexError.
type SchemaValueError struct{ Of any }

// MarshalJSONTo writes what it is.
func (e SchemaValueError) MarshalJSONTo(enc *jsontext.Encoder) error {
	return json.MarshalEncode(enc, e.Of)
}

// AnyOf lists what it may be.
func (SchemaValueError) AnyOf() []any {
	return []any{"", SchemaValuePropertyError{}, SchemaValueIndexError{}}
}

// SchemaValuePropertyError is what is wrong with a property.
type SchemaValuePropertyError struct {
	Property string             `json:"property"`
	Errors   []SchemaValueError `json:"errors"`
}

// SchemaValueIndexError is what is wrong with an item of a list.
type SchemaValueIndexError struct {
	Index  int                `json:"index"`
	Errors []SchemaValueError `json:"errors"`
}
