package api

import (
	"context"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"praetor/internal/automation/action"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// Operations does for actions of automations what the handlers do for requests. It is an action.Operations.
type Operations struct{ server *Server }

// NewOperations makes the operations without a handler: for a process that takes actions and answers no requests.
func NewOperations(o Options) *Operations { return &Operations{newServer(o)} }

// answered is the answer that a request would get; what would be the server's fault is an error.
func answered(status int, err error) (action.Answer, error) {
	if err == nil {
		return action.Answer{Status: status}, nil
	}
	status, body := problem(err)
	if status >= http.StatusInternalServerError {
		return action.Answer{}, err
	}
	answer := action.Answer{Status: status}
	if d, ok := body.(detail); ok {
		answer.Detail, err = json.Marshal(d.Detail)
		if err != nil {
			return action.Answer{}, err
		}
	}
	return answer, nil
}

// CreateRun implements action.Operations.
func (o *Operations) CreateRun(ctx context.Context, deployment uuid.UUID, run *prefect.DeploymentFlowRunCreate, by *prefect.CreatedBy) (*prefect.FlowRun, action.Answer, error) {
	created, isNew, err := o.server.createRun(ctx, deployment, run, by)
	status := http.StatusOK
	if isNew {
		status = http.StatusCreated
	}
	answer, err := answered(status, err)
	return created, answer, err
}

// PauseDeployment implements action.Operations.
func (o *Operations) PauseDeployment(ctx context.Context, id uuid.UUID, paused bool) (action.Answer, error) {
	return answered(http.StatusOK, o.server.setPaused(ctx, id, paused))
}

// SetFlowRunState implements action.Operations.
func (o *Operations) SetFlowRunState(ctx context.Context, id uuid.UUID, state prefect.StateCreate, force bool) (*prefect.OrchestrationResult, action.Answer, error) {
	in := &setFlowRunState{Body: setState{State: state, Force: force}}
	in.ID = id
	return transitioned(o.server.setFlowRunState(ctx, in))
}

// ResumeFlowRun implements action.Operations.
func (o *Operations) ResumeFlowRun(ctx context.Context, id uuid.UUID) (*prefect.OrchestrationResult, action.Answer, error) {
	in := &resumeFlowRun{}
	in.ID = id
	return transitioned(o.server.resumeFlowRun(ctx, in))
}

func transitioned(r reply[*prefect.OrchestrationResult], err error) (*prefect.OrchestrationResult, action.Answer, error) {
	status, body := http.StatusOK, any(nil)
	if err == nil {
		status, body = r.answer()
	}
	answer, err := answered(status, err)
	result, _ := body.(*prefect.OrchestrationResult)
	return result, answer, err
}

// DeleteFlowRun implements action.Operations.
func (o *Operations) DeleteFlowRun(ctx context.Context, id uuid.UUID) (action.Answer, error) {
	_, err := o.server.deleteFlowRun(ctx, &byID{id})
	return answered(http.StatusNoContent, err)
}

// PauseWorkQueue implements action.Operations.
func (o *Operations) PauseWorkQueue(ctx context.Context, id uuid.UUID, paused bool) (action.Answer, error) {
	in := &updateWorkQueue{Body: prefect.WorkQueueUpdate{IsPaused: prefect.Some(paused)}}
	in.ID = id
	_, err := o.server.updateWorkQueue(ctx, in)
	return answered(http.StatusNoContent, err)
}

// PauseWorkPool implements action.Operations.
func (o *Operations) PauseWorkPool(ctx context.Context, name string, paused bool) (action.Answer, error) {
	in := &updateWorkPool{Body: prefect.WorkPoolUpdate{IsPaused: prefect.Some(&paused)}}
	in.Name = name
	_, err := o.server.updateWorkPool(ctx, in)
	return answered(http.StatusNoContent, err)
}

// EnableAutomation implements action.Operations.
func (o *Operations) EnableAutomation(ctx context.Context, id uuid.UUID, enabled bool) (action.Answer, error) {
	in := &patchAutomation{Body: prefect.AutomationPartialUpdate{Enabled: prefect.Some(enabled)}}
	in.ID = id
	_, err := o.server.patchAutomation(ctx, in)
	return answered(http.StatusNoContent, err)
}

// WorkPool implements action.Operations.
func (o *Operations) WorkPool(ctx context.Context, id uuid.UUID) (*prefect.WorkPool, error) {
	return read(ctx, o.server, func(tx *store.Tx) (*prefect.WorkPool, error) {
		p, err := tx.WorkPool(ctx, id)
		if err != nil || p == nil {
			return nil, err
		}
		return p, showPools(ctx, tx, []*prefect.WorkPool{p})
	})
}

// Object implements action.Operations.
func (o *Operations) Object(ctx context.Context, kind string, id uuid.UUID) (any, error) {
	in, s := &byID{id}, o.server
	switch kind {
	case "deployment":
		return found(s.readDeployment(ctx, in))
	case "flow":
		return found(s.readFlow(ctx, in))
	case "flow_run":
		return found(s.readFlowRun(ctx, in))
	case "task_run":
		return found(s.readTaskRun(ctx, in))
	case "work_pool":
		return found(o.WorkPool(ctx, id))
	case "work_queue":
		return o.queue(ctx, in)
	case "concurrency_limit":
		return found(read(ctx, s, func(tx *store.Tx) (*prefect.ConcurrencyLimitV2, error) { return tx.ConcurrencyLimitV2(ctx, id) }))
	}
	return nil, nil
}

// found makes nil of what is not there.
func found[T any](object *T, err error) (any, error) {
	if status, _ := problem(err); err != nil && status < http.StatusInternalServerError {
		return nil, nil
	}
	if err != nil || object == nil {
		return nil, err
	}
	return object, nil
}

// queueWithStatus is a queue with what its status says besides.
type queueWithStatus struct {
	prefect.WorkQueue
	Healthy           bool                          `json:"healthy"`
	LateRunsCount     int64                         `json:"late_runs_count"`
	HealthCheckPolicy prefect.WorkQueueHealthPolicy `json:"health_check_policy"`
}

func (o *Operations) queue(ctx context.Context, in *byID) (any, error) {
	q, err := found(o.server.readWorkQueue(ctx, in))
	queue, ok := q.(*prefect.WorkQueue)
	if err != nil || !ok {
		return nil, err
	}
	status, err := o.server.readQueueStatus(ctx, in)
	if err != nil {
		return found[any](nil, err)
	}
	return &queueWithStatus{*queue, status.Healthy, status.LateRunsCount, status.HealthCheckPolicy}, nil
}

// maxVariables is how many variables a template can see.
const maxVariables = 10_000

// Variables implements action.Operations.
func (o *Operations) Variables(ctx context.Context, names []string) (map[string]prefect.Raw, error) {
	return read(ctx, o.server, func(tx *store.Tx) (map[string]prefect.Raw, error) {
		if names != nil {
			return tx.VariableValues(ctx, names)
		}
		all, err := tx.Variables(ctx, nil, prefect.VariableNameAsc, maxVariables, 0)
		if err != nil {
			return nil, err
		}
		values := make(map[string]prefect.Raw, len(all))
		for i := range all {
			values[all[i].Name] = all[i].Value
		}
		return values, nil
	})
}

// Block implements action.Operations.
func (o *Operations) Block(ctx context.Context, id uuid.UUID) (*prefect.BlockDocument, error) {
	return read(ctx, o.server, func(tx *store.Tx) (*prefect.BlockDocument, error) { return o.server.vault.Document(ctx, tx, id, true) })
}

// Emit implements action.Operations.
func (o *Operations) Emit(ctx context.Context, events ...prefect.Event) error {
	return o.server.store.Write(ctx, func(tx *store.Tx) error { return tx.EmitEvents(ctx, events...) })
}
