package store

import (
	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// deploymentFilter writes the conditions on a row of table deployment.
func deploymentFilter(w *sqlb.Where, f *prefect.DeploymentFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		idFilter(w, "deployment.id", f.ID)
		nameFilter(w, "deployment.name", f.Name)
		if n := f.FlowOrDeploymentName; n != nil {
			w.Any(func(w *sqlb.Where) {
				if n.Like == nil || *n.Like == "" {
					return
				}
				w.Next().Like("deployment.name", *n.Like)
				w.Next().Write("EXISTS (SELECT 1 FROM flow f WHERE f.id = deployment.flow_id AND ").Like("f.name", *n.Like).Write(")")
			})
		}
		if p := f.Paused; p != nil {
			w.All(func(w *sqlb.Where) {
				if p.Eq != nil {
					w.Next().Write("deployment.paused = ").Arg(*p.Eq)
				}
			})
		}
		tagsFilter(w, "deployment.tags", f.Tags)
		anyFilter(w, "deployment.work_queue_name", f.WorkQueueName)
		if f.ConcurrencyLimit != nil {
			w.All(func(*sqlb.Where) {}) // it restricts nothing, in the reference neither
		}
	})
}
