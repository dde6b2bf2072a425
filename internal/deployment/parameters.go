package deployment

import (
	"context"
	"errors"
	"time"

	"praetor/internal/jinja/humanize"
	"praetor/internal/parameters"
	"praetor/internal/prefect"
)

// Variables gives the values of variables by name, of those that exist.
type Variables func(ctx context.Context, names []string) (map[string]any, error)

// MakeParameters lays parameters over each other, the last on top, and makes everything in them that stands for something else. What
// cannot be made is a *prefect.Error, which calls them the parameters of what. now is the clock of templates.
func MakeParameters(ctx context.Context, variables Variables, now func() time.Time, what string, layers ...prefect.Object) (any, error) {
	merged := parameters.NewObject()
	for _, layer := range layers {
		doc, err := parameters.Parse(prefect.Raw(layer))
		if err != nil {
			return nil, &prefect.Error{Kind: prefect.Invalid, Message: "The parameters are no JSON object.", Err: err}
		}
		if o, ok := doc.(*parameters.Object); ok {
			for _, name := range o.Names {
				merged.Set(name, o.Members[name])
			}
		}
	}
	hydrator := &parameters.Hydrator{Templates: true, Variables: variables, TemplateFilters: humanize.Filters(now)}
	made, err := hydrator.Hydrate(ctx, merged)
	if err != nil {
		return nil, err
	}
	if failure := parameters.FirstFailure(made); failure != "" {
		return nil, prefect.NewError(prefect.BadRequest, "Error hydrating "+what+" parameters: "+failure)
	}
	return made, nil
}

// Encode is the JSON of made parameters.
func Encode(made any) (prefect.Object, error) {
	doc, err := parameters.Encode(made)
	return prefect.Object(doc), err
}

// CheckParameters tells whether made parameters are what a schema asks for. What is wrong is a *prefect.Error, which says what
// failed: "creating flow run".
func CheckParameters(made any, schema *prefect.Object, ignoreRequired bool, what string) error {
	if schema == nil {
		return prefect.NewError(prefect.Conflict, "Error updating deployment: Cannot update parameters because parameter schema enforcement is enabled and the deployment does not have a valid parameter schema.")
	}
	parsed, err := parameters.Parse(prefect.Raw(*schema))
	if err == nil {
		err = parameters.Validate(made, parsed, parameters.Options{IgnoreRequired: ignoreRequired})
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, parameters.ErrCircular):
		return prefect.NewError(prefect.Invalid, "Invalid schema: Unable to validate schema with circular references.")
	}
	return prefect.NewError(prefect.Conflict, "Error "+what+": "+err.Error())
}

// CheckAsGiven tells what is wrong with parameters as a client gives them with a schema that it wants to hold, or "".
func CheckAsGiven(given prefect.Object, schema *prefect.Object) string {
	if schema == nil {
		return ""
	}
	made, err := parameters.Parse(prefect.Raw(given))
	if err != nil {
		return err.Error()
	}
	parsed, err := parameters.Parse(prefect.Raw(*schema))
	if err != nil {
		return err.Error()
	}
	err = parameters.Validate(made, parsed, parameters.Options{IgnoreRequired: true, AsIs: true})
	var bad *parameters.SchemaError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &bad):
		return "The provided schema is not a valid json schema. Schema error: " + bad.Message
	}
	return err.Error()
}

// overlay lays parameters over others.
func overlay(below, above prefect.Object) prefect.Object {
	if len(above) == 0 || string(above) == "{}" {
		return below
	}
	lower, err := parameters.Parse(prefect.Raw(below))
	if err != nil {
		return above // never: it was read from JSON
	}
	upper, err := parameters.Parse(prefect.Raw(above))
	if err != nil {
		return below // the same
	}
	merged, ok := lower.(*parameters.Object)
	if !ok {
		return above
	}
	if o, ok := upper.(*parameters.Object); ok {
		for _, name := range o.Names {
			merged.Set(name, o.Members[name])
		}
	}
	doc, err := parameters.Encode(merged)
	if err != nil {
		return below // the same
	}
	return prefect.Object(doc)
}

// Parse reads parameters as they are stored.
func Parse(stored prefect.Object) (any, error) { return parameters.Parse(prefect.Raw(stored)) }
