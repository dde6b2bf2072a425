package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

const workerColumns = `worker.id, worker.created, worker.updated, worker.name, worker.work_pool_id, worker.last_heartbeat_time,
	worker.heartbeat_interval_seconds, worker.status`

func scanWorker(r Row, w *prefect.Worker) error {
	return r.Scan(&w.ID, &w.Created, &w.Updated, &w.Name, &w.WorkPoolID, &w.LastHeartbeatTime, &w.HeartbeatIntervalSeconds, &w.Status)
}

// RecordHeartbeat notes that a worker of the pool lives; one that is new there is added. An interval that is not given stays as
// it is.
func (tx *Tx) RecordHeartbeat(ctx context.Context, poolID uuid.UUID, h *prefect.WorkerHeartbeat) error {
	now := tx.Now()
	b := tx.sql(`INSERT INTO worker (id, created, updated, name, work_pool_id, last_heartbeat_time, heartbeat_interval_seconds, status) VALUES `).
		Values(prefect.NewID(), now, now, h.Name, poolID, now, h.HeartbeatIntervalSeconds, prefect.WorkerOnline).
		Write(` ON CONFLICT (work_pool_id, name) DO UPDATE SET updated = excluded.updated, last_heartbeat_time = excluded.last_heartbeat_time,
	heartbeat_interval_seconds = coalesce(excluded.heartbeat_interval_seconds, worker.heartbeat_interval_seconds), status = excluded.status`)
	_, err := tx.exec(ctx, b)
	return err
}

func workerFilter(w *sqlb.Where, f *prefect.WorkerFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		timeFilter(w, "worker.last_heartbeat_time", f.LastHeartbeatTime)
		s := f.Status
		if s == nil {
			return
		}
		w.All(func(w *sqlb.Where) {
			if s.Any != nil {
				w.Next().InEnum("worker.status", texts(*s.Any))
			}
			if len(s.NotAny) > 0 {
				w.Next().NotInEnum("worker.status", texts(s.NotAny))
			}
		})
	})
}

// Workers gives the workers of a pool that the filter selects, those first who were heard last.
func (tx *Tx) Workers(ctx context.Context, poolID uuid.UUID, f *prefect.WorkerFilter, limit, offset int64) ([]prefect.Worker, error) {
	b := tx.sql("SELECT " + workerColumns + " FROM worker WHERE worker.work_pool_id = ").Arg(poolID)
	workerFilter(b.And(), f)
	return all(ctx, tx, b.Write(" ORDER BY worker.last_heartbeat_time DESC").Page(limit, offset), scanWorker)
}

// HasOnlineWorker tells whether somebody works for the pool.
func (tx *Tx) HasOnlineWorker(ctx context.Context, poolID uuid.UUID) (bool, error) {
	online, err := tx.int(ctx, tx.sql("SELECT 1 FROM worker WHERE status = 'ONLINE' AND work_pool_id = ").Arg(poolID).Write(" LIMIT 1"))
	return online > 0, err
}

// DeleteWorker deletes a worker of the pool and tells whether there was one.
func (tx *Tx) DeleteWorker(ctx context.Context, poolID uuid.UUID, name string) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("DELETE FROM worker WHERE work_pool_id = ").Arg(poolID).Write(" AND name = ").Arg(name))
	return n > 0, err
}
