package prefect

import "github.com/google/uuid"

// TaskRunFilter selects task runs.
type TaskRunFilter struct {
	_                 struct{}                  `wire:"forbid"`
	Operator          Operator                  `json:"operator" default:"\"and_\""`
	ID                *AnyIDFilter              `json:"id"`
	Name              *NameFilter               `json:"name"`
	Tags              *AllTagsFilter            `json:"tags"`
	State             *TaskRunFilterState       `json:"state"`
	StartTime         *NullableTimeFilter       `json:"start_time"`
	EndTime           *NullableTimeFilter       `json:"end_time"`
	ExpectedStartTime *TimeFilter               `json:"expected_start_time"`
	SubflowRuns       *TaskRunFilterSubflowRuns `json:"subflow_runs"`
	FlowRunID         *TaskRunFilterFlowRunID   `json:"flow_run_id"`
}

// TaskRunFilterState selects task runs by their present state.
type TaskRunFilterState struct {
	_        struct{}                `wire:"forbid"`
	Operator Operator                `json:"operator" default:"\"and_\""`
	Type     *TaskRunFilterStateType `json:"type"`
	Name     *AnyFilter              `json:"name"`
}

// TaskRunFilterStateType restricts the type of a state.
type TaskRunFilterStateType struct {
	_   struct{}     `wire:"forbid"`
	Any *[]StateType `json:"any_"`
}

// TaskRunFilterSubflowRuns selects task runs that stand for a subflow, or that do not.
type TaskRunFilterSubflowRuns struct {
	_      struct{} `wire:"forbid"`
	Exists *bool    `json:"exists_"`
}

// TaskRunFilterFlowRunID selects task runs by their flow run. IsNull is false unless the filter says otherwise.
type TaskRunFilterFlowRunID struct {
	_        struct{}     `wire:"forbid"`
	Operator Operator     `json:"operator" default:"\"and_\""`
	Any      *[]uuid.UUID `json:"any_"`
	IsNull   *bool        `json:"is_null_" default:"false"`
}
