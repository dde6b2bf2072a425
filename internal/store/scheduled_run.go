package store

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// DeletePlannedRuns deletes those runs of a deployment that its schedules made and that have not begun; with a time, those alone
// that are due after it.
func (tx *Tx) DeletePlannedRuns(ctx context.Context, deploymentID uuid.UUID, after *prefect.Time) error {
	return tx.deleteScheduledRuns(ctx, []uuid.UUID{deploymentID}, &planned{after})
}

// planned restricts to runs that schedules made.
type planned struct{ after *prefect.Time }

// deleteScheduledRuns deletes runs that have not begun. Those that wait for a slot of a limit have.
func (tx *Tx) deleteScheduledRuns(ctx context.Context, deploymentIDs []uuid.UUID, only *planned) error {
	b := tx.sql("DELETE FROM flow_run WHERE ").In("deployment_id", deploymentIDs).
		Write(" AND state_type = 'SCHEDULED' AND state_name <> 'AwaitingConcurrencySlot' AND run_count = 0")
	if only != nil {
		b.Write(" AND auto_scheduled = ").Arg(true)
		if only.after != nil {
			b.Write(" AND next_scheduled_start_time > ").Arg(*only.after)
		}
	}
	return tx.queue(ctx, b)
}

// plannedRunBulk are the columns of a planned run, and behind them those that its state alone has; what is not among them has its
// default.
//
//nolint:gochecknoglobals // Go has no constant slices
var plannedRunBulk = []bulkColumn{
	{"id", kindUUID}, {"created", kindTime}, {"updated", kindTime}, {"name", kindText}, {"flow_id", kindUUID}, {"deployment_id", kindUUID},
	{"deployment_version", kindText}, {"work_queue_id", kindUUID}, {"work_queue_name", kindText}, {"parameters", kindJSONB},
	{"idempotency_key", kindText}, {"context", kindJSONB}, {"empirical_policy", kindJSONB}, {"tags", kindJSONB}, {"labels", kindJSONB},
	{"run_count", kindInt}, {"total_run_time", kindInterval}, {"expected_start_time", kindTime}, {"next_scheduled_start_time", kindTime},
	{"infrastructure_document_id", kindUUID}, {"created_by", kindJSONB}, {"state_type", kindStateType}, {"state_name", kindText},
	{"state_timestamp", kindTime}, {"state_id", kindUUID}, {"message", kindText}, {"state_details", kindJSONB},
}

// plannedRunColumns counts those of the run.
const plannedRunColumns = 25

// plannedDocuments are the documents that the runs of one schedule have in common, as they are stored.
type plannedDocuments struct{ parameters, context, policy, tags, labels, createdBy any }

func (tx *Tx) plannedDocuments(f *prefect.FlowRun) (p plannedDocuments, err error) {
	for to, from := range map[*any]any{
		&p.parameters: f.Parameters, &p.context: f.Context, &p.policy: JSON{&f.EmpiricalPolicy}, &p.tags: JSON{f.Tags}, &p.labels: JSON{f.Labels},
		&p.createdBy: JSON{f.CreatedBy},
	} {
		if *to, err = columnText(from); err != nil {
			return p, err
		}
		if text, ok := (*to).(string); ok && tx.dialect == sqlb.SQLite {
			*to = pythonJSON(text)
		}
	}
	return p, nil
}

// eachPlanned calls do with the values of every run for plannedRunBulk.
func (tx *Tx) eachPlanned(runs []prefect.FlowRun, do func(f *prefect.FlowRun, values []any) error) error {
	var by *prefect.CreatedBy
	var p plannedDocuments
	for i := range runs {
		f := &runs[i]
		if by == nil || f.CreatedBy != by { // the runs of a schedule share this
			var err error
			if p, err = tx.plannedDocuments(f); err != nil {
				return err
			}
			by = f.CreatedBy
		}
		s := f.State
		if err := do(f, []any{
			f.ID, f.Created, f.Updated, f.Name, f.FlowID, f.DeploymentID, f.DeploymentVersion, f.WorkQueueID, f.WorkQueueName, p.parameters,
			f.IdempotencyKey, p.context, p.policy, p.tags, p.labels, f.RunCount, f.TotalRunTime, f.ExpectedStartTime,
			f.NextScheduledStartTime, f.InfrastructureDocumentID, p.createdBy, s.Type, s.DisplayName(), s.Timestamp, s.ID, s.Message,
			JSON{&s.StateDetails},
		}); err != nil {
			return err
		}
	}
	return nil
}

// InsertPlannedRuns stores runs that schedules made, with the states that they name, and tells how many are new: those are left out
// of whose idempotency keys their flows have runs.
func (tx *Tx) InsertPlannedRuns(ctx context.Context, runs []prefect.FlowRun) (inserted int64, err error) {
	if len(runs) == 0 {
		return 0, nil
	}
	names := make([]string, plannedRunColumns)
	for i := range names {
		names[i] = plannedRunBulk[i].name
	}
	if tx.dialect == sqlb.SQLite {
		list := strings.Join(names[:plannedRunColumns-1], ", ")
		err := tx.eachPlanned(runs, func(f *prefect.FlowRun, values []any) error {
			n, err := tx.insertPlannedRun(ctx, list, f, values)
			inserted += n
			return err
		})
		return inserted, err
	}
	rows := tx.bulkRows(plannedRunBulk)
	if err := tx.eachPlanned(runs, func(_ *prefect.FlowRun, values []any) error { return rows.row(ctx, values...) }); err != nil {
		return 0, err
	}
	// Where the statement ends, and no sooner, a run and its state must name each other: the run need not be written twice.
	list := strings.Join(names, ", ")
	rows.sql += ", new AS (INSERT INTO flow_run (" + list + ", auto_scheduled) SELECT " + list + `, TRUE FROM given
	ON CONFLICT (flow_id, idempotency_key) DO NOTHING RETURNING id)
INSERT INTO flow_run_state (id, created, updated, flow_run_id, type, timestamp, name, message, state_details)
	SELECT state_id, created, updated, id, state_type, state_timestamp, state_name, message, state_details FROM given JOIN new USING (id)`
	return rows.exec(ctx)
}

// insertPlannedRun is InsertPlannedRuns for one run on SQLite, where a run cannot name a state that is not there yet.
func (tx *Tx) insertPlannedRun(ctx context.Context, names string, f *prefect.FlowRun, values []any) (int64, error) {
	details := values[len(values)-1]
	n, err := tx.exec(ctx, tx.sql("INSERT INTO flow_run ("+names+", auto_scheduled) VALUES ").
		Values(append(values[:plannedRunColumns-1], true)...).Write(" ON CONFLICT (flow_id, idempotency_key) DO NOTHING"))
	if err != nil || n == 0 {
		return 0, err
	}
	s := f.State
	err = tx.queue(ctx, tx.sql("INSERT INTO flow_run_state (id, created, updated, flow_run_id, type, timestamp, name, message, state_details) VALUES ").
		Values(s.ID, f.Created, f.Updated, f.ID, s.Type, s.Timestamp, s.DisplayName(), s.Message, details))
	if err != nil {
		return 0, err
	}
	return 1, tx.queue(ctx, tx.sql("UPDATE flow_run SET ").Set("state_id", s.ID).Write(" WHERE id = ").Arg(f.ID))
}
