package api

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

type readFlowRunGraph struct {
	byID
	Since prefect.Time `query:"since" wire:"datetime" default:"\"0001-01-01T00:00:00Z\""`
}

func (s *Server) readFlowRunGraph(ctx context.Context, in *readFlowRunGraph) (*prefect.FlowRunGraph, error) {
	most := s.settings.Graph
	graph, err := read(ctx, s, func(tx *store.Tx) (*prefect.FlowRunGraph, error) {
		return tx.FlowRunGraph(ctx, in.ID, in.Since, most.MaxNodes, most.MaxArtifacts)
	})
	switch {
	case err != nil:
		return nil, err
	case graph == nil:
		return nil, noFlowRun("Flow run %s not found", in.ID)
	case int64(len(graph.Nodes)) > most.MaxNodes:
		return nil, graphTooLarge(in.ID, most.MaxNodes)
	}
	return graph, nil
}

func noFlowRun(format string, id uuid.UUID) error {
	return &prefect.Error{Kind: prefect.NotFound, Message: fmt.Sprintf(format, id), Exception: true}
}

func graphTooLarge(id uuid.UUID, maxNodes int64) error {
	return prefect.NewError(prefect.BadRequest, fmt.Sprintf("The graph of flow run %s has more than %d nodes.", id, maxNodes))
}

// readTaskRunDependencies gives the older form of the graph, with the bound of the newer.
func (s *Server) readTaskRunDependencies(ctx context.Context, in *byID) ([]prefect.TaskRunDependency, error) {
	most := s.settings.Graph.MaxNodes
	runs, err := read(ctx, s, func(tx *store.Tx) ([]prefect.TaskRun, error) {
		run, err := tx.FlowRun(ctx, in.ID)
		if err == nil && run == nil {
			err = noFlowRun("Flow run with id %s not found", in.ID)
		}
		if err != nil {
			return nil, err
		}
		filters := &store.Filters{FlowRuns: &prefect.FlowRunFilter{ID: &prefect.IDFilter{Any: &[]uuid.UUID{in.ID}}}}
		return tx.TaskRuns(ctx, filters, prefect.TaskRunIDDesc, most+1, 0)
	})
	if err != nil {
		return nil, err
	}
	if int64(len(runs)) > most {
		return nil, graphTooLarge(in.ID, most)
	}
	dependencies := make([]prefect.TaskRunDependency, len(runs))
	for i := range runs {
		r := &runs[i]
		d := &dependencies[i]
		*d = prefect.TaskRunDependency{
			ID: r.ID, Name: r.Name, UpstreamDependencies: upstream(r.TaskInputs), State: r.State, ExpectedStartTime: r.ExpectedStartTime,
			StartTime: r.StartTime, EndTime: r.EndTime, TotalRunTime: &r.TotalRunTime, EstimatedRunTime: &r.EstimatedRunTime,
			UntrackableResult: r.State != nil && r.State.StateDetails.UntrackableResult,
		}
	}
	return dependencies, nil
}

// upstream gives the task runs whose results were inputs, each once. Inputs of other kinds are left out: this form of the
// graph knows none.
func upstream(doc prefect.Object) []prefect.TaskRunResult {
	results, seen := []prefect.TaskRunResult{}, map[uuid.UUID]bool{}
	inputs := prefect.ParseTaskInputs(doc)
	for _, parameter := range slices.Sorted(maps.Keys(inputs)) {
		for _, a := range inputs[parameter] {
			id, err := uuid.Parse(a.ID)
			if err != nil || a.InputType != "task_run" || seen[id] {
				continue
			}
			seen[id] = true
			results = append(results, prefect.TaskRunResult{InputType: a.InputType, ID: id})
		}
	}
	return results
}
