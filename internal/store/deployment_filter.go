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
		if n := f.FlowOrDeploymentName; n != nil && n.Like != nil && *n.Like != "" {
			w.Any(func(w *sqlb.Where) {
				w.Next().Like("deployment.name", *n.Like)
				w.Next().Write("EXISTS (SELECT 1 FROM flow f WHERE f.id = deployment.flow_id AND ").Like("f.name", *n.Like).Write(")")
			})
		}
		if p := f.Paused; p != nil && p.Eq != nil {
			w.Next().Write("deployment.paused = ").Arg(*p.Eq)
		}
		tagsFilter(w, "deployment.tags", f.Tags)
		if f.WorkQueueName != nil {
			anyOf(w, "deployment.work_queue_name", f.WorkQueueName.Any)
		}
	})
}
