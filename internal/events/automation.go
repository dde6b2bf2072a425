package events

import "praetor/internal/prefect"

// AutomationEvent tells what happened to an automation; the event carries all of it.
func AutomationEvent(action Action, a *prefect.Automation, at prefect.Time) prefect.Event {
	return event("automation", string(action), a.ID, a.Name, at, a)
}
