package prefect

import "github.com/google/uuid"

// DeadLetter is an action of an automation that was given up after all attempts failed.
type DeadLetter struct {
	ID               uuid.UUID `json:"id"` // the invocation, as events of actions name it
	AutomationID     uuid.UUID `json:"automation_id"`
	AutomationName   string    `json:"automation_name"`
	ActionIndex      int64     `json:"action_index"`
	Action           Raw       `json:"action"`
	TriggeredEventID uuid.UUID `json:"triggered_event_id"`
	Created          Time      `json:"created"`
	Attempts         int64     `json:"attempts"`
	Failed           Time      `json:"failed"`
	Reason           string    `json:"reason"`
}
