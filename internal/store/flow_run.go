package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// flowRunJoins adds to a flow run its state, the state's result, and where it is to run.
const flowRunJoins = `
	LEFT JOIN flow_run_state state ON state.id = flow_run.state_id
	LEFT JOIN artifact result ON result.id = state.result_artifact_id
	LEFT JOIN work_queue ON work_queue.id = flow_run.work_queue_id
	LEFT JOIN work_pool ON work_pool.id = work_queue.work_pool_id`

// stateColumns are read by scanState; they need the aliases state and result.
const stateColumns = "state.id, state.type, state.name, state.timestamp, state.message, state.data, result.data, state.state_details"

func flowRunColumns(b *sqlb.Builder) *sqlb.Builder {
	return b.Write(`flow_run.id, flow_run.created, flow_run.updated, flow_run.name, flow_run.flow_id, flow_run.state_id,
	flow_run.deployment_id, flow_run.deployment_version, flow_run.work_queue_id, coalesce(work_queue.name, flow_run.work_queue_name),
	flow_run.flow_version, flow_run.parameters, flow_run.idempotency_key, flow_run.context, flow_run.empirical_policy,
	flow_run.tags, flow_run.labels, flow_run.parent_task_run_id, flow_run.state_type, flow_run.state_name,
	flow_run.run_count, flow_run.expected_start_time, flow_run.next_scheduled_start_time, flow_run.start_time,
	flow_run.end_time, `).Seconds("flow_run.total_run_time").Write(`, flow_run.auto_scheduled,
	flow_run.infrastructure_document_id, flow_run.infrastructure_pid, flow_run.created_by, flow_run.job_variables,
	flow_run.state_timestamp, work_pool.id, work_pool.name, ` + stateColumns)
}

func (tx *Tx) scanFlowRun(r Row, f *prefect.FlowRun) error { return tx.scanFlowRunAnd(r, f) }

// scanFlowRunAnd reads a row of flowRunColumns and more columns behind them.
func (tx *Tx) scanFlowRunAnd(r Row, f *prefect.FlowRun, more ...any) error {
	var since *prefect.Time
	var s scannedState
	err := r.Scan(append([]any{&f.ID, &f.Created, &f.Updated, &f.Name, &f.FlowID, &f.StateID,
		&f.DeploymentID, &f.DeploymentVersion, &f.WorkQueueID, &f.WorkQueueName,
		&f.FlowVersion, &f.Parameters, &f.IdempotencyKey, &f.Context, &f.EmpiricalPolicy,
		&f.Tags, &f.Labels, &f.ParentTaskRunID, &f.StateType, &f.StateName,
		&f.RunCount, &f.ExpectedStartTime, &f.NextScheduledStartTime, &f.StartTime,
		&f.EndTime, &f.TotalRunTime, &f.AutoScheduled,
		&f.InfrastructureDocumentID, &f.InfrastructurePid, &f.CreatedBy, &f.JobVariables,
		&since, &f.WorkPoolID, &f.WorkPoolName,
		&s.id, &s.kind, &s.name, &s.timestamp, &s.message, &s.data, &s.result, &s.details}, more...)...)
	if err != nil {
		return err
	}
	f.State = s.state()
	f.EstimatedRunTime, f.EstimatedStartTimeDelta = estimates(tx.Now(), f.StateType, since, f.TotalRunTime, f.StartTime, f.ExpectedStartTime)
	return nil
}

// scannedState holds the columns of a state that may be absent.
type scannedState struct {
	id        *uuid.UUID
	kind      *prefect.StateType
	name      *string
	timestamp *prefect.Time
	message   *string
	data      prefect.Raw // kept with the state
	result    prefect.Raw // kept as an artifact
	details   *prefect.StateDetails
}

// scan reads a row of stateColumns.
func (s *scannedState) scan(r Row) error {
	return r.Scan(&s.id, &s.kind, &s.name, &s.timestamp, &s.message, &s.data, &s.result, &s.details)
}

func (s *scannedState) state() *prefect.State {
	if s.id == nil {
		return nil
	}
	state := &prefect.State{ID: *s.id, Type: *s.kind, Name: s.name, Timestamp: *s.timestamp, Message: s.message, Data: s.data}
	if s.data == nil {
		state.Data = s.result
	}
	if s.details != nil {
		state.StateDetails = *s.details
	}
	return state
}

// estimates gives what the API reports of a run besides what is stored: how long it has run up to now, and how late it
// started or is.
func estimates(now prefect.Time, state *prefect.StateType, since *prefect.Time, total prefect.Seconds, start, expected *prefect.Time) (run, late prefect.Seconds) {
	run = total
	if state != nil && *state == prefect.Running && since != nil {
		run = prefect.SecondsOf(total.Duration() + now.Sub(since.Time))
	}
	switch {
	case expected == nil:
	case start != nil:
		if d := start.Sub(expected.Time); d > 0 {
			late = prefect.SecondsOf(d)
		}
	case now.After(expected.Time) && (state == nil || !state.IsTerminal()):
		late = prefect.SecondsOf(now.Sub(expected.Time))
	}
	return run, late
}

func (tx *Tx) selectFlowRuns() *sqlb.Builder {
	return flowRunColumns(tx.sql("SELECT ")).Write(" FROM flow_run" + flowRunJoins)
}

// FlowRun gives the flow run of that id, or nil.
func (tx *Tx) FlowRun(ctx context.Context, id uuid.UUID) (*prefect.FlowRun, error) {
	return one(ctx, tx, tx.selectFlowRuns().Write(" WHERE flow_run.id = ").Arg(id), tx.scanFlowRun)
}

// CommitWithFlowRun is FlowRun as the end of a transaction, which may be committed in the same round trip: nothing may follow it.
func (tx *Tx) CommitWithFlowRun(ctx context.Context, id uuid.UUID) (*prefect.FlowRun, error) {
	return last(ctx, tx, tx.selectFlowRuns().Write(" WHERE flow_run.id = ").Arg(id), tx.scanFlowRun)
}

// FlowRunByKey gives the flow's run of that idempotency key, or nil.
func (tx *Tx) FlowRunByKey(ctx context.Context, flowID uuid.UUID, key string) (*prefect.FlowRun, error) {
	return one(ctx, tx, tx.selectFlowRuns().Write(" WHERE flow_run.flow_id = ").Arg(flowID).
		Write(" AND flow_run.idempotency_key = ").Arg(key), tx.scanFlowRun)
}

// flowRunInsert are the columns of a new run; flowRunValues gives their values.
const flowRunInsert = `id, created, updated, name, flow_id, deployment_id, deployment_version, work_queue_id,
	work_queue_name, flow_version, parameters, idempotency_key, context, empirical_policy, tags, labels, parent_task_run_id,
	run_count, expected_start_time, next_scheduled_start_time, start_time, end_time, total_run_time, auto_scheduled,
	infrastructure_document_id, infrastructure_pid, created_by, job_variables`

func flowRunValues(f *prefect.FlowRun) []any {
	return []any{
		f.ID, f.Created, f.Updated, f.Name, f.FlowID, f.DeploymentID, f.DeploymentVersion, f.WorkQueueID,
		f.WorkQueueName, f.FlowVersion, f.Parameters, f.IdempotencyKey, f.Context, JSON{&f.EmpiricalPolicy}, JSON{f.Tags}, JSON{f.Labels}, f.ParentTaskRunID,
		f.RunCount, f.ExpectedStartTime, f.NextScheduledStartTime, f.StartTime, f.EndTime, f.TotalRunTime, f.AutoScheduled,
		f.InfrastructureDocumentID, f.InfrastructurePid, JSON{f.CreatedBy}, nullable(f.JobVariables),
	}
}

// InsertFlowRun stores a new run, without its state, unless its flow has one of the same idempotency key.
func (tx *Tx) InsertFlowRun(ctx context.Context, f *prefect.FlowRun) (inserted bool, err error) {
	b := tx.sql("INSERT INTO flow_run (" + flowRunInsert + ") VALUES ").Values(flowRunValues(f)...)
	if f.IdempotencyKey == nil {
		return true, tx.queue(ctx, b)
	}
	n, err := tx.exec(ctx, b.Write(" ON CONFLICT (flow_id, idempotency_key) DO NOTHING"))
	return n > 0, err
}

// InsertFlowRunInState stores a new run in its first state. data and artifact are those of SetFlowRunState. The run is a
// *ConstraintError if its flow has one of the same idempotency key.
func (tx *Tx) InsertFlowRunInState(ctx context.Context, f *prefect.FlowRun, s *prefect.State, data prefect.Raw, artifact *uuid.UUID) error {
	const columns = flowRunInsert + ", state_type, state_name, state_timestamp"
	values := append(flowRunValues(f), s.Type, s.DisplayName(), s.Timestamp)
	if tx.dialect == sqlb.Postgres {
		// Where the statement ends, and no sooner, the two must name each other. Writing the run twice would write all its indexes twice.
		return tx.queue(ctx, tx.insertFlowRunState(tx.sql("WITH first AS ("), f, s, data, artifact).
			Write(") INSERT INTO flow_run ("+columns+", state_id) VALUES ").Values(append(values, s.ID)...))
	}
	// On SQLite a run cannot name a state that is not there yet. The update touches the one index of state_id.
	if err := tx.queue(ctx, tx.sql("INSERT INTO flow_run ("+columns+") VALUES ").Values(values...)); err != nil {
		return err
	}
	if err := tx.queue(ctx, tx.insertFlowRunState(tx.sql(""), f, s, data, artifact)); err != nil {
		return err
	}
	return tx.queue(ctx, tx.sql("UPDATE flow_run SET ").Set("state_id", s.ID).Write(" WHERE id = ").Arg(f.ID))
}

// SetFlowRunState stores a new state and makes it the run's: the fields of f that a transition may change are written too.
// data is what is kept with the state itself; a result that was made an artifact is named by artifact instead.
func (tx *Tx) SetFlowRunState(ctx context.Context, f *prefect.FlowRun, s *prefect.State, data prefect.Raw, artifact *uuid.UUID) error {
	if err := tx.queue(ctx, tx.insertFlowRunState(tx.sql(""), f, s, data, artifact)); err != nil {
		return err
	}
	return tx.queue(ctx, flowRunChanges(tx.sql("UPDATE flow_run SET ").Set("state_id", s.ID).Set("state_type", s.Type).
		Set("state_name", s.DisplayName()).Set("state_timestamp", s.Timestamp), f, tx.Now()).Write(" WHERE id = ").Arg(f.ID))
}

func (tx *Tx) insertFlowRunState(b *sqlb.Builder, f *prefect.FlowRun, s *prefect.State, data prefect.Raw, artifact *uuid.UUID) *sqlb.Builder {
	now := tx.Now()
	return b.Write(`INSERT INTO flow_run_state (id, created, updated, flow_run_id, type, timestamp, name, message,
	state_details, data, result_artifact_id) VALUES `).
		Values(s.ID, now, now, f.ID, s.Type, s.Timestamp, s.DisplayName(), s.Message, JSON{&s.StateDetails}, data, artifact)
}

// SaveFlowRunTransition writes the fields that a transition may change without a new state.
func (tx *Tx) SaveFlowRunTransition(ctx context.Context, f *prefect.FlowRun) error {
	return tx.queue(ctx, flowRunChanges(tx.sql("UPDATE flow_run SET "), f, tx.Now()).Write(" WHERE id = ").Arg(f.ID))
}

func flowRunChanges(b *sqlb.Builder, f *prefect.FlowRun, now prefect.Time) *sqlb.Builder {
	return b.Set("updated", now).Set("run_count", f.RunCount).Set("expected_start_time", f.ExpectedStartTime).
		Set("next_scheduled_start_time", f.NextScheduledStartTime).Set("start_time", f.StartTime).Set("end_time", f.EndTime).
		Set("total_run_time", f.TotalRunTime).Set("empirical_policy", JSON{&f.EmpiricalPolicy}).
		Set("infrastructure_pid", f.InfrastructurePid)
}

// FlowRuns gives the flow runs that the filters select.
func (tx *Tx) FlowRuns(ctx context.Context, f *Filters, sort prefect.FlowRunSort, limit, offset int64) ([]prefect.FlowRun, error) {
	b := flowRunColumns(tx.sql("SELECT ")).Write(" FROM ")
	if err := tx.flowRunPage(ctx, b, f, sort, limit, offset); err != nil {
		return nil, err
	}
	return all(ctx, tx, b.Write(flowRunJoins+" ORDER BY ").Write(flowRunOrder(sort)), tx.scanFlowRun)
}

// CountFlowRuns counts the flow runs that the filters select.
func (tx *Tx) CountFlowRuns(ctx context.Context, f *Filters) (int64, error) {
	b := tx.sql("SELECT count(*) FROM flow_run")
	f.flowRuns(b.Where())
	return tx.int(ctx, b)
}

// UpdateFlowRun changes what the update sets and tells whether there is such a run.
func (tx *Tx) UpdateFlowRun(ctx context.Context, id uuid.UUID, u *prefect.FlowRunUpdate) (bool, error) {
	b := tx.sql("UPDATE flow_run SET ").Set("updated", tx.Now())
	if u.Name.Value != nil {
		b.Set("name", *u.Name.Value)
	}
	if u.FlowVersion.Set {
		b.Set("flow_version", u.FlowVersion.Value)
	}
	if u.Parameters.Set {
		b.Set("parameters", u.Parameters.Value)
	}
	if u.EmpiricalPolicy.Set {
		b.Set("empirical_policy", JSON{&u.EmpiricalPolicy.Value})
	}
	if u.Tags.Set {
		b.Set("tags", JSON{u.Tags.Value})
	}
	if u.InfrastructurePid.Set {
		b.Set("infrastructure_pid", u.InfrastructurePid.Value)
	}
	if u.JobVariables.Set {
		b.Set("job_variables", nullable(u.JobVariables.Value))
	}
	n, err := tx.exec(ctx, b.Write(" WHERE id = ").Arg(id))
	return n > 0, err
}

// SetFlowRunLabels replaces the run's labels.
func (tx *Tx) SetFlowRunLabels(ctx context.Context, id uuid.UUID, labels prefect.Labels) error {
	return tx.queue(ctx, tx.sql("UPDATE flow_run SET ").Set("labels", JSON{labels}).Set("updated", tx.Now()).Write(" WHERE id = ").Arg(id))
}

// DeleteFlowRun deletes the run with all that belongs to it, its logs too, which no foreign key ties to it.
func (tx *Tx) DeleteFlowRun(ctx context.Context, id uuid.UUID) error {
	if err := tx.queue(ctx, tx.sql("DELETE FROM log WHERE flow_run_id = ").Arg(id)); err != nil {
		return err
	}
	return tx.queue(ctx, tx.sql("DELETE FROM flow_run WHERE id = ").Arg(id))
}

// flowRunBegun is when a run began, or is to begin: an expression as it stands in indexes.
const flowRunBegun = "coalesce(flow_run.start_time, flow_run.expected_start_time)"

func flowRunOrder(sort prefect.FlowRunSort) string {
	switch sort {
	case prefect.FlowRunStartTimeAsc:
		return flowRunBegun + " ASC"
	case prefect.FlowRunStartTimeDesc:
		return flowRunBegun + " DESC"
	case prefect.FlowRunExpectedStartTimeAsc:
		return "flow_run.expected_start_time ASC"
	case prefect.FlowRunExpectedStartTimeDesc:
		return "flow_run.expected_start_time DESC"
	case prefect.FlowRunNameAsc:
		return "flow_run.name ASC"
	case prefect.FlowRunNameDesc:
		return "flow_run.name DESC"
	case prefect.FlowRunNextScheduledStartTimeAsc:
		return "flow_run.next_scheduled_start_time ASC"
	case prefect.FlowRunEndTimeDesc:
		return "flow_run.end_time DESC"
	default:
		return "flow_run.id DESC"
	}
}

// FlowRunIDs gives the ids of the newest flow runs that the filters select.
func (tx *Tx) FlowRunIDs(ctx context.Context, f *Filters, limit int64) ([]uuid.UUID, error) {
	b := tx.sql("SELECT flow_run.id FROM flow_run")
	f.flowRuns(b.Where())
	return all(ctx, tx, b.Write(" ORDER BY flow_run.id DESC").Page(limit, 0), value[uuid.UUID])
}

// FlowRunSystemLabels gives the labels that a new run inherits, its deployment's or else its flow's with the ids of both, and
// notes in the run what it belongs to.
func (tx *Tx) FlowRunSystemLabels(ctx context.Context, f *prefect.FlowRun) (prefect.Labels, error) {
	type parents struct {
		flow, deployment *prefect.Labels
		flowID           *uuid.UUID // the deployment's
		related          scannedRelated
	}
	b := tx.sql("SELECT flow.labels, deployment.labels, deployment.flow_id, " + relatedColumns + " FROM flow")
	joinByID(b, "deployment", "deployment", f.DeploymentID)
	joinByID(b, "work_queue", "work_queue", f.WorkQueueID)
	b.Write(" LEFT JOIN work_pool ON work_pool.id = work_queue.work_pool_id")
	joinByID(b, "task_run parent", "parent", f.ParentTaskRunID)
	b.Write(" WHERE flow.id = ").Arg(f.FlowID)
	found, err := one(ctx, tx, b, func(r Row, p *parents) error {
		return r.Scan(append([]any{&p.flow, &p.deployment, &p.flowID}, p.related.dest()...)...)
	})
	if err != nil {
		return nil, err
	}
	if found == nil {
		found = &parents{} // the database will refuse the run
	}
	f.Related = found.related.related()
	if found.flowID != nil {
		return labelsOf(found.deployment).With(&prefect.Labels{
			"prefect.flow.id": quoted(*found.flowID), "prefect.deployment.id": quoted(*f.DeploymentID),
		}), nil
	}
	return labelsOf(found.flow).With(&prefect.Labels{"prefect.flow.id": quoted(f.FlowID)}), nil
}

// joinByID joins the row of an id that may be absent. What is absent is left out of the text: PostgreSQL would find a plan without the
// join better than the one it keeps, and plan the statement each time.
func joinByID(b *sqlb.Builder, table, alias string, id *uuid.UUID) {
	b.Write(" LEFT JOIN ").Write(table)
	if id == nil {
		b.Write(" ON FALSE")
		return
	}
	b.Write(" ON ").Write(alias).Write(".id = ").Arg(*id)
}

func labelsOf(l *prefect.Labels) prefect.Labels {
	if l == nil {
		return prefect.Labels{}
	}
	return *l
}

func quoted(id uuid.UUID) prefect.Raw { return prefect.Raw(`"` + id.String() + `"`) }
