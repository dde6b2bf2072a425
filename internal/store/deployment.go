package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// selectDeployments reads deployments with their limit and with where they run; see scanDeployment.
const selectDeployments = `SELECT deployment.id, deployment.created, deployment.updated, deployment.name, deployment.version, deployment.description,
	deployment.flow_id, deployment.paused, deployment.concurrency_options, deployment.infra_overrides, deployment.parameters, deployment.tags,
	deployment.labels, coalesce(work_queue.name, deployment.work_queue_name), deployment.work_queue_id, deployment.last_polled,
	deployment.parameter_openapi_schema, deployment.path, deployment.pull_steps, deployment.entrypoint, deployment.storage_document_id,
	deployment.infrastructure_document_id, deployment.created_by, deployment.updated_by, work_pool.name, deployment.status,
	deployment.enforce_parameter_schema, deployment.concurrency_limit_id, deployment.concurrency_limit, deployment.work_queue_name,
	own.id, own.created, own.updated, own.active IS TRUE, own.name, own."limit", own.active_slots, own.slot_decay_per_second
	FROM deployment
	LEFT JOIN work_queue ON work_queue.id = deployment.work_queue_id
	LEFT JOIN work_pool ON work_pool.id = work_queue.work_pool_id
	LEFT JOIN concurrency_limit_v2 own ON own.id = deployment.concurrency_limit_id`

func scanDeployment(r Row, d *prefect.Deployment) error {
	var limit struct {
		id                 *uuid.UUID
		created, updated   *prefect.Time
		active             bool
		name               *string
		limit, activeSlots *int64
		decay              *float64
	}
	err := r.Scan(&d.ID, &d.Created, &d.Updated, &d.Name, &d.Version, &d.Description,
		&d.FlowID, &d.Paused, &d.ConcurrencyOptions, &d.JobVariables, &d.Parameters, &d.Tags,
		&d.Labels, &d.WorkQueueName, &d.WorkQueueID, &d.LastPolled,
		&d.ParameterOpenAPISchema, &d.Path, &d.PullSteps, &d.Entrypoint, &d.StorageDocumentID,
		&d.InfrastructureDocumentID, &d.CreatedBy, &d.UpdatedBy, &d.WorkPoolName, &d.Status,
		&d.EnforceParameterSchema, &d.ConcurrencyLimitID, &d.OwnLimit, &d.NamedQueue,
		&limit.id, &limit.created, &limit.updated, &limit.active, &limit.name, &limit.limit, &limit.activeSlots, &limit.decay)
	if err != nil || limit.id == nil {
		return err
	}
	d.GlobalConcurrencyLimit = &prefect.GlobalConcurrencyLimit{
		ID: *limit.id, Created: *limit.created, Updated: *limit.updated, Active: limit.active, Name: *limit.name,
		Limit: *limit.limit, ActiveSlots: *limit.activeSlots, SlotDecayPerSecond: *limit.decay,
	}
	return nil
}

// deploymentsOf reads what b selects, and the schedules of all that it gives.
func (tx *Tx) deploymentsOf(ctx context.Context, b *sqlb.Builder) ([]prefect.Deployment, error) {
	found, err := all(ctx, tx, b, scanDeployment)
	if err != nil || len(found) == 0 {
		return found, err
	}
	return found, tx.addSchedules(ctx, found)
}

// addSchedules reads the schedules of deployments.
func (tx *Tx) addSchedules(ctx context.Context, found []prefect.Deployment) error {
	ids := make([]uuid.UUID, len(found))
	at := make(map[uuid.UUID]int, len(found))
	for i := range found {
		ids[i], at[found[i].ID] = found[i].ID, i
		found[i].Schedules = []prefect.DeploymentSchedule{}
	}
	schedules, err := tx.DeploymentSchedules(ctx, ids...)
	for i := range schedules {
		d := &found[at[schedules[i].DeploymentID]]
		d.Schedules = append(d.Schedules, schedules[i])
	}
	return err
}

func (tx *Tx) deploymentOf(ctx context.Context, b *sqlb.Builder) (*prefect.Deployment, error) {
	found, err := tx.deploymentsOf(ctx, b)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// Deployment gives the deployment of that id, or nil.
func (tx *Tx) Deployment(ctx context.Context, id uuid.UUID) (*prefect.Deployment, error) {
	return tx.deploymentOf(ctx, tx.sql(selectDeployments+" WHERE deployment.id = ").Arg(id))
}

// LockDeployment is Deployment in a transaction that nobody else may change the deployment before the end of.
func (tx *Tx) LockDeployment(ctx context.Context, id uuid.UUID) (*prefect.Deployment, error) {
	if err := tx.lock(ctx, tx.sql("SELECT 1 FROM deployment WHERE id = ").Arg(id).Write(" FOR NO KEY UPDATE")); err != nil {
		return nil, err
	}
	return tx.Deployment(ctx, id)
}

// LockDeploymentOfFlow is LockDeployment by the flow and the name.
func (tx *Tx) LockDeploymentOfFlow(ctx context.Context, flowID uuid.UUID, name string) (*prefect.Deployment, error) {
	where := func(b *sqlb.Builder) *sqlb.Builder {
		return b.Write(" WHERE deployment.flow_id = ").Arg(flowID).Write(" AND deployment.name = ").Arg(name)
	}
	if err := tx.lock(ctx, where(tx.sql("SELECT 1 FROM deployment")).Write(" FOR NO KEY UPDATE")); err != nil {
		return nil, err
	}
	return tx.deploymentOf(ctx, where(tx.sql(selectDeployments)))
}

// DeploymentByName gives the deployment of that name of the flow of that name, or nil.
func (tx *Tx) DeploymentByName(ctx context.Context, flow, name string) (*prefect.Deployment, error) {
	return tx.deploymentOf(ctx, tx.sql(selectDeployments+" WHERE deployment.flow_id = (SELECT id FROM flow WHERE name = ").Arg(flow).
		Write(") AND deployment.name = ").Arg(name))
}

// Deployments gives the deployments that the filters select.
func (tx *Tx) Deployments(ctx context.Context, f *Filters, sort prefect.DeploymentSort, limit, offset int64) ([]prefect.Deployment, error) {
	b := tx.sql(selectDeployments)
	f.deployments(b.Where())
	return tx.deploymentsOf(ctx, b.Write(" ORDER BY ").Write(deploymentOrder(sort)).Page(limit, offset))
}

// CountDeployments counts the deployments that the filters select.
func (tx *Tx) CountDeployments(ctx context.Context, f *Filters) (int64, error) {
	b := tx.sql("SELECT count(*) FROM deployment")
	f.deployments(b.Where())
	return tx.int(ctx, b)
}

// DeploymentIDs gives the ids of the first deployments, by name, that the filters select.
func (tx *Tx) DeploymentIDs(ctx context.Context, f *Filters, limit int64) ([]uuid.UUID, error) {
	b := tx.sql("SELECT deployment.id FROM deployment")
	f.deployments(b.Where())
	return all(ctx, tx, b.Write(" ORDER BY deployment.name").Page(limit, 0), value[uuid.UUID])
}

func deploymentOrder(sort prefect.DeploymentSort) string {
	switch sort {
	case prefect.DeploymentCreatedDesc:
		return "deployment.created DESC"
	case prefect.DeploymentUpdatedDesc:
		return "deployment.updated DESC"
	case prefect.DeploymentNameDesc:
		return "deployment.name DESC"
	default:
		return "deployment.name ASC"
	}
}

// InsertDeployment stores a new deployment, without its schedules, unless its flow has one of that name.
func (tx *Tx) InsertDeployment(ctx context.Context, d *prefect.Deployment) (inserted bool, err error) {
	n, err := tx.exec(ctx, tx.sql(`INSERT INTO deployment (id, created, updated, name, version, description, flow_id, paused,
	concurrency_options, infra_overrides, parameters, tags, labels, work_queue_name, work_queue_id, parameter_openapi_schema, path, pull_steps,
	entrypoint, storage_document_id, infrastructure_document_id, created_by, updated_by, status, enforce_parameter_schema,
	concurrency_limit_id, concurrency_limit) VALUES `).
		Values(d.ID, d.Created, d.Updated, d.Name, d.Version, d.Description, d.FlowID, d.Paused,
			JSON{d.ConcurrencyOptions}, d.JobVariables, d.Parameters, JSON{d.Tags}, JSON{d.Labels}, d.NamedQueue, d.WorkQueueID,
			nullable(d.ParameterOpenAPISchema), d.Path, JSON{d.PullSteps},
			d.Entrypoint, d.StorageDocumentID, d.InfrastructureDocumentID, JSON{d.CreatedBy}, JSON{d.UpdatedBy}, string(d.Status),
			d.EnforceParameterSchema, d.ConcurrencyLimitID, d.OwnLimit).
		Write(" ON CONFLICT (flow_id, name) DO NOTHING"))
	return n > 0, err
}

// SaveDeployment stores what a client can change of a deployment, but for its schedules.
func (tx *Tx) SaveDeployment(ctx context.Context, d *prefect.Deployment) error {
	_, err := tx.exec(ctx, tx.sql("UPDATE deployment SET ").Set("updated", d.Updated).Set("version", d.Version).Set("description", d.Description).
		Set("paused", d.Paused).Set("concurrency_options", JSON{d.ConcurrencyOptions}).Set("infra_overrides", d.JobVariables).
		Set("parameters", d.Parameters).Set("tags", JSON{d.Tags}).Set("labels", JSON{d.Labels}).Set("work_queue_name", d.NamedQueue).
		Set("work_queue_id", d.WorkQueueID).Set("parameter_openapi_schema", nullable(d.ParameterOpenAPISchema)).Set("path", d.Path).
		Set("pull_steps", JSON{d.PullSteps}).Set("entrypoint", d.Entrypoint).Set("storage_document_id", d.StorageDocumentID).
		Set("infrastructure_document_id", d.InfrastructureDocumentID).Set("enforce_parameter_schema", d.EnforceParameterSchema).
		Set("concurrency_limit_id", d.ConcurrencyLimitID).Set("concurrency_limit", d.OwnLimit).Write(" WHERE id = ").Arg(d.ID))
	return err
}

// SetDeploymentPaused says whether the deployment's schedules rest.
func (tx *Tx) SetDeploymentPaused(ctx context.Context, id uuid.UUID, paused bool) error {
	return tx.queue(ctx, tx.sql("UPDATE deployment SET ").Set("paused", paused).Set("updated", tx.Now()).Write(" WHERE id = ").Arg(id))
}

// DeleteDeployments deletes deployments with their limits and those of their runs that have not begun, and gives the ids of those
// that existed.
func (tx *Tx) DeleteDeployments(ctx context.Context, ids ...uuid.UUID) ([]uuid.UUID, error) {
	if err := tx.deleteScheduledRuns(ctx, ids, nil); err != nil {
		return nil, err
	}
	if err := tx.queue(ctx, tx.sql("DELETE FROM concurrency_limit_v2 WHERE id IN (SELECT concurrency_limit_id FROM deployment WHERE ").
		In("id", ids).Write(")")); err != nil {
		return nil, err
	}
	return all(ctx, tx, tx.sql("DELETE FROM deployment WHERE ").In("id", ids).Write(" RETURNING id"), value[uuid.UUID])
}

// MarkDeploymentsPolled notes that somebody asks for the runs of the deployments: those are ready. It leaves those alone of which
// that was noted after since, and does not count as a change of a deployment. It gives those that were not ready.
func (tx *Tx) MarkDeploymentsPolled(ctx context.Context, ids []uuid.UUID, since prefect.Time) (ready []uuid.UUID, err error) {
	b := tx.sql("SELECT 1 FROM deployment WHERE ").In("id", ids).Write(" AND (status <> 'READY' OR last_polled IS NULL OR last_polled < ").Arg(since)
	if err := tx.lock(ctx, b.Write(") ORDER BY id FOR NO KEY UPDATE")); err != nil {
		return nil, err
	}
	if err := tx.queue(ctx, tx.sql("UPDATE deployment SET ").Set("last_polled", tx.Now()).Write(" WHERE ").In("id", ids).
		Write(" AND status = 'READY' AND (last_polled IS NULL OR last_polled < ").Arg(since).Write(")")); err != nil {
		return nil, err
	}
	return all(ctx, tx, tx.sql("UPDATE deployment SET ").Set("last_polled", tx.Now()).Write(", status = 'READY' WHERE ").In("id", ids).
		Write(" AND status <> 'READY' RETURNING id"), value[uuid.UUID])
}

// UnpolledDeployments gives those of the deployments of which no poll was noted after since.
func (tx *Tx) UnpolledDeployments(ctx context.Context, ids []uuid.UUID, since prefect.Time) ([]uuid.UUID, error) {
	return all(ctx, tx, tx.sql("SELECT id FROM deployment WHERE ").In("id", ids).
		Write(" AND (status <> 'READY' OR last_polled IS NULL OR last_polled < ").Arg(since).Write(")"), value[uuid.UUID])
}
