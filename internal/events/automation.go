package events

import "praetor/internal/prefect"

// AutomationEvent tells what happened to an automation; the event carries all of it.
func AutomationEvent(action Action, a *prefect.Automation, at prefect.Time) prefect.Event {
	return event("automation", string(action), a.ID, a.Name, at, a)
}

// AutomationFired tells that an automation's trigger fired.
func AutomationFired(a *prefect.Automation, f *prefect.Firing) prefect.Event {
	labels := f.TriggeringLabels
	if labels == nil {
		labels = map[string]string{}
	}
	e := event("automation", "triggered", a.ID, a.Name, f.Triggered, struct {
		Labels map[string]string      `json:"triggering_labels"`
		Event  *prefect.ReceivedEvent `json:"triggering_event"`
	}{labels, f.TriggeringEvent})
	if f.Trigger.Event != nil {
		e.Resource["prefect.posture"] = string(f.Trigger.Event.Posture)
	}
	if f.TriggeringEvent != nil {
		e.Related = append(e.Related, related("event", "triggering-event", f.TriggeringEvent.ID))
	}
	return e
}
