package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// The runs that wait in work pools, and those that hold their slots. A queue has many runs that have ended, and no index on
// both a run's queue and its state exists: these queries go by the state, or by the time of those that wait, of which there
// are few, and never by the queue.

// The states in which a run holds a slot: of its pool, and of a queue as those see it who poll the queue alone.
const (
	poolSlots  = "('PENDING', 'RUNNING')"
	queueSlots = "('PENDING', 'RUNNING', 'CANCELLING')"
)

// rowwise keeps SQLite from searching by an index of the column.
func rowwise(b *sqlb.Builder, column string) *sqlb.Builder { return b.Either("+", "").Write(column) }

// counts reads rows of an id and a number.
func (tx *Tx) counts(ctx context.Context, b *sqlb.Builder) (map[uuid.UUID]int64, error) {
	found := map[uuid.UUID]int64{}
	return found, tx.each(ctx, b, func(r Row) error {
		var id uuid.UUID
		var n int64
		err := r.Scan(&id, &n)
		found[id] = n
		return err
	})
}

// PoolSlots counts the runs that hold slots of the pools, by pool.
func (tx *Tx) PoolSlots(ctx context.Context, poolIDs []uuid.UUID) (map[uuid.UUID]int64, error) {
	b := tx.sql("SELECT work_queue.work_pool_id, count(*) FROM flow_run").Either(" CROSS", "").
		Write(" JOIN work_queue ON work_queue.id = flow_run.work_queue_id WHERE flow_run.state_type IN "+poolSlots+" AND ").
		In("work_queue.work_pool_id", poolIDs)
	return tx.counts(ctx, b.Write(" GROUP BY work_queue.work_pool_id"))
}

// QueueSlots counts the runs that hold slots of the queues, by queue. Runs that are being cancelled count only if asked.
func (tx *Tx) QueueSlots(ctx context.Context, queueIDs []uuid.UUID, cancelling bool) (map[uuid.UUID]int64, error) {
	states := poolSlots
	if cancelling {
		states = queueSlots
	}
	b := tx.sql("SELECT work_queue_id, count(*) FROM flow_run WHERE state_type IN " + states + " AND ")
	b.Avoid("work_queue_id")
	return tx.counts(ctx, b.In("work_queue_id", queueIDs).Write(" GROUP BY work_queue_id"))
}

// DueRuns gives the first runs that wait in the queues, by time: of those before and after the given instants, at most so many
// as the limit. Runs that their process will try again itself are left out.
func (tx *Tx) DueRuns(ctx context.Context, queueIDs []uuid.UUID, before, after *prefect.Time, limit int64) ([]prefect.DueRun, error) {
	b := tx.sql("SELECT id, work_queue_id, next_scheduled_start_time FROM flow_run WHERE ")
	b.Avoid("work_queue_id")
	b.In("work_queue_id", queueIDs).Write(" AND ").Either("json_extract(empirical_policy, '$.retry_type')", "(empirical_policy ->> 'retry_type')").
		Either(" IS NOT 'in_process' AND ", " IS DISTINCT FROM 'in_process' AND ")
	scheduled(b, before, after)
	return all(ctx, tx, b.Page(limit, 0), func(r Row, d *prefect.DueRun) error { return r.Scan(&d.ID, &d.QueueID, &d.At) })
}

// scheduled writes the conditions on a run that waits, and the order of such runs. Only runs that wait have a time at which
// they are next to start, so the index of that serves where there are bounds, and that of the states elsewhere.
func scheduled(b *sqlb.Builder, before, after *prefect.Time) {
	bounded := before != nil || after != nil
	if bounded {
		rowwise(b, "state_type")
	} else {
		b.Write("state_type")
	}
	b.Write(" = 'SCHEDULED'")
	timeRange(b.And(), "next_scheduled_start_time", before, after)
	b.Write(" ORDER BY ")
	if bounded {
		b.Write("next_scheduled_start_time")
	} else {
		rowwise(b, "next_scheduled_start_time")
	}
	b.Write(", id")
}

// FlowRunsByID gives those of the runs that exist, in no order.
func (tx *Tx) FlowRunsByID(ctx context.Context, ids []uuid.UUID) ([]prefect.FlowRun, error) {
	return all(ctx, tx, tx.selectFlowRuns().Write(" WHERE ").In("flow_run.id", ids), tx.scanFlowRun)
}

// DueRunsByQueueName gives the ids of the first runs that wait under the name of a queue, wherever that is.
func (tx *Tx) DueRunsByQueueName(ctx context.Context, name string, before *prefect.Time, limit int64) ([]uuid.UUID, error) {
	b := rowwise(tx.sql("SELECT id FROM flow_run WHERE "), "work_queue_name").Write(" = ").Arg(name).Write(" AND ")
	scheduled(b, before, nil)
	return all(ctx, tx, b.Page(limit, 0), value[uuid.UUID])
}

// QueueNameSlots counts the runs that hold slots under the name of a queue.
func (tx *Tx) QueueNameSlots(ctx context.Context, name string) (int64, error) {
	b := tx.sql("SELECT count(*) FROM flow_run WHERE state_type IN " + queueSlots + " AND ")
	return tx.int(ctx, rowwise(b, "work_queue_name").Write(" = ").Arg(name))
}

const slotColumns = "id, name, state_type, state_name, start_time, state_timestamp, work_queue_id"

func scanSlot(r Row, s *prefect.FlowRunSlot) error {
	return r.Scan(&s.ID, &s.Name, &s.StateType, &s.StateName, &s.StartTime, &s.StateTimestamp, &s.WorkQueueID)
}

// PoolSlotHolders gives runs that hold slots of the queues' pool, the oldest first, and of each queue at most so many.
func (tx *Tx) PoolSlotHolders(ctx context.Context, queueIDs []uuid.UUID, perQueue int64) ([]prefect.FlowRunSlot, error) {
	b := tx.sql("SELECT " + slotColumns + " FROM (SELECT " + slotColumns +
		", row_number() OVER (PARTITION BY work_queue_id ORDER BY id) AS place FROM flow_run WHERE state_type IN " + poolSlots + " AND ")
	b.Avoid("work_queue_id")
	b.In("work_queue_id", queueIDs).Write(") held WHERE place <= ").Arg(perQueue).Write(" ORDER BY id")
	return all(ctx, tx, b, scanSlot)
}

func ofQueue(b *sqlb.Builder, q *prefect.WorkQueue) {
	b.Write(" FROM flow_run WHERE state_type IN " + queueSlots + " AND (")
	rowwise(b, "work_queue_id").Write(" = ").Arg(q.ID).Write(" OR ")
	rowwise(b, "work_queue_id").Write(" IS NULL AND ")
	rowwise(b, "work_queue_name").Write(" = ").Arg(q.Name).Write(")")
}

// QueueSlotHolders gives the runs that hold slots of a queue, the oldest first.
func (tx *Tx) QueueSlotHolders(ctx context.Context, q *prefect.WorkQueue, limit, offset int64) ([]prefect.FlowRunSlot, error) {
	b := tx.sql("SELECT " + slotColumns)
	ofQueue(b, q)
	return all(ctx, tx, b.Write(" ORDER BY ").Either("+", "").Write("id").Page(limit, offset), scanSlot)
}

// CountQueueSlotHolders counts them.
func (tx *Tx) CountQueueSlotHolders(ctx context.Context, q *prefect.WorkQueue) (int64, error) {
	b := tx.sql("SELECT count(*)")
	ofQueue(b, q)
	return tx.int(ctx, b)
}
