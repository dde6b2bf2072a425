package prefect

import "github.com/google/uuid"

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
