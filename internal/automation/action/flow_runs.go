package action

import (
	"context"
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// suspension is for how long a run stays suspended that an automation suspends, before it fails.
const suspension = time.Hour

// flowRun is the run that the action is about. A proactive trigger may have no event, and still know the run by its labels.
func (d *deed) flowRun() (uuid.UUID, error) {
	const kind = "prefect.flow-run"
	id, ok := prefect.Resource(d.t.Firing.TriggeringLabels).ObjectID(kind)
	if !ok {
		if id, ok = firstOfKind(d.t.TriggeringEvent, kind).ObjectID(kind); !ok {
			return id, failure("No flow run could be inferred")
		}
	}
	d.touch(kind+"."+id.String(), "target", "")
	return id, nil
}

func (d *deed) setState(ctx context.Context, state prefect.StateCreate, force bool) error {
	id, err := d.flowRun()
	if err != nil {
		return err
	}
	result, answer, err := d.Operations.SetFlowRunState(ctx, id, state, force)
	if err := d.answered(answer, err); err != nil {
		return err
	}
	if reason := refusal(result); reason != nil {
		return failure("Failed to set state: " + *reason)
	}
	return nil
}

// refusal says why a proposed state was not taken; nil if it was.
func refusal(result *prefect.OrchestrationResult) *string {
	if result.Status == prefect.Accept {
		return nil
	}
	none := "None"
	if result.Details.Reason != nil {
		return result.Details.Reason
	}
	return &none
}

func (d *deed) cancelFlowRun(ctx context.Context) error {
	message := "Cancelled by Automation " + d.t.Automation.ID.String()
	return d.setState(ctx, prefect.StateCreate{Type: prefect.Cancelling, Message: &message}, false)
}

func (d *deed) suspendFlowRun(ctx context.Context) error {
	message, name := "Suspended by Automation "+d.t.Automation.ID.String(), "Suspended"
	state := prefect.StateCreate{Type: prefect.Paused, Name: &name, Message: &message}
	state.StateDetails.PauseTimeout = prefect.TimePtr(d.Clock().Add(suspension))
	state.StateDetails.PauseReschedule = true
	return d.setState(ctx, state, false)
}

func (d *deed) changeFlowRunState(ctx context.Context, a *prefect.ChangeFlowRunState) error {
	message := "State changed by Automation " + d.t.Automation.ID.String()
	if a.Message != nil && *a.Message != "" {
		message = *a.Message
	}
	return d.setState(ctx, prefect.StateCreate{Type: a.State, Name: a.Name, Message: &message}, a.Force)
}

func (d *deed) resumeFlowRun(ctx context.Context) error {
	id, err := d.flowRun()
	if err != nil {
		return err
	}
	result, answer, err := d.Operations.ResumeFlowRun(ctx, id)
	if err != nil {
		return err
	}
	if result == nil {
		return failure(answer.reason(d.t.Action.Is.ActionType()))
	}
	if reason := refusal(result); reason != nil {
		return failure("Failed to resume flow run: " + *reason)
	}
	return nil
}

func (d *deed) deleteFlowRun(ctx context.Context) error {
	id, err := d.flowRun()
	if err != nil {
		return err
	}
	return d.answered(d.Operations.DeleteFlowRun(ctx, id))
}
