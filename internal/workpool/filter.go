package workpool

import "praetor/internal/prefect"

// Selected selects the runs in some states that a queue with a filter takes: those of deployments that have all of its tags.
func Selected(f *prefect.QueueFilter, states ...prefect.StateType) *prefect.FlowRunFilter {
	hasNone := false
	return &prefect.FlowRunFilter{
		Tags:         &prefect.TagsFilter{All: f.Tags},
		DeploymentID: &prefect.NullableIDFilter{Any: f.DeploymentIDs, IsNull: &hasNone},
		State:        &prefect.FlowRunFilterState{Type: &prefect.FlowRunFilterStateType{Any: &states}},
	}
}
