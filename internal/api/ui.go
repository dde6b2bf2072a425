package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

type uiFlowRunHistory struct {
	Body struct {
		Sort   prefect.FlowRunSort `json:"sort" default:"\"EXPECTED_START_TIME_DESC\""`
		Limit  int64               `json:"limit" default:"1000" v:"ge=0,le=1000"`
		Offset int64               `json:"offset" default:"0" v:"ge=0"`
		flowFilters
	} `body:"embed"`
}

func (s *Server) uiFlowRunHistory(ctx context.Context, in *uiFlowRunHistory) ([]prefect.SimpleFlowRun, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.SimpleFlowRun, error) {
		return tx.SimpleFlowRuns(ctx, q.filters(), q.Sort, q.Limit, q.Offset)
	})
}

type byFlowRunIDs struct {
	Body struct {
		FlowRunIDs []uuid.UUID `json:"flow_run_ids" v:"required"`
	} `body:"embed"`
}

func (s *Server) uiCountTaskRuns(ctx context.Context, in *byFlowRunIDs) (map[uuid.UUID]int64, error) {
	return read(ctx, s, func(tx *store.Tx) (map[uuid.UUID]int64, error) {
		return tx.CountTaskRunsByFlowRun(ctx, in.Body.FlowRunIDs)
	})
}

type byFlowIDs struct {
	Body struct {
		FlowIDs []uuid.UUID `json:"flow_ids" v:"required"`
	} `body:"embed"`
}

func (s *Server) uiCountDeployments(ctx context.Context, in *byFlowIDs) (map[uuid.UUID]int64, error) {
	return read(ctx, s, func(tx *store.Tx) (map[uuid.UUID]int64, error) {
		return tx.CountDeploymentsByFlow(ctx, in.Body.FlowIDs)
	})
}

func (s *Server) uiNextRuns(ctx context.Context, in *byFlowIDs) (map[uuid.UUID]*prefect.SimpleNextFlowRun, error) {
	return read(ctx, s, func(tx *store.Tx) (map[uuid.UUID]*prefect.SimpleNextFlowRun, error) {
		return tx.NextFlowRuns(ctx, in.Body.FlowIDs)
	})
}

type dashboardCounts struct {
	Body struct {
		TaskRuns    *prefect.TaskRunFilter    `json:"task_runs" v:"required"`
		Flows       *prefect.FlowFilter       `json:"flows"`
		FlowRuns    *prefect.FlowRunFilter    `json:"flow_runs"`
		Deployments *prefect.DeploymentFilter `json:"deployments"`
		WorkPools   *prefect.WorkPoolFilter   `json:"work_pools"`
		WorkQueues  *prefect.WorkQueueFilter  `json:"work_queues"`
	} `body:"embed"`
}

// dashboardIntervals is how many bars the dashboard draws.
const dashboardIntervals = 20

// uiDashboardCounts counts the task runs that ended, in equal intervals between two whole minutes.
func (s *Server) uiDashboardCounts(ctx context.Context, in *dashboardCounts) ([]prefect.TaskRunCount, error) {
	q := &in.Body
	if q.TaskRuns.StartTime == nil || q.TaskRuns.StartTime.After == nil {
		return nil, prefect.NewError(prefect.Invalid, "task_runs.start_time.after_ is required")
	}
	ended := []prefect.StateType{prefect.Completed, prefect.Cancelled, prefect.Failed, prefect.Crashed}
	runs := *q.TaskRuns
	runs.State = &prefect.TaskRunFilterState{Operator: prefect.And, Type: &prefect.TaskRunFilterStateType{Any: &ended}}
	filters := &store.Filters{
		TaskRuns: &runs, Flows: q.Flows, FlowRuns: q.FlowRuns, Deployments: q.Deployments, WorkPools: q.WorkPools, WorkQueues: q.WorkQueues,
	}
	start, before := runs.StartTime.After.Truncate(time.Minute), s.clock()
	if runs.StartTime.Before != nil {
		before = runs.StartTime.Before.Time
	}
	end := before.Truncate(time.Minute).Add(time.Minute - time.Microsecond)
	return read(ctx, s, func(tx *store.Tx) ([]prefect.TaskRunCount, error) {
		return tx.EndedTaskRuns(ctx, filters, prefect.TimeOf(start), prefect.TimeOf(end), dashboardIntervals)
	})
}

func (s *Server) uiCountTaskRunsByState(ctx context.Context, in *countTaskRuns) (*prefect.CountByState, error) {
	return read(ctx, s, func(tx *store.Tx) (*prefect.CountByState, error) {
		return tx.CountTaskRunsByState(ctx, in.Body.filters())
	})
}

func (s *Server) uiReadTaskRun(ctx context.Context, in *byID) (*prefect.UITaskRun, error) {
	return readOne(ctx, s, "Task", func(tx *store.Tx) (*prefect.UITaskRun, error) { return tx.UITaskRun(ctx, in.ID) })
}
