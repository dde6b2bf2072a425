package action

import (
	"context"
	"fmt"
	"strings"

	"praetor/internal/jinja"
	"praetor/internal/parameters"
	"praetor/internal/prefect"
)

// runDeployment creates a run. The run's key is the invocation's, so that a repetition finds the run of the first time.
func (d *deed) runDeployment(ctx context.Context, a *prefect.RunDeployment) error {
	id, err := d.target(a.Source, a.DeploymentID, "prefect.deployment", "deployment")
	if err != nil {
		return err
	}
	d.touch("prefect.deployment."+id.String(), "target", "")
	params, err := d.parameters(ctx, a)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("automation %s, action %d, invocation %s", d.t.Automation.ID, d.t.ActionIndex, d.t.ID)
	// What a client says that leaves all of it to its defaults.
	name, no := "Scheduled", false
	policy := prefect.FlowRunPolicy{PauseKeys: &[]string{}, Resuming: &no}
	state := prefect.StateCreate{Type: prefect.Scheduled, Name: &name}
	state.StateDetails.Deferred = &no
	state.StateDetails.ScheduledTime = prefect.TimePtr(d.Clock().Add(a.ScheduleAfter.Duration()))
	run, answer, err := d.Operations.CreateRun(ctx, id, &prefect.DeploymentFlowRunCreate{
		State: &state, Parameters: params, Context: prefect.Object("{}"), EmpiricalPolicy: policy, Tags: []string{}, IdempotencyKey: &key, JobVariables: a.JobVariables,
	}, d.by())
	if err != nil {
		return err
	}
	if run != nil {
		d.touch("prefect.flow-run."+run.ID.String(), "flow-run", run.Name)
	}
	if answer.Status == 409 && answer.Detail != nil {
		d.outcome.Details["validation_error"] = answer.Detail
	}
	return d.answered(answer, nil)
}

// parameters makes the run's parameters: its templates are rendered, its variables looked up.
func (d *deed) parameters(ctx context.Context, a *prefect.RunDeployment) (prefect.Object, error) {
	if a.Parameters == nil || len(*a.Parameters) == 0 {
		return prefect.Object("{}"), nil
	}
	impossible := func(class, message string) error {
		return failure("Unable to create flow run from deployment: " + class + "(" + jinja.Quoted(message) + ")")
	}
	given, err := parameters.Parse(prefect.Raw(*a.Parameters))
	if err != nil {
		return nil, impossible("ValueError", err.Error())
	}
	upgrade(given)
	vars, err := d.contextOf(ctx, templatesIn(given, nil))
	if err != nil {
		return nil, err
	}
	hydrator := &parameters.Hydrator{
		Templates: true, TemplateVariables: vars, TemplateFilters: d.templates.filters(),
		Variables: func(ctx context.Context, names []string) (map[string]any, error) {
			stored, err := d.Operations.Variables(ctx, names)
			if err != nil {
				return nil, err
			}
			docs := map[string]prefect.Raw{}
			for _, name := range names {
				if doc, ok := stored[name]; ok {
					docs[name] = doc
				}
			}
			return parameters.ParseAll(docs)
		},
	}
	made, err := hydrator.Hydrate(ctx, given)
	if err != nil {
		return nil, err
	}
	if wrong := parameters.FirstFailure(made); wrong != "" {
		return nil, impossible("HydrationError", wrong)
	}
	if _, ok := made.(*parameters.Object); !ok {
		return nil, impossible("ValidationError", "the parameters are no object")
	}
	doc, err := parameters.Encode(made)
	return prefect.Object(doc), err
}

// upgrade brings templates that stand alone as texts into the newer form, in which an object says that it is one. An object that
// says so is left alone with all in it.
func upgrade(v any) {
	o, ok := v.(*parameters.Object)
	if !ok {
		return
	}
	for _, name := range o.Names {
		switch value := o.Members[name].(type) {
		case *parameters.Object:
			if _, special := value.Get("__prefect_kind"); !special {
				upgrade(value)
			}
		case []any:
			for i, item := range value {
				if text, isText := item.(string); isText && isTemplate(text) {
					value[i] = wrapped(text)
				}
				upgrade(item)
			}
		case string:
			if isTemplate(value) {
				o.Members[name] = wrapped(value)
			}
		}
	}
}

// wrapped is a template in the newer form. One that is a single expression keeps the type of its value.
func wrapped(template string) any {
	text := strings.TrimSpace(template)
	if strings.HasPrefix(text, "{{") && strings.HasSuffix(text, "}}") && strings.Count(text, "{{") == 1 && len(text) >= 4 {
		return object("__prefect_kind", "json", "value", object("__prefect_kind", "jinja", "template", "{{ "+strings.TrimSpace(text[2:len(text)-2])+" | tojson }}"))
	}
	return object("__prefect_kind", "jinja", "template", template)
}

func object(pairs ...any) *parameters.Object {
	o := parameters.NewObject()
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			o.Set(name, pairs[i+1])
		}
	}
	return o
}

// templatesIn appends the templates that a value holds.
func templatesIn(v any, found []string) []string {
	switch v := v.(type) {
	case string:
		if isTemplate(v) {
			found = append(found, v)
		}
	case []any:
		for _, item := range v {
			found = templatesIn(item, found)
		}
	case *parameters.Object:
		for _, name := range v.Names {
			found = templatesIn(v.Members[name], found)
		}
	}
	return found
}
