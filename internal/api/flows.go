package api

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createFlow struct {
	Body prefect.FlowCreate `body:""`
}

func (s *Server) createFlow(ctx context.Context, in *createFlow) (reply[*prefect.Flow], error) {
	now := prefect.TimeOf(s.clock())
	flow := &prefect.Flow{ID: prefect.NewID(), Created: now, Updated: now, Name: in.Body.Name, Tags: in.Body.Tags, Labels: in.Body.Labels}
	var created bool
	stored, err := write(ctx, s, func(tx *store.Tx) (stored *prefect.Flow, err error) {
		stored, created, err = tx.CreateFlow(ctx, flow)
		if err != nil || !created {
			return stored, err
		}
		return stored, tx.EmitEvents(ctx, events.FlowEvent(events.Created, stored, now))
	})
	return newOrOld(created, stored), err
}

// byID is the input of operations on one resource.
type byID struct {
	ID uuid.UUID `path:"id"`
}

// byName is the input of operations on one named resource.
type byName struct {
	Name string `path:"name"`
}

func (s *Server) readFlow(ctx context.Context, in *byID) (*prefect.Flow, error) {
	return readOne(ctx, s, "Flow", func(tx *store.Tx) (*prefect.Flow, error) { return tx.Flow(ctx, in.ID) })
}

func (s *Server) readFlowByName(ctx context.Context, in *byName) (*prefect.Flow, error) {
	return readOne(ctx, s, "Flow", func(tx *store.Tx) (*prefect.Flow, error) { return tx.FlowByName(ctx, in.Name) })
}

type updateFlow struct {
	byID
	Body prefect.FlowUpdate `body:""`
}

func (s *Server) updateFlow(ctx context.Context, in *updateFlow) (none, error) {
	flow, err := write(ctx, s, func(tx *store.Tx) (*prefect.Flow, error) {
		flow, err := tx.UpdateFlow(ctx, in.ID, &in.Body)
		if err != nil || flow == nil {
			return nil, err
		}
		return flow, tx.EmitEvents(ctx, events.FlowEvent(events.Updated, flow, tx.Now()))
	})
	if err == nil && flow == nil {
		err = notFound("Flow")
	}
	return none{}, err
}

func (s *Server) deleteFlow(ctx context.Context, in *byID) (none, error) {
	deleted, err := write(ctx, s, func(tx *store.Tx) ([]prefect.Flow, error) { return deleteFlows(ctx, tx, in.ID) })
	if err == nil && len(deleted) == 0 {
		err = notFound("Flow")
	}
	return none{}, err
}

// deleteFlows deletes flows with all that belongs to them and gives those that existed.
func deleteFlows(ctx context.Context, tx *store.Tx, ids ...uuid.UUID) ([]prefect.Flow, error) {
	flows, err := tx.DeleteFlows(ctx, ids...)
	if err != nil {
		return nil, err
	}
	gone := make([]prefect.Event, len(flows))
	for i := range flows {
		gone[i] = events.FlowEvent(events.Deleted, &flows[i], tx.Now())
	}
	return flows, tx.EmitEvents(ctx, gone...)
}

// flowFilters is the part of a query's body that selects flows.
type flowFilters struct {
	Flows       *prefect.FlowFilter       `json:"flows"`
	FlowRuns    *prefect.FlowRunFilter    `json:"flow_runs"`
	TaskRuns    *prefect.TaskRunFilter    `json:"task_runs"`
	Deployments *prefect.DeploymentFilter `json:"deployments"`
	WorkPools   *prefect.WorkPoolFilter   `json:"work_pools"`
}

func (f *flowFilters) filters() *store.Filters {
	return &store.Filters{Flows: f.Flows, FlowRuns: f.FlowRuns, TaskRuns: f.TaskRuns, Deployments: f.Deployments, WorkPools: f.WorkPools}
}

type countFlows struct {
	Body flowFilters `body:"embed"`
}

func (s *Server) countFlows(ctx context.Context, in *countFlows) (int64, error) {
	return read(ctx, s, func(tx *store.Tx) (int64, error) { return tx.CountFlows(ctx, in.Body.filters()) })
}

type flowsQuery struct {
	paging
	flowFilters
	Sort prefect.FlowSort `json:"sort" default:"\"NAME_ASC\""`
}

type readFlows struct {
	Body flowsQuery `body:"embed"`
}

func (s *Server) readFlows(ctx context.Context, in *readFlows) ([]prefect.Flow, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.Flow, error) {
		return tx.Flows(ctx, q.filters(), q.Sort, *q.Limit, q.Offset)
	})
}

type flowsPageQuery struct {
	numbered
	flowFilters
	Sort prefect.FlowSort `json:"sort" default:"\"NAME_ASC\""`
}

type paginateFlows struct {
	Body flowsPageQuery `body:"embed"`
}

func (s *Server) paginateFlows(ctx context.Context, in *paginateFlows) (*pageOf[prefect.Flow], error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) (*pageOf[prefect.Flow], error) {
		flows, err := tx.Flows(ctx, q.filters(), q.Sort, *q.Limit, q.offset())
		if err != nil {
			return nil, err
		}
		count, err := tx.CountFlows(ctx, q.filters())
		return newPage(&q.numbered, flows, count), err
	})
}

type bulkDeleteFlows struct {
	Body struct {
		Flows *prefect.FlowFilter `json:"flows"`
		Limit int64               `json:"limit" default:"50" v:"ge=1,le=50"`
	} `body:"embed"`
}

// deleted is the answer of bulk deletions.
type deleted struct {
	Deleted []uuid.UUID `json:"deleted"`
}

func (s *Server) bulkDeleteFlows(ctx context.Context, in *bulkDeleteFlows) (*deleted, error) {
	answer := &deleted{Deleted: []uuid.UUID{}}
	flows, err := write(ctx, s, func(tx *store.Tx) ([]prefect.Flow, error) {
		chosen, err := tx.Flows(ctx, &store.Filters{Flows: in.Body.Flows}, prefect.FlowNameAsc, in.Body.Limit, 0)
		if err != nil || len(chosen) == 0 {
			return nil, err
		}
		ids := make([]uuid.UUID, len(chosen))
		for i := range chosen {
			ids[i] = chosen[i].ID
		}
		return deleteFlows(ctx, tx, ids...)
	})
	for i := range flows {
		answer.Deleted = append(answer.Deleted, flows[i].ID)
	}
	return answer, err
}
