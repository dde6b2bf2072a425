package prefect

import "github.com/google/uuid"

// TriggerState is what a firing says of its trigger.
type TriggerState string

// The states of triggers. Triggers of a server are never resolved; the state stands for itself in stored firings.
const (
	Triggered TriggerState = "Triggered"
	Resolved  TriggerState = "Resolved"
)

// Firing is one instance of a trigger's firing.
type Firing struct {
	ID            uuid.UUID      `json:"id"`
	Trigger       Trigger        `json:"trigger"`
	TriggerStates []TriggerState `json:"trigger_states"`
	// Triggered is when the trigger fired, not when its event happened.
	Triggered Time `json:"triggered"`
	// TriggeringLabels are the values of an event trigger's for_each.
	TriggeringLabels map[string]string `json:"triggering_labels"`
	// TriggeringFirings are the firings that made a compound trigger or a sequence fire.
	TriggeringFirings []Firing `json:"triggering_firings"`
	// TriggeringEvent is the event that made the trigger fire, or the last that a proactive one saw; nil if there was none.
	TriggeringEvent *ReceivedEvent `json:"triggering_event"`
	TriggeringValue Raw            `json:"triggering_value"`
}

// AllFirings are the firing and all below it, each before those that caused it.
func (f *Firing) AllFirings() []Firing {
	if f == nil {
		return nil
	}
	all := []Firing{*f}
	for i := range f.TriggeringFirings {
		all = append(all, f.TriggeringFirings[i].AllFirings()...)
	}
	return all
}

// AllEvents are the events of the firing and of all below it.
func (f *Firing) AllEvents() []ReceivedEvent {
	var all []ReceivedEvent
	for _, firing := range f.AllFirings() {
		if firing.TriggeringEvent != nil {
			all = append(all, *firing.TriggeringEvent)
		}
	}
	return all
}

// TriggeredAction is an action that is to be taken because a trigger fired. One row of praetor_triggered_actions is one of these.
type TriggeredAction struct {
	ID           uuid.UUID
	AutomationID uuid.UUID
	// Automation is the automation as it was when it fired.
	Automation Automation
	Firing     Firing
	// TriggeringEvent is the event of the action: the firing's, or the state change's for actions on one; nil if there was none.
	TriggeringEvent *ReceivedEvent
	// TriggeredEventID is the event prefect.automation.triggered to which those of the action are linked.
	TriggeredEventID uuid.UUID
	// ActionIndex counts the actions of the firing: those of actions, then those of actions_on_trigger.
	ActionIndex int64
	Action      Action

	Created   Time
	Attempts  int64 // how often it was begun
	NotBefore Time  // when it may be begun (again)
}
