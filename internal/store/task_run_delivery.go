package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// QueueDelivery has a background task run wait for a task worker, anew if it did before.
func (tx *Tx) QueueDelivery(ctx context.Context, taskRunID uuid.UUID, taskKey string) error {
	now := tx.Now()
	return tx.queue(ctx, tx.sql("INSERT INTO praetor_task_run_deliveries (task_run_id, task_key, queued, due) VALUES ").
		Values(taskRunID, taskKey, now, now).
		Write(` ON CONFLICT (task_run_id) DO UPDATE SET task_key = excluded.task_key, queued = excluded.queued, due = excluded.due,
	connection = NULL, client_id = NULL, acknowledged = `).Either("0", "false").Write(", tries = 0"))
}

// ClaimDelivery gives the connection the run that has waited longest among those of the task, or nil when none waits.
func (tx *Tx) ClaimDelivery(ctx context.Context, taskKey string, to *prefect.TaskWorkerConnection) (*prefect.Delivery, error) {
	b := tx.sql("UPDATE praetor_task_run_deliveries SET ").Set("connection", to.ID).Set("client_id", to.ClientID).
		Write(", tries = tries + 1 WHERE task_run_id = (SELECT task_run_id FROM praetor_task_run_deliveries WHERE connection IS NULL AND task_key = ").Arg(taskKey).
		Write(" AND due <= ").Arg(tx.Now()).Write(" ORDER BY queued LIMIT 1").Either("", " FOR UPDATE SKIP LOCKED").Write(") RETURNING task_run_id, tries")
	return one(ctx, tx, b, func(r Row, d *prefect.Delivery) error { return r.Scan(&d.TaskRunID, &d.Tries) })
}

// DropDelivery forgets the run: it is to be given to nobody.
func (tx *Tx) DropDelivery(ctx context.Context, taskRunID uuid.UUID) error {
	return tx.queue(ctx, tx.sql("DELETE FROM praetor_task_run_deliveries WHERE task_run_id = ").Arg(taskRunID))
}

// AcknowledgeDelivery notes that the run has arrived, unless it was given to another connection meanwhile.
func (tx *Tx) AcknowledgeDelivery(ctx context.Context, taskRunID, connection uuid.UUID) error {
	return tx.queue(ctx, tx.sql("UPDATE praetor_task_run_deliveries SET acknowledged = ").Either("1", "true").
		Write(" WHERE task_run_id = ").Arg(taskRunID).Write(" AND connection = ").Arg(connection))
}

// ReleaseDeliveries has those runs wait again that were given to the connection and did not arrive, and gives their task keys.
func (tx *Tx) ReleaseDeliveries(ctx context.Context, connection uuid.UUID) ([]string, error) {
	b := tx.sql("UPDATE praetor_task_run_deliveries SET connection = NULL, client_id = NULL WHERE connection = ").Arg(connection).
		Write(" AND NOT acknowledged RETURNING task_key")
	return all(ctx, tx, b, value[string])
}

// OfferAgain has those runs wait again, from a time on, that have arrived over the connection and that nobody has begun by then.
func (tx *Tx) OfferAgain(ctx context.Context, connection uuid.UUID, from prefect.Time) error {
	return tx.queue(ctx, tx.sql("UPDATE praetor_task_run_deliveries SET connection = NULL, client_id = NULL, acknowledged = ").Either("0", "false").
		Write(", due = ").Arg(from).Write(" WHERE connection = ").Arg(connection).Write(" AND acknowledged"))
}

// OfferAgainOf is OfferAgain for all connections of a task worker that have ended.
func (tx *Tx) OfferAgainOf(ctx context.Context, clientID string, from prefect.Time) error {
	return tx.queue(ctx, tx.sql("UPDATE praetor_task_run_deliveries SET connection = NULL, client_id = NULL, acknowledged = ").Either("0", "false").
		Write(", due = ").Arg(from).Write(" WHERE connection IS NOT NULL AND acknowledged AND client_id = ").Arg(clientID).
		Write(" AND NOT EXISTS (SELECT 1 FROM praetor_task_workers AS w WHERE w.connection = praetor_task_run_deliveries.connection AND w.expires > ").
		Arg(tx.Now()).Write(")"))
}

// ReleaseLostDeliveries is ReleaseDeliveries for connections of servers that are gone.
func (tx *Tx) ReleaseLostDeliveries(ctx context.Context) ([]string, error) {
	b := tx.sql(`UPDATE praetor_task_run_deliveries SET connection = NULL, client_id = NULL WHERE connection IS NOT NULL AND NOT acknowledged
	AND NOT EXISTS (SELECT 1 FROM praetor_task_workers AS w WHERE w.connection = praetor_task_run_deliveries.connection AND w.expires > `).
		Arg(tx.Now()).Write(") RETURNING task_key")
	return all(ctx, tx, b, value[string])
}

// DropBegunDeliveries forgets runs that have arrived and that somebody has begun, or that are gone.
func (tx *Tx) DropBegunDeliveries(ctx context.Context) error {
	return tx.queue(ctx, tx.sql(`DELETE FROM praetor_task_run_deliveries WHERE connection IS NOT NULL AND acknowledged
	AND NOT EXISTS (SELECT 1 FROM task_run WHERE task_run.id = praetor_task_run_deliveries.task_run_id AND task_run.state_type = 'SCHEDULED')`))
}
