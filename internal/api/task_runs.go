package api

import (
	"context"
	"fmt"
	"unicode/utf8"

	"praetor/internal/orchestration"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createTaskRun struct {
	Body prefect.TaskRunCreate `body:""`
}

func (s *Server) createTaskRun(ctx context.Context, in *createTaskRun) (reply[*prefect.TaskRun], error) {
	b := &in.Body
	if most := s.settings.Tasks.MaxCacheKeyLength; b.CacheKey != nil && utf8.RuneCountInString(*b.CacheKey) > most {
		return reply[*prefect.TaskRun]{}, invalidField(fmt.Sprintf("Cache key exceeded maximum allowed length of %d characters.", most), "cache_key")
	}
	now := prefect.TimeOf(s.clock())
	run := &prefect.TaskRun{
		ID: prefect.NewID(), Created: now, Updated: now, Name: nameOrRandom(b.Name), FlowRunID: b.FlowRunID, TaskKey: b.TaskKey,
		DynamicKey: b.DynamicKey, CacheKey: b.CacheKey, CacheExpiration: b.CacheExpiration, TaskVersion: b.TaskVersion,
		EmpiricalPolicy: b.EmpiricalPolicy, Tags: b.Tags, TaskInputs: b.TaskInputs,
	}
	if b.ID != nil {
		run.ID = *b.ID
	}
	state := prefect.NewState(prefect.Pending, "", now.Time)
	if b.State != nil {
		state = b.State.State(now.Time)
	}
	var created bool
	var result *orchestration.Result
	stored, err := write(ctx, s, func(tx *store.Tx) (*prefect.TaskRun, error) {
		existing, err := existingTaskRun(ctx, tx, run)
		if err != nil || existing != nil {
			return existing, err
		}
		labels, err := tx.TaskRunSystemLabels(ctx, run.FlowRunID)
		if err != nil {
			return nil, err
		}
		merged := labels.With(b.Labels)
		run.Labels = &merged
		if created, err = tx.InsertTaskRun(ctx, run); err != nil {
			return nil, err
		}
		if !created { // somebody was faster
			return existingTaskRun(ctx, tx, run)
		}
		if result, err = s.orchestrator.SetTaskRunStateIn(ctx, tx, run.ID, state, orchestration.Options{Force: true}); err != nil {
			return nil, err
		}
		return tx.TaskRun(ctx, run.ID)
	})
	if err == nil && result != nil {
		result.Done(ctx)
	}
	return newOrOld(created, stored), err
}

// existingTaskRun gives the run of the same keys, or nil.
func existingTaskRun(ctx context.Context, tx *store.Tx, run *prefect.TaskRun) (*prefect.TaskRun, error) {
	if run.FlowRunID == nil {
		return tx.BackgroundTaskRunByKey(ctx, run.TaskKey, run.DynamicKey)
	}
	return tx.TaskRunByKey(ctx, run.FlowRunID, run.TaskKey, run.DynamicKey)
}

func (s *Server) readTaskRun(ctx context.Context, in *byID) (*prefect.TaskRun, error) {
	run, err := read(ctx, s, func(tx *store.Tx) (*prefect.TaskRun, error) { return tx.TaskRun(ctx, in.ID) })
	if err == nil && run == nil {
		err = prefect.NewError(prefect.NotFound, "Task not found")
	}
	return run, err
}

type updateTaskRun struct {
	byID
	Body prefect.TaskRunUpdate `body:""`
}

func (s *Server) updateTaskRun(ctx context.Context, in *updateTaskRun) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		run, err := tx.TaskRun(ctx, in.ID)
		if err == nil && run == nil {
			err = notFound("Task run")
		}
		if err != nil || !in.Body.Name.Set {
			return none{}, err
		}
		_, err = tx.RenameTaskRun(ctx, in.ID, nameOrRandom(in.Body.Name.Value))
		return none{}, err
	})
}

func (s *Server) deleteTaskRun(ctx context.Context, in *byID) (none, error) {
	there, err := write(ctx, s, func(tx *store.Tx) (bool, error) { return tx.DeleteTaskRun(ctx, in.ID) })
	if err == nil && !there {
		err = notFound("Task")
	}
	return none{}, err
}

// taskRunFilters is the part of a query's body that selects task runs.
type taskRunFilters struct {
	Flows       *prefect.FlowFilter       `json:"flows"`
	FlowRuns    *prefect.FlowRunFilter    `json:"flow_runs"`
	TaskRuns    *prefect.TaskRunFilter    `json:"task_runs"`
	Deployments *prefect.DeploymentFilter `json:"deployments"`
}

func (f *taskRunFilters) filters() *store.Filters {
	return &store.Filters{Flows: f.Flows, FlowRuns: f.FlowRuns, TaskRuns: f.TaskRuns, Deployments: f.Deployments}
}

type countTaskRuns struct {
	Body taskRunFilters `body:"embed"`
}

func (s *Server) countTaskRuns(ctx context.Context, in *countTaskRuns) (int64, error) {
	return read(ctx, s, func(tx *store.Tx) (int64, error) { return tx.CountTaskRuns(ctx, in.Body.filters()) })
}

type taskRunsQuery struct {
	Sort prefect.TaskRunSort `json:"sort" default:"\"ID_DESC\""`
	paging
	taskRunFilters
}

type readTaskRuns struct {
	Body taskRunsQuery `body:"embed"`
}

func (s *Server) readTaskRuns(ctx context.Context, in *readTaskRuns) ([]prefect.TaskRun, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.TaskRun, error) {
		return tx.TaskRuns(ctx, q.filters(), q.Sort, *q.Limit, q.Offset)
	})
}

type taskRunsPageQuery struct {
	Sort prefect.TaskRunSort `json:"sort" default:"\"ID_DESC\""`
	numbered
	taskRunFilters
}

type paginateTaskRuns struct {
	Body taskRunsPageQuery `body:"embed"`
}

func (s *Server) paginateTaskRuns(ctx context.Context, in *paginateTaskRuns) (*pageOf[prefect.TaskRunInPage], error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) (*pageOf[prefect.TaskRunInPage], error) {
		runs, err := tx.TaskRuns(ctx, q.filters(), q.Sort, *q.Limit, q.offset())
		if err != nil {
			return nil, err
		}
		count, err := tx.CountTaskRuns(ctx, q.filters())
		page := make([]prefect.TaskRunInPage, len(runs))
		for i := range runs {
			page[i] = runs[i].InPage()
		}
		return newPage(&q.numbered, page, count), err
	})
}
