package prefect

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// FlowRunGraph shows what a flow run did: its tasks and subflows, in the order of their start, and what led to what.
type FlowRunGraph struct {
	StartTime   *Time           `json:"start_time"`
	EndTime     *Time           `json:"end_time"`
	RootNodeIDs []uuid.UUID     `json:"root_node_ids"`
	Nodes       []GraphEntry    `json:"nodes"`
	Artifacts   []GraphArtifact `json:"artifacts"` // those of no task
	States      []GraphState    `json:"states"`
}

// GraphEntry is a node behind its id: on the wire an array of the two.
type GraphEntry struct{ Node GraphNode }

// MarshalJSONTo writes [id, node].
func (e GraphEntry) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	if err := json.MarshalEncode(enc, e.Node.ID); err != nil {
		return err
	}
	if err := json.MarshalEncode(enc, &e.Node); err != nil {
		return err
	}
	return enc.WriteToken(jsontext.EndArray)
}

// GraphNode is a task run or, in its place, the flow run that it stands for.
type GraphNode struct {
	Kind          string          `json:"kind"` // flow-run or task-run
	ID            uuid.UUID       `json:"id"`
	Label         string          `json:"label"`
	StateType     *StateType      `json:"state_type"`
	StartTime     Time            `json:"start_time"`
	EndTime       *Time           `json:"end_time"`
	Parents       []GraphEdge     `json:"parents"`
	Children      []GraphEdge     `json:"children"`
	Encapsulating []GraphEdge     `json:"encapsulating"`
	Artifacts     []GraphArtifact `json:"artifacts"`
}

// GraphEdge names the node at the other end.
type GraphEdge struct {
	ID uuid.UUID `json:"id"`
}

// GraphArtifact is an artifact without what it holds, unless it shows progress.
type GraphArtifact struct {
	ID       uuid.UUID `json:"id"`
	Created  Time      `json:"created"`
	Key      *string   `json:"key"`
	Type     *string   `json:"type"`
	IsLatest bool      `json:"is_latest"`
	Data     Raw       `json:"data"`
}

// GraphState is a step in the flow run's life.
type GraphState struct {
	ID        uuid.UUID `json:"id"`
	Timestamp Time      `json:"timestamp"`
	Type      StateType `json:"type"`
	Name      string    `json:"name"`
}

// TaskRunDependency is a node of the older form of the graph: a task run and those whose results it took.
type TaskRunDependency struct {
	ID                   uuid.UUID       `json:"id"`
	Name                 string          `json:"name"`
	UpstreamDependencies []TaskRunResult `json:"upstream_dependencies"`
	State                *State          `json:"state"`
	ExpectedStartTime    *Time           `json:"expected_start_time"`
	StartTime            *Time           `json:"start_time"`
	EndTime              *Time           `json:"end_time"`
	TotalRunTime         *Seconds        `json:"total_run_time"`
	EstimatedRunTime     *Seconds        `json:"estimated_run_time"`
	UntrackableResult    bool            `json:"untrackable_result"`
}

// TaskRunResult names the task run whose result was an input.
type TaskRunResult struct {
	InputType string    `json:"input_type"` // task_run
	ID        uuid.UUID `json:"id"`
}
