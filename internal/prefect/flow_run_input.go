package prefect

import "github.com/google/uuid"

// FlowRunInput is a value that somebody sent to a flow run, which reads it by its key.
type FlowRunInput struct {
	ID        uuid.UUID `json:"id"`
	Created   Time      `json:"created"`
	Updated   Time      `json:"updated"`
	FlowRunID uuid.UUID `json:"flow_run_id"`
	Key       string    `json:"key"`
	Value     string    `json:"value"`
	Sender    *string   `json:"sender"`
}

// FlowRunInputCreate is the body that sends an input.
type FlowRunInputCreate struct {
	Key    string  `json:"key" v:"required"`
	Value  string  `json:"value" v:"required" wire:"bytes"`
	Sender *string `json:"sender"`
}

// CheckInputKey tells whether a key may name an input: lowercase letters, digits and dashes.
func CheckInputKey(key string) error {
	if !dashedName(key) {
		return NewError(Invalid, "The key of a flow run input must only contain lowercase letters, numbers, and dashes.")
	}
	return nil
}
