package prefect

import "github.com/google/uuid"

// DryRun asks when a trigger would have fired. It is Praetor's own.
type DryRun struct {
	_ struct{} `wire:"forbid"`
	// Trigger is looked at, or that of the automation of AutomationID: one of them is given.
	Trigger      *Trigger   `json:"trigger"`
	AutomationID *uuid.UUID `json:"automation_id"`
	// Since and Until bound the times of the events; until now, where Until is not given.
	Since Time  `json:"since" v:"required"`
	Until *Time `json:"until"`
	// Limit is how many firings are told of.
	Limit int64 `json:"limit" default:"100" v:"ge=1,le=1000"`
}

// Violations asks for one trigger.
func (d *DryRun) Violations() []Violation {
	if (d.Trigger == nil) == (d.AutomationID == nil) {
		return []Violation{{Message: "either trigger or automation_id is needed"}}
	}
	return nil
}

// DryRunReport says when a trigger would have fired.
type DryRunReport struct {
	Since Time `json:"since"`
	// Until is how far the events were looked at: less far than was asked for when there were too many.
	Until    Time `json:"until"`
	Complete bool `json:"complete"`
	// Events is how many events were looked at, Matched how many the trigger covers.
	Events  int64          `json:"events"`
	Matched int64          `json:"matched"`
	Firings []DryRunFiring `json:"firings"`
}

// DryRunFiring is one time at which a trigger would have fired.
type DryRunFiring struct {
	At        Time              `json:"at"`
	TriggerID uuid.UUID         `json:"trigger_id"`
	Labels    map[string]string `json:"labels"` // the values of for_each
	// Reason says why, for people; Window says it for programs where the trigger counts events.
	Reason string        `json:"reason"`
	Window *DryRunWindow `json:"window"`
	// Event is the last event that had a part in it, or nil.
	Event *DryRunEvent `json:"event"`
	// Firings are those of the triggers inside a compound one or a sequence.
	Firings []DryRunFiring `json:"firings"`
}

// DryRunWindow is what was counted, and what was waited for.
type DryRunWindow struct {
	Start     Time    `json:"start"`
	End       Time    `json:"end"`
	Posture   Posture `json:"posture"`
	Count     int64   `json:"count"`
	Threshold int64   `json:"threshold"`
}

// DryRunEvent names an event.
type DryRunEvent struct {
	ID         uuid.UUID `json:"id"`
	Occurred   Time      `json:"occurred"`
	Event      string    `json:"event"`
	ResourceID string    `json:"resource_id"`
}
