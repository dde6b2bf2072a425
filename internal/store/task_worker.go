package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// AddTaskWorker notes a connection of a task worker, which is taken for gone from a time on unless it is kept.
func (tx *Tx) AddTaskWorker(ctx context.Context, c *prefect.TaskWorkerConnection, expires prefect.Time) error {
	return tx.queue(ctx, tx.sql("INSERT INTO praetor_task_workers (connection, server, client_id, task_keys, seen, expires) VALUES ").
		Values(c.ID, c.Server, c.ClientID, JSON{c.TaskKeys}, tx.Now(), expires))
}

// KeepTaskWorkers keeps the connections of a server for longer.
func (tx *Tx) KeepTaskWorkers(ctx context.Context, connections []uuid.UUID, expires prefect.Time) error {
	return tx.queue(ctx, tx.sql("UPDATE praetor_task_workers SET ").Set("seen", tx.Now()).Set("expires", expires).Write(" WHERE ").
		In("connection", connections))
}

// EndTaskWorker has a connection taken for gone from a time on.
func (tx *Tx) EndTaskWorker(ctx context.Context, connection uuid.UUID, expires prefect.Time) error {
	return tx.queue(ctx, tx.sql("UPDATE praetor_task_workers SET ").Set("expires", expires).Write(" WHERE connection = ").Arg(connection))
}

// DropTaskWorkers forgets the connections that are gone.
func (tx *Tx) DropTaskWorkers(ctx context.Context) error {
	return tx.queue(ctx, tx.sql("DELETE FROM praetor_task_workers WHERE expires <= ").Arg(tx.Now()))
}

// TaskWorkers gives the connections that are there, with when each was known to be last, those first that were first.
func (tx *Tx) TaskWorkers(ctx context.Context) ([]prefect.TaskWorker, error) {
	b := tx.sql("SELECT client_id, task_keys, seen FROM praetor_task_workers WHERE expires > ").Arg(tx.Now()).Write(" ORDER BY client_id, connection")
	return all(ctx, tx, b, func(r Row, w *prefect.TaskWorker) error { return r.Scan(&w.Identifier, &w.TaskKeys, &w.Timestamp) })
}
