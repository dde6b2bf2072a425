package store

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

const bucketColumns = `automation_id, trigger_id, bucketing_key, last_event, start, "end", count`

func scanBucket(r Row, b *prefect.AutomationBucket) error {
	return r.Scan(&b.AutomationID, &b.TriggerID, &b.Key, &b.LastEvent, &b.Start, &b.End, &b.Count)
}

// LockAutomations keeps those of the automations that exist from being deleted before the end of the transaction, and gives them.
func (tx *Tx) LockAutomations(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error) {
	b := tx.sql("SELECT id FROM automation WHERE ").In("id", ids)
	if tx.dialect == sqlb.Postgres {
		b.Write(" ORDER BY id FOR KEY SHARE")
	}
	return all(ctx, tx, b, value[uuid.UUID])
}

// LockBuckets gives the buckets of triggers of automations that have one of the keys, so that nobody else changes them.
func (tx *Tx) LockBuckets(ctx context.Context, automations, triggers []uuid.UUID, keys [][]string) ([]prefect.AutomationBucket, error) {
	texts := make([]string, len(keys))
	for i, key := range keys {
		text, err := JSON{key}.text()
		if err != nil {
			return nil, err
		}
		texts[i] = pythonJSON(text.(string))
	}
	b := tx.sql("SELECT "+bucketColumns+" FROM automation_bucket WHERE ").In("automation_id", automations).Write(" AND ").In("trigger_id", triggers).Write(" AND ")
	if tx.dialect == sqlb.SQLite {
		b.In("bucketing_key", texts)
	} else {
		b.Write("bucketing_key = ANY(").Arg(sqlb.List{Values: texts}).Write("::text[]::jsonb[])").ForUpdate("automation_bucket")
	}
	return all(ctx, tx, b, scanBucket)
}

// LockEndedBuckets gives the buckets of triggers that have ended, and those that have counted so many events, so that nobody else changes
// them.
func (tx *Tx) LockEndedBuckets(ctx context.Context, automations, triggers []uuid.UUID, ended prefect.Time, count, limit int64) ([]prefect.AutomationBucket, error) {
	b := tx.sql("SELECT "+bucketColumns+" FROM automation_bucket WHERE ").In("automation_id", automations).Write(" AND ").In("trigger_id", triggers).
		Write(` AND ("end" <= `).Arg(ended).Write(" OR count >= ").Arg(count).Write(`) ORDER BY "end"`).Page(limit, 0)
	return all(ctx, tx, b.ForUpdate("automation_bucket"), scanBucket)
}

// NextBucketEnds tells of each trigger when the first of its buckets ends that are open then and have counted fewer events than its
// threshold.
func (tx *Tx) NextBucketEnds(ctx context.Context, automations []uuid.UUID, thresholds map[uuid.UUID]int64, open prefect.Time) (map[uuid.UUID]prefect.Time, error) {
	ends := map[uuid.UUID]prefect.Time{}
	triggers, most := make([]uuid.UUID, 0, len(thresholds)), int64(0)
	for id, threshold := range thresholds {
		triggers, most = append(triggers, id), max(most, threshold)
	}
	b := tx.sql(`SELECT trigger_id, count, min("end") FROM automation_bucket WHERE `).In("automation_id", automations).Write(" AND ").In("trigger_id", triggers).
		Write(` AND "end" > `).Arg(open).Write(" AND count < ").Arg(most).Write(" GROUP BY trigger_id, count")
	return ends, tx.each(ctx, b, func(r Row) error {
		var id uuid.UUID
		var count int64
		var end prefect.Time
		err := r.Scan(&id, &count, &end)
		if first, ok := ends[id]; count < thresholds[id] && (!ok || end.Before(first.Time)) {
			ends[id] = end
		}
		return err
	})
}

//nolint:gochecknoglobals // Go has no constant slices
var (
	bucketBulk = []bulkColumn{
		{"id", kindUUID}, {"created", kindTime}, {"updated", kindTime}, {"automation_id", kindUUID}, {"trigger_id", kindUUID}, {"bucketing_key", kindJSONB},
		{"last_event", kindJSONB}, {"start", kindTime}, {`"end"`, kindTime}, {"count", kindInt}, {"last_operation", kindText},
	}
	childFiringBulk = []bulkColumn{
		{"id", kindUUID}, {"created", kindTime}, {"updated", kindTime}, {"automation_id", kindUUID}, {"parent_trigger_id", kindUUID}, {"child_trigger_id", kindUUID},
		{"child_firing_id", kindUUID}, {"child_fired_at", kindTime}, {"child_firing", kindJSONB},
	}
)

// InsertBuckets stores buckets that are new. It is a *ConstraintError when one of them has been made meanwhile, by a server that does not
// take part in LockEvaluation.
func (tx *Tx) InsertBuckets(ctx context.Context, buckets []*prefect.AutomationBucket) error {
	return tx.saveBuckets(ctx, buckets, "")
}

// SaveBuckets stores buckets as they are now.
func (tx *Tx) SaveBuckets(ctx context.Context, buckets []*prefect.AutomationBucket) error {
	return tx.saveBuckets(ctx, buckets, `ON CONFLICT (automation_id, trigger_id, bucketing_key) DO UPDATE SET updated = excluded.updated,
	last_event = excluded.last_event, start = excluded.start, "end" = excluded."end", count = excluded.count, last_operation = excluded.last_operation, triggered_at = NULL`)
}

func (tx *Tx) saveBuckets(ctx context.Context, buckets []*prefect.AutomationBucket, conflict string) error {
	now := tx.Now()
	rows := tx.bulkInsert("automation_bucket", bucketBulk, conflict)
	for _, b := range buckets {
		var last any
		if b.LastEvent != nil {
			last = JSON{b.LastEvent}
		}
		err := rows.row(ctx, prefect.NewID(), now, now, b.AutomationID, b.TriggerID, JSON{b.Key}, last, b.Start, b.End, min(b.Count, maxInt4), b.LastOperation)
		if err != nil {
			return err
		}
	}
	return rows.queue(ctx)
}

// maxInt4 is the largest count that the column holds.
const maxInt4 = 1<<31 - 1

// DeleteBuckets deletes buckets; what names them is looked at only.
func (tx *Tx) DeleteBuckets(ctx context.Context, buckets []*prefect.AutomationBucket) error {
	for _, b := range buckets {
		err := tx.queue(ctx, tx.sql("DELETE FROM automation_bucket WHERE automation_id = ").Arg(b.AutomationID).Write(" AND trigger_id = ").Arg(b.TriggerID).
			Write(" AND bucketing_key = ").Arg(JSON{b.Key}))
		if err != nil {
			return err
		}
	}
	return nil
}

// HasClosedBuckets tells whether there are buckets that ended at a time or before.
func (tx *Tx) HasClosedBuckets(ctx context.Context, ended prefect.Time) (bool, error) {
	n, err := tx.int(ctx, tx.sql(`SELECT count(*) FROM (SELECT 1 FROM automation_bucket WHERE "end" <= `).Arg(ended).Write(" LIMIT 1) found"))
	return n > 0, err
}

// SweepBuckets deletes the buckets that ended at a time or before.
func (tx *Tx) SweepBuckets(ctx context.Context, ended prefect.Time) error {
	return tx.queue(ctx, tx.sql(`DELETE FROM automation_bucket WHERE "end" <= `).Arg(ended))
}

// LockCompounds makes this transaction the only one that changes what waits in compound triggers and sequences. The reference's servers take
// the same lock, which is named after the trigger's id.
func (tx *Tx) LockCompounds(ctx context.Context, triggers []uuid.UUID) error {
	keys := make([]int64, len(triggers))
	for i, id := range triggers {
		keys[i] = int64(binary.BigEndian.Uint64(id[8:]) &^ (1 << 63)) //nolint:gosec // the sign is cut off
	}
	slices.Sort(keys) // in one order, so that no two servers wait for each other
	for _, key := range keys {
		if err := tx.lock(ctx, tx.sql("SELECT pg_advisory_xact_lock(").Arg(key).Write(")")); err != nil {
			return err
		}
	}
	return nil
}

// LockChildFirings gives the firings that wait in automations, so that nobody else changes them.
func (tx *Tx) LockChildFirings(ctx context.Context, automations []uuid.UUID) ([]prefect.ChildFiring, error) {
	b := tx.sql("SELECT automation_id, parent_trigger_id, child_trigger_id, child_firing FROM composite_trigger_child_firing WHERE ").In("automation_id", automations)
	return all(ctx, tx, b.ForUpdate("composite_trigger_child_firing"), func(r Row, c *prefect.ChildFiring) error {
		return r.Scan(&c.AutomationID, &c.ParentID, &c.ChildID, &c.Firing)
	})
}

// SaveChildFirings stores firings that wait, in the place of older ones of the same triggers.
func (tx *Tx) SaveChildFirings(ctx context.Context, firings []*prefect.ChildFiring) error {
	now := tx.Now()
	rows := tx.bulkInsert("composite_trigger_child_firing", childFiringBulk, `ON CONFLICT (automation_id, parent_trigger_id, child_trigger_id) DO UPDATE SET
	updated = excluded.updated, child_firing_id = excluded.child_firing_id, child_fired_at = excluded.child_fired_at, child_firing = excluded.child_firing`)
	for _, c := range firings {
		err := rows.row(ctx, prefect.NewID(), now, now, c.AutomationID, c.ParentID, c.ChildID, c.Firing.ID, c.Firing.Triggered, JSON{c.Firing})
		if err != nil {
			return err
		}
	}
	return rows.queue(ctx)
}

// DeleteChildFirings deletes firings; what names them is looked at only.
func (tx *Tx) DeleteChildFirings(ctx context.Context, firings []*prefect.ChildFiring) error {
	for _, c := range firings {
		err := tx.queue(ctx, tx.sql("DELETE FROM composite_trigger_child_firing WHERE automation_id = ").Arg(c.AutomationID).
			Write(" AND parent_trigger_id = ").Arg(c.ParentID).Write(" AND child_trigger_id = ").Arg(c.ChildID))
		if err != nil {
			return err
		}
	}
	return nil
}
