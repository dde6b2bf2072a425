package store

import (
	"context"
	"strings"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// A page's rows are chosen before anything is joined to them: what is skipped costs no join, and the planner has few tables to put
// in order.

// flowRunPage writes, behind FROM, the page of flow runs that the filters select.
func (tx *Tx) flowRunPage(ctx context.Context, b *sqlb.Builder, f *Filters, sort prefect.FlowRunSort, limit, offset int64) error {
	order := flowRunOrder(sort)
	walk, err := tx.avoidCommon(ctx, b, "flow_run", f.flowRunChoices(), limit+offset)
	if err != nil {
		return err
	}
	types := f.flowRunStateTypes()
	begun, direction, _ := strings.Cut(order, ") ")
	if !walk || len(types) == 0 || begun+")" != flowRunBegun {
		page(b, "flow_run", f.flowRuns, order, limit, offset)
		return nil
	}
	// SQLite has an index on this order only behind the type of the state: the types' rows are merged.
	b.Write("(")
	for i, t := range types {
		if i > 0 {
			b.Write(" UNION ALL ")
		}
		b.Write("SELECT rowid AS chosen, " + flowRunBegun + " AS begun FROM flow_run WHERE flow_run.state_type ")
		if t == "" {
			b.Write("IS NULL")
		} else {
			b.Write("= ").Arg(string(t))
		}
		f.flowRuns(b.And())
	}
	b.Write(" ORDER BY begun ").Write(direction).Page(limit, offset).Write(") page CROSS JOIN flow_run ON flow_run.rowid = page.chosen")
	return nil
}

// page writes, behind FROM, one page of a table's rows under the table's name.
func page(b *sqlb.Builder, table string, filter func(*sqlb.Where), order string, limit, offset int64) {
	// SQLite would carry whole rows through its sorter; PostgreSQL keeps no more of them than the page has.
	b.Either("(SELECT rowid AS chosen FROM ", "(SELECT * FROM ").Write(table)
	filter(b.Where())
	b.Write(" ORDER BY ").Write(order).Page(limit, offset)
	b.Either(") page CROSS JOIN "+table+" ON "+table+".rowid = page.chosen", ") "+table)
}
