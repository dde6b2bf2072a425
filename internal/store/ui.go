package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// SimpleFlowRuns gives in short the flow runs that the filters select and that have a state and a time.
func (tx *Tx) SimpleFlowRuns(ctx context.Context, f *Filters, sort prefect.FlowRunSort, limit, offset int64) ([]prefect.SimpleFlowRun, error) {
	b := tx.sql("SELECT flow_run.id, flow_run.state_type, flow_run.start_time, flow_run.expected_start_time, ").
		Seconds("flow_run.total_run_time").Write(`, flow_run.state_timestamp FROM flow_run
	WHERE flow_run.state_type IS NOT NULL AND coalesce(flow_run.start_time, flow_run.expected_start_time) IS NOT NULL`)
	f.flowRuns(b.And())
	now := tx.Now()
	return all(ctx, tx, b.Write(" ORDER BY ").Write(flowRunOrder(sort)).Page(limit, offset), func(r Row, s *prefect.SimpleFlowRun) error {
		var start, expected, since *prefect.Time
		var total prefect.Seconds
		if err := r.Scan(&s.ID, &s.StateType, &start, &expected, &total, &since); err != nil {
			return err
		}
		s.Duration, s.Lateness = estimates(now, &s.StateType, since, total, start, expected)
		if start == nil {
			start = expected
		}
		s.Timestamp = *start
		return nil
	})
}

// CountTaskRunsByFlowRun counts the task runs of each of the flow runs, without those that stand for a subflow.
func (tx *Tx) CountTaskRunsByFlowRun(ctx context.Context, flowRunIDs []uuid.UUID) (map[uuid.UUID]int64, error) {
	b := tx.sql("SELECT task_run.flow_run_id, count(*) FROM task_run WHERE ").In("task_run.flow_run_id", flowRunIDs).
		Write(" AND NOT EXISTS (SELECT 1 FROM flow_run child WHERE child.parent_task_run_id = task_run.id) GROUP BY task_run.flow_run_id")
	return countByID(ctx, tx, b, flowRunIDs)
}

// CountDeploymentsByFlow counts the deployments of each of the flows.
func (tx *Tx) CountDeploymentsByFlow(ctx context.Context, flowIDs []uuid.UUID) (map[uuid.UUID]int64, error) {
	b := tx.sql("SELECT flow_id, count(*) FROM deployment WHERE ").In("flow_id", flowIDs).Write(" GROUP BY flow_id")
	return countByID(ctx, tx, b, flowIDs)
}

// NextFlowRuns gives the next scheduled run of each of the flows, nil for those that have none.
func (tx *Tx) NextFlowRuns(ctx context.Context, flowIDs []uuid.UUID) (map[uuid.UUID]*prefect.SimpleNextFlowRun, error) {
	next := make(map[uuid.UUID]*prefect.SimpleNextFlowRun, len(flowIDs))
	for _, id := range flowIDs {
		next[id] = nil
	}
	// Scheduled runs are few whatever a flow's history: the index on the state is the one to use, and the plus keeps
	// SQLite, which has no statistics, from the one on the flow.
	column := "flow_id"
	if tx.dialect == sqlb.SQLite {
		column = "+flow_id"
	}
	b := tx.sql(`SELECT id, flow_id, name, coalesce(state_name, ''), state_type, next_scheduled_start_time FROM (
	SELECT id, flow_id, name, state_name, state_type, next_scheduled_start_time,
		row_number() OVER (PARTITION BY flow_id ORDER BY next_scheduled_start_time, id) AS place
	FROM flow_run WHERE state_type = 'SCHEDULED' AND next_scheduled_start_time IS NOT NULL AND `).In(column, flowIDs).
		Write(") ranked WHERE place = 1")
	err := tx.each(ctx, b, func(r Row) error {
		n := new(prefect.SimpleNextFlowRun)
		if err := r.Scan(&n.ID, &n.FlowID, &n.Name, &n.StateName, &n.StateType, &n.NextScheduledStartTime); err != nil {
			return err
		}
		next[n.FlowID] = n
		return nil
	})
	return next, err
}

// EndedTaskRuns counts the ended task runs that the filters select and that started between start and end, in count
// intervals of equal width.
func (tx *Tx) EndedTaskRuns(ctx context.Context, f *Filters, start, end prefect.Time, count int) ([]prefect.TaskRunCount, error) {
	counts := make([]prefect.TaskRunCount, count)
	if !end.After(start.Time) {
		return counts, nil
	}
	// Thousands of years, which a client may ask for, are no time.Duration.
	width := float64(end.UnixMicro()-start.UnixMicro()) / 1e6 / float64(count)
	b := tx.sql("SELECT ")
	bucket(b, "task_run.start_time", start, width)
	b.Write(` AS bucket, sum(CASE WHEN task_run.state_type IN ('FAILED', 'CRASHED') THEN 0 ELSE 1 END),
	sum(CASE WHEN task_run.state_type IN ('FAILED', 'CRASHED') THEN 1 ELSE 0 END)
	FROM task_run WHERE task_run.start_time >= `).Arg(start).Write(" AND task_run.start_time < ").Arg(end)
	f.taskRuns(b.And())
	err := tx.each(ctx, b.Write(" GROUP BY 1"), func(r Row) error {
		var i int64
		var c prefect.TaskRunCount
		if err := r.Scan(&i, &c.Completed, &c.Failed); err != nil {
			return err
		}
		if i >= 0 && int(i) < count { // rounding may push a run over the last edge
			counts[i] = c
		}
		return nil
	})
	return counts, err
}

// CountTaskRunsByState counts the task runs that the filters select by the type of their state.
func (tx *Tx) CountTaskRunsByState(ctx context.Context, f *Filters) (*prefect.CountByState, error) {
	b := tx.sql("SELECT task_run.state_type, count(*) FROM task_run WHERE task_run.state_type IS NOT NULL")
	f.taskRuns(b.And())
	counts := &prefect.CountByState{}
	err := tx.each(ctx, b.Write(" GROUP BY task_run.state_type"), func(r Row) error {
		var t prefect.StateType
		var n int64
		if err := r.Scan(&t, &n); err != nil {
			return err
		}
		if place := counts.Of(t); place != nil {
			*place = n
		}
		return nil
	})
	return counts, err
}

// UITaskRun gives the task run of that id with the name of its flow run, or nil.
func (tx *Tx) UITaskRun(ctx context.Context, id uuid.UUID) (*prefect.UITaskRun, error) {
	run, err := tx.TaskRun(ctx, id)
	if err != nil || run == nil {
		return nil, err
	}
	answer := &prefect.UITaskRun{TaskRun: *run}
	if run.FlowRunID != nil {
		answer.FlowRunName, err = one(ctx, tx, tx.sql("SELECT name FROM flow_run WHERE id = ").Arg(*run.FlowRunID), value[string])
	}
	return answer, err
}

// countByID reads rows of an id and a count; ids without a row count zero.
func countByID(ctx context.Context, tx *Tx, b *sqlb.Builder, ids []uuid.UUID) (map[uuid.UUID]int64, error) {
	counts := make(map[uuid.UUID]int64, len(ids))
	for _, id := range ids {
		counts[id] = 0
	}
	err := tx.each(ctx, b, func(r Row) error {
		var id uuid.UUID
		var n int64
		if err := r.Scan(&id, &n); err != nil {
			return err
		}
		counts[id] = n
		return nil
	})
	return counts, err
}
