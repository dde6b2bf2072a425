package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// LockTagLimits gives the limits on those tags, locked until the transaction ends.
func (tx *Tx) LockTagLimits(ctx context.Context, tags []string) ([]prefect.ConcurrencyLimit, error) {
	b := tx.sql("SELECT "+tagLimitColumns+" FROM concurrency_limit WHERE ").In("tag", tags)
	return all(ctx, tx, b.Write(" ORDER BY tag").ForUpdate("concurrency_limit"), scanTagLimit)
}

const tagLimitColumns = "id, created, updated, tag, concurrency_limit, active_slots"

func scanTagLimit(r Row, l *prefect.ConcurrencyLimit) error {
	return r.Scan(&l.ID, &l.Created, &l.Updated, &l.Tag, &l.ConcurrencyLimit, &l.ActiveSlots)
}

// SaveTagSlots stores who holds the limit's slots.
func (tx *Tx) SaveTagSlots(ctx context.Context, l *prefect.ConcurrencyLimit) error {
	return tx.queue(ctx, tx.sql("UPDATE concurrency_limit SET ").Set("active_slots", JSON{l.ActiveSlots}).Set("updated", tx.Now()).
		Write(" WHERE id = ").Arg(l.ID))
}

const limitV2Columns = `concurrency_limit_v2.id, concurrency_limit_v2.created, concurrency_limit_v2.updated, concurrency_limit_v2.active,
	concurrency_limit_v2.name, concurrency_limit_v2."limit", concurrency_limit_v2.active_slots, concurrency_limit_v2.denied_slots,
	concurrency_limit_v2.slot_decay_per_second, concurrency_limit_v2.avg_slot_occupancy_seconds`

func scanLimitV2(r Row, l *prefect.ConcurrencyLimitV2) error {
	return r.Scan(&l.ID, &l.Created, &l.Updated, &l.Active, &l.Name, &l.Limit, &l.ActiveSlots, &l.DeniedSlots,
		&l.SlotDecayPerSecond, &l.AvgSlotOccupancySeconds)
}

// LockLimitsByName gives the limits of those names, locked until the transaction ends.
func (tx *Tx) LockLimitsByName(ctx context.Context, names []string) ([]prefect.ConcurrencyLimitV2, error) {
	b := tx.sql("SELECT "+limitV2Columns+" FROM concurrency_limit_v2 WHERE ").In("name", names)
	return all(ctx, tx, b.Write(" ORDER BY id").ForUpdate("concurrency_limit_v2"), scanLimitV2)
}

// LockLimits gives the limits of those ids, locked until the transaction ends.
func (tx *Tx) LockLimits(ctx context.Context, ids []uuid.UUID) ([]prefect.ConcurrencyLimitV2, error) {
	b := tx.sql("SELECT "+limitV2Columns+" FROM concurrency_limit_v2 WHERE ").In("id", ids)
	return all(ctx, tx, b.Write(" ORDER BY id").ForUpdate("concurrency_limit_v2"), scanLimitV2)
}

// SaveSlots stores the counters of a limit, with the time up to which they have decayed.
func (tx *Tx) SaveSlots(ctx context.Context, l *prefect.ConcurrencyLimitV2) error {
	return tx.queue(ctx, tx.sql("UPDATE concurrency_limit_v2 SET ").Set("active_slots", l.ActiveSlots).Set("denied_slots", l.DeniedSlots).
		Set("avg_slot_occupancy_seconds", l.AvgSlotOccupancySeconds).Set("updated", l.Updated).Write(" WHERE id = ").Arg(l.ID))
}

// DeploymentConcurrency gives a deployment's limit and options, or nil when there is no such deployment. The limit is
// locked until the transaction ends.
func (tx *Tx) DeploymentConcurrency(ctx context.Context, deploymentID uuid.UUID) (*prefect.DeploymentConcurrency, error) {
	type found struct {
		limit   *uuid.UUID
		options *prefect.ConcurrencyOptions
	}
	d, err := one(ctx, tx, tx.sql("SELECT concurrency_limit_id, concurrency_options FROM deployment WHERE id = ").Arg(deploymentID),
		func(r Row, f *found) error { return r.Scan(&f.limit, &f.options) })
	if err != nil || d == nil {
		return nil, err
	}
	concurrency := &prefect.DeploymentConcurrency{Options: d.options}
	if d.limit == nil {
		return concurrency, nil
	}
	limits, err := tx.LockLimits(ctx, []uuid.UUID{*d.limit})
	if len(limits) > 0 {
		concurrency.Limit = &limits[0]
	}
	return concurrency, err
}

// ConcurrencyLimitV2 gives the limit of that id, or nil.
func (tx *Tx) ConcurrencyLimitV2(ctx context.Context, id uuid.UUID) (*prefect.ConcurrencyLimitV2, error) {
	return one(ctx, tx, tx.sql("SELECT "+limitV2Columns+" FROM concurrency_limit_v2 WHERE id = ").Arg(id), scanLimitV2)
}

// ConcurrencyLimitsByName gives the limits of those names.
func (tx *Tx) ConcurrencyLimitsByName(ctx context.Context, names []string) ([]prefect.ConcurrencyLimitV2, error) {
	return all(ctx, tx, tx.sql("SELECT "+limitV2Columns+" FROM concurrency_limit_v2 WHERE ").In("name", names), scanLimitV2)
}

// ConcurrencyLimitsV2 lists limits by name; with a prefix, those alone whose name begins with it.
func (tx *Tx) ConcurrencyLimitsV2(ctx context.Context, prefix string, limit, offset int64) ([]prefect.ConcurrencyLimitV2, error) {
	b := tx.sql("SELECT " + limitV2Columns + " FROM concurrency_limit_v2")
	if prefix != "" { // compared as it is, without a pattern's wildcards; limits are few
		b.Write(" WHERE substr(name, 1, ").Arg(int64(len(prefix))).Either("", "::int").Write(") = ").Arg(prefix)
	}
	return all(ctx, tx, b.Write(" ORDER BY name").Page(limit, offset), scanLimitV2)
}

// InsertConcurrencyLimitV2 stores a new limit. A name that is taken is a *ConstraintError.
func (tx *Tx) InsertConcurrencyLimitV2(ctx context.Context, l *prefect.ConcurrencyLimitV2) error {
	_, err := tx.exec(ctx, tx.sql(`INSERT INTO concurrency_limit_v2 (id, created, updated, active, name, "limit", active_slots, denied_slots,
	slot_decay_per_second, avg_slot_occupancy_seconds) VALUES `).
		Values(l.ID, l.Created, l.Updated, l.Active, l.Name, l.Limit, l.ActiveSlots, l.DeniedSlots, l.SlotDecayPerSecond, l.AvgSlotOccupancySeconds))
	return err
}

// UpdateConcurrencyLimitV2 changes what the update sets.
func (tx *Tx) UpdateConcurrencyLimitV2(ctx context.Context, id uuid.UUID, u *prefect.ConcurrencyLimitV2Update) error {
	b := tx.sql("UPDATE concurrency_limit_v2 SET ").Set("updated", tx.Now())
	if u.Active.Set {
		b.Set("active", u.Active.Value)
	}
	if u.Name.Set {
		b.Set("name", u.Name.Value)
	}
	if u.Limit.Set {
		b.Set(`"limit"`, u.Limit.Value)
	}
	if u.ActiveSlots.Set {
		b.Set("active_slots", u.ActiveSlots.Value)
	}
	if u.DeniedSlots.Set {
		b.Set("denied_slots", u.DeniedSlots.Value)
	}
	if u.SlotDecayPerSecond.Set {
		b.Set("slot_decay_per_second", u.SlotDecayPerSecond.Value)
	}
	_, err := tx.exec(ctx, b.Write(" WHERE id = ").Arg(id))
	return err
}

// DeleteConcurrencyLimitV2 deletes a limit and tells whether there was one.
func (tx *Tx) DeleteConcurrencyLimitV2(ctx context.Context, id uuid.UUID) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("DELETE FROM concurrency_limit_v2 WHERE id = ").Arg(id))
	return n > 0, err
}

// TagLimit gives the older limit of that id, or nil.
func (tx *Tx) TagLimit(ctx context.Context, id uuid.UUID) (*prefect.ConcurrencyLimit, error) {
	return one(ctx, tx, tx.sql("SELECT "+tagLimitColumns+" FROM concurrency_limit WHERE id = ").Arg(id), scanTagLimit)
}

// TagLimits lists the older limits by tag.
func (tx *Tx) TagLimits(ctx context.Context, limit, offset int64) ([]prefect.ConcurrencyLimit, error) {
	return all(ctx, tx, tx.sql("SELECT "+tagLimitColumns+" FROM concurrency_limit ORDER BY tag").Page(limit, offset), scanTagLimit)
}

// DeleteTagLimit deletes an older limit and tells whether there was one.
func (tx *Tx) DeleteTagLimit(ctx context.Context, id uuid.UUID) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("DELETE FROM concurrency_limit WHERE id = ").Arg(id))
	return n > 0, err
}
