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

// DeadMessage is a message of a stream that its consumers, of servers of either kind, have given up.
type DeadMessage struct {
	ID    uuid.UUID `json:"id"`
	Topic string    `json:"topic"`
	// Group, Failed and Reason are not known of those that the reference's servers have given up.
	Group      *string        `json:"group"`
	Failed     *Time          `json:"failed"`
	Reason     *string        `json:"reason"`
	Deliveries int64          `json:"deliveries"`
	Attributes map[string]Raw `json:"attributes"`
	Data       string         `json:"data"`
}
