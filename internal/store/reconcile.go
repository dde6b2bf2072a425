package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// HeldDeploymentLimits gives deployments' own limits that have slots taken and that have not changed since a time: those whose names
// come after one, in the order of their names.
func (tx *Tx) HeldDeploymentLimits(ctx context.Context, after string, unchangedSince prefect.Time, limit int64) ([]prefect.ConcurrencyLimitV2, error) {
	return all(ctx, tx, tx.sql("SELECT "+limitV2Columns+" FROM concurrency_limit_v2 WHERE substr(name, 1, 11) = 'deployment:' AND active_slots > 0 AND updated < ").
		Arg(unchangedSince).Write(" AND name > ").Arg(after).Write(" ORDER BY name").Page(limit, 0), scanLimitV2)
}

// RunsThatHoldSlots counts the runs of a deployment that hold a slot of its limit: those under way, and those that wait for their
// next try. They are few, and found among all runs that are so.
func (tx *Tx) RunsThatHoldSlots(ctx context.Context, deploymentID uuid.UUID) (int64, error) {
	count := tx.sql("SELECT (SELECT COUNT(*) FROM flow_run WHERE ").InEnum("state_type", []string{"PENDING", "RUNNING", "CANCELLING"}).
		Write(" AND ").Either("+", "").Write("deployment_id = ").Arg(deploymentID).
		Write(") + (SELECT COUNT(*) FROM flow_run WHERE state_name = 'AwaitingRetry' AND ").Either("+", "").Write("deployment_id = ").Arg(deploymentID)
	return tx.int(ctx, count.Write(")"))
}

// TaskRunsEnded gives those of the ids whose task runs have ended.
func (tx *Tx) TaskRunsEnded(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error) {
	b := tx.sql("SELECT id FROM task_run WHERE ").In("id", ids).Write(" AND ").InEnum("state_type", []string{"COMPLETED", "FAILED", "CANCELLED", "CRASHED"})
	return all(ctx, tx, b, value[uuid.UUID])
}

// UnrenewedTaskLeases gives leases of task runs that nobody renews, which live past a time: those whose ids come after one, in the
// order of their ids.
func (tx *Tx) UnrenewedTaskLeases(ctx context.Context, after uuid.UUID, past prefect.Time, limit int64) ([]prefect.ConcurrencyLease, error) {
	return tx.leases(ctx, tx.sql("SELECT "+leaseColumns+" FROM praetor_leases WHERE id IN (SELECT id FROM praetor_leases WHERE expires > ").Arg(past).
		Write(" AND holder_type = 'task_run' AND id > ").Arg(after).Write(" ORDER BY id").Page(limit, 0).Write(")"))
}
