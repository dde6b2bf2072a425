package store

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// encapsulatingInput is the parameter under which a task run keeps the tasks that it was called in.
const encapsulatingInput = "__parents__"

// maxRepeatedEdges bounds a graph's edges that are repeated. The reference names a parent once for each of the parent's
// own inputs, for each input that came from it: its answer grows as the product. Up to this many edges we answer the
// same; beyond, each is named but once.
const maxRepeatedEdges = 200_000

// graphInputs are what a task run took its inputs from.
type graphInputs struct {
	from, within []uuid.UUID // runs whose results it took, and tasks that it was called in
	rows         int         // how often the reference counts the node: once for each input, and at least once
}

func graphInputsOf(doc prefect.Object) graphInputs {
	var in graphInputs
	for parameter, arguments := range prefect.ParseTaskInputs(doc) {
		in.rows += max(1, len(arguments))
		for _, a := range arguments {
			id, err := uuid.Parse(a.ID)
			switch {
			case err != nil: // a constant, or a parameter of the flow
			case parameter == encapsulatingInput:
				in.within = append(in.within, id)
			default:
				in.from = append(in.from, id)
			}
		}
	}
	in.rows = max(1, in.rows)
	return in
}

// graphEdges gathers the edges of some nodes, the wanted ones: the wanted nodes, and those that they name.
type graphEdges map[uuid.UUID]*graphVertex

type graphVertex struct {
	start    prefect.Time
	rows     int // 0 for what is no node of the graph
	wanted   bool
	children []graphNeighbour
}

type graphNeighbour struct {
	id    uuid.UUID
	start prefect.Time
	times int // how often it is named
}

func newGraphEdges(nodes []prefect.GraphEntry, inputs []graphInputs) graphEdges {
	e := make(graphEdges, len(nodes))
	vertex := func(id uuid.UUID) *graphVertex {
		v := e[id]
		if v == nil {
			v = &graphVertex{}
			e[id] = v
		}
		return v
	}
	for i := range nodes {
		vertex(nodes[i].Node.ID).wanted = true
		for _, id := range slices.Concat(inputs[i].from, inputs[i].within) {
			vertex(id)
		}
	}
	return e
}

// add takes notice of a node of the graph, wanted or not.
func (e graphEdges) add(id uuid.UUID, start prefect.Time, in graphInputs) {
	if v := e[id]; v != nil {
		v.start, v.rows = start, in.rows
	}
	for _, parent := range in.from {
		if v := e[parent]; v != nil && v.wanted {
			v.children = append(v.children, graphNeighbour{id: id, start: start})
		}
	}
}

// fill gives the wanted nodes their edges, once all nodes were added.
func (e graphEdges) fill(nodes []prefect.GraphEntry, inputs []graphInputs) {
	count := 0
	for i := range nodes {
		v := e[nodes[i].Node.ID]
		count += len(v.children) * v.rows
		for _, id := range inputs[i].from {
			count += e[id].rows
		}
	}
	repeat := count <= maxRepeatedEdges
	for i := range nodes {
		n := &nodes[i].Node
		v := e[n.ID]
		for j := range v.children {
			v.children[j].times = v.rows
		}
		n.Parents = edgesTo(e.neighbours(inputs[i].from), repeat)
		n.Children = edgesTo(v.children, repeat)
		n.Encapsulating = edgesTo(e.neighbours(inputs[i].within), false)
	}
}

// neighbours gives those of the ids that are nodes of the graph.
func (e graphEdges) neighbours(ids []uuid.UUID) []graphNeighbour {
	all := make([]graphNeighbour, 0, len(ids))
	for _, id := range ids {
		if v := e[id]; v.rows > 0 {
			all = append(all, graphNeighbour{id, v.start, v.rows})
		}
	}
	return all
}

// edgesTo gives the edges to neighbours in the order of their start; without repeat each is there once.
func edgesTo(neighbours []graphNeighbour, repeat bool) []prefect.GraphEdge {
	slices.SortFunc(neighbours, func(a, b graphNeighbour) int {
		return cmp.Or(a.start.Compare(b.start.Time), bytes.Compare(a.id[:], b.id[:]))
	})
	if !repeat {
		neighbours = slices.CompactFunc(neighbours, func(a, b graphNeighbour) bool { return a.id == b.id })
	}
	edges := make([]prefect.GraphEdge, 0, len(neighbours))
	for _, n := range neighbours {
		if !repeat {
			n.times = 1
		}
		for range n.times {
			edges = append(edges, prefect.GraphEdge{ID: n.id})
		}
	}
	return edges
}
