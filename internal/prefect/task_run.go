package prefect

import "github.com/google/uuid"

// TaskRun is one execution of a task, in a flow run or in the background (FlowRunID nil).
type TaskRun struct {
	ID                      uuid.UUID     `json:"id"`
	Created                 Time          `json:"created"`
	Updated                 Time          `json:"updated"`
	Name                    string        `json:"name"`
	FlowRunID               *uuid.UUID    `json:"flow_run_id"`
	TaskKey                 string        `json:"task_key"`
	DynamicKey              string        `json:"dynamic_key"`
	CacheKey                *string       `json:"cache_key"`
	CacheExpiration         *Time         `json:"cache_expiration"`
	TaskVersion             *string       `json:"task_version"`
	EmpiricalPolicy         TaskRunPolicy `json:"empirical_policy"`
	Tags                    []string      `json:"tags"`
	Labels                  *Labels       `json:"labels"`
	StateID                 *uuid.UUID    `json:"state_id"`
	TaskInputs              Object        `json:"task_inputs" wire:"task_inputs"`
	StateType               *StateType    `json:"state_type"`
	StateName               *string       `json:"state_name"`
	RunCount                int64         `json:"run_count"`
	FlowRunRunCount         int64         `json:"flow_run_run_count"`
	ExpectedStartTime       *Time         `json:"expected_start_time"`
	NextScheduledStartTime  *Time         `json:"next_scheduled_start_time"`
	StartTime               *Time         `json:"start_time"`
	EndTime                 *Time         `json:"end_time"`
	TotalRunTime            Seconds       `json:"total_run_time"`
	EstimatedRunTime        Seconds       `json:"estimated_run_time"`
	EstimatedStartTimeDelta Seconds       `json:"estimated_start_time_delta"`
	State                   *State        `json:"state"`
}

// TaskRunInPage is a task run in the answers that come by page: the reference leaves the other fields out there.
type TaskRunInPage struct {
	ID                      uuid.UUID     `json:"id"`
	Created                 Time          `json:"created"`
	Updated                 Time          `json:"updated"`
	Name                    string        `json:"name"`
	FlowRunID               *uuid.UUID    `json:"flow_run_id"`
	TaskKey                 string        `json:"task_key"`
	TaskVersion             *string       `json:"task_version"`
	EmpiricalPolicy         TaskRunPolicy `json:"empirical_policy"`
	Tags                    []string      `json:"tags"`
	StateID                 *uuid.UUID    `json:"state_id"`
	State                   *State        `json:"state"`
	TaskInputs              Object        `json:"task_inputs" wire:"task_inputs"`
	StartTime               *Time         `json:"start_time"`
	EndTime                 *Time         `json:"end_time"`
	TotalRunTime            Seconds       `json:"total_run_time"`
	EstimatedRunTime        Seconds       `json:"estimated_run_time"`
	EstimatedStartTimeDelta Seconds       `json:"estimated_start_time_delta"`
}

// InPage gives the fields that answers by page have.
func (t *TaskRun) InPage() TaskRunInPage {
	return TaskRunInPage{
		ID: t.ID, Created: t.Created, Updated: t.Updated, Name: t.Name, FlowRunID: t.FlowRunID, TaskKey: t.TaskKey, TaskVersion: t.TaskVersion,
		EmpiricalPolicy: t.EmpiricalPolicy, Tags: t.Tags, StateID: t.StateID, State: t.State, TaskInputs: t.TaskInputs, StartTime: t.StartTime,
		EndTime: t.EndTime, TotalRunTime: t.TotalRunTime, EstimatedRunTime: t.EstimatedRunTime, EstimatedStartTimeDelta: t.EstimatedStartTimeDelta,
	}
}

// TaskRunKey identifies a task run besides its id: within a flow run, task and dynamic key are unique.
type TaskRunKey struct {
	FlowRunID           uuid.UUID
	TaskKey, DynamicKey string
}

// TaskRunCreate is the body that creates a task run.
type TaskRunCreate struct {
	_               struct{}      `wire:"forbid"`
	ID              *uuid.UUID    `json:"id"`
	State           *StateCreate  `json:"state"`
	Name            *string       `json:"name" wire:"run_name"`
	FlowRunID       *uuid.UUID    `json:"flow_run_id"`
	TaskKey         string        `json:"task_key" v:"required"`
	DynamicKey      string        `json:"dynamic_key" v:"required"`
	CacheKey        *string       `json:"cache_key"`
	CacheExpiration *Time         `json:"cache_expiration"`
	TaskVersion     *string       `json:"task_version"`
	EmpiricalPolicy TaskRunPolicy `json:"empirical_policy" default:"{}"`
	Tags            []string      `json:"tags" default:"[]"`
	Labels          *Labels       `json:"labels" default:"{}"`
	TaskInputs      Object        `json:"task_inputs" default:"{}" wire:"task_inputs"`
}

// TaskRunUpdate is the body that changes a task run.
type TaskRunUpdate struct {
	_    struct{}     `wire:"forbid"`
	Name Opt[*string] `json:"name" wire:"run_name"`
}

// TaskRunSort orders task runs.
type TaskRunSort string

// The orders of task runs.
const (
	TaskRunIDDesc                    TaskRunSort = "ID_DESC"
	TaskRunExpectedStartTimeAsc      TaskRunSort = "EXPECTED_START_TIME_ASC"
	TaskRunExpectedStartTimeDesc     TaskRunSort = "EXPECTED_START_TIME_DESC"
	TaskRunNameAsc                   TaskRunSort = "NAME_ASC"
	TaskRunNameDesc                  TaskRunSort = "NAME_DESC"
	TaskRunNextScheduledStartTimeAsc TaskRunSort = "NEXT_SCHEDULED_START_TIME_ASC"
	TaskRunEndTimeDesc               TaskRunSort = "END_TIME_DESC"
)

// Enum lists the allowed values.
func (TaskRunSort) Enum() []string {
	return []string{"ID_DESC", "EXPECTED_START_TIME_ASC", "EXPECTED_START_TIME_DESC", "NAME_ASC", "NAME_DESC",
		"NEXT_SCHEDULED_START_TIME_ASC", "END_TIME_DESC"}
}
