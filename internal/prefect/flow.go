package prefect

import "github.com/google/uuid"

// Flow is a named workflow.
type Flow struct {
	ID      uuid.UUID `json:"id"`
	Created Time      `json:"created"`
	Updated Time      `json:"updated"`
	Name    string    `json:"name"`
	Tags    []string  `json:"tags"`
	Labels  *Labels   `json:"labels"`
}

// FlowCreate is the body that creates a flow. The pattern of names is the reference's.
type FlowCreate struct {
	_      struct{} `wire:"forbid"`
	Name   string   `json:"name" v:"required,pattern=^[^/%&><]+$"`
	Tags   []string `json:"tags" default:"[]"`
	Labels *Labels  `json:"labels" default:"{}"`
}

// FlowUpdate is the body that changes a flow.
type FlowUpdate struct {
	_    struct{}      `wire:"forbid"`
	Tags Opt[[]string] `json:"tags"`
}

// FlowSort orders flows.
type FlowSort string

// The orders of flows.
const (
	FlowCreatedDesc FlowSort = "CREATED_DESC"
	FlowUpdatedDesc FlowSort = "UPDATED_DESC"
	FlowNameAsc     FlowSort = "NAME_ASC"
	FlowNameDesc    FlowSort = "NAME_DESC"
)

// Enum lists the allowed values.
func (FlowSort) Enum() []string {
	return []string{"CREATED_DESC", "UPDATED_DESC", "NAME_ASC", "NAME_DESC"}
}
