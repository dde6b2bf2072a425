package store

import (
	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// Filters select by several kinds of resources at once: flows by their runs, runs by their flow, and so on. Nil parts do
// not restrict.
type Filters struct {
	Flows       *prefect.FlowFilter
	FlowRuns    *prefect.FlowRunFilter
	TaskRuns    *prefect.TaskRunFilter
	Deployments *prefect.DeploymentFilter
	WorkPools   *prefect.WorkPoolFilter
	WorkQueues  *prefect.WorkQueueFilter
}

// flows writes the conditions for a query over table flow.
func (f *Filters) flows(w *sqlb.Where) {
	flowFilter(w, f.Flows)
	if f.Deployments != nil || f.WorkPools != nil {
		from := "deployment"
		if f.WorkPools != nil {
			from = "deployment JOIN work_queue ON work_queue.id = deployment.work_queue_id JOIN work_pool ON work_pool.id = work_queue.work_pool_id"
		}
		w.Exists(from, "deployment.flow_id = flow.id", func(w *sqlb.Where) {
			deploymentFilter(w, f.Deployments)
			workPoolFilter(w, f.WorkPools)
		})
	}
	if f.FlowRuns != nil || f.TaskRuns != nil {
		from := "flow_run"
		if f.TaskRuns != nil {
			from = "flow_run JOIN task_run ON task_run.flow_run_id = flow_run.id"
		}
		w.Exists(from, "flow_run.flow_id = flow.id", func(w *sqlb.Where) {
			flowRunFilter(w, f.FlowRuns)
			taskRunFilter(w, f.TaskRuns)
		})
	}
}

// flowFilter writes the conditions on a row of table flow.
func flowFilter(w *sqlb.Where, f *prefect.FlowFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		idFilter(w, "flow.id", f.ID)
		if d := f.Deployment; d != nil {
			group(w, d.Operator, func(w *sqlb.Where) {
				if d.IsNull == nil {
					return
				}
				if *d.IsNull {
					w.Next().Write("NOT ")
				} else {
					w.Next()
				}
				w.Write("EXISTS (SELECT 1 FROM deployment d WHERE d.flow_id = flow.id)")
			})
		}
		nameFilter(w, "flow.name", f.Name)
		allTagsFilter(w, "flow.tags", f.Tags)
	})
}
