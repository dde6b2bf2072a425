package prefect

// FlowFilter selects flows.
type FlowFilter struct {
	_          struct{}              `wire:"forbid"`
	Operator   Operator              `json:"operator" default:"\"and_\""`
	ID         *IDFilter             `json:"id"`
	Deployment *FlowFilterDeployment `json:"deployment"`
	Name       *NameFilter           `json:"name"`
	Tags       *AllTagsFilter        `json:"tags"`
}

// FlowFilterDeployment selects flows by whether they have deployments.
type FlowFilterDeployment struct {
	_        struct{} `wire:"forbid"`
	Operator Operator `json:"operator" default:"\"and_\""`
	IsNull   *bool    `json:"is_null_"`
}
