package prefect

import "github.com/google/uuid"

// FlowRun is one execution of a flow, in the shape of the API's answers.
type FlowRun struct {
	ID                       uuid.UUID     `json:"id"`
	Created                  Time          `json:"created"`
	Updated                  Time          `json:"updated"`
	Name                     string        `json:"name"`
	FlowID                   uuid.UUID     `json:"flow_id"`
	StateID                  *uuid.UUID    `json:"state_id"`
	DeploymentID             *uuid.UUID    `json:"deployment_id"`
	DeploymentVersion        *string       `json:"deployment_version"`
	WorkQueueID              *uuid.UUID    `json:"work_queue_id"`
	WorkQueueName            *string       `json:"work_queue_name"`
	FlowVersion              *string       `json:"flow_version"`
	Parameters               Object        `json:"parameters"`
	IdempotencyKey           *string       `json:"idempotency_key"`
	Context                  Object        `json:"context"`
	EmpiricalPolicy          FlowRunPolicy `json:"empirical_policy"`
	Tags                     []string      `json:"tags"`
	Labels                   Labels        `json:"labels"`
	ParentTaskRunID          *uuid.UUID    `json:"parent_task_run_id"`
	StateType                *StateType    `json:"state_type"`
	StateName                *string       `json:"state_name"`
	RunCount                 int64         `json:"run_count"`
	ExpectedStartTime        *Time         `json:"expected_start_time"`
	NextScheduledStartTime   *Time         `json:"next_scheduled_start_time"`
	StartTime                *Time         `json:"start_time"`
	EndTime                  *Time         `json:"end_time"`
	TotalRunTime             Seconds       `json:"total_run_time"`
	EstimatedRunTime         Seconds       `json:"estimated_run_time"`
	EstimatedStartTimeDelta  Seconds       `json:"estimated_start_time_delta"`
	AutoScheduled            bool          `json:"auto_scheduled"`
	InfrastructureDocumentID *uuid.UUID    `json:"infrastructure_document_id"`
	InfrastructurePid        *string       `json:"infrastructure_pid"`
	CreatedBy                *CreatedBy    `json:"created_by"`
	WorkPoolID               *uuid.UUID    `json:"work_pool_id"`
	WorkPoolName             *string       `json:"work_pool_name"`
	State                    *State        `json:"state"`
	JobVariables             *Object       `json:"job_variables"`

	// Related is what the run belongs to. It is read with a run that is to change its state, and nil elsewhere.
	Related *FlowRunRelated `json:"-"`
}

// CreatedBy names what made a run: a deployment, an automation...
type CreatedBy struct {
	ID           *uuid.UUID `json:"id"`
	Type         *string    `json:"type"`
	DisplayValue *string    `json:"display_value"`
}

// FlowRunCreate is the body that creates a flow run.
type FlowRunCreate struct {
	_                        struct{}      `wire:"forbid"`
	State                    *StateCreate  `json:"state"`
	Name                     *string       `json:"name" wire:"run_name"`
	FlowID                   uuid.UUID     `json:"flow_id" v:"required"`
	FlowVersion              *string       `json:"flow_version"`
	Parameters               Object        `json:"parameters" default:"{}"`
	Context                  Object        `json:"context" default:"{}"`
	ParentTaskRunID          *uuid.UUID    `json:"parent_task_run_id"`
	InfrastructureDocumentID *uuid.UUID    `json:"infrastructure_document_id"`
	EmpiricalPolicy          FlowRunPolicy `json:"empirical_policy" default:"{}"`
	Tags                     []string      `json:"tags" default:"[]"`
	Labels                   *Labels       `json:"labels" default:"{}"`
	IdempotencyKey           *string       `json:"idempotency_key"`
	WorkPoolName             *string       `json:"work_pool_name"`
	WorkQueueName            *string       `json:"work_queue_name"`
	JobVariables             *Object       `json:"job_variables"`
	DeploymentID             *uuid.UUID    `json:"deployment_id"`
}

// FlowRunUpdate is the body that changes a flow run.
type FlowRunUpdate struct {
	_                 struct{}           `wire:"forbid"`
	Name              Opt[*string]       `json:"name" wire:"run_name"`
	FlowVersion       Opt[*string]       `json:"flow_version"`
	Parameters        Opt[Object]        `json:"parameters"`
	EmpiricalPolicy   Opt[FlowRunPolicy] `json:"empirical_policy"`
	Tags              Opt[[]string]      `json:"tags"`
	InfrastructurePid Opt[*string]       `json:"infrastructure_pid"`
	JobVariables      Opt[*Object]       `json:"job_variables"`
}

// FlowRunSort orders flow runs.
type FlowRunSort string

// The orders of flow runs.
const (
	FlowRunIDDesc                    FlowRunSort = "ID_DESC"
	FlowRunStartTimeAsc              FlowRunSort = "START_TIME_ASC"
	FlowRunStartTimeDesc             FlowRunSort = "START_TIME_DESC"
	FlowRunExpectedStartTimeAsc      FlowRunSort = "EXPECTED_START_TIME_ASC"
	FlowRunExpectedStartTimeDesc     FlowRunSort = "EXPECTED_START_TIME_DESC"
	FlowRunNameAsc                   FlowRunSort = "NAME_ASC"
	FlowRunNameDesc                  FlowRunSort = "NAME_DESC"
	FlowRunNextScheduledStartTimeAsc FlowRunSort = "NEXT_SCHEDULED_START_TIME_ASC"
	FlowRunEndTimeDesc               FlowRunSort = "END_TIME_DESC"
)

// Enum lists the allowed values.
func (FlowRunSort) Enum() []string {
	return []string{"ID_DESC", "START_TIME_ASC", "START_TIME_DESC", "EXPECTED_START_TIME_ASC", "EXPECTED_START_TIME_DESC",
		"NAME_ASC", "NAME_DESC", "NEXT_SCHEDULED_START_TIME_ASC", "END_TIME_DESC"}
}

// RunHistory counts the runs of one interval of time by state.
type RunHistory struct {
	IntervalStart Time              `json:"interval_start"`
	IntervalEnd   Time              `json:"interval_end"`
	States        []RunHistoryState `json:"states"`
}

// RunHistoryState is one state's share of an interval.
type RunHistoryState struct {
	StateType            StateType `json:"state_type"`
	StateName            string    `json:"state_name"`
	CountRuns            int64     `json:"count_runs"`
	SumEstimatedRunTime  Seconds   `json:"sum_estimated_run_time"`
	SumEstimatedLateness Seconds   `json:"sum_estimated_lateness"`
}
