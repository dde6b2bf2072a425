package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// taskRunJoins adds to a task run its state and the state's result.
const taskRunJoins = `
	LEFT JOIN task_run_state state ON state.id = task_run.state_id
	LEFT JOIN artifact result ON result.id = state.result_artifact_id`

func taskRunColumns(b *sqlb.Builder) *sqlb.Builder {
	return b.Write(`task_run.id, task_run.created, task_run.updated, task_run.name, task_run.flow_run_id, task_run.task_key,
	task_run.dynamic_key, task_run.cache_key, task_run.cache_expiration, task_run.task_version, task_run.empirical_policy,
	task_run.tags, task_run.labels, task_run.state_id, task_run.task_inputs, task_run.state_type, task_run.state_name,
	task_run.run_count, task_run.flow_run_run_count, task_run.expected_start_time, task_run.next_scheduled_start_time,
	task_run.start_time, task_run.end_time, `).Seconds("task_run.total_run_time").Write(`, task_run.state_timestamp, ` + stateColumns)
}

func (tx *Tx) scanTaskRun(r Row, t *prefect.TaskRun) error {
	var since *prefect.Time
	var s scannedState
	err := r.Scan(&t.ID, &t.Created, &t.Updated, &t.Name, &t.FlowRunID, &t.TaskKey,
		&t.DynamicKey, &t.CacheKey, &t.CacheExpiration, &t.TaskVersion, &t.EmpiricalPolicy,
		&t.Tags, &t.Labels, &t.StateID, &t.TaskInputs, &t.StateType, &t.StateName,
		&t.RunCount, &t.FlowRunRunCount, &t.ExpectedStartTime, &t.NextScheduledStartTime,
		&t.StartTime, &t.EndTime, &t.TotalRunTime, &since,
		&s.id, &s.kind, &s.name, &s.timestamp, &s.message, &s.data, &s.result, &s.details)
	if err != nil {
		return err
	}
	t.State = s.state()
	t.EstimatedRunTime, t.EstimatedStartTimeDelta = estimates(tx.Now(), t.StateType, since, t.TotalRunTime, t.StartTime, t.ExpectedStartTime)
	return nil
}

func (tx *Tx) selectTaskRuns() *sqlb.Builder {
	return taskRunColumns(tx.sql("SELECT ")).Write(" FROM task_run" + taskRunJoins)
}

// TaskRun gives the task run of that id, or nil.
func (tx *Tx) TaskRun(ctx context.Context, id uuid.UUID) (*prefect.TaskRun, error) {
	return one(ctx, tx, tx.selectTaskRuns().Write(" WHERE task_run.id = ").Arg(id), tx.scanTaskRun)
}

// TaskRunByKey gives the flow run's task run of those keys, or nil.
func (tx *Tx) TaskRunByKey(ctx context.Context, flowRunID *uuid.UUID, taskKey, dynamicKey string) (*prefect.TaskRun, error) {
	return one(ctx, tx, tx.selectTaskRuns().Write(" WHERE task_run.flow_run_id = ").Arg(flowRunID).
		Write(" AND task_run.task_key = ").Arg(taskKey).Write(" AND task_run.dynamic_key = ").Arg(dynamicKey), tx.scanTaskRun)
}

// InsertTaskRun stores a new run, without its state, unless its flow run has one of the same keys.
func (tx *Tx) InsertTaskRun(ctx context.Context, t *prefect.TaskRun) (inserted bool, err error) {
	b := tx.sql(`INSERT INTO task_run (id, created, updated, name, flow_run_id, task_key, dynamic_key, cache_key,
	cache_expiration, task_version, empirical_policy, tags, labels, task_inputs, run_count, flow_run_run_count,
	expected_start_time, next_scheduled_start_time, start_time, end_time, total_run_time) VALUES `).
		Values(t.ID, t.Created, t.Updated, t.Name, t.FlowRunID, t.TaskKey, t.DynamicKey, t.CacheKey,
			t.CacheExpiration, t.TaskVersion, JSON{&t.EmpiricalPolicy}, JSON{t.Tags}, JSON{t.Labels}, t.TaskInputs, t.RunCount, t.FlowRunRunCount,
			t.ExpectedStartTime, t.NextScheduledStartTime, t.StartTime, t.EndTime, t.TotalRunTime)
	n, err := tx.exec(ctx, b.Write(" ON CONFLICT (flow_run_id, task_key, dynamic_key) DO NOTHING"))
	return n > 0, err
}

// SetTaskRunState stores a new state and makes it the run's: the fields of t that a transition may change are written too.
// data is what is kept with the state itself; a result that was made an artifact is named by artifact instead.
func (tx *Tx) SetTaskRunState(ctx context.Context, t *prefect.TaskRun, s *prefect.State, data prefect.Raw, artifact *uuid.UUID) error {
	now := tx.Now()
	err := tx.queue(ctx, tx.sql(`INSERT INTO task_run_state (id, created, updated, task_run_id, type, timestamp, name, message,
	state_details, data, result_artifact_id) VALUES `).
		Values(s.ID, now, now, t.ID, s.Type, s.Timestamp, s.DisplayName(), s.Message, JSON{&s.StateDetails}, data, artifact))
	if err != nil {
		return err
	}
	return tx.queue(ctx, taskRunChanges(tx.sql("UPDATE task_run SET ").Set("state_id", s.ID).Set("state_type", s.Type).
		Set("state_name", s.DisplayName()).Set("state_timestamp", s.Timestamp), t, now).Write(" WHERE id = ").Arg(t.ID))
}

// SaveTaskRunTransition writes the fields that a transition may change without a new state.
func (tx *Tx) SaveTaskRunTransition(ctx context.Context, t *prefect.TaskRun) error {
	return tx.queue(ctx, taskRunChanges(tx.sql("UPDATE task_run SET "), t, tx.Now()).Write(" WHERE id = ").Arg(t.ID))
}

func taskRunChanges(b *sqlb.Builder, t *prefect.TaskRun, now prefect.Time) *sqlb.Builder {
	return b.Set("updated", now).Set("name", t.Name).Set("run_count", t.RunCount).Set("flow_run_run_count", t.FlowRunRunCount).
		Set("expected_start_time", t.ExpectedStartTime).Set("next_scheduled_start_time", t.NextScheduledStartTime).
		Set("start_time", t.StartTime).Set("end_time", t.EndTime).Set("total_run_time", t.TotalRunTime).
		Set("cache_key", t.CacheKey).Set("cache_expiration", t.CacheExpiration)
}

// TaskRuns gives the task runs that the filters select.
func (tx *Tx) TaskRuns(ctx context.Context, f *Filters, sort prefect.TaskRunSort, limit, offset int64) ([]prefect.TaskRun, error) {
	b := taskRunColumns(tx.sql("SELECT ")).Write(" FROM ")
	if _, err := tx.avoidCommon(ctx, b, "task_run", f.taskRunChoices(), limit+offset); err != nil {
		return nil, err
	}
	page(b, "task_run", f.taskRuns, taskRunOrder(sort), limit, offset)
	return all(ctx, tx, b.Write(taskRunJoins+" ORDER BY ").Write(taskRunOrder(sort)), tx.scanTaskRun)
}

// CountTaskRuns counts the task runs that the filters select.
func (tx *Tx) CountTaskRuns(ctx context.Context, f *Filters) (int64, error) {
	b := tx.sql("SELECT count(*) FROM task_run")
	f.taskRuns(b.Where())
	return tx.int(ctx, b)
}

// BackgroundTaskRunByKey gives the task run of those keys that belongs to no flow run, or nil.
func (tx *Tx) BackgroundTaskRunByKey(ctx context.Context, taskKey, dynamicKey string) (*prefect.TaskRun, error) {
	return one(ctx, tx, tx.selectTaskRuns().Write(" WHERE task_run.flow_run_id IS NULL AND task_run.task_key = ").Arg(taskKey).
		Write(" AND task_run.dynamic_key = ").Arg(dynamicKey), tx.scanTaskRun)
}

// TaskRunSystemLabels gives the labels that a new task run inherits: its flow run's, and the flow run's id.
func (tx *Tx) TaskRunSystemLabels(ctx context.Context, flowRunID *uuid.UUID) (prefect.Labels, error) {
	if flowRunID == nil {
		return prefect.Labels{}, nil
	}
	labels, err := one(ctx, tx, tx.sql("SELECT labels FROM flow_run WHERE id = ").Arg(*flowRunID), value[prefect.Labels])
	if err != nil {
		return nil, err
	}
	if labels == nil {
		labels = &prefect.Labels{}
	}
	return labels.With(&prefect.Labels{"prefect.flow-run.id": quoted(*flowRunID)}), nil
}

// RenameTaskRun changes the run's name and tells whether there is such a run.
func (tx *Tx) RenameTaskRun(ctx context.Context, id uuid.UUID, name string) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("UPDATE task_run SET ").Set("name", name).Set("updated", tx.Now()).Write(" WHERE id = ").Arg(id))
	return n > 0, err
}

// DeleteTaskRun deletes the run with its states and logs, and tells whether there was one.
func (tx *Tx) DeleteTaskRun(ctx context.Context, id uuid.UUID) (bool, error) {
	if err := tx.queue(ctx, tx.sql("DELETE FROM log WHERE task_run_id = ").Arg(id)); err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, tx.sql("DELETE FROM task_run WHERE id = ").Arg(id))
	return n > 0, err
}

func taskRunOrder(sort prefect.TaskRunSort) string {
	switch sort {
	case prefect.TaskRunExpectedStartTimeAsc:
		return "task_run.expected_start_time ASC"
	case prefect.TaskRunExpectedStartTimeDesc:
		return "task_run.expected_start_time DESC"
	case prefect.TaskRunNameAsc:
		return "task_run.name ASC"
	case prefect.TaskRunNameDesc:
		return "task_run.name DESC"
	case prefect.TaskRunNextScheduledStartTimeAsc:
		return "task_run.next_scheduled_start_time ASC"
	case prefect.TaskRunEndTimeDesc:
		return "task_run.end_time DESC"
	default:
		return "task_run.id DESC"
	}
}
