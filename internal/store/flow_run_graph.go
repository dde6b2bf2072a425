package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// graphFrom is a flow run's task runs, each with the flow run that it stands for, if any.
const graphFrom = ` FROM task_run
	LEFT JOIN flow_run ON flow_run.parent_task_run_id = task_run.id
	LEFT JOIN flow ON flow.id = flow_run.flow_id
	WHERE ` + graphStart + ` IS NOT NULL AND task_run.flow_run_id = `

// The columns of a node: what it stands for takes the place of the task run. A task run that completed without running,
// as one from the cache, ended when it was due.
const (
	graphID    = "coalesce(flow_run.id, task_run.id)"
	graphStart = "coalesce(flow_run.start_time, flow_run.expected_start_time, task_run.start_time, task_run.expected_start_time)"
	graphEnd   = "coalesce(flow_run.end_time, task_run.end_time, CASE WHEN task_run.state_type = 'COMPLETED' THEN task_run.expected_start_time END)"
)

// FlowRunGraph gives the graph of the flow run, or nil when there is no such run. Nodes that ended before since are left
// out, though others may name them. Of nodes it reads one more than maxNodes, so that the caller can tell that there are
// too many; edges are left out then.
func (tx *Tx) FlowRunGraph(ctx context.Context, flowRunID uuid.UUID, since prefect.Time, maxNodes, maxArtifacts int64) (*prefect.FlowRunGraph, error) {
	g, err := one(ctx, tx, tx.sql("SELECT coalesce(start_time, expected_start_time), end_time FROM flow_run WHERE id = ").Arg(flowRunID),
		func(r Row, g *prefect.FlowRunGraph) error { return r.Scan(&g.StartTime, &g.EndTime) })
	if err != nil || g == nil {
		return nil, err
	}
	nodes, inputs, err := tx.graphNodes(ctx, flowRunID, since, maxNodes)
	if g.Nodes = nodes; err != nil || int64(len(nodes)) > maxNodes {
		return g, err
	}
	if err := tx.graphEdges(ctx, flowRunID, nodes, inputs); err != nil {
		return nil, err
	}
	g.RootNodeIDs = []uuid.UUID{}
	for i := range g.Nodes {
		if n := &g.Nodes[i].Node; len(n.Parents) == 0 {
			g.RootNodeIDs = append(g.RootNodeIDs, n.ID)
		}
	}
	if err := tx.graphArtifacts(ctx, flowRunID, g, maxArtifacts); err != nil {
		return nil, err
	}
	g.States, err = all(ctx, tx, tx.sql("SELECT state.id, state.timestamp, state.type, state.name FROM flow_run_state state WHERE state.flow_run_id = ").
		Arg(flowRunID).Write(stateOrder), func(r Row, s *prefect.GraphState) error { return r.Scan(&s.ID, &s.Timestamp, &s.Type, &s.Name) })
	return g, err
}

func (tx *Tx) graphNodes(ctx context.Context, flowRunID uuid.UUID, since prefect.Time, maxNodes int64) (nodes []prefect.GraphEntry, inputs []graphInputs, err error) {
	b := tx.sql("SELECT " + graphID + ", flow_run.id, coalesce(flow.name || ' / ' || flow_run.name, task_run.name), " +
		"coalesce(flow_run.state_type, task_run.state_type), " + graphStart + " AS began, " + graphEnd + " AS ended, task_run.task_inputs" + graphFrom).Arg(flowRunID)
	b.Write(" AND (" + graphEnd + " IS NULL OR " + graphEnd + " >= ").Arg(since).Write(") ORDER BY began, ended, 1")
	nodes, err = all(ctx, tx, b.Page(maxNodes+1, 0), func(r Row, e *prefect.GraphEntry) error {
		n := &e.Node
		var subflow *uuid.UUID
		var doc prefect.Object
		if err := r.Scan(&n.ID, &subflow, &n.Label, &n.StateType, &n.StartTime, &n.EndTime, &doc); err != nil {
			return err
		}
		n.Kind = "task-run"
		if subflow != nil {
			n.Kind = "flow-run"
		}
		n.Artifacts = []prefect.GraphArtifact{}
		inputs = append(inputs, graphInputsOf(doc))
		return nil
	})
	return nodes, inputs, err
}

// graphEdges reads what every node of the run took its inputs from, of which only what concerns the given nodes is kept.
func (tx *Tx) graphEdges(ctx context.Context, flowRunID uuid.UUID, nodes []prefect.GraphEntry, inputs []graphInputs) error {
	edges := newGraphEdges(nodes, inputs)
	b := tx.sql("SELECT " + graphID + ", " + graphStart + ", task_run.task_inputs" + graphFrom).Arg(flowRunID)
	err := tx.each(ctx, b, func(r Row) error {
		var id uuid.UUID
		var start prefect.Time
		var doc prefect.Object
		if err := r.Scan(&id, &start, &doc); err != nil {
			return err
		}
		edges.add(id, start, graphInputsOf(doc))
		return nil
	})
	if err != nil {
		return err
	}
	edges.fill(nodes, inputs)
	return nil
}

// graphArtifacts adds the run's artifacts to the nodes of their task runs, and those of no task run to the graph.
func (tx *Tx) graphArtifacts(ctx context.Context, flowRunID uuid.UUID, g *prefect.FlowRunGraph, most int64) error {
	byID := make(map[uuid.UUID]*prefect.GraphNode, len(g.Nodes))
	for i := range g.Nodes {
		byID[g.Nodes[i].Node.ID] = &g.Nodes[i].Node
	}
	g.Artifacts = []prefect.GraphArtifact{}
	b := tx.sql(`SELECT artifact.id, artifact.created, artifact.key, artifact.type,
	CASE WHEN artifact.type = 'progress' THEN artifact.data END, artifact.task_run_id, latest.id FROM artifact
	LEFT JOIN artifact_collection latest ON latest.key = artifact.key AND latest.latest_id = artifact.id
	WHERE artifact.type <> 'result' AND artifact.flow_run_id = `).Arg(flowRunID)
	return tx.each(ctx, b.Write(" ORDER BY artifact.created, artifact.id").Page(most, 0), func(r Row) error {
		var a prefect.GraphArtifact
		var taskRunID, latest *uuid.UUID
		if err := r.Scan(&a.ID, &a.Created, &a.Key, &a.Type, &a.Data, &taskRunID, &latest); err != nil {
			return err
		}
		a.IsLatest = a.Key == nil || latest != nil
		if taskRunID == nil {
			g.Artifacts = append(g.Artifacts, a)
		} else if n := byID[*taskRunID]; n != nil {
			n.Artifacts = append(n.Artifacts, a)
		}
		return nil
	})
}
