package store

import (
	"context"
	"math"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// SQLite keeps no statistics on the values of Prefect's tables: it takes any index that a condition offers, also where nearly every
// row fulfils the condition, and then sorts them all for the sake of one page. PostgreSQL knows better by itself.

// choice is a condition by which an index could find a page's rows.
type choice struct {
	column string // as the filter writes it
	index  string // the column of the page's table that says the same, and has an index
	values any
}

// avoidCommon keeps SQLite from searching by conditions that so many rows fulfil that to walk in the page's order, up to where it
// is full, comes cheaper. It tells whether none is left to search by. The page ends with that many rows of the result.
func (tx *Tx) avoidCommon(ctx context.Context, b *sqlb.Builder, table string, choices []choice, rows int64) (walk bool, err error) {
	if tx.dialect != sqlb.SQLite {
		return false, nil
	}
	last, err := tx.int(ctx, tx.sql("SELECT coalesce(max(rowid), 0) FROM "+table))
	if err != nil {
		return false, err
	}
	// Of n rows, c fulfil the condition, evenly spread: to search for them and sort costs c, to walk costs n*rows/c.
	common := int64(math.Sqrt(float64(last) * float64(max(rows, 1))))
	walk = true
	for _, c := range choices {
		n, err := tx.int(ctx, tx.sql("SELECT count(*) FROM (SELECT 1 FROM "+table+" WHERE ").In(c.index, c.values).Write(" LIMIT ").Arg(common+1).Write(")"))
		if err != nil {
			return false, err
		}
		if n > common {
			b.Avoid(c.column)
		} else {
			walk = false
		}
	}
	return walk, nil
}

func isAnd(op prefect.Operator) bool { return op != prefect.Or }

func (f *Filters) flowRunChoices() []choice {
	var all []choice
	if r := f.FlowRuns; r != nil && isAnd(r.Operator) {
		if r.ID != nil && r.ID.Any != nil {
			all = append(all, choice{"flow_run.id", "id", *r.ID.Any})
		}
		if s := r.State; s != nil && isAnd(s.Operator) {
			if s.Type != nil && s.Type.Any != nil {
				all = append(all, choice{"flow_run.state_type", "state_type", *s.Type.Any})
			}
			if s.Name != nil && s.Name.Any != nil {
				all = append(all, choice{"flow_run.state_name", "state_name", *s.Name.Any})
			}
		}
		if d := r.DeploymentID; d != nil && isAnd(d.Operator) && d.Any != nil {
			all = append(all, choice{"flow_run.deployment_id", "deployment_id", *d.Any})
		}
	}
	if w := f.Flows; w != nil && isAnd(w.Operator) && w.ID != nil && w.ID.Any != nil {
		all = append(all, choice{"flow.id", "flow_id", *w.ID.Any})
	}
	if d := f.Deployments; d != nil && isAnd(d.Operator) && d.ID != nil && d.ID.Any != nil {
		all = append(all, choice{"deployment.id", "deployment_id", *d.ID.Any})
	}
	return all
}

// flowRunStateTypes gives the types of states that selected flow runs can have; the empty one stands for a run without a state.
func (f *Filters) flowRunStateTypes() []prefect.StateType {
	if r := f.FlowRuns; r != nil && isAnd(r.Operator) && r.State != nil && isAnd(r.State.Operator) && r.State.Type != nil && r.State.Type.Any != nil {
		return *r.State.Type.Any
	}
	all := []prefect.StateType{""}
	for _, name := range prefect.StateType("").Enum() {
		all = append(all, prefect.StateType(name))
	}
	return all
}

func (f *Filters) taskRunChoices() []choice {
	var all []choice
	if r := f.TaskRuns; r != nil && isAnd(r.Operator) {
		if r.ID != nil && r.ID.Any != nil {
			all = append(all, choice{"task_run.id", "id", *r.ID.Any})
		}
		if s := r.State; s != nil && isAnd(s.Operator) {
			if s.Type != nil && s.Type.Any != nil {
				all = append(all, choice{"task_run.state_type", "state_type", *s.Type.Any})
			}
			if s.Name != nil && s.Name.Any != nil {
				all = append(all, choice{"task_run.state_name", "state_name", *s.Name.Any})
			}
		}
		if p := r.FlowRunID; p != nil && isAnd(p.Operator) && p.Any != nil {
			all = append(all, choice{"task_run.flow_run_id", "flow_run_id", *p.Any})
		}
	}
	if r := f.FlowRuns; r != nil && isAnd(r.Operator) && r.ID != nil && r.ID.Any != nil {
		all = append(all, choice{"flow_run.id", "flow_run_id", *r.ID.Any})
	}
	return all
}
