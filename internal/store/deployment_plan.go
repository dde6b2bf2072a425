package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// DeploymentsShortOfRuns gives the first deployments, by their ids and after one of them, that have a schedule of which fewer than min
// runs are planned, or none at until or later: with all their active schedules, and with no more of themselves than what runs take over.
func (tx *Tx) DeploymentsShortOfRuns(ctx context.Context, after uuid.UUID, until prefect.Time, minRuns, limit int64) ([]prefect.Deployment, error) {
	b := tx.sql(selectPlannable).Arg(after).Write(` AND EXISTS (SELECT 1 FROM deployment_schedule s WHERE s.deployment_id = deployment.id AND s.active IS TRUE
	AND ((SELECT count(*) FROM (SELECT 1 `)
	plannedRuns(b, tx.Now())
	b.Write(" LIMIT ").Arg(minRuns).Write(") planned) < ").Arg(minRuns).Write(" OR NOT EXISTS (SELECT 1 ")
	plannedRuns(b, until)
	return tx.plannable(ctx, b.Write(")))"), limit)
}

// plannedRuns writes where the runs are that the schedule s has planned from a time on. It is written as the index has it.
func plannedRuns(b *sqlb.Builder, from prefect.Time) {
	b.Write(` FROM flow_run WHERE flow_run.deployment_id = s.deployment_id AND flow_run.state_type = 'SCHEDULED' AND flow_run.auto_scheduled = `).
		Either("1", "TRUE").Write(" AND ").Either("json_extract(flow_run.created_by, '$.id') = s.id", "(flow_run.created_by ->> 'id') = s.id::text").
		Write(" AND flow_run.next_scheduled_start_time >= ").Arg(from)
}

// DeploymentsChangedSince is DeploymentsShortOfRuns for deployments that were changed at a time or later, or whose schedules were.
func (tx *Tx) DeploymentsChangedSince(ctx context.Context, since prefect.Time, after uuid.UUID, limit int64) ([]prefect.Deployment, error) {
	b := tx.sql(selectPlannable).Arg(after).Write(" AND deployment.id IN (SELECT id FROM deployment WHERE updated >= ").Arg(since).
		Write(" UNION SELECT deployment_id FROM deployment_schedule WHERE updated >= ").Arg(since).
		Write(") AND EXISTS (SELECT 1 FROM deployment_schedule s WHERE s.deployment_id = deployment.id AND s.active IS TRUE)")
	return tx.plannable(ctx, b, limit)
}

const selectPlannable = `SELECT id, updated, flow_id, version, work_queue_id, work_queue_name, parameters, tags, labels, infrastructure_document_id
	FROM deployment WHERE paused IS NOT TRUE AND id > `

func (tx *Tx) plannable(ctx context.Context, b *sqlb.Builder, limit int64) ([]prefect.Deployment, error) {
	found, err := all(ctx, tx, b.Write(" ORDER BY id").Page(limit, 0), func(r Row, d *prefect.Deployment) error {
		return r.Scan(&d.ID, &d.Updated, &d.FlowID, &d.Version, &d.WorkQueueID, &d.WorkQueueName, &d.Parameters, &d.Tags, &d.Labels, &d.InfrastructureDocumentID)
	})
	if err != nil || len(found) == 0 {
		return found, err
	}
	return found, tx.addSchedules(ctx, found)
}

// HoldDeployments keeps everybody else from changing deployments, and from planning their runs, until the transaction ends; those that
// somebody else holds are left out, and so are paused ones. It gives when each was changed last, and each of their active schedules.
func (tx *Tx) HoldDeployments(ctx context.Context, ids []uuid.UUID) (updated map[uuid.UUID]prefect.Time, err error) {
	updated = map[uuid.UUID]prefect.Time{}
	note := func(r Row) error {
		var id uuid.UUID
		var at prefect.Time
		if err := r.Scan(&id, &at); err != nil {
			return err
		}
		updated[id] = at
		return nil
	}
	err = tx.each(ctx, tx.sql("SELECT id, updated FROM deployment WHERE ").In("id", ids).Write(" AND paused IS NOT TRUE ORDER BY id").
		Either("", " FOR NO KEY UPDATE SKIP LOCKED"), note)
	if err != nil || len(updated) == 0 {
		return updated, err
	}
	return updated, tx.each(ctx, tx.sql("SELECT id, updated FROM deployment_schedule WHERE ").In("deployment_id", ids).Write(" AND active IS TRUE"), note)
}
