package prefect

// SetStateStatus is what became of a proposed state.
type SetStateStatus string

// The outcomes.
const (
	Accept SetStateStatus = "ACCEPT" // the run has the proposed state
	Reject SetStateStatus = "REJECT" // the run has another state, the result's
	Abort  SetStateStatus = "ABORT"  // nothing changed, and the client should stop
	Wait   SetStateStatus = "WAIT"   // nothing changed, and the client should ask again later
)

// Enum lists the allowed values.
func (SetStateStatus) Enum() []string { return []string{"ACCEPT", "REJECT", "ABORT", "WAIT"} }

// OrchestrationResult answers a proposed state.
type OrchestrationResult struct {
	State   *State         `json:"state"`
	Status  SetStateStatus `json:"status"`
	Details StateDecision  `json:"details"`
}

// StateDecision explains an outcome. Reason is on the wire for all but ACCEPT, DelaySeconds for WAIT.
type StateDecision struct {
	Type         string  `json:"type"` // accept_details, reject_details, abort_details or wait_details
	DelaySeconds *int64  `json:"delay_seconds,omitzero"`
	Reason       *string `json:"reason,omitzero"`
}

// Aborted is the result of a transition that could not be made.
func Aborted(reason string) OrchestrationResult {
	return OrchestrationResult{Status: Abort, Details: StateDecision{Type: "abort_details", Reason: &reason}}
}
