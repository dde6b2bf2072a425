package store

import (
	"context"
	"math"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// LockTagLimits gives the limits on those tags, locked until the transaction ends.
func (tx *Tx) LockTagLimits(ctx context.Context, tags []string) ([]prefect.ConcurrencyLimit, error) {
	b := tx.sql("SELECT id, created, updated, tag, concurrency_limit, active_slots FROM concurrency_limit WHERE ").In("tag", tags)
	return all(ctx, tx, b.Write(" ORDER BY tag").ForUpdate("concurrency_limit"), func(r Row, l *prefect.ConcurrencyLimit) error {
		return r.Scan(&l.ID, &l.Created, &l.Updated, &l.Tag, &l.ConcurrencyLimit, &l.ActiveSlots)
	})
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

// TakeSlots takes so many slots of each of the limits, or none of any when one of them is full or off. Slots that decay
// have done so up to now. It tells whether the slots were taken.
func (tx *Tx) TakeSlots(ctx context.Context, ids []uuid.UUID, slots int64) (bool, error) {
	limits, err := tx.LockLimits(ctx, ids)
	if err != nil {
		return false, err
	}
	if len(limits) != len(ids) {
		return false, nil
	}
	now := tx.Now()
	for i := range limits {
		l := &limits[i]
		if !l.Active || afterDecay(l.ActiveSlots, l.SlotDecayPerSecond, l.Updated, now)+slots > l.Limit {
			return false, nil
		}
	}
	for i := range limits {
		l := &limits[i]
		l.ActiveSlots = afterDecay(l.ActiveSlots, l.SlotDecayPerSecond, l.Updated, now) + slots
		if err := tx.saveSlots(ctx, l, now); err != nil {
			return false, err
		}
	}
	return true, nil
}

// GiveSlots gives so many slots of each of the limits back.
func (tx *Tx) GiveSlots(ctx context.Context, ids []uuid.UUID, slots int64) error {
	limits, err := tx.LockLimits(ctx, ids)
	if err != nil {
		return err
	}
	now := tx.Now()
	for i := range limits {
		l := &limits[i]
		if !l.Active {
			continue
		}
		l.ActiveSlots = max(0, afterDecay(l.ActiveSlots, l.SlotDecayPerSecond, l.Updated, now)-slots)
		if err := tx.saveSlots(ctx, l, now); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) saveSlots(ctx context.Context, l *prefect.ConcurrencyLimitV2, now prefect.Time) error {
	decay := l.SlotDecayPerSecond
	if decay == 0 {
		// Denied slots fade too, at the rate at which slots are used on average where none is set.
		decay = 1 / math.Max(l.AvgSlotOccupancySeconds, minimumOccupancy)
	}
	denied := afterDecay(l.DeniedSlots, decay, l.Updated, now)
	return tx.queue(ctx, tx.sql("UPDATE concurrency_limit_v2 SET ").Set("active_slots", l.ActiveSlots).Set("denied_slots", denied).
		Set("updated", now).Write(" WHERE id = ").Arg(l.ID))
}

// minimumOccupancy is the shortest time in seconds for which a slot counts as used, as in the reference.
const minimumOccupancy = 0.1

// afterDecay is what is left of slots that fade by so many a second.
func afterDecay(slots int64, perSecond float64, since, now prefect.Time) int64 {
	if perSecond <= 0 {
		return slots
	}
	gone := math.Floor(perSecond * now.Sub(since.Time).Seconds())
	return max(0, slots-int64(math.Max(0, math.Min(gone, math.MaxInt32))))
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
