package store

import (
	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// workPoolFilter writes the conditions on a row of table work_pool.
func workPoolFilter(w *sqlb.Where, f *prefect.WorkPoolFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		anyIDFilter(w, "work_pool.id", f.ID)
		anyFilter(w, "work_pool.name", f.Name)
		anyFilter(w, "work_pool.type", f.Type)
	})
}

// workQueueFilter writes the conditions on a row of table work_queue.
func workQueueFilter(w *sqlb.Where, f *prefect.WorkQueueFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		anyIDFilter(w, "work_queue.id", f.ID)
		n := f.Name
		if n == nil {
			return
		}
		w.All(func(w *sqlb.Where) {
			anyOf(w, "work_queue.name", n.Any)
			if n.StartsWith == nil {
				return
			}
			w.Any(func(w *sqlb.Where) {
				for _, beginning := range *n.StartsWith {
					w.Next().Write("work_queue.name").Either(" LIKE ", " ILIKE ").Arg(beginning + "%")
				}
			})
		})
	})
}
