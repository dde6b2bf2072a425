package prefect

// DeploymentFilter selects deployments.
type DeploymentFilter struct {
	_                    struct{}                          `wire:"forbid"`
	Operator             Operator                          `json:"operator" default:"\"and_\""`
	ID                   *IDFilter                         `json:"id"`
	Name                 *NameFilter                       `json:"name"`
	FlowOrDeploymentName *LikeFilter                       `json:"flow_or_deployment_name"`
	Paused               *BoolFilter                       `json:"paused"`
	Tags                 *TagsFilter                       `json:"tags"`
	WorkQueueName        *AnyFilter                        `json:"work_queue_name"`
	ConcurrencyLimit     *DeploymentFilterConcurrencyLimit `json:"concurrency_limit"`
}

// LikeFilter restricts a text to those that contain another, whatever the case.
type LikeFilter struct {
	_    struct{} `wire:"forbid"`
	Like *string  `json:"like_"`
}

// BoolFilter restricts a flag.
type BoolFilter struct {
	_  struct{} `wire:"forbid"`
	Eq *bool    `json:"eq_"`
}

// DeploymentFilterConcurrencyLimit is accepted and, as in the reference, restricts nothing.
type DeploymentFilterConcurrencyLimit struct {
	_      struct{} `wire:"forbid"`
	Ge     *int64   `json:"ge_"`
	Le     *int64   `json:"le_"`
	IsNull *bool    `json:"is_null_"`
}
