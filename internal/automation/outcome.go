package automation

import (
	"context"
	"log/slog"

	"praetor/internal/automation/trigger"
	"praetor/internal/events"
	"praetor/internal/prefect"
)

// outcome is what the firings of a transaction cause.
type outcome struct {
	events  []prefect.ReceivedEvent
	actions []prefect.TriggeredAction
}

// fired notes the event and the actions of a firing.
func (o *outcome) fired(a *trigger.Automation, f *prefect.Firing) {
	event := prefect.ReceivedEvent{Event: events.AutomationFired(a.Automation, f), Received: f.Triggered}
	o.events = append(o.events, event)
	index := int64(0)
	add := func(actions []prefect.Action, triggering *prefect.ReceivedEvent) {
		for _, action := range actions {
			o.actions = append(o.actions, prefect.TriggeredAction{
				ID: prefect.NewID(), AutomationID: a.ID, Automation: *a.Automation, Firing: *f, TriggeringEvent: triggering, TriggeredEventID: event.ID,
				ActionIndex: index, Action: action, Created: f.Triggered, NotBefore: f.Triggered,
			})
			index++
		}
	}
	add(a.Actions, f.TriggeringEvent)
	add(a.ActionsOnTrigger, &event)
}

func (o *outcome) store(ctx context.Context, tx Tx) error {
	if len(o.events) == 0 {
		return nil
	}
	if err := tx.InsertEvents(ctx, o.events); err != nil {
		return err
	}
	return tx.InsertTriggeredActions(ctx, o.actions)
}

// announce tells of what was stored.
func (v *Evaluator) announce(o *outcome) {
	if o == nil || len(o.events) == 0 {
		return
	}
	v.log.Debug("automations were triggered", slog.Int("firings", len(o.events)), slog.Int("actions", len(o.actions)))
	if len(o.actions) > 0 {
		v.o.Triggered()
	}
}
