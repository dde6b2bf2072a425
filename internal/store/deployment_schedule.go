package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

const selectSchedules = `SELECT id, created, updated, deployment_id, schedule, active, max_scheduled_runs, parameters, slug FROM deployment_schedule`

func scanSchedule(r Row, s *prefect.DeploymentSchedule) error {
	return r.Scan(&s.ID, &s.Created, &s.Updated, &s.DeploymentID, &s.Schedule, &s.Active, &s.MaxScheduledRuns, &s.Parameters, &s.Slug)
}

// DeploymentSchedules gives the schedules of the deployments, the one that changed last first.
func (tx *Tx) DeploymentSchedules(ctx context.Context, deploymentIDs ...uuid.UUID) ([]prefect.DeploymentSchedule, error) {
	return all(ctx, tx, tx.sql(selectSchedules+" WHERE ").In("deployment_id", deploymentIDs).Write(" ORDER BY updated DESC, id DESC"), scanSchedule)
}

// InsertSchedules stores new schedules. A slug that the deployment has already is a *ConstraintError.
func (tx *Tx) InsertSchedules(ctx context.Context, schedules []prefect.DeploymentSchedule) error {
	for i := range schedules {
		s := &schedules[i]
		_, err := tx.exec(ctx, tx.sql(`INSERT INTO deployment_schedule (id, created, updated, deployment_id, schedule, active, max_scheduled_runs,
	parameters, slug) VALUES `).
			Values(s.ID, s.Created, s.Updated, s.DeploymentID, JSON{s.Schedule}, s.Active, s.MaxScheduledRuns, s.Parameters, s.Slug))
		if err != nil {
			return err
		}
	}
	return nil
}

// SaveSchedule stores what can be changed of a schedule.
func (tx *Tx) SaveSchedule(ctx context.Context, s *prefect.DeploymentSchedule) error {
	_, err := tx.exec(ctx, tx.sql("UPDATE deployment_schedule SET ").Set("updated", tx.Now()).Set("schedule", JSON{s.Schedule}).Set("active", s.Active).
		Set("max_scheduled_runs", s.MaxScheduledRuns).Set("parameters", s.Parameters).Set("slug", s.Slug).Write(" WHERE id = ").Arg(s.ID))
	return err
}

// ForgetSlugs takes their slugs from schedules, so that they can be given others in any order.
func (tx *Tx) ForgetSlugs(ctx context.Context, scheduleIDs []uuid.UUID) error {
	_, err := tx.exec(ctx, tx.sql("UPDATE deployment_schedule SET slug = NULL WHERE ").In("id", scheduleIDs))
	return err
}

// DeleteSchedule deletes a schedule of the deployment and tells whether there was one.
func (tx *Tx) DeleteSchedule(ctx context.Context, deploymentID, scheduleID uuid.UUID) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("DELETE FROM deployment_schedule WHERE deployment_id = ").Arg(deploymentID).Write(" AND id = ").Arg(scheduleID))
	return n > 0, err
}

// DeleteSchedules deletes all schedules of the deployment.
func (tx *Tx) DeleteSchedules(ctx context.Context, deploymentID uuid.UUID) error {
	_, err := tx.exec(ctx, tx.sql("DELETE FROM deployment_schedule WHERE deployment_id = ").Arg(deploymentID))
	return err
}
