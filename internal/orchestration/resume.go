package orchestration

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"praetor/internal/jinja/humanize"
	"praetor/internal/parameters"
	"praetor/internal/prefect"
)

// ResumeFlowRun lets a paused flow run go on. Where the pause waits for input, the input is made of what was given, checked
// by the schema that the flow left for it, and handed to the flow once the run goes on. A nil input is none.
func (o *Orchestrator) ResumeFlowRun(ctx context.Context, id uuid.UUID, input prefect.Object, opts Options) (*Result, error) {
	for {
		// The input is made outside the transaction, because templates may take their time. A pause that has given way to
		// another meanwhile may wait for another input.
		r := &resumption{id: id}
		if err := o.Store.Read(ctx, r.read(ctx)); err != nil {
			return nil, err
		}
		if !r.run.State.Is(prefect.Paused) {
			return &Result{OrchestrationResult: prefect.Aborted("Cannot resume a flow run that is not paused.")}, nil
		}
		reason, err := r.makeInput(ctx, o.Store, o.Clock, input)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			return r.refused(reason), nil
		}
		result, err := o.inTransaction(ctx, func(tx Tx) (*Result, error) { return o.resumeIn(ctx, tx, r, opts) })
		if !errors.Is(err, errOtherState) {
			return result, err
		}
	}
}

// errOtherState tells that the run has another state than the one that was looked at.
var errOtherState = errors.New("the run has another state")

func (o *Orchestrator) resumeIn(ctx context.Context, tx Tx, r *resumption, opts Options) (*Result, error) {
	run, err := tx.LockFlowRun(ctx, r.id)
	if err == nil && run != nil && (run.State == nil || run.State.ID != r.run.State.ID) {
		err = errOtherState
	}
	if err != nil {
		return nil, err
	}
	now := o.Clock()
	state := prefect.NewState(prefect.Running, "", now)
	if r.run.State.StateDetails.PauseReschedule {
		state = prefect.NewScheduled("Resuming", now, now)
	}
	result, err := o.SetFlowRunStateIn(ctx, tx, r.id, state, opts)
	if err != nil || result.Status != prefect.Accept || r.input == nil || len(r.input.Names) == 0 {
		return result, err
	}
	return result, r.storeInput(ctx, tx, prefect.TimeOf(now))
}

// resumption is what is known of a run that is to go on.
type resumption struct {
	id     uuid.UUID
	run    *prefect.FlowRun
	schema *prefect.FlowRunInput // nil where there is none
	input  *parameters.Object    // nil where none is waited for
}

func (r *resumption) read(ctx context.Context) func(Tx) error {
	return func(tx Tx) (err error) {
		if r.run, err = tx.FlowRun(ctx, r.id); err != nil {
			return err
		}
		if r.run == nil {
			return prefect.NewError(prefect.NotFound, "Flow run not found")
		}
		if key := r.key("schema"); key != "" {
			r.schema, err = tx.FlowRunInput(ctx, r.id, key)
		}
		return err
	}
}

// key gives the key of the run's inputs under which the pause expects what: its schema, or the response.
func (r *resumption) key(what string) string {
	if r.run.State == nil || r.run.State.StateDetails.RunInputKeyset == nil {
		return ""
	}
	return (*r.run.State.StateDetails.RunInputKeyset)[what]
}

// refused is the answer to an input that does not do. It carries the details of an abortion, as the reference's does.
func (r *resumption) refused(reason string) *Result {
	result := prefect.Aborted(reason)
	result.State, result.Status = r.run.State, prefect.Reject
	return &Result{OrchestrationResult: result}
}

// makeInput makes the input that the pause waits for, if it does, or says why what was given does not do.
func (r *resumption) makeInput(ctx context.Context, store Store, clock func() time.Time, given prefect.Object) (reason string, err error) {
	if keyset := r.run.State.StateDetails.RunInputKeyset; keyset == nil || len(*keyset) == 0 {
		return "", nil
	}
	if given == nil {
		given = prefect.Object("{}")
	}
	parsed, err := parameters.Parse(prefect.Raw(given))
	if err != nil {
		return "", err // it was JSON when it was read from the request
	}
	hydrator := &parameters.Hydrator{Templates: true, Variables: variablesFrom(store), TemplateFilters: humanize.Filters(clock)}
	made, err := hydrator.Hydrate(ctx, parsed)
	if err != nil {
		return "", err
	}
	if failure := parameters.FirstFailure(made); failure != "" {
		return "Error hydrating run input: " + failure, nil
	}
	if r.schema == nil {
		return "Run input schema not found.", nil
	}
	if reason := refusal(validate(made, r.schema.Value)); reason != "" {
		return reason, nil
	}
	object, ok := made.(*parameters.Object)
	if !ok {
		return "Reason: Validation failed. Failure reason: the run input is not an object", nil
	}
	r.input = object
	return "", nil
}

// errNoJSON tells that the schema that the flow left is no JSON.
var errNoJSON = errors.New("the schema is no JSON")

func validate(input any, schema string) error {
	parsed, err := parameters.Parse(prefect.Raw(schema))
	if err != nil {
		return errNoJSON
	}
	return parameters.Validate(input, parsed, parameters.Options{})
}

// refusal says in the reference's words what is wrong with an input, or with its schema; empty when nothing is.
func refusal(problem error) string {
	var wrong *parameters.ValidationError
	switch {
	case problem == nil:
		return ""
	case errors.Is(problem, errNoJSON):
		return "Run input schema is not valid JSON."
	case errors.Is(problem, parameters.ErrCircular):
		return "Invalid schema: Unable to validate schema with circular references."
	case errors.As(problem, &wrong):
		return "Reason: " + wrong.Message
	}
	return problem.Error()
}

func variablesFrom(store Store) func(ctx context.Context, names []string) (map[string]any, error) {
	return func(ctx context.Context, names []string) (values map[string]any, err error) {
		err = store.Read(ctx, func(tx Tx) error {
			stored, err := tx.VariableValues(ctx, names)
			if err == nil {
				values, err = parameters.ParseAll(stored)
			}
			return err
		})
		return values, err
	}
}

// storeInput hands the input to the flow.
func (r *resumption) storeInput(ctx context.Context, tx Tx, now prefect.Time) error {
	key := r.key("response")
	if err := prefect.CheckInputKey(key); err != nil {
		return err
	}
	doc, err := parameters.Encode(r.input)
	if err != nil {
		return err
	}
	return tx.InsertFlowRunInput(ctx, &prefect.FlowRunInput{ID: prefect.NewID(), Created: now, Updated: now, FlowRunID: r.id, Key: key, Value: string(doc)})
}
