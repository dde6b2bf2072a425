package prefect

import "github.com/go-json-experiment/json"

// TaskInputs are what a task run took its inputs from, by parameter.
type TaskInputs map[string][]TaskInput

// TaskInput is the source of one input: the result of a run, which ID names, or something else, without an ID.
type TaskInput struct {
	InputType string `json:"input_type"`
	ID        string `json:"id"`
}

// ParseTaskInputs reads the inputs of a task run as they are stored. A document of an unknown form gives none: it comes
// from a client, and a graph without an edge is better than no graph.
func ParseTaskInputs(doc Object) TaskInputs {
	var inputs TaskInputs
	if err := json.Unmarshal(Raw(doc), &inputs); err != nil {
		return nil
	}
	return inputs
}
