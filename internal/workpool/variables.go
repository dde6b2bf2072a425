package workpool

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"praetor/internal/parameters"
	"praetor/internal/prefect"
)

// BlockData gives the data of a block document, or nil when there is none of that id.
type BlockData func(ctx context.Context, id uuid.UUID) (prefect.Object, error)

// Check says how strictly job variables are looked at.
type Check struct {
	// IgnoreRequired lets variables be absent: others may give them later.
	IgnoreRequired bool
	// IgnoreInvalidDefaults passes over defaults that the template's own schema refuses.
	IgnoreInvalidDefaults bool
}

// CheckVariables tells whether a template's defaults, and what is laid over them, are what the template's schema of variables
// asks for. What is wrong is a *parameters.ValidationError; a schema that is none, or a block that does not exist, is a
// *prefect.Error. A template without variables takes anything.
func CheckVariables(ctx context.Context, block BlockData, template prefect.Object, o Check, overrides ...prefect.Object) error {
	variables, err := variablesOf(template)
	if err != nil || variables == nil {
		return err
	}
	if err := wellFormed(variables); err != nil {
		return err
	}
	values, invalid, err := defaults(ctx, block, variables, o.IgnoreInvalidDefaults)
	if err != nil {
		return err
	}
	for _, over := range overrides {
		doc, err := parameters.Parse(prefect.Raw(over))
		if err != nil {
			return &prefect.Error{Kind: prefect.Invalid, Message: "The job variables are no JSON object.", Err: err}
		}
		if o, ok := doc.(*parameters.Object); ok {
			for _, name := range o.Names {
				values.Set(name, o.Members[name])
			}
		}
	}
	err = parameters.Validate(values, variables, parameters.Options{IgnoreRequired: o.IgnoreRequired || invalid, AllowNullWithDefault: true})
	return schemaProblem(err)
}

// CheckDefaults is CheckVariables for a template by itself, as it is when it becomes a pool's.
func CheckDefaults(ctx context.Context, block BlockData, template prefect.Object) error {
	err := CheckVariables(ctx, block, template, Check{IgnoreRequired: true})
	var invalid *parameters.ValidationError
	if errors.As(err, &invalid) {
		return &prefect.Error{Kind: prefect.Invalid, Message: "Validation failed for work pool's job variable defaults: " + invalid.Message}
	}
	return err
}

// schemaProblem makes the API's error of a schema that cannot be followed.
func schemaProblem(err error) error {
	var bad *parameters.SchemaError
	if errors.As(err, &bad) || errors.Is(err, parameters.ErrCircular) {
		return &prefect.Error{Kind: prefect.Invalid, Message: err.Error()}
	}
	return err
}

// wellFormed tells whether a schema is one, by looking at nothing with it.
func wellFormed(schema *parameters.Object) error {
	var invalid *parameters.ValidationError
	err := parameters.Validate(parameters.NewObject(), schema, parameters.Options{IgnoreRequired: true, AsIs: true})
	if errors.As(err, &invalid) {
		return nil
	}
	return schemaProblem(err)
}

func variablesOf(template prefect.Object) (*parameters.Object, error) {
	if len(template) == 0 {
		return nil, nil
	}
	doc, err := parameters.Parse(prefect.Raw(template))
	if err != nil {
		return nil, &prefect.Error{Kind: prefect.Invalid, Message: "The base job template is no JSON object.", Err: err}
	}
	t, ok := doc.(*parameters.Object)
	if !ok {
		return nil, nil
	}
	variables, ok := t.Members["variables"].(*parameters.Object)
	if !ok || len(variables.Names) == 0 {
		return nil, nil
	}
	return variables, nil
}

// defaults gives the defaults of the variables, with the data of the blocks that they name, and whether some of them were
// passed over because the schema refuses them.
func defaults(ctx context.Context, block BlockData, schema *parameters.Object, ignoreInvalid bool) (values *parameters.Object, invalid bool, err error) {
	values = parameters.NewObject()
	properties, ok := schema.Members["properties"].(*parameters.Object)
	if !ok {
		return values, false, nil
	}
	for _, name := range properties.Names {
		property, ok := properties.Members[name].(*parameters.Object)
		if !ok {
			continue
		}
		value, there := property.Get("default")
		if !there {
			continue
		}
		if reference, ok := value.(*parameters.Object); ok {
			if target, isReference := reference.Get("$ref"); isReference {
				if value, there, err = resolve(ctx, block, target); err != nil {
					return nil, false, err
				}
			}
		}
		if !there {
			continue
		}
		if ignoreInvalid {
			alone := parameters.NewObject()
			alone.Set(name, value)
			if parameters.Validate(alone, schema, parameters.Options{IgnoreRequired: true, AsIs: true}) != nil {
				invalid = true
				continue
			}
		}
		values.Set(name, value)
	}
	return values, invalid, nil
}

// resolve gives the data of the block that a default names. One that names none is as good as absent.
func resolve(ctx context.Context, block BlockData, target any) (value any, named bool, err error) {
	reference, ok := target.(*parameters.Object)
	if !ok {
		return nil, false, nil
	}
	text, there := reference.Get("block_document_id")
	if !there || text == nil {
		return nil, false, nil
	}
	missing := prefect.NewError(prefect.NotFound, "Block not found.")
	s, ok := text.(string)
	if !ok {
		return nil, false, missing
	}
	id, err := uuid.Parse(s)
	if err != nil {
		return nil, false, missing
	}
	data, err := block(ctx, id)
	if err != nil {
		return nil, false, err
	}
	if data == nil {
		return nil, false, missing
	}
	value, err = parameters.Parse(prefect.Raw(data))
	return value, err == nil, err
}
