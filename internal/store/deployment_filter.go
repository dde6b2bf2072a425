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

// deployments writes the conditions for a query over table deployment.
func (f *Filters) deployments(w *sqlb.Where) {
	deploymentFilter(w, f.Deployments)
	if f.Flows != nil {
		w.Exists("flow", "flow.id = deployment.flow_id", func(w *sqlb.Where) { flowFilter(w, f.Flows) })
	}
	if f.FlowRuns != nil || f.TaskRuns != nil {
		from := "flow_run"
		if f.TaskRuns != nil {
			from = "flow_run JOIN task_run ON task_run.flow_run_id = flow_run.id"
		}
		w.Exists(from, "flow_run.deployment_id = deployment.id", func(w *sqlb.Where) {
			flowRunFilter(w, f.FlowRuns)
			taskRunFilter(w, f.TaskRuns)
		})
	}
	if f.WorkPools != nil || f.WorkQueues != nil {
		from := "work_queue"
		if f.WorkPools != nil {
			from = "work_queue JOIN work_pool ON work_pool.id = work_queue.work_pool_id"
		}
		w.Exists(from, "work_queue.id = deployment.work_queue_id", func(w *sqlb.Where) {
			workPoolFilter(w, f.WorkPools)
			workQueueFilter(w, f.WorkQueues)
		})
	}
}
