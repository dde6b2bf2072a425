package prefect

import "github.com/google/uuid"

// DeploymentFlowRunCreate is the body that creates a run of a deployment. What it leaves open is the deployment's.
type DeploymentFlowRunCreate struct {
	_                        struct{}      `wire:"forbid"`
	State                    *StateCreate  `json:"state"`
	Name                     *string       `json:"name" wire:"run_name"`
	Parameters               Object        `json:"parameters" default:"{}"`
	EnforceParameterSchema   *bool         `json:"enforce_parameter_schema"`
	Context                  Object        `json:"context" default:"{}"`
	InfrastructureDocumentID *uuid.UUID    `json:"infrastructure_document_id"`
	EmpiricalPolicy          FlowRunPolicy `json:"empirical_policy" default:"{}"`
	Tags                     []string      `json:"tags" default:"[]"`
	IdempotencyKey           *string       `json:"idempotency_key"`
	Labels                   *Labels       `json:"labels"`
	ParentTaskRunID          *uuid.UUID    `json:"parent_task_run_id"`
	WorkQueueName            *string       `json:"work_queue_name"`
	JobVariables             *Object       `json:"job_variables" default:"{}"`
}
