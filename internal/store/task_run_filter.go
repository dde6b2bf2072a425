package store

import (
	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// taskRuns writes the conditions for a query over table task_run.
func (f *Filters) taskRuns(w *sqlb.Where) {
	taskRunFilter(w, f.TaskRuns)
	if f.FlowRuns == nil && f.Flows == nil && f.Deployments == nil && f.WorkPools == nil && f.WorkQueues == nil {
		return
	}
	w.Exists("flow_run", "flow_run.id = task_run.flow_run_id", func(w *sqlb.Where) {
		runs := Filters{Flows: f.Flows, FlowRuns: f.FlowRuns, Deployments: f.Deployments, WorkPools: f.WorkPools, WorkQueues: f.WorkQueues}
		runs.flowRuns(w)
	})
}

// taskRunFilter writes the conditions on a row of table task_run.
func taskRunFilter(w *sqlb.Where, f *prefect.TaskRunFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		anyIDFilter(w, "task_run.id", f.ID)
		nameFilter(w, "task_run.name", f.Name)
		allTagsFilter(w, "task_run.tags", f.Tags)
		if s := f.State; s != nil {
			group(w, s.Operator, func(w *sqlb.Where) {
				if s.Type != nil {
					stateTypes(w, "task_run.state_type", s.Type.Any)
				}
				if s.Name != nil {
					anyOf(w, "task_run.state_name", s.Name.Any)
				}
			})
		}
		nullableTimeFilter(w, "task_run.start_time", f.StartTime)
		nullableTimeFilter(w, "task_run.end_time", f.EndTime)
		timeFilter(w, "task_run.expected_start_time", f.ExpectedStartTime)
		if s := f.SubflowRuns; s != nil {
			w.All(func(w *sqlb.Where) {
				if s.Exists == nil {
					return
				}
				w.Next()
				if !*s.Exists {
					w.Write("NOT ")
				}
				w.Write("EXISTS (SELECT 1 FROM flow_run child WHERE child.parent_task_run_id = task_run.id)")
			})
		}
		if r := f.FlowRunID; r != nil {
			group(w, r.Operator, func(w *sqlb.Where) {
				// A list of runs says more than "not null" does.
				if r.IsNull != nil && (*r.IsNull || r.Any == nil) {
					isNull(w, "task_run.flow_run_id", r.IsNull)
				} else {
					anyOf(w, "task_run.flow_run_id", r.Any)
				}
			})
		}
	})
}
