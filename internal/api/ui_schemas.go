package api

import (
	"context"
	"errors"

	"praetor/internal/parameters"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

type validateSchema struct {
	Body struct {
		Schema prefect.Object `json:"schema" v:"required"`
		Values prefect.Object `json:"values" v:"required"`
	} `body:"embed"`
}

// uiValidateSchema hydrates values and says what is wrong with them by a schema. Templates are looked at and not rendered:
// what they will give is known when the run is made.
func (s *Server) uiValidateSchema(ctx context.Context, in *validateSchema) (*prefect.SchemaValuesValidationResponse, error) {
	schema, err := parameters.Parse(prefect.Raw(in.Body.Schema))
	if err != nil {
		return nil, err
	}
	values, err := parameters.Parse(prefect.Raw(in.Body.Values))
	if err != nil {
		return nil, err
	}
	hydrator := &parameters.Hydrator{Variables: s.variableValues}
	made, err := hydrator.Hydrate(ctx, values)
	if err != nil {
		return nil, err
	}
	problems, err := parameters.Problems(made, schema, parameters.Options{})
	if err != nil {
		return nil, schemaRefusal(err)
	}
	return parameters.Answer(problems), nil
}

// schemaRefusal says in the reference's words why a schema cannot be followed.
func schemaRefusal(err error) error {
	var none *parameters.SchemaError
	var unresolved *parameters.ValidationError
	switch {
	case errors.Is(err, parameters.ErrCircular):
		return prefect.NewError(prefect.Invalid, "Invalid schema: Unable to validate schema with circular references.")
	case errors.As(err, &none):
		return prefect.NewError(prefect.Invalid, none.Error())
	case errors.As(err, &unresolved):
		return prefect.NewError(prefect.Invalid, "Invalid schema: "+unresolved.Message)
	}
	return err
}

// variableValues gives the values of those of the variables that exist.
func (s *Server) variableValues(ctx context.Context, names []string) (map[string]any, error) {
	return read(ctx, s, func(tx *store.Tx) (map[string]any, error) {
		stored, err := tx.VariableValues(ctx, names)
		if err != nil {
			return nil, err
		}
		return parameters.ParseAll(stored)
	})
}
