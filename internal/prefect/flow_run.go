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
}

// CreatedBy names what made a run: a deployment, an automation...
type CreatedBy struct {
	ID           *uuid.UUID `json:"id"`
	Type         *string    `json:"type"`
	DisplayValue *string    `json:"display_value"`
}
