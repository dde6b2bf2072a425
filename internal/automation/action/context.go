package action

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"praetor/internal/jinja"
	"praetor/internal/prefect"
)

// maxTemplateTime bounds the rendering of all templates of one action.
const maxTemplateTime = 2 * time.Second

// templateError tells that a template of the user's could not be rendered.
type templateError struct{ class, message, source string }

func (e *templateError) Error() string {
	return "Failed to render template due to the following error: " + e.repr()
}

func (e *templateError) repr() string { return e.class + "(" + jinja.Quoted(e.message) + ")" }

// isTemplate tells whether a text holds anything to render.
func isTemplate(text string) bool {
	return strings.Contains(text, "{{") || strings.Contains(text, "{%")
}

// namesIn tells which of the names the templates read. Templates that cannot be read have none.
func namesIn(templates []string, among []string) []string {
	var found []string
	for _, text := range templates {
		if !isTemplate(text) {
			continue
		}
		t, err := jinja.Parse(text)
		if err != nil {
			continue
		}
		names := t.Names()
		for _, name := range among {
			if names[name] && !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	return found
}

// render renders a text with the variables of an action. Errors are *templateError, or the context's.
func (c *contextMaker) render(ctx context.Context, text string, variables map[string]any) (string, error) {
	if !isTemplate(text) {
		return text, nil
	}
	t, err := jinja.Parse(text)
	if err != nil {
		return "", c.failed(ctx, err, text)
	}
	limited, cancel := context.WithTimeout(ctx, maxTemplateTime)
	defer cancel()
	rendered, err := t.Render(limited, jinja.Options{Variables: variables, Filters: c.filters()})
	if err != nil {
		return "", c.failed(ctx, err, text)
	}
	return rendered, nil
}

func (c *contextMaker) failed(ctx context.Context, err error, text string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var syntax *jinja.SyntaxError
	var rendering *jinja.RenderError
	switch {
	case errors.As(err, &syntax):
		return &templateError{"TemplateSyntaxError", syntax.Message, text}
	case errors.As(err, &rendering):
		return &templateError{rendering.Class, rendering.Message, text}
	case errors.Is(err, context.DeadlineExceeded):
		return &templateError{"TimeoutError", "rendering takes too long", text}
	}
	return &templateError{"RuntimeError", err.Error(), text}
}

// value is what a template sees of an object of the server's.
func value(v any, as convert) (any, error) {
	doc, err := json.Marshal(v, json.Deterministic(true)) // maps of labels are shown in one order
	if err != nil {
		return nil, err
	}
	plain, err := jinja.FromJSON(doc)
	if err != nil || as == nil {
		return plain, err
	}
	return as(plain), nil
}

// variables are what all templates of an action see. objects are looked up besides; nil is None.
func (c *contextMaker) variables(t *prefect.TriggeredAction, objects map[string]any) (map[string]any, error) {
	vars := map[string]any{}
	var err error
	if vars["automation"], err = value(&t.Automation, automationOf); err != nil {
		return nil, err
	}
	vars["event"] = nil
	if t.TriggeringEvent != nil {
		if vars["event"], err = value(t.TriggeringEvent, c.eventOf); err != nil {
			return nil, err
		}
	}
	firing, err := value(&t.Firing, c.firingOf)
	if err != nil {
		return nil, err
	}
	vars["firing"], vars["firings"], vars["events"] = firing, []any{}, []any{}
	labels := jinja.NewDict()
	if m, ok := firing.(*model); ok {
		vars["firings"], vars["events"] = allFirings(m), allEvents(m)
		if d, ok := m.fields["triggering_labels"].(*jinja.Dict); ok {
			labels = d
		}
	}
	vars["labels"] = newDiver(labels, "")
	for name, object := range objects {
		vars[name] = object
	}
	return vars, nil
}

//nolint:gochecknoglobals // Go has no constant slices
var stateDetails = []string{
	"flow_run_id", "task_run_id", "child_flow_run_id", "scheduled_time", "cache_key", "cache_expiration", "deferred", "untrackable_result", "pause_timeout",
	"pause_reschedule", "pause_key", "run_input_keyset", "refresh_cache", "retriable", "transition_id", "task_parameters_id", "traceparent",
	"deployment_concurrency_lease_id",
}

// withState gives a run the state of the event, because the run may have moved on since.
func withState(run any, resource prefect.Resource) {
	m, ok := run.(*model)
	if !ok {
		return
	}
	state := jinja.NewDict()
	for _, label := range [][2]string{{"type", "prefect.state-type"}, {"name", "prefect.state-name"}, {"timestamp", "prefect.state-timestamp"}, {"message", "prefect.state-message"}} {
		text, ok := resource[label[1]]
		if !ok {
			return
		}
		state.Set(label[0], text)
	}
	if _, ok := asTime(resource["prefect.state-timestamp"]).(*jinja.DateTime); !ok {
		return
	}
	details := jinja.NewDict()
	for _, name := range stateDetails {
		details.Set(name, nil)
	}
	for _, name := range []string{"deferred", "untrackable_result", "pause_reschedule"} {
		details.Set(name, false)
	}
	state.Set("data", nil)
	state.Set("state_details", details)
	state.Set("id", prefect.NewID().String())
	m.fields["state"] = stateOf(state)
}
