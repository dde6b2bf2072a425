package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// DeleteEndedFlowRuns deletes some of the flow runs that ended before a time and are no others' subflows, with their task runs and
// states, and gives their ids. Runs that somebody else holds are left out.
func (tx *Tx) DeleteEndedFlowRuns(ctx context.Context, before prefect.Time, limit int64) ([]uuid.UUID, error) {
	b := tx.sql(`SELECT id FROM flow_run WHERE parent_task_run_id IS NULL AND state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') AND end_time < `).
		Arg(before).Write(" ORDER BY end_time").Page(limit, 0).Either("", " FOR UPDATE SKIP LOCKED")
	ids, err := all(ctx, tx, b, value[uuid.UUID])
	if err != nil || len(ids) == 0 {
		return ids, err
	}
	_, err = tx.exec(ctx, tx.sql("DELETE FROM flow_run WHERE ").In("id", ids))
	return ids, err
}

// DeleteOfRuns deletes some of the rows that belong to the flow runs, and tells how many. Where any of the runs may be there, orphaned
// spares what belongs to those.
func (tx *Tx) DeleteOfRuns(ctx context.Context, table prefect.RunTable, runs []uuid.UUID, orphaned bool, limit int64) (int64, error) {
	name := string(table)
	b := tx.sql("DELETE FROM "+name+" WHERE id IN (SELECT id FROM "+name+" WHERE ").In("flow_run_id", runs)
	if orphaned {
		b.Write(" AND NOT EXISTS (SELECT 1 FROM flow_run WHERE flow_run.id = " + name + ".flow_run_id)")
	}
	return tx.exec(ctx, b.Page(limit, 0).Write(")"))
}

// RunsNamed gives the next flow runs, by their ids and after one of them, that rows of a table belong to, and whether they are there.
// It goes from one to the next by the index, however many rows there are.
func (tx *Tx) RunsNamed(ctx context.Context, table prefect.RunTable, after uuid.UUID, limit int64) ([]prefect.NamedRun, error) {
	next := func(b *sqlb.Builder) *sqlb.Builder {
		return b.Write("(SELECT flow_run_id FROM " + string(table) + " WHERE flow_run_id > ")
	}
	b := next(tx.sql("WITH RECURSIVE named (id) AS (SELECT ")).Arg(after).Write(" ORDER BY flow_run_id LIMIT 1) UNION ALL SELECT ")
	next(b).Write("named.id ORDER BY flow_run_id LIMIT 1) FROM named WHERE named.id IS NOT NULL")
	if tx.dialect == sqlb.SQLite {
		b.Page(limit+1, 0)
	}
	b.Write(`) SELECT named.id, EXISTS (SELECT 1 FROM flow_run WHERE flow_run.id = named.id) FROM named WHERE named.id IS NOT NULL`).Page(limit, 0)
	return all(ctx, tx, b, func(r Row, n *prefect.NamedRun) error { return r.Scan(&n.ID, &n.Exists) })
}

// MendArtifactCollections has some of the collections whose newest artifact is gone name the one before it, or forgets them, and tells
// how many.
func (tx *Tx) MendArtifactCollections(ctx context.Context, limit int64) (int64, error) {
	type stale struct {
		key  string
		gone uuid.UUID
	}
	found, err := all(ctx, tx, tx.sql(`SELECT key, latest_id FROM artifact_collection
	WHERE NOT EXISTS (SELECT 1 FROM artifact WHERE artifact.id = artifact_collection.latest_id)`).Page(limit, 0), func(r Row, s *stale) error {
		return r.Scan(&s.key, &s.gone)
	})
	for i := range found {
		if _, _, err := tx.ForgetLatest(ctx, found[i].key, found[i].gone); err != nil {
			return 0, err
		}
	}
	return int64(len(found)), err
}

// DeleteEvents deletes some of the events that occurred before a time, with their resources, and tells how many; those of a name alone
// unless it is empty.
func (tx *Tx) DeleteEvents(ctx context.Context, name string, before prefect.Time, limit int64) (int64, error) {
	b := tx.sql("SELECT id FROM events WHERE occurred < ").Arg(before)
	if name != "" {
		b.Write(" AND event = ").Arg(name)
	}
	ids, err := all(ctx, tx, b.Write(" ORDER BY occurred").Page(limit, 0), value[uuid.UUID])
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if err := tx.queue(ctx, tx.sql("DELETE FROM event_resources WHERE ").In("event_id", ids)); err != nil {
		return 0, err
	}
	return tx.exec(ctx, tx.sql("DELETE FROM events WHERE ").In("id", ids))
}

// DeleteEventResources deletes some of the resources of events that occurred before a time, and tells how many.
func (tx *Tx) DeleteEventResources(ctx context.Context, before prefect.Time, limit int64) (int64, error) {
	return tx.exec(ctx, tx.sql("DELETE FROM event_resources WHERE id IN (SELECT id FROM event_resources WHERE occurred < ").Arg(before).
		Write(" ORDER BY occurred").Page(limit, 0).Write(")"))
}
