package events

import "praetor/internal/prefect"

// FlowEvent tells what happened to a flow.
func FlowEvent(action Action, f *prefect.Flow, at prefect.Time) prefect.Event {
	return event("flow", string(action), f.ID, f.Name, at, struct {
		Name   string          `json:"name"`
		Tags   []string        `json:"tags"`
		Labels *prefect.Labels `json:"labels"`
	}{f.Name, f.Tags, f.Labels})
}
