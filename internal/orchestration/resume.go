package orchestration

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"praetor/internal/parameters"
	"praetor/internal/prefect"
)

// ResumeFlowRun lets a paused flow run go on. Where the pause waits for input, the input is made of what was given, checked
// by the schema that the flow left for it, and handed to the flow once the run goes on. A nil input is none.
func (o *Orchestrator) ResumeFlowRun(ctx context.Context, id uuid.UUID, input prefect.Object, opts Options) (*Result, error) {
	return o.inTransaction(ctx, func(tx Tx) (*Result, error) {
		run, err := tx.LockFlowRun(ctx, id)
		if err == nil && run == nil {
			err = prefect.NewError(prefect.NotFound, "Flow run not found")
		}
		if err != nil {
			return nil, err
		}
		if !run.State.Is(prefect.Paused) {
			return &Result{OrchestrationResult: prefect.Aborted("Cannot resume a flow run that is not paused.")}, nil
		}
		var value *parameters.Object
		keyset := run.State.StateDetails.RunInputKeyset
		if keyset != nil && len(*keyset) > 0 {
			var refusal string
			if value, refusal, err = o.runInput(ctx, tx, id, (*keyset)["schema"], input); err != nil {
				return nil, err
			}
			if refusal != "" {
				return refusedResume(run.State, refusal), nil
			}
		}
		now := o.Clock()
		state := prefect.NewState(prefect.Running, "", now)
		if run.State.StateDetails.PauseReschedule {
			state = prefect.NewScheduled("Resuming", now, now)
		}
		result, err := o.SetFlowRunStateIn(ctx, tx, id, state, opts)
		if err != nil || result.Status != prefect.Accept || value == nil || len(value.Names) == 0 {
			return result, err
		}
		return result, o.storeRunInput(ctx, tx, id, (*keyset)["response"], value, now)
	})
}

// refusedResume is the answer to an input that does not do. It carries the details of an abortion, as the reference's does.
func refusedResume(state *prefect.State, reason string) *Result {
	result := prefect.Aborted(reason)
	result.State, result.Status = state, prefect.Reject
	return &Result{OrchestrationResult: result}
}

// runInput makes the input that a pause waits for, or says why what was given does not do.
func (o *Orchestrator) runInput(ctx context.Context, tx Tx, id uuid.UUID, schemaKey string, given prefect.Object) (value *parameters.Object, refusal string, err error) {
	if given == nil {
		given = prefect.Object("{}")
	}
	parsed, err := parameters.Parse(prefect.Raw(given))
	if err != nil {
		return nil, "", err // it was JSON when it was read from the request
	}
	hydrator := &parameters.Hydrator{Render: o.Render, Variables: func(names []string) (map[string]any, error) {
		return variables(ctx, tx, names)
	}}
	made, err := hydrator.Hydrate(parsed)
	if err != nil {
		return nil, "", err
	}
	if problem := parameters.FirstError(made); problem != nil {
		return nil, "Error hydrating run input: " + problem.Message, nil
	}
	stored, err := tx.FlowRunInput(ctx, id, schemaKey)
	if err != nil {
		return nil, "", err
	}
	if stored == nil {
		return nil, "Run input schema not found.", nil
	}
	schema, err := parameters.Parse(prefect.Raw(stored.Value))
	if err != nil {
		return nil, "Run input schema is not valid JSON.", nil
	}
	var wrong *parameters.ValidationError
	switch err := parameters.Validate(made, schema, parameters.Options{}); {
	case errors.Is(err, parameters.ErrCircular):
		return nil, "Invalid schema: Unable to validate schema with circular references.", nil
	case errors.As(err, &wrong):
		return nil, "Reason: " + wrong.Message, nil
	case err != nil:
		return nil, err.Error(), nil
	}
	object, ok := made.(*parameters.Object)
	if !ok {
		return nil, "Reason: Validation failed. Failure reason: the run input is not an object", nil
	}
	return object, "", nil
}

func variables(ctx context.Context, tx Tx, names []string) (map[string]any, error) {
	stored, err := tx.VariableValues(ctx, names)
	if err != nil {
		return nil, err
	}
	values := make(map[string]any, len(stored))
	for name, doc := range stored {
		if values[name] = nil; doc == nil {
			continue // a null
		}
		if values[name], err = parameters.Parse(doc); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func (o *Orchestrator) storeRunInput(ctx context.Context, tx Tx, id uuid.UUID, key string, value *parameters.Object, now time.Time) error {
	if err := prefect.CheckInputKey(key); err != nil {
		return err
	}
	doc, err := parameters.Encode(value)
	if err != nil {
		return err
	}
	at := prefect.TimeOf(now)
	return tx.InsertFlowRunInput(ctx, &prefect.FlowRunInput{ID: prefect.NewID(), Created: at, Updated: at, FlowRunID: id, Key: key, Value: string(doc)})
}
