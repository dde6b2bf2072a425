package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

const cleanupColumns = "id, work_pool_id, work_queue_id, kind, flow_run_id, infrastructure_pid, deliveries, token, lease_expires, ended"

func scanCleanup(r Row, c *prefect.Cleanup) error {
	return r.Scan(&c.ID, &c.WorkPoolID, &c.WorkQueueID, &c.Kind, &c.FlowRunID, &c.InfrastructurePID, &c.Deliveries, &c.Token, &c.LeaseExpires, &c.Ended)
}

// AskForCleanup asks the workers of a flow run's pool to take down what runs it, once for an id, if it has that state still and a pool
// with workers. It gives the pool, or nil.
func (tx *Tx) AskForCleanup(ctx context.Context, id, flowRunID, stateID uuid.UUID, kind prefect.CleanupKind) (*uuid.UUID, error) {
	b := tx.sql("INSERT INTO praetor_cleanup_messages (id, work_pool_id, work_queue_id, kind, flow_run_id, infrastructure_pid, created) SELECT ").
		Arg(id).Either("", "::uuid").Write(", work_pool.id, work_queue.id, ").Arg(kind).Either("", "::varchar").
		Write(", flow_run.id, flow_run.infrastructure_pid, ").Arg(tx.Now()).Either("", "::timestamptz").
		Write(` FROM flow_run JOIN work_queue ON work_queue.id = flow_run.work_queue_id JOIN work_pool ON work_pool.id = work_queue.work_pool_id
	WHERE work_pool.type NOT LIKE '%:push' AND work_pool.type NOT LIKE '%:managed' AND flow_run.id = `).Arg(flowRunID).
		Write(" AND flow_run.state_id = ").Arg(stateID).Write(" ON CONFLICT (id) DO NOTHING RETURNING work_pool_id")
	return one(ctx, tx, b, value[uuid.UUID])
}

// ReserveCleanup gives a worker what waits longest among what it can do, or nil. Queues, if there are any, restrict it to those.
func (tx *Tx) ReserveCleanup(ctx context.Context, poolID uuid.UUID, kinds []prefect.CleanupKind, queues []uuid.UUID, token string, expires prefect.Time, most int64) (*prefect.Cleanup, error) {
	b := tx.sql("UPDATE praetor_cleanup_messages SET ").Set("token", token).Set("lease_expires", expires).
		Write(", deliveries = deliveries + 1 WHERE id = (SELECT id FROM praetor_cleanup_messages WHERE ended IS NULL AND work_pool_id = ").Arg(poolID).
		Write(" AND (token IS NULL OR lease_expires <= ").Arg(tx.Now()).Write(") AND deliveries < ").Arg(most).Write(" AND ").In("kind", texts(kinds))
	if len(queues) > 0 {
		b.Write(" AND ").In("work_queue_id", queues)
	}
	b.Write(" ORDER BY created LIMIT 1").Either("", " FOR UPDATE SKIP LOCKED").Write(") RETURNING " + cleanupColumns)
	return one(ctx, tx, b, scanCleanup)
}

// LockCleanup gives a cleanup that has not ended, locked until the transaction ends, or nil.
func (tx *Tx) LockCleanup(ctx context.Context, id uuid.UUID) (*prefect.Cleanup, error) {
	b := tx.sql("SELECT " + cleanupColumns + " FROM praetor_cleanup_messages WHERE ended IS NULL AND id = ").Arg(id).ForUpdate("praetor_cleanup_messages")
	return one(ctx, tx, b, scanCleanup)
}

// SaveCleanup stores who was asked, and how it ended.
func (tx *Tx) SaveCleanup(ctx context.Context, c *prefect.Cleanup, reason *string) error {
	return tx.queue(ctx, tx.sql("UPDATE praetor_cleanup_messages SET ").Set("token", c.Token).Set("lease_expires", c.LeaseExpires).
		Set("ended", c.Ended).Set("reason", reason).Write(" WHERE id = ").Arg(c.ID))
}

// LockExpiredCleanups gives cleanups whose worker did not answer in time, locked, but for those that others look at.
func (tx *Tx) LockExpiredCleanups(ctx context.Context, limit int64) ([]prefect.Cleanup, error) {
	b := tx.sql("SELECT "+cleanupColumns+" FROM praetor_cleanup_messages WHERE ended IS NULL AND lease_expires <= ").Arg(tx.Now()).
		Write(" ORDER BY lease_expires LIMIT ").Arg(limit).Either("", " FOR UPDATE SKIP LOCKED")
	return all(ctx, tx, b, scanCleanup)
}

// ForgetCleanups deletes what ended before a time.
func (tx *Tx) ForgetCleanups(ctx context.Context, before prefect.Time, limit int64) error {
	b := tx.sql("DELETE FROM praetor_cleanup_messages WHERE id IN (SELECT id FROM praetor_cleanup_messages WHERE ended IS NOT NULL AND ended < ").
		Arg(before).Write(" LIMIT ").Arg(limit).Write(")")
	return tx.queue(ctx, b)
}
