package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"praetor/internal/deployment"
	"praetor/internal/orchestration"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createRunOfDeployment struct {
	byID
	caller
	Body prefect.DeploymentFlowRunCreate `body:""`
}

func (s *Server) createRunOfDeployment(ctx context.Context, in *createRunOfDeployment) (reply[*prefect.FlowRun], error) {
	run, created, err := s.createRun(ctx, in.ID, &in.Body, in.createdBy())
	return newOrOld(created, run), err
}

// createRun creates a run of a deployment, or finds the one of its key; it tells which.
func (s *Server) createRun(ctx context.Context, id uuid.UUID, b *prefect.DeploymentFlowRunCreate, by *prefect.CreatedBy) (*prefect.FlowRun, bool, error) {
	d, err := s.readDeployment(ctx, &byID{id})
	if err != nil {
		return nil, false, err
	}
	run, err := s.runOf(ctx, d, b)
	if err != nil {
		return nil, false, err
	}
	run.run.CreatedBy = by
	if err := s.storeRuns(ctx, run); err != nil {
		return nil, false, err
	}
	return run.run, run.created, nil
}

// newRun is a run that is to be stored, and then what became of it.
type newRun struct {
	run     *prefect.FlowRun
	state   prefect.State
	labels  *prefect.Labels
	queue   *string // of the deployment's pool, where it is not the deployment's
	pool    *string
	created bool
}

// runOf makes a run of a deployment.
func (s *Server) runOf(ctx context.Context, d *prefect.Deployment, b *prefect.DeploymentFlowRunCreate) (*newRun, error) {
	if err := s.checkParameterSize(b.Parameters); err != nil {
		return nil, err
	}
	made, err := deployment.MakeParameters(ctx, s.variableValues, s.clock, "flow run", d.Parameters, b.Parameters)
	if err != nil {
		return nil, err
	}
	enforce := d.EnforceParameterSchema
	if b.EnforceParameterSchema != nil {
		enforce = *b.EnforceParameterSchema
	}
	if enforce {
		if err := deployment.CheckParameters(made, d.ParameterOpenAPISchema, false, "creating flow run"); err != nil {
			return nil, err
		}
	}
	parameters, err := deployment.Encode(made)
	if err != nil {
		return nil, err
	}
	if _, err := read(ctx, s, func(tx *store.Tx) (none, error) {
		return none{}, s.checkRunVariables(ctx, tx, d, b.JobVariables, "Error creating flow run")
	}); err != nil {
		return nil, err
	}
	now := s.clock()
	r := &newRun{run: deployment.NewRun(d, b, parameters, prefect.TimeOf(now)), state: prefect.NewScheduled("", now, now), labels: b.Labels}
	if b.State != nil {
		r.state = b.State.State(now)
	}
	if b.WorkQueueName != nil && *b.WorkQueueName != "" {
		if d.WorkPoolName == nil {
			return nil, prefect.NewError(prefect.BadRequest, "Cannot create flow run in work queue "+*b.WorkQueueName+" because deployment "+d.ID.String()+
				" is not associated with a work pool. Please remove work_pool_name and try again.")
		}
		r.queue, r.pool, r.run.WorkQueueName = b.WorkQueueName, d.WorkPoolName, b.WorkQueueName
	}
	return r, nil
}

// storeRuns stores runs in one transaction. A run whose idempotency key its flow has seen gives way to the one of that key.
func (s *Server) storeRuns(ctx context.Context, runs ...*newRun) error {
	var results []*orchestration.Result
	_, err := write(ctx, s, func(tx *store.Tx) (none, error) {
		results = results[:0]
		for _, r := range runs {
			result, err := s.storeRun(ctx, tx, r)
			if err != nil {
				return none{}, err
			}
			if result != nil {
				results = append(results, result)
			}
		}
		return none{}, nil
	})
	if err == nil {
		for _, result := range results {
			result.Done(ctx)
		}
	}
	return err
}

func (s *Server) storeRun(ctx context.Context, tx *store.Tx, r *newRun) (result *orchestration.Result, err error) {
	if r.queue != nil {
		if r.run.WorkQueueID, _, err = place(ctx, tx, r.pool, r.queue); err != nil {
			return nil, err
		}
	}
	labels, err := tx.FlowRunSystemLabels(ctx, r.run)
	if err != nil {
		return nil, err
	}
	r.run.Labels = labels.With(r.labels)
	if r.created, result, err = s.insertFlowRun(ctx, tx, r.run, r.state); err != nil {
		return nil, err
	}
	if !r.created {
		r.run, err = tx.FlowRunByKey(ctx, r.run.FlowID, *r.run.IdempotencyKey)
		return nil, err
	}
	r.run, err = tx.FlowRun(ctx, r.run.ID)
	return result, err
}

type createRunsOfDeployment struct {
	byID
	caller
	Body []prefect.DeploymentFlowRunCreate `body:""`
}

// maxBulkRuns is how many runs one request may create.
const maxBulkRuns = 100

// createdRuns says what became of each run of a request.
type createdRuns struct {
	Results []createdRun `json:"results"`
}

type createdRun struct {
	FlowRunID *uuid.UUID `json:"flow_run_id"`
	Status    string     `json:"status"` // CREATED or FAILED
	Error     *string    `json:"error"`
}

func (s *Server) createRunsOfDeployment(ctx context.Context, in *createRunsOfDeployment) (*createdRuns, error) {
	if len(in.Body) > maxBulkRuns {
		return nil, prefect.NewError(prefect.BadRequest, "Cannot create more than 100 flow runs at once.")
	}
	d, err := s.readDeployment(ctx, &in.byID)
	if err != nil {
		return nil, err
	}
	answer := &createdRuns{Results: make([]createdRun, len(in.Body))}
	runs := make([]*newRun, len(in.Body)) // nil: failed
	var good []*newRun
	for i := range in.Body {
		r, err := s.runOf(ctx, d, &in.Body[i])
		if err != nil {
			if answer.Results[i], err = failedRun(err); err != nil {
				return nil, err
			}
			continue
		}
		r.run.CreatedBy = in.createdBy()
		runs[i], good = r, append(good, r)
	}
	// Together is how they are stored as a rule; one that cannot be must not keep the others out.
	var together *store.ConstraintError
	err = s.storeRuns(ctx, good...)
	alone := errors.As(err, &together) || isKnown(err)
	if err != nil && !alone {
		return nil, err
	}
	for i, r := range runs {
		if r == nil {
			continue
		}
		if alone {
			if err := s.storeRuns(ctx, r); err != nil {
				if answer.Results[i], err = failedRun(err); err != nil {
					return nil, err
				}
				continue
			}
		}
		answer.Results[i] = createdRun{FlowRunID: &r.run.ID, Status: "CREATED"}
	}
	return answer, nil
}

func isKnown(err error) bool {
	var known *prefect.Error
	return errors.As(err, &known)
}

// failedRun is the answer for a run that the request got wrong; what is not the request's fault is an error.
func failedRun(err error) (createdRun, error) {
	status, body := problem(err)
	message := err.Error()
	if d, ok := body.(detail); ok {
		message = d.Detail
	}
	var field *invalidFieldError
	if errors.As(err, &field) {
		message, status = field.message, statusOf(prefect.Invalid)
	}
	if status >= http.StatusInternalServerError {
		return createdRun{}, err
	}
	return createdRun{Status: "FAILED", Error: &message}, nil
}

type scheduledRunsOfDeployments struct {
	Body scheduledRunsQuery `body:"embed"`
}

type scheduledRunsQuery struct {
	DeploymentIDs   []uuid.UUID   `json:"deployment_ids" v:"required"`
	ScheduledBefore *prefect.Time `json:"scheduled_before"`
	Limit           *int64        `json:"limit" v:"clamp,early"`
}

func (q *scheduledRunsQuery) limitField() **int64 { return &q.Limit }

// pollNoted is for how long a poll of a deployment need not be noted again.
const pollNoted = 10 * time.Second

func (s *Server) scheduledRunsOfDeployments(ctx context.Context, in *scheduledRunsOfDeployments) ([]prefect.FlowRun, error) {
	q := &in.Body
	scheduled := []prefect.StateType{prefect.Scheduled}
	since := prefect.TimeOf(s.clock().Add(-pollNoted))
	var unnoted []uuid.UUID
	runs, err := read(ctx, s, func(tx *store.Tx) ([]prefect.FlowRun, error) {
		runs, err := tx.FlowRuns(ctx, &store.Filters{
			Deployments: &prefect.DeploymentFilter{ID: &prefect.IDFilter{Any: &q.DeploymentIDs}},
			FlowRuns: &prefect.FlowRunFilter{
				State:                  &prefect.FlowRunFilterState{Type: &prefect.FlowRunFilterStateType{Any: &scheduled}},
				NextScheduledStartTime: &prefect.TimeFilter{Before: q.ScheduledBefore},
			},
		}, prefect.FlowRunNextScheduledStartTimeAsc, *q.Limit, 0)
		if err != nil {
			return nil, err
		}
		unnoted, err = tx.UnpolledDeployments(ctx, q.DeploymentIDs, since)
		return runs, err
	})
	if err == nil && len(unnoted) > 0 {
		_, err = write(ctx, s, func(tx *store.Tx) (none, error) {
			ready, err := tx.MarkDeploymentsPolled(ctx, unnoted, since)
			if err != nil {
				return none{}, err
			}
			return none{}, tellReady(ctx, tx, ready)
		})
	}
	return runs, err
}
