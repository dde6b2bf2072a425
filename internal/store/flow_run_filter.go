package store

import (
	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// flowRuns writes the conditions for a query over table flow_run.
func (f *Filters) flowRuns(w *sqlb.Where) {
	flowRunFilter(w, f.FlowRuns)
	if f.Deployments != nil {
		w.Exists("deployment", "deployment.id = flow_run.deployment_id", func(w *sqlb.Where) { deploymentFilter(w, f.Deployments) })
	}
	if f.WorkPools != nil {
		w.Exists("work_queue q JOIN work_pool ON work_pool.id = q.work_pool_id", "q.id = flow_run.work_queue_id",
			func(w *sqlb.Where) { workPoolFilter(w, f.WorkPools) })
	}
	if f.WorkQueues != nil {
		w.Exists("work_queue", "work_queue.id = flow_run.work_queue_id", func(w *sqlb.Where) { workQueueFilter(w, f.WorkQueues) })
	}
	switch named := f.Flows != nil && f.Flows.ID == nil && f.Flows.Name != nil && f.Flows.Name.Any != nil && isAnd(f.Flows.Operator); {
	case named && w.Dialect() == sqlb.SQLite:
		// SQLite would look each run's flow up. Those of a list of names it finds once; the plus keeps it from searching by them.
		w.Next().Write("+flow_run.flow_id IN (SELECT flow.id FROM flow")
		flowFilter(w.Where(), f.Flows)
		w.Write(")")
	case f.Flows != nil:
		w.Exists("flow", "flow.id = flow_run.flow_id", func(w *sqlb.Where) { flowFilter(w, f.Flows) })
	}
	if f.TaskRuns != nil {
		w.Exists("task_run", "task_run.flow_run_id = flow_run.id", func(w *sqlb.Where) { taskRunFilter(w, f.TaskRuns) })
	}
}

// flowRunFilter writes the conditions on a row of table flow_run.
func flowRunFilter(w *sqlb.Where, f *prefect.FlowRunFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		idFilter(w, "flow_run.id", f.ID)
		nameFilter(w, "flow_run.name", f.Name)
		tagsFilter(w, "flow_run.tags", f.Tags)
		nullableIDFilter(w, "flow_run.deployment_id", f.DeploymentID)
		if n := f.WorkQueueName; n != nil {
			group(w, n.Operator, func(w *sqlb.Where) {
				anyOf(w, "flow_run.work_queue_name", n.Any)
				isNull(w, "flow_run.work_queue_name", n.IsNull)
			})
		}
		anyFilter(w, "flow_run.flow_version", f.FlowVersion)
		if s := f.State; s != nil {
			group(w, s.Operator, func(w *sqlb.Where) {
				// A part that says nothing counts for nothing here, even where either part will do.
				if t := s.Type; t != nil && (t.Any != nil || len(t.NotAny) > 0) {
					w.All(func(w *sqlb.Where) {
						stateTypes(w, "flow_run.state_type", t.Any)
						notStateTypes(w, "flow_run.state_type", t.NotAny)
					})
				}
				if n := s.Name; n != nil && (n.Any != nil || len(n.NotAny) > 0) {
					valuesFilter(w, "flow_run.state_name", n)
				}
			})
		}
		if t := f.StartTime; t != nil {
			w.All(func(w *sqlb.Where) {
				timeRange(w, flowRunBegun, t.Before, t.After)
				isNull(w, "flow_run.start_time", t.IsNull)
			})
		}
		nullableTimeFilter(w, "flow_run.end_time", f.EndTime)
		timeFilter(w, "flow_run.expected_start_time", f.ExpectedStartTime)
		timeFilter(w, "flow_run.next_scheduled_start_time", f.NextScheduledStartTime)
		if p := f.ParentFlowRunID; p != nil {
			group(w, p.Operator, func(w *sqlb.Where) {
				if p.Any != nil {
					w.Next().Write("flow_run.parent_task_run_id IN (SELECT parent.id FROM task_run parent WHERE ").
						In("parent.flow_run_id", *p.Any).Write(")")
				}
			})
		}
		nullableIDFilter(w, "flow_run.parent_task_run_id", f.ParentTaskRunID)
		valuesFilter(w, "flow_run.idempotency_key", f.IdempotencyKey)
		if c := f.CreatedBy; c != nil {
			group(w, c.Operator, func(w *sqlb.Where) {
				if c.ID != nil {
					texts := make([]string, len(*c.ID))
					for i, id := range *c.ID {
						texts[i] = id.String()
					}
					anyOf(w, "(flow_run.created_by ->> 'id')", &texts)
				}
				anyOf(w, "(flow_run.created_by ->> 'type')", c.Type)
				isNull(w, "flow_run.created_by", c.IsNull)
			})
		}
	})
}
