package events

import "praetor/internal/prefect"

// VariableEvent tells what happened to a variable.
func VariableEvent(action Action, v *prefect.Variable, at prefect.Time) prefect.Event {
	return event("variable", string(action), v.ID, v.Name, at, struct {
		Name  string      `json:"name"`
		Value prefect.Raw `json:"value"`
		Tags  []string    `json:"tags"`
	}{v.Name, v.Value, v.Tags})
}
