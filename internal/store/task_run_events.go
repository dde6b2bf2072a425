package store

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// LockTaskRuns gives the task runs of those ids and those of those keys, locked until the transaction ends and in the order
// of their ids, so that two batches never wait for each other.
func (tx *Tx) LockTaskRuns(ctx context.Context, ids []uuid.UUID, keys []prefect.TaskRunKey) ([]prefect.TaskRun, error) {
	var flowRuns []uuid.UUID
	var taskKeys, dynamicKeys []string
	for _, k := range keys {
		if !slices.Contains(flowRuns, k.FlowRunID) {
			flowRuns = append(flowRuns, k.FlowRunID)
		}
		if !slices.Contains(taskKeys, k.TaskKey) {
			taskKeys = append(taskKeys, k.TaskKey)
		}
		dynamicKeys = append(dynamicKeys, k.DynamicKey)
	}
	// The lists are wider than the keys; what was not asked for is of no harm to the caller, and they stay few arguments.
	where := func(b *sqlb.Builder) *sqlb.Builder {
		b.Write(" WHERE ").In("task_run.id", ids)
		if len(keys) > 0 {
			b.Write(" OR (").In("task_run.flow_run_id", flowRuns).Write(" AND ").In("task_run.task_key", taskKeys).
				Write(" AND ").In("task_run.dynamic_key", dynamicKeys).Write(")")
		}
		return b
	}
	if err := tx.lock(ctx, where(tx.sql("SELECT 1 FROM task_run")).Write(" ORDER BY task_run.id FOR NO KEY UPDATE")); err != nil {
		return nil, err
	}
	return all(ctx, tx, where(tx.selectTaskRuns()).Write(" ORDER BY task_run.id"), tx.scanTaskRun)
}

// ExistingFlowRuns gives those of the ids that are flow runs. They stay it until the transaction ends.
func (tx *Tx) ExistingFlowRuns(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error) {
	return all(ctx, tx, tx.sql("SELECT id FROM flow_run WHERE ").In("id", ids).Either("", " ORDER BY id FOR KEY SHARE"), value[uuid.UUID])
}

//nolint:gochecknoglobals // Go has no constant slices
var (
	taskRunBulk = []bulkColumn{
		{"id", kindUUID}, {"created", kindTime}, {"updated", kindTime}, {"name", kindText}, {"flow_run_id", kindUUID}, {"task_key", kindText},
		{"dynamic_key", kindText}, {"cache_key", kindText}, {"cache_expiration", kindTime}, {"task_version", kindText},
		{"empirical_policy", kindJSONB}, {"tags", kindJSONB}, {"labels", kindJSONB}, {"task_inputs", kindJSONB}, {"run_count", kindInt},
		{"flow_run_run_count", kindInt}, {"expected_start_time", kindTime}, {"next_scheduled_start_time", kindTime}, {"start_time", kindTime},
		{"end_time", kindTime}, {"total_run_time", kindInterval}, {"state_id", kindUUID}, {"state_type", kindStateType}, {"state_name", kindText},
		{"state_timestamp", kindTime},
	}
	taskRunStateBulk = []bulkColumn{
		{"id", kindUUID}, {"created", kindTime}, {"updated", kindTime}, {"task_run_id", kindUUID}, {"type", kindStateType}, {"timestamp", kindTime},
		{"name", kindText}, {"message", kindText}, {"state_details", kindJSONB}, {"data", kindJSONB},
	}
)

const newerTaskRun = `ON CONFLICT (id) DO UPDATE SET updated = excluded.updated, name = excluded.name, cache_key = excluded.cache_key,
	cache_expiration = excluded.cache_expiration, task_version = excluded.task_version, empirical_policy = excluded.empirical_policy,
	tags = excluded.tags, labels = excluded.labels, task_inputs = excluded.task_inputs, run_count = excluded.run_count,
	flow_run_run_count = excluded.flow_run_run_count, expected_start_time = excluded.expected_start_time,
	next_scheduled_start_time = excluded.next_scheduled_start_time, start_time = excluded.start_time, end_time = excluded.end_time,
	total_run_time = excluded.total_run_time, state_id = excluded.state_id, state_type = excluded.state_type,
	state_name = excluded.state_name, state_timestamp = excluded.state_timestamp
	WHERE task_run.state_timestamp IS NULL OR task_run.state_timestamp < excluded.state_timestamp`

// SaveTaskRuns stores task runs as they are, whether they are new or not, with the states that they went through. A run
// of which another server has stored a later state meanwhile stays as that left it; a state of a run that has one of the
// same id or time already is left out.
func (tx *Tx) SaveTaskRuns(ctx context.Context, runs []*prefect.TaskRun, states []prefect.State) error {
	now := tx.Now()
	rows := tx.bulkInsert("task_run", taskRunBulk, newerTaskRun)
	for _, t := range runs {
		err := rows.row(ctx, t.ID, t.Created, now, t.Name, t.FlowRunID, t.TaskKey, t.DynamicKey, t.CacheKey, t.CacheExpiration, t.TaskVersion,
			JSON{&t.EmpiricalPolicy}, JSON{t.Tags}, JSON{t.Labels}, t.TaskInputs, t.RunCount, t.FlowRunRunCount, t.ExpectedStartTime,
			t.NextScheduledStartTime, t.StartTime, t.EndTime, t.TotalRunTime, t.State.ID, t.State.Type, t.State.DisplayName(), t.State.Timestamp)
		if err != nil {
			return err
		}
	}
	if err := rows.queue(ctx); err != nil {
		return err
	}
	history := tx.bulkInsert("task_run_state", taskRunStateBulk, "ON CONFLICT DO NOTHING")
	for i := range states {
		s := &states[i]
		err := history.row(ctx, s.ID, now, now, *s.StateDetails.TaskRunID, s.Type, s.Timestamp, s.DisplayName(), s.Message, JSON{&s.StateDetails}, s.Data)
		if err != nil {
			return err
		}
	}
	return history.queue(ctx)
}
