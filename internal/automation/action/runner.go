package action

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"praetor/internal/events"
	"praetor/internal/jinja"
	"praetor/internal/notification"
	"praetor/internal/prefect"
)

// Runner takes actions. All fields are required and never change.
type Runner struct {
	Operations Operations
	Sender     *notification.Sender
	Clock      func() time.Time
	Log        *slog.Logger
	// UI is where the user interface is, for links in messages; empty if nobody said.
	UI string
}

// failedError tells that an action cannot be taken. It is an outcome: another try would not help, unless it is temporary.
type failedError struct {
	reason    string
	temporary bool
}

func (e *failedError) Error() string { return e.reason }

func failure(reason string) error { return &failedError{reason: reason} }

// Outcome is what became of an action.
type Outcome struct {
	events.ActionOutcome
	// Temporary tells that the action failed for a reason that may pass, and that it has done nothing yet.
	Temporary bool
}

// Act takes an action. An error is none of the action's: it is to be tried again.
func (r *Runner) Act(ctx context.Context, t *prefect.TriggeredAction) (*Outcome, error) {
	o := &Outcome{ActionOutcome: events.ActionOutcome{Details: map[string]any{}}}
	d := &deed{Runner: r, t: t, outcome: o, templates: &contextMaker{ui: r.UI, now: r.Clock}}
	err := d.do(ctx)
	var failed *failedError
	if errors.As(err, &failed) {
		o.Reason, o.Temporary = failed.reason, failed.temporary
		if o.Reason == "" {
			o.Reason = "The action failed."
		}
		return o, nil
	}
	if err != nil {
		return nil, err
	}
	return o, nil
}

// deed is one action while it is taken.
type deed struct {
	*Runner
	t         *prefect.TriggeredAction
	outcome   *Outcome
	templates *contextMaker
}

func (d *deed) do(ctx context.Context) error {
	switch a := d.t.Action.Is.(type) {
	case *prefect.DoNothing:
		return nil
	case *prefect.RunDeployment:
		return d.runDeployment(ctx, a)
	case *prefect.PauseDeployment:
		return d.pauseDeployment(ctx, a.Source, a.DeploymentID, true)
	case *prefect.ResumeDeployment:
		return d.pauseDeployment(ctx, a.Source, a.DeploymentID, false)
	case *prefect.CancelFlowRun:
		return d.cancelFlowRun(ctx)
	case *prefect.SuspendFlowRun:
		return d.suspendFlowRun(ctx)
	case *prefect.ChangeFlowRunState:
		return d.changeFlowRunState(ctx, a)
	case *prefect.ResumeFlowRun:
		return d.resumeFlowRun(ctx)
	case *prefect.DeleteFlowRun:
		return d.deleteFlowRun(ctx)
	case *prefect.PauseWorkPool:
		return d.pauseWorkPool(ctx, a.Source, a.WorkPoolID, true)
	case *prefect.ResumeWorkPool:
		return d.pauseWorkPool(ctx, a.Source, a.WorkPoolID, false)
	case *prefect.PauseWorkQueue:
		return d.pauseWorkQueue(ctx, a.Source, a.WorkQueueID, true)
	case *prefect.ResumeWorkQueue:
		return d.pauseWorkQueue(ctx, a.Source, a.WorkQueueID, false)
	case *prefect.PauseAutomation:
		return d.enableAutomation(ctx, a.Source, a.AutomationID, false)
	case *prefect.ResumeAutomation:
		return d.enableAutomation(ctx, a.Source, a.AutomationID, true)
	case *prefect.SendNotification:
		return d.sendNotification(ctx, a)
	case *prefect.CallWebhook:
		return d.callWebhook(ctx, a)
	}
	return failure("This server knows no such action.")
}

// touch notes a resource that the action is about.
func (d *deed) touch(id, role, name string) {
	r := prefect.RelatedResource{prefect.ResourceID: id, prefect.ResourceRole: role}
	if name != "" {
		r[prefect.ResourceName] = name
	}
	d.outcome.Related = append(d.outcome.Related, r)
}

// answered notes an answer, and makes a failure of one that is.
func (d *deed) answered(a Answer, err error) error {
	if err != nil {
		return err
	}
	d.outcome.Details["status_code"] = a.Status
	if a.Status >= 300 {
		return failure(a.reason(d.t.Action.Is.ActionType()))
	}
	return nil
}

// involved are the resources of the event, its own first.
func involved(e *prefect.ReceivedEvent) []prefect.Resource {
	all := []prefect.Resource{e.Resource}
	for _, r := range e.Related {
		all = append(all, prefect.Resource(r))
	}
	return all
}

// firstOfKind is the first resource of the event whose id is of the kind, or nil.
func firstOfKind(e *prefect.ReceivedEvent, kind string) prefect.Resource {
	if e == nil {
		return nil
	}
	for _, r := range involved(e) {
		if at := strings.LastIndex(r[prefect.ResourceID], "."); at >= 0 && r[prefect.ResourceID][:at] == kind {
			return r
		}
	}
	return nil
}

// target is the object that the action is about: the one that it names, or the event's of that kind.
func (d *deed) target(source string, selected *uuid.UUID, kind, what string) (uuid.UUID, error) {
	if source == prefect.Selected && selected != nil {
		return *selected, nil
	}
	if d.t.TriggeringEvent == nil {
		return uuid.UUID{}, failure("No event to infer the " + what)
	}
	if id, ok := firstOfKind(d.t.TriggeringEvent, kind).ObjectID(kind); ok {
		return id, nil
	}
	return uuid.UUID{}, failure("No " + what + " could be inferred")
}

// by names the automation as the one who creates something.
func (d *deed) by() *prefect.CreatedBy {
	kind := "AUTOMATION"
	return &prefect.CreatedBy{ID: &d.t.Automation.ID, Type: &kind, DisplayValue: &d.t.Automation.Name}
}

// contextOf gives what the templates see, with the objects that they name.
func (d *deed) contextOf(ctx context.Context, templates []string) (map[string]any, error) {
	objects, err := d.objects(ctx, templates)
	if err != nil {
		return nil, err
	}
	return d.templates.variables(d.t, objects)
}

// render renders templates.
func (d *deed) render(ctx context.Context, templates ...string) ([]string, error) {
	vars, err := d.contextOf(ctx, templates)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(templates))
	for i, template := range templates {
		texts[i], err = d.templates.render(ctx, template, vars)
		var failed *templateError
		if errors.As(err, &failed) {
			d.outcome.Details["template_error"] = failed.Error()
			d.outcome.Details["template_source"] = failed.source
			return nil, failure("Template rendering failed: " + failed.repr())
		}
		if err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// objectKinds are the names under which templates see objects of the event.
//
//nolint:gochecknoglobals // Go has no constant slices
var objectKinds = []string{"deployment", "flow", "flow_run", "task_run", "work_pool", "work_queue", "concurrency_limit"}

// objects looks up what the templates name of the event's. Without an event there is nothing to look up, and names are unknown.
func (d *deed) objects(ctx context.Context, templates []string) (map[string]any, error) {
	found := map[string]any{}
	if d.t.TriggeringEvent == nil {
		return found, nil
	}
	for _, name := range namesIn(templates, append([]string{"variables"}, objectKinds...)) {
		var err error
		if name == "variables" {
			found[name], err = d.variables(ctx)
		} else {
			found[name], err = d.object(ctx, name)
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (d *deed) object(ctx context.Context, name string) (any, error) {
	kind := "prefect." + strings.ReplaceAll(name, "_", "-")
	resource := firstOfKind(d.t.TriggeringEvent, kind)
	id, ok := resource.ObjectID(kind)
	if !ok {
		return nil, nil
	}
	object, err := d.Operations.Object(ctx, name, id)
	if err != nil || object == nil {
		return nil, err
	}
	shown, err := value(object, shapes()[name].of)
	if err == nil && (name == "flow_run" || name == "task_run") {
		withState(shown, resource)
	}
	return shown, err
}

func (d *deed) variables(ctx context.Context) (any, error) {
	stored, err := d.Operations.Variables(ctx, nil)
	if err != nil {
		return nil, err
	}
	all := jinja.NewDict()
	for name, doc := range stored {
		v, err := jinja.FromJSON(doc)
		if err != nil {
			continue // it was JSON when it was stored
		}
		all.Set(name, v)
	}
	return all, nil
}
