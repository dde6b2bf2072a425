package prefect

import "github.com/google/uuid"

// FlowRunFilter selects flow runs.
type FlowRunFilter struct {
	_                      struct{}                      `wire:"forbid"`
	Operator               Operator                      `json:"operator" default:"\"and_\""`
	ID                     *IDFilter                     `json:"id"`
	Name                   *NameFilter                   `json:"name"`
	Tags                   *TagsFilter                   `json:"tags"`
	DeploymentID           *NullableIDFilter             `json:"deployment_id"`
	WorkQueueName          *NullableFilter               `json:"work_queue_name"`
	State                  *FlowRunFilterState           `json:"state"`
	FlowVersion            *AnyFilter                    `json:"flow_version"`
	StartTime              *NullableTimeFilter           `json:"start_time"`
	EndTime                *NullableTimeFilter           `json:"end_time"`
	ExpectedStartTime      *TimeFilter                   `json:"expected_start_time"`
	NextScheduledStartTime *TimeFilter                   `json:"next_scheduled_start_time"`
	ParentFlowRunID        *FlowRunFilterParentFlowRunID `json:"parent_flow_run_id"`
	ParentTaskRunID        *NullableIDFilter             `json:"parent_task_run_id"`
	IdempotencyKey         *ValuesFilter                 `json:"idempotency_key"`
	CreatedBy              *FlowRunFilterCreatedBy       `json:"created_by"`
}

// FlowRunFilterState selects flow runs by their present state.
type FlowRunFilterState struct {
	_        struct{}                `wire:"forbid"`
	Operator Operator                `json:"operator" default:"\"and_\""`
	Type     *FlowRunFilterStateType `json:"type"`
	Name     *ValuesFilter           `json:"name"`
}

// FlowRunFilterStateType restricts the type of a state.
type FlowRunFilterStateType struct {
	_      struct{}     `wire:"forbid"`
	Any    *[]StateType `json:"any_"`
	NotAny []StateType  `json:"not_any_" v:"nullable"`
}

// FlowRunFilterParentFlowRunID selects subflow runs by the run that called them.
type FlowRunFilterParentFlowRunID struct {
	_        struct{}     `wire:"forbid"`
	Operator Operator     `json:"operator" default:"\"and_\""`
	Any      *[]uuid.UUID `json:"any_"`
}

// FlowRunFilterCreatedBy selects flow runs by what made them.
type FlowRunFilterCreatedBy struct {
	_        struct{}     `wire:"forbid"`
	Operator Operator     `json:"operator" default:"\"and_\""`
	ID       *[]uuid.UUID `json:"id_"`
	Type     *[]string    `json:"type_"`
	IsNull   *bool        `json:"is_null_"`
}
