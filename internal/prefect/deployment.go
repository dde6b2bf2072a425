package prefect

import "github.com/google/uuid"

// DeploymentStatus tells whether anybody asks for the runs of a deployment.
type DeploymentStatus string

// The statuses of deployments.
const (
	DeploymentReady    DeploymentStatus = "READY"
	DeploymentNotReady DeploymentStatus = "NOT_READY"
)

// Deployment is a flow with where, when and with what parameters it is to run.
type Deployment struct {
	ID          uuid.UUID            `json:"id"`
	Created     Time                 `json:"created"`
	Updated     Time                 `json:"updated"`
	Name        string               `json:"name"`
	Version     *string              `json:"version"`
	Description *string              `json:"description"`
	FlowID      uuid.UUID            `json:"flow_id"`
	Paused      bool                 `json:"paused"`
	Schedules   []DeploymentSchedule `json:"schedules"`
	// ConcurrencyLimit is always nil: clients look at the limit itself.
	ConcurrencyLimit       *int64                  `json:"concurrency_limit"`
	GlobalConcurrencyLimit *GlobalConcurrencyLimit `json:"global_concurrency_limit"`
	ConcurrencyOptions     *ConcurrencyOptions     `json:"concurrency_options"`
	JobVariables           Object                  `json:"job_variables"`
	Parameters             Object                  `json:"parameters"`
	Tags                   []string                `json:"tags"`
	Labels                 Labels                  `json:"labels"`
	WorkQueueName          *string                 `json:"work_queue_name"`
	WorkQueueID            *uuid.UUID              `json:"work_queue_id"`
	LastPolled             *Time                   `json:"last_polled"`
	// ParameterOpenAPISchema is the schema of the parameters; nil where none is known.
	ParameterOpenAPISchema   *Object          `json:"parameter_openapi_schema"`
	Path                     *string          `json:"path"`
	PullSteps                *[]Object        `json:"pull_steps"`
	Entrypoint               *string          `json:"entrypoint"`
	StorageDocumentID        *uuid.UUID       `json:"storage_document_id"`
	InfrastructureDocumentID *uuid.UUID       `json:"infrastructure_document_id"`
	CreatedBy                *CreatedBy       `json:"created_by"`
	UpdatedBy                *UpdatedBy       `json:"updated_by"`
	WorkPoolName             *string          `json:"work_pool_name"`
	Status                   DeploymentStatus `json:"status"`
	EnforceParameterSchema   bool             `json:"enforce_parameter_schema"`

	// ConcurrencyLimitID is the limit, and OwnLimit its number where it is the deployment's own.
	ConcurrencyLimitID *uuid.UUID `json:"-"`
	OwnLimit           *int64     `json:"-"`
	// NamedQueue is the name of the queue that the client asked for, if it did; WorkQueueName is the queue's own, where there is one.
	NamedQueue *string `json:"-"`
}

// UpdatedBy names what changed a deployment last.
type UpdatedBy struct {
	ID           *uuid.UUID `json:"id"`
	Type         *string    `json:"type"`
	DisplayValue *string    `json:"display_value"`
}

// VersionInfo says where a version of a deployment comes from. It is read and not kept.
type VersionInfo struct {
	Type    string `json:"type" v:"required"`
	Version string `json:"version" v:"required"`
}

// DeploymentCreate is the body that creates a deployment, or changes the one of that name. What it does not set stays as it is.
type DeploymentCreate struct {
	_                        struct{}                  `wire:"forbid" ignore:"worker_pool_queue_id worker_pool_name worker_pool_queue_name work_pool_queue_name"`
	Name                     string                    `json:"name" v:"required"`
	FlowID                   uuid.UUID                 `json:"flow_id" v:"required"`
	Paused                   Opt[bool]                 `json:"paused"`
	Schedules                []DeploymentScheduleWrite `json:"schedules"`
	ConcurrencyLimit         Opt[*int64]               `json:"concurrency_limit" v:"gt=0"`
	ConcurrencyOptions       Opt[*ConcurrencyOptions]  `json:"concurrency_options"`
	GlobalConcurrencyLimitID Opt[*uuid.UUID]           `json:"global_concurrency_limit_id"`
	EnforceParameterSchema   Opt[bool]                 `json:"enforce_parameter_schema"`
	ParameterOpenAPISchema   Opt[*Object]              `json:"parameter_openapi_schema" wire:"parameter_schema"`
	Parameters               Object                    `json:"parameters" default:"{}"`
	Tags                     Opt[[]string]             `json:"tags"`
	Labels                   *Labels                   `json:"labels" default:"{}"`
	PullSteps                Opt[*[]Object]            `json:"pull_steps"`
	WorkQueueName            Opt[*string]              `json:"work_queue_name"`
	WorkPoolName             *string                   `json:"work_pool_name"`
	StorageDocumentID        Opt[*uuid.UUID]           `json:"storage_document_id"`
	InfrastructureDocumentID Opt[*uuid.UUID]           `json:"infrastructure_document_id"`
	Description              Opt[*string]              `json:"description"`
	Path                     Opt[*string]              `json:"path"`
	Version                  Opt[*string]              `json:"version"`
	Entrypoint               Opt[*string]              `json:"entrypoint"`
	JobVariables             Opt[Object]               `json:"job_variables"`
	VersionInfo              *VersionInfo              `json:"version_info"`
}

// Violations refuses two limits for one deployment.
func (c *DeploymentCreate) Violations() []Violation {
	return twoLimits(c.ConcurrencyLimit.Value, c.GlobalConcurrencyLimitID.Value)
}

func twoLimits(own *int64, global *uuid.UUID) []Violation {
	if own == nil || global == nil {
		return nil
	}
	return []Violation{{Message: "A deployment cannot have both a concurrency limit and a global concurrency limit."}}
}

// DeploymentUpdate is the body that changes a deployment.
type DeploymentUpdate struct {
	_                        struct{}                        `wire:"forbid" ignore:"worker_pool_queue_id worker_pool_name worker_pool_queue_name work_pool_queue_name"`
	Version                  Opt[*string]                    `json:"version"`
	Description              Opt[*string]                    `json:"description"`
	Paused                   Opt[bool]                       `json:"paused"`
	Schedules                Opt[[]DeploymentScheduleUpdate] `json:"schedules"`
	ConcurrencyLimit         Opt[*int64]                     `json:"concurrency_limit" v:"gt=0"`
	ConcurrencyOptions       Opt[*ConcurrencyOptions]        `json:"concurrency_options"`
	GlobalConcurrencyLimitID Opt[*uuid.UUID]                 `json:"global_concurrency_limit_id"`
	Parameters               Opt[*Object]                    `json:"parameters"`
	ParameterOpenAPISchema   Opt[*Object]                    `json:"parameter_openapi_schema" wire:"parameter_schema"`
	Tags                     Opt[[]string]                   `json:"tags"`
	WorkQueueName            Opt[*string]                    `json:"work_queue_name"`
	WorkPoolName             Opt[*string]                    `json:"work_pool_name"`
	Path                     Opt[*string]                    `json:"path"`
	JobVariables             *Object                         `json:"job_variables"`
	PullSteps                Opt[*[]Object]                  `json:"pull_steps"`
	Entrypoint               Opt[*string]                    `json:"entrypoint"`
	StorageDocumentID        Opt[*uuid.UUID]                 `json:"storage_document_id"`
	InfrastructureDocumentID Opt[*uuid.UUID]                 `json:"infrastructure_document_id"`
	EnforceParameterSchema   Opt[*bool]                      `json:"enforce_parameter_schema"`
	VersionInfo              *VersionInfo                    `json:"version_info"`
}

// Violations refuses two limits for one deployment.
func (u *DeploymentUpdate) Violations() []Violation {
	return twoLimits(u.ConcurrencyLimit.Value, u.GlobalConcurrencyLimitID.Value)
}

// DeploymentSort orders deployments.
type DeploymentSort string

// The orders of deployments.
const (
	DeploymentCreatedDesc DeploymentSort = "CREATED_DESC"
	DeploymentUpdatedDesc DeploymentSort = "UPDATED_DESC"
	DeploymentNameAsc     DeploymentSort = "NAME_ASC"
	DeploymentNameDesc    DeploymentSort = "NAME_DESC"
)

// Enum lists the allowed values.
func (DeploymentSort) Enum() []string {
	return []string{"CREATED_DESC", "UPDATED_DESC", "NAME_ASC", "NAME_DESC"}
}
