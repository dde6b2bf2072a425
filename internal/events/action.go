package events

import (
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// causeIsNear is within which time of its cause an action says that it follows it.
const causeIsNear = 5 * time.Minute

// ActionOutcome is what became of an action of an automation.
type ActionOutcome struct {
	// Reason says why it failed; empty if it did not.
	Reason string
	// Details are what else is known of it, such as the status of an answer.
	Details map[string]any
	// Related are the resources that it touched.
	Related []prefect.RelatedResource
}

// ActionEvents tell that an action was triggered, and that it was executed or has failed.
func ActionEvents(t *prefect.TriggeredAction, o *ActionOutcome, at prefect.Time) []prefect.Event {
	triggered := actionEvent(t, "triggered", t.Firing.Triggered)
	payload := map[string]any{"action_index": t.ActionIndex, "action_type": t.Action.Is.ActionType(), "invocation": t.ID.String()}
	triggered.Payload = object(payload)
	triggered.Related = append(triggered.Related, o.Related...)
	if t.TriggeredEventID != (uuid.UUID{}) {
		triggered.Related = append(triggered.Related, relatedEvent(t.TriggeredEventID, "automation-triggered-event"))
	}
	if cause := t.TriggeringEvent; cause != nil {
		triggered.Related = append(triggered.Related, relatedEvent(cause.ID, "triggering-event"))
		if t.Firing.Triggered.Sub(cause.Occurred.Time).Abs() < causeIsNear {
			triggered.Follows = &cause.ID
		}
	}
	what := "executed"
	if o.Reason != "" {
		what = "failed"
		payload["reason"] = o.Reason
	}
	for name, value := range o.Details {
		payload[name] = value
	}
	done := actionEvent(t, what, at)
	done.Related, done.Follows, done.Payload = triggered.Related, &triggered.ID, object(payload)
	return []prefect.Event{triggered, done}
}

func actionEvent(t *prefect.TriggeredAction, what string, at prefect.Time) prefect.Event {
	e := event("automation", "action."+what, t.Automation.ID, t.Automation.Name, at, nil)
	e.Resource["prefect.trigger-type"] = t.Automation.Trigger.Type()
	if trigger := t.Automation.Trigger.Event; trigger != nil {
		e.Resource["prefect.posture"] = string(trigger.Posture)
	}
	return e
}

func relatedEvent(id uuid.UUID, role string) prefect.RelatedResource {
	return related("event", role, id)
}

// BlockLoaded tells that the server used a block.
func BlockLoaded(d *prefect.BlockDocument, slug string, at prefect.Time) prefect.Event {
	e := event("block", slug+".loaded", d.ID, d.Name, at, nil, blockTypeOf(slug))
	e.Resource[prefect.ResourceID] = resourceID("block-document", d.ID)
	return e
}

func blockTypeOf(slug string) prefect.RelatedResource {
	return prefect.RelatedResource{prefect.ResourceID: "prefect.block-type." + slug, prefect.ResourceRole: "block-type"}
}
