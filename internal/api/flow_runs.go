package api

import (
	"context"
	"encoding/base64"
	"regexp"

	"github.com/google/uuid"

	"praetor/internal/orchestration"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createFlowRun struct {
	caller
	Body prefect.FlowRunCreate `body:""`
}

func (s *Server) createFlowRun(ctx context.Context, in *createFlowRun) (reply[*prefect.FlowRun], error) {
	b := &in.Body
	now := prefect.TimeOf(s.clock())
	run := &prefect.FlowRun{
		ID: prefect.NewID(), Created: now, Updated: now, FlowID: b.FlowID, DeploymentID: b.DeploymentID,
		FlowVersion: b.FlowVersion, Parameters: b.Parameters, IdempotencyKey: b.IdempotencyKey, Context: b.Context,
		EmpiricalPolicy: b.EmpiricalPolicy, Tags: b.Tags, ParentTaskRunID: b.ParentTaskRunID,
		InfrastructureDocumentID: b.InfrastructureDocumentID, JobVariables: jobVariables(b), WorkQueueName: b.WorkQueueName,
		CreatedBy: in.createdBy(),
	}
	run.Name = nameOrRandom(b.Name)
	state := prefect.NewState(prefect.Pending, "", now.Time)
	if b.State != nil {
		state = b.State.State(now.Time)
	}
	if err := s.checkParameterSize(run.Parameters); err != nil {
		return reply[*prefect.FlowRun]{}, err
	}
	var created bool
	var result *orchestration.Result
	stored, err := write(ctx, s, func(tx *store.Tx) (*prefect.FlowRun, error) {
		if err := resolveWorkQueue(ctx, tx, run, b.WorkPoolName, b.WorkQueueName); err != nil {
			return nil, err
		}
		labels, err := tx.FlowRunSystemLabels(ctx, run)
		if err != nil {
			return nil, err
		}
		run.Labels = labels.With(b.Labels)
		if created, result, err = s.insertFlowRun(ctx, tx, run, state); err != nil {
			return nil, err
		}
		if !created {
			return tx.FlowRunByKey(ctx, run.FlowID, *run.IdempotencyKey)
		}
		return tx.CommitWithFlowRun(ctx, run.ID)
	})
	if err == nil && result != nil {
		result.Done(ctx)
	}
	return newOrOld(created, stored), err
}

// insertFlowRun stores a new run in its first state, unless its flow has one of the same idempotency key.
func (s *Server) insertFlowRun(ctx context.Context, tx *store.Tx, run *prefect.FlowRun, state prefect.State) (created bool, _ *orchestration.Result, err error) {
	if run.IdempotencyKey == nil {
		result, err := s.orchestrator.InsertFlowRunIn(ctx, tx, run, state)
		return true, result, err
	}
	if created, err = tx.InsertFlowRun(ctx, run); err != nil || !created {
		return false, nil, err
	}
	result, err := s.orchestrator.SetFirstFlowRunStateIn(ctx, tx, run, state)
	return true, result, err
}

// jobVariables are the client's. Where it gives none the reference stores an empty object or, for a run with a key, null.
func jobVariables(b *prefect.FlowRunCreate) *prefect.Object {
	if b.JobVariables == nil && (b.IdempotencyKey == nil || *b.IdempotencyKey == "") {
		return new(prefect.Object)
	}
	return b.JobVariables
}

// nameOrRandom is the name that the client gives a run, or a generated one.
func nameOrRandom(name *string) string {
	if name == nil {
		return prefect.RandomName()
	}
	return *name
}

// caller is what a request says of who sends it.
type caller struct {
	UserAgent      string     `header:"user-agent"`
	AutomationID   *uuid.UUID `header:"prefect-automation-id"`
	AutomationName *string    `header:"prefect-automation-name"`
}

// clientForm is what the client says of itself in the header User-Agent.
var clientForm = regexp.MustCompile(`^prefect/(\d+\.\d+\.\d+(?:[a-z.+0-9]+)?) \(API \S+\)$`)

// clientVersion is the release of the Prefect client, or empty.
func (c *caller) clientVersion() string {
	if m := clientForm.FindStringSubmatch(c.UserAgent); m != nil {
		return m[1]
	}
	return ""
}

// createdBy names the automation whose action the request is, or nothing.
func (c *caller) createdBy() *prefect.CreatedBy {
	if c.AutomationID == nil || c.AutomationName == nil {
		return nil
	}
	name, err := base64.StdEncoding.DecodeString(*c.AutomationName)
	if err != nil || len(name) == 0 {
		return nil
	}
	kind, display := "AUTOMATION", string(name)
	return &prefect.CreatedBy{ID: c.AutomationID, Type: &kind, DisplayValue: &display}
}

func (s *Server) readFlowRun(ctx context.Context, in *byID) (*prefect.FlowRun, error) {
	return readOne(ctx, s, "Flow run", func(tx *store.Tx) (*prefect.FlowRun, error) { return tx.FlowRun(ctx, in.ID) })
}

// flowRunFilters is the part of a query's body that selects flow runs.
type flowRunFilters struct {
	flowFilters
	WorkPoolQueues *prefect.WorkQueueFilter `json:"work_pool_queues"`
}

func (f *flowRunFilters) filters() *store.Filters {
	filters := f.flowFilters.filters()
	filters.WorkQueues = f.WorkPoolQueues
	return filters
}

type flowRunsQuery struct {
	Sort prefect.FlowRunSort `json:"sort" default:"\"ID_DESC\""`
	paging
	flowRunFilters
}

type readFlowRuns struct {
	Body flowRunsQuery `body:"embed"`
}

func (s *Server) readFlowRuns(ctx context.Context, in *readFlowRuns) ([]prefect.FlowRun, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.FlowRun, error) {
		return tx.FlowRuns(ctx, q.filters(), q.Sort, *q.Limit, q.Offset)
	})
}

type flowRunsPageQuery struct {
	Sort prefect.FlowRunSort `json:"sort" default:"\"ID_DESC\""`
	numbered
	flowRunFilters
}

type paginateFlowRuns struct {
	Body flowRunsPageQuery `body:"embed"`
}

func (s *Server) paginateFlowRuns(ctx context.Context, in *paginateFlowRuns) (*pageOf[prefect.FlowRun], error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) (*pageOf[prefect.FlowRun], error) {
		runs, err := tx.FlowRuns(ctx, q.filters(), q.Sort, *q.Limit, q.offset())
		if err != nil {
			return nil, err
		}
		count, err := tx.CountFlowRuns(ctx, q.filters())
		return newPage(&q.numbered, runs, count), err
	})
}

type countFlowRuns struct {
	Body flowRunFilters `body:"embed"`
}

func (s *Server) countFlowRuns(ctx context.Context, in *countFlowRuns) (int64, error) {
	return read(ctx, s, func(tx *store.Tx) (int64, error) { return tx.CountFlowRuns(ctx, in.Body.filters()) })
}

func (s *Server) deleteFlowRun(ctx context.Context, in *byID) (none, error) {
	gone, err := s.orchestrator.DeleteFlowRun(ctx, in.ID)
	if err == nil && !gone {
		err = notFound("Flow run")
	}
	return none{}, err
}

type bulkDeleteFlowRuns struct {
	Body struct {
		FlowRuns *prefect.FlowRunFilter `json:"flow_runs"`
		Limit    int64                  `json:"limit" default:"50" v:"ge=1,le=50"`
	} `body:"embed"`
}

// bulkDeleteFlowRuns deletes each chosen run in a transaction of its own: together they could not be locked in an order.
func (s *Server) bulkDeleteFlowRuns(ctx context.Context, in *bulkDeleteFlowRuns) (*deleted, error) {
	ids, err := read(ctx, s, func(tx *store.Tx) ([]uuid.UUID, error) {
		return tx.FlowRunIDs(ctx, &store.Filters{FlowRuns: in.Body.FlowRuns}, in.Body.Limit)
	})
	answer := &deleted{Deleted: []uuid.UUID{}}
	for _, id := range ids {
		gone, err := s.orchestrator.DeleteFlowRun(ctx, id)
		if err != nil {
			return nil, err
		}
		if gone {
			answer.Deleted = append(answer.Deleted, id)
		}
	}
	return answer, err
}

type updateFlowRunLabels struct {
	byID
	Body map[string]prefect.Raw `body:""`
}

func (s *Server) updateFlowRunLabels(ctx context.Context, in *updateFlowRunLabels) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		run, err := tx.LockFlowRun(ctx, in.ID)
		if err == nil && run == nil {
			err = &prefect.Error{Kind: prefect.NotFound, Message: "Flow run with id " + in.ID.String() + " not found", Exception: true}
		}
		if err != nil {
			return none{}, err
		}
		added := prefect.Labels(in.Body)
		return none{}, tx.SetFlowRunLabels(ctx, in.ID, run.Labels.With(&added))
	})
}

type updateFlowRun struct {
	byID
	Body prefect.FlowRunUpdate `body:""`
}

func (s *Server) updateFlowRun(ctx context.Context, in *updateFlowRun) (none, error) {
	u := &in.Body
	if u.Name.Set {
		name := nameOrRandom(u.Name.Value)
		u.Name.Value = &name
	}
	if err := s.checkParameterSize(u.Parameters.Value); err != nil {
		return none{}, err
	}
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		run, err := tx.LockFlowRun(ctx, in.ID)
		if err == nil && run == nil {
			err = notFound("Flow run")
		}
		if err == nil && u.JobVariables.Value != nil {
			err = s.checkJobVariables(ctx, tx, run, u.JobVariables.Value)
		}
		if err != nil {
			return none{}, err
		}
		_, err = tx.UpdateFlowRun(ctx, in.ID, u)
		return none{}, err
	})
}

// checkJobVariables refuses to change how a run is started once that has begun, or where nothing starts it.
func (s *Server) checkJobVariables(ctx context.Context, tx *store.Tx, run *prefect.FlowRun, variables *prefect.Object) error {
	switch {
	case run.State == nil:
		return prefect.NewError(prefect.BadRequest, "Flow run state is required to update job variables but none exists")
	case run.State.Type != prefect.Scheduled:
		return prefect.NewError(prefect.BadRequest, "Job variables for a flow run in state "+string(run.State.Type)+" cannot be updated")
	case run.DeploymentID == nil:
		return errNoDeployment()
	}
	d, err := tx.Deployment(ctx, *run.DeploymentID)
	if err == nil && d == nil {
		err = errNoDeployment()
	}
	if err != nil {
		return err
	}
	return s.checkRunVariables(ctx, tx, d, variables, "Error updating flow run")
}

func errNoDeployment() error {
	return prefect.NewError(prefect.BadRequest, "A deployment for the flow run could not be found")
}
