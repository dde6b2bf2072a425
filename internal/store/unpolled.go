package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// MarkWorkersOffline makes the workers offline that missed so many heartbeats; interval is that of workers without one.
func (tx *Tx) MarkWorkersOffline(ctx context.Context, missed int, interval time.Duration) error {
	now := tx.Now()
	b := tx.sql("UPDATE worker SET ").Set("status", prefect.WorkerOffline).Set("updated", now).Write(" WHERE status = 'ONLINE' AND ")
	silence := "coalesce(heartbeat_interval_seconds, "
	if tx.dialect == sqlb.SQLite {
		b.Write("unixepoch(last_heartbeat_time, 'subsec') + " + silence).Arg(interval.Seconds()).Write(") * ").Arg(int64(missed)).
			Write(" < ").Arg(float64(now.UnixMicro()) / 1e6)
	} else {
		b.Write("last_heartbeat_time + make_interval(secs => " + silence).Arg(interval.Seconds()).Write("::float8) * ").Arg(int64(missed)).
			Write("::int8) < ").Arg(now)
	}
	return tx.queue(ctx, b)
}

// PoolsWithoutWorkers gives pools that are ready although none of their workers is online. Nobody may change them before the
// transaction ends; those that somebody else holds are left out.
func (tx *Tx) PoolsWithoutWorkers(ctx context.Context, limit int64) ([]prefect.WorkPool, error) {
	b := tx.sql("SELECT "+workPoolColumns+` FROM work_pool WHERE work_pool.status = 'READY'
	AND NOT EXISTS (SELECT 1 FROM worker WHERE worker.work_pool_id = work_pool.id AND worker.status = 'ONLINE') ORDER BY work_pool.id`).Page(limit, 0)
	return all(ctx, tx, b.Either("", " FOR NO KEY UPDATE OF work_pool SKIP LOCKED"), scanWorkPool)
}

// MarkDeploymentsUnpolled makes some of the deployments not ready that were polled, but neither they nor their queues since then, and
// gives their ids. It does not count as a change of a deployment.
func (tx *Tx) MarkDeploymentsUnpolled(ctx context.Context, since prefect.Time, limit int64) ([]uuid.UUID, error) {
	b := tx.sql("SELECT deployment.id FROM deployment LEFT JOIN work_queue ON work_queue.id = deployment.work_queue_id WHERE deployment.status = 'READY' AND deployment.last_polled < ").
		Arg(since).Write(" AND (work_queue.last_polled IS NULL OR work_queue.last_polled < ").Arg(since).Write(") ORDER BY deployment.id").Page(limit, 0)
	ids, err := all(ctx, tx, b.Either("", " FOR NO KEY UPDATE OF deployment SKIP LOCKED"), value[uuid.UUID])
	if err != nil || len(ids) == 0 {
		return ids, err
	}
	return ids, tx.queue(ctx, tx.sql("UPDATE deployment SET status = 'NOT_READY' WHERE ").In("id", ids))
}

// MarkQueuesUnpolled makes some of the work queues not ready that were polled, but not since then, and gives them.
func (tx *Tx) MarkQueuesUnpolled(ctx context.Context, since prefect.Time, limit int64) ([]prefect.WorkQueue, error) {
	b := tx.sql("SELECT work_queue.id FROM work_queue WHERE work_queue.status = 'READY' AND work_queue.last_polled < ").Arg(since).
		Write(" ORDER BY work_queue.last_polled").Page(limit, 0).Either("", " FOR NO KEY UPDATE SKIP LOCKED")
	ids, err := all(ctx, tx, b, value[uuid.UUID])
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	err = tx.queue(ctx, tx.sql("UPDATE work_queue SET status = 'NOT_READY', ").Write("updated = ").Arg(tx.Now()).Write(" WHERE ").In("id", ids))
	if err != nil {
		return nil, err
	}
	return all(ctx, tx, tx.sql(selectWorkQueues+" WHERE ").In("work_queue.id", ids), scanWorkQueue)
}
