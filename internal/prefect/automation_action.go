package prefect

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// Action is one thing that an automation does. Is is a pointer to one of the types below, such as *RunDeployment; on the wire and in
// databases an action is that.
type Action struct{ Is ActionKind }

// ActionKind is a type of action.
type ActionKind interface {
	// ActionType is the action's "type" on the wire, such as "run-deployment".
	ActionType() string
}

// The sources of an action's target: the action names it, or it is found among the resources of the event.
const (
	Selected = "selected"
	Inferred = "inferred"
)

// DeploymentTarget is the deployment that an action is about.
type DeploymentTarget struct {
	Source       string     `json:"source" default:"\"selected\"" v:"literal=selected|inferred"`
	DeploymentID *uuid.UUID `json:"deployment_id"`
}

// Violations checks that a deployment is named exactly when it is selected.
func (t *DeploymentTarget) Violations() []Violation {
	return target("deployment_id", t.Source, t.DeploymentID)
}

// WorkQueueTarget is the work queue that an action is about.
type WorkQueueTarget struct {
	Source      string     `json:"source" default:"\"selected\"" v:"literal=selected|inferred"`
	WorkQueueID *uuid.UUID `json:"work_queue_id"`
}

// Violations checks that a queue is named exactly when it is selected.
func (t *WorkQueueTarget) Violations() []Violation {
	return target("work_queue_id", t.Source, t.WorkQueueID)
}

// WorkPoolTarget is the work pool that an action is about.
type WorkPoolTarget struct {
	Source     string     `json:"source" default:"\"selected\"" v:"literal=selected|inferred"`
	WorkPoolID *uuid.UUID `json:"work_pool_id"`
}

// Violations checks that a pool is named exactly when it is selected.
func (t *WorkPoolTarget) Violations() []Violation {
	return target("work_pool_id", t.Source, t.WorkPoolID)
}

// AutomationTarget is the automation that an action is about.
type AutomationTarget struct {
	Source       string     `json:"source" default:"\"selected\"" v:"literal=selected|inferred"`
	AutomationID *uuid.UUID `json:"automation_id"`
}

// Violations checks that an automation is named exactly when it is selected.
func (t *AutomationTarget) Violations() []Violation {
	return target("automation_id", t.Source, t.AutomationID)
}

func target(name, source string, id *uuid.UUID) []Violation {
	switch {
	case source == Selected && id == nil:
		return []Violation{{Message: name + " is required"}}
	case source == Inferred && id != nil:
		return []Violation{{Message: name + " is not allowed"}}
	}
	return nil
}

// The types of actions. The events' flow run, deployment and so on are found among their resources where the target is inferred.
type (
	// DoNothing does nothing, and is told of like all others.
	DoNothing struct {
		Type string `json:"type" default:"\"do-nothing\"" v:"literal=do-nothing"`
	}
	// RunDeployment creates a run of a deployment.
	RunDeployment struct {
		Type string `json:"type" default:"\"run-deployment\"" v:"literal=run-deployment"`
		DeploymentTarget
		// Parameters may hold templates; nil leaves the deployment's, as does JobVariables.
		Parameters   *Object `json:"parameters" wire:"template_parameters"`
		JobVariables *Object `json:"job_variables"`
		// ScheduleAfter is how long the run waits at least.
		ScheduleAfter Seconds `json:"schedule_after" default:"0" wire:"delay"`
	}
	// PauseDeployment stops a deployment's schedules.
	PauseDeployment struct {
		Type string `json:"type" default:"\"pause-deployment\"" v:"literal=pause-deployment"`
		DeploymentTarget
	}
	// ResumeDeployment lets a deployment's schedules go on.
	ResumeDeployment struct {
		Type string `json:"type" default:"\"resume-deployment\"" v:"literal=resume-deployment"`
		DeploymentTarget
	}
	// CancelFlowRun cancels the event's flow run.
	CancelFlowRun struct {
		Type string `json:"type" default:"\"cancel-flow-run\"" v:"literal=cancel-flow-run"`
	}
	// DeleteFlowRun deletes the event's flow run.
	DeleteFlowRun struct {
		Type string `json:"type" default:"\"delete-flow-run\"" v:"literal=delete-flow-run"`
	}
	// ChangeFlowRunState proposes a state to the event's flow run.
	ChangeFlowRunState struct {
		Type    string    `json:"type" default:"\"change-flow-run-state\"" v:"literal=change-flow-run-state"`
		Name    *string   `json:"name"`
		State   StateType `json:"state" v:"required"`
		Message *string   `json:"message"`
		Force   bool      `json:"force" default:"false"`
	}
	// PauseWorkQueue pauses a work queue.
	PauseWorkQueue struct {
		Type string `json:"type" default:"\"pause-work-queue\"" v:"literal=pause-work-queue"`
		WorkQueueTarget
	}
	// ResumeWorkQueue lets a work queue go on.
	ResumeWorkQueue struct {
		Type string `json:"type" default:"\"resume-work-queue\"" v:"literal=resume-work-queue"`
		WorkQueueTarget
	}
	// SendNotification sends a message by a notification block. Subject and body are templates.
	SendNotification struct {
		Type            string    `json:"type" default:"\"send-notification\"" v:"literal=send-notification"`
		BlockDocumentID uuid.UUID `json:"block_document_id" v:"required"`
		Subject         string    `json:"subject" default:"\"Prefect automated notification\"" wire:"template"`
		Body            string    `json:"body" v:"required" wire:"template"`
	}
	// CallWebhook sends a request by a webhook block. The payload is a template.
	CallWebhook struct {
		Type            string    `json:"type" default:"\"call-webhook\"" v:"literal=call-webhook"`
		BlockDocumentID uuid.UUID `json:"block_document_id" v:"required"`
		Payload         string    `json:"payload" default:"\"\"" wire:"template_payload"`
	}
	// PauseAutomation switches an automation off.
	PauseAutomation struct {
		Type string `json:"type" default:"\"pause-automation\"" v:"literal=pause-automation"`
		AutomationTarget
	}
	// ResumeAutomation switches an automation on.
	ResumeAutomation struct {
		Type string `json:"type" default:"\"resume-automation\"" v:"literal=resume-automation"`
		AutomationTarget
	}
	// SuspendFlowRun suspends the event's flow run.
	SuspendFlowRun struct {
		Type string `json:"type" default:"\"suspend-flow-run\"" v:"literal=suspend-flow-run"`
	}
	// ResumeFlowRun lets the event's flow run go on.
	ResumeFlowRun struct {
		Type string `json:"type" default:"\"resume-flow-run\"" v:"literal=resume-flow-run"`
	}
	// PauseWorkPool pauses a work pool.
	PauseWorkPool struct {
		Type string `json:"type" default:"\"pause-work-pool\"" v:"literal=pause-work-pool"`
		WorkPoolTarget
	}
	// ResumeWorkPool lets a work pool go on.
	ResumeWorkPool struct {
		Type string `json:"type" default:"\"resume-work-pool\"" v:"literal=resume-work-pool"`
		WorkPoolTarget
	}
)

// ActionType implements ActionKind.
func (DoNothing) ActionType() string { return "do-nothing" }

// ActionType implements ActionKind.
func (RunDeployment) ActionType() string { return "run-deployment" }

// ActionType implements ActionKind.
func (PauseDeployment) ActionType() string { return "pause-deployment" }

// ActionType implements ActionKind.
func (ResumeDeployment) ActionType() string { return "resume-deployment" }

// ActionType implements ActionKind.
func (CancelFlowRun) ActionType() string { return "cancel-flow-run" }

// ActionType implements ActionKind.
func (DeleteFlowRun) ActionType() string { return "delete-flow-run" }

// ActionType implements ActionKind.
func (ChangeFlowRunState) ActionType() string { return "change-flow-run-state" }

// ActionType implements ActionKind.
func (PauseWorkQueue) ActionType() string { return "pause-work-queue" }

// ActionType implements ActionKind.
func (ResumeWorkQueue) ActionType() string { return "resume-work-queue" }

// ActionType implements ActionKind.
func (SendNotification) ActionType() string { return "send-notification" }

// ActionType implements ActionKind.
func (CallWebhook) ActionType() string { return "call-webhook" }

// ActionType implements ActionKind.
func (PauseAutomation) ActionType() string { return "pause-automation" }

// ActionType implements ActionKind.
func (ResumeAutomation) ActionType() string { return "resume-automation" }

// ActionType implements ActionKind.
func (SuspendFlowRun) ActionType() string { return "suspend-flow-run" }

// ActionType implements ActionKind.
func (ResumeFlowRun) ActionType() string { return "resume-flow-run" }

// ActionType implements ActionKind.
func (PauseWorkPool) ActionType() string { return "pause-work-pool" }

// ActionType implements ActionKind.
func (ResumeWorkPool) ActionType() string { return "resume-work-pool" }

// NewActions makes an empty action of each type, in the order in which the reference tries them.
func NewActions() []ActionKind {
	return []ActionKind{
		&DoNothing{}, &RunDeployment{}, &PauseDeployment{}, &ResumeDeployment{}, &CancelFlowRun{}, &DeleteFlowRun{}, &ChangeFlowRunState{},
		&PauseWorkQueue{}, &ResumeWorkQueue{}, &SendNotification{}, &CallWebhook{}, &PauseAutomation{}, &ResumeAutomation{},
		&SuspendFlowRun{}, &ResumeFlowRun{}, &PauseWorkPool{}, &ResumeWorkPool{},
	}
}

// AnyOf lists the types that an action may have.
func (Action) AnyOf() []any {
	return []any{
		DoNothing{}, RunDeployment{}, PauseDeployment{}, ResumeDeployment{}, CancelFlowRun{}, DeleteFlowRun{}, ChangeFlowRunState{},
		PauseWorkQueue{}, ResumeWorkQueue{}, SendNotification{}, CallWebhook{}, PauseAutomation{}, ResumeAutomation{},
		SuspendFlowRun{}, ResumeFlowRun{}, PauseWorkPool{}, ResumeWorkPool{},
	}
}

// MarshalJSONTo writes the action by its type.
func (a Action) MarshalJSONTo(enc *jsontext.Encoder) error { return json.MarshalEncode(enc, a.Is) }

// UnmarshalJSONFrom reads what a server stored. Request bodies are read by the decoder of the API, which knows what is wrong with them.
func (a *Action) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	raw = raw.Clone()
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return err
	}
	for _, kind := range NewActions() {
		if kind.ActionType() == head.Type {
			presetAction(kind)
			a.Is = kind
			return json.Unmarshal(raw, kind)
		}
	}
	return fmt.Errorf("there is no action of the type %q", head.Type)
}

// presetAction gives the members that an older server did not store their defaults.
func presetAction(kind ActionKind) {
	switch k := kind.(type) {
	case *RunDeployment:
		k.Source = Selected
	case *PauseDeployment:
		k.Source = Selected
	case *ResumeDeployment:
		k.Source = Selected
	case *PauseWorkQueue:
		k.Source = Selected
	case *ResumeWorkQueue:
		k.Source = Selected
	case *PauseWorkPool:
		k.Source = Selected
	case *ResumeWorkPool:
		k.Source = Selected
	case *PauseAutomation:
		k.Source = Selected
	case *ResumeAutomation:
		k.Source = Selected
	case *SendNotification:
		k.Subject = "Prefect automated notification"
	}
}
