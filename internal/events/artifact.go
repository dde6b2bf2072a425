package events

import "praetor/internal/prefect"

// ArtifactCollectionEvent tells what happened to the newest artifact of a key. There are no events of single artifacts.
func ArtifactCollectionEvent(action Action, c *prefect.ArtifactCollection, at prefect.Time) prefect.Event {
	all := []prefect.RelatedResource{related("artifact", "latest", c.LatestID)}
	if c.FlowRunID != nil {
		all = append(all, related(roleFlowRun, roleFlowRun, *c.FlowRunID))
	}
	if c.TaskRunID != nil {
		all = append(all, related(roleTaskRun, roleTaskRun, *c.TaskRunID))
	}
	return event("artifact-collection", string(action), c.ID, c.Key, at, struct {
		Key         string      `json:"key"`
		Type        *string     `json:"type"`
		Data        prefect.Raw `json:"data"`
		Description *string     `json:"description"`
	}{c.Key, c.Type, c.Data, c.Description}, all...)
}
