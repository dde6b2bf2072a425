package concurrency

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Tx is what slots are counted in. A limit that was read stays locked until the transaction ends.
type Tx interface {
	Now() prefect.Time
	LockLimits(ctx context.Context, ids []uuid.UUID) ([]prefect.ConcurrencyLimitV2, error)
	// SaveSlots stores the counters of a limit, with the time up to which they have decayed.
	SaveSlots(ctx context.Context, l *prefect.ConcurrencyLimitV2) error
}

// Waits are the longest times for which those who find a limit full are told to wait.
type Waits struct {
	Tag   time.Duration // for limits on task runs' tags
	Other time.Duration
}

// The numbers are the reference's.
const (
	// minimumOccupancy is the shortest time in seconds for which a slot counts as used.
	minimumOccupancy = 0.1
	// occupancySamples is over how many times its limit a limit's average occupancy is taken.
	occupancySamples = 2
	// retryJitter is by how much, of itself, a wait may exceed its average.
	retryJitter = 0.3
)

// longest is the longest wait for a limit, in seconds.
func (w Waits) longest(l *prefect.ConcurrencyLimitV2) float64 {
	if strings.HasPrefix(l.Name, "tag:") {
		return w.Tag.Seconds()
	}
	return w.Other.Seconds()
}

// settle lets a limit's slots decay up to now. Denied slots fade too: where no decay is set, at the rate at which slots
// come free on average.
func (w Waits) settle(l *prefect.ConcurrencyLimitV2, now prefect.Time) {
	passed := now.Sub(l.Updated.Time).Seconds()
	left := func(slots int64, perSecond float64) int64 {
		gone := math.Floor(perSecond * passed)
		return max(0, slots-int64(math.Max(0, math.Min(gone, math.MaxInt32))))
	}
	l.ActiveSlots = left(l.ActiveSlots, l.SlotDecayPerSecond)
	fading := l.SlotDecayPerSecond
	if fading <= 0 {
		fading = 1 / math.Max(minimumOccupancy, math.Min(l.AvgSlotOccupancySeconds, w.longest(l)))
	}
	l.DeniedSlots = left(l.DeniedSlots, fading)
	l.Updated = now
}

// Active is how many of a limit's slots are taken now.
func (w Waits) Active(l *prefect.ConcurrencyLimitV2, now prefect.Time) int64 {
	settled := *l
	w.settle(&settled, now)
	return settled.ActiveSlots
}

// Take takes so many slots of each of the limits, or none of any when one of them is full, off or gone. It tells whether
// the slots were taken.
func (w Waits) Take(ctx context.Context, tx Tx, limits []uuid.UUID, slots int64) (bool, error) {
	locked, err := tx.LockLimits(ctx, limits)
	if err != nil || len(locked) != len(limits) {
		return false, err
	}
	now := tx.Now()
	for i := range locked {
		l := &locked[i]
		if w.settle(l, now); !l.Active || l.ActiveSlots+slots > l.Limit {
			return false, nil
		}
	}
	for i := range locked {
		locked[i].ActiveSlots += slots
		if err := tx.SaveSlots(ctx, &locked[i]); err != nil {
			return false, err
		}
	}
	return true, nil
}

// Give gives so many slots of each of the limits back. occupancy is how long they were held, or 0 when that is not known:
// it goes into the limits' averages.
func (w Waits) Give(ctx context.Context, tx Tx, limits []uuid.UUID, slots int64, occupancy time.Duration) error {
	return w.each(ctx, tx, limits, func(l *prefect.ConcurrencyLimitV2) {
		l.ActiveSlots = max(0, l.ActiveSlots-slots)
		if occupancy > 0 && slots > 0 && l.Limit > 0 {
			perSlot := math.Max(occupancy.Seconds()/float64(slots), minimumOccupancy)
			l.AvgSlotOccupancySeconds += (perSlot - l.AvgSlotOccupancySeconds) / float64(l.Limit*occupancySamples)
		}
	})
}

// Deny notes that so many slots of each of the limits were asked for in vain.
func (w Waits) Deny(ctx context.Context, tx Tx, limits []uuid.UUID, slots int64) error {
	return w.each(ctx, tx, limits, func(l *prefect.ConcurrencyLimitV2) { l.DeniedSlots += slots })
}

// each changes the limits that are on.
func (w Waits) each(ctx context.Context, tx Tx, limits []uuid.UUID, change func(*prefect.ConcurrencyLimitV2)) error {
	locked, err := tx.LockLimits(ctx, limits)
	if err != nil {
		return err
	}
	now := tx.Now()
	for i := range locked {
		l := &locked[i]
		if !l.Active {
			continue
		}
		w.settle(l, now)
		change(l)
		if err := tx.SaveSlots(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// RetryAfter is in how many seconds to ask again for so many slots of limits, of which at least one is full. It is about
// as long as the fullest of them takes to free them, and random, so that those who wait do not come all at once.
func (w Waits) RetryAfter(limits []prefect.ConcurrencyLimitV2, slots int64) float64 {
	var fullest *prefect.ConcurrencyLimitV2
	most := -1.0
	for i := range limits {
		l := &limits[i]
		if !l.Active {
			continue
		}
		blocking := float64(slots + l.DeniedSlots)
		if l.SlotDecayPerSecond <= 0 {
			blocking /= float64(max(l.Limit, 1))
		}
		if blocking > most {
			fullest, most = l, blocking
		}
	}
	switch {
	case fullest == nil:
		return 0
	case fullest.SlotDecayPerSecond > 0:
		return ClampedPoisson(most/fullest.SlotDecayPerSecond, retryJitter)
	}
	longest := w.longest(fullest)
	return ClampedPoisson(math.Min(math.Min(fullest.AvgSlotOccupancySeconds, longest)*most, longest), retryJitter)
}

// ClampedPoisson is a random interval around the average: exponentially distributed, and cut off so that it is at most
// 1+factor times the average and its median stays the average's.
func ClampedPoisson(average, factor float64) float64 {
	upper := 1 + factor
	lower := 0.0
	if upper < 50 {
		lower = math.Log2(math.Max(math.Pow(2, upper)/(math.Pow(2, upper)-1), 1e-10))
	}
	cdf := func(multiple float64) float64 { return 1 - math.Exp(-multiple) }
	from, to := cdf(math.Max(0, lower)), cdf(upper)
	return -math.Log(math.Max(1-(from+rand.Float64()*(to-from)), 1e-10)) * average
}
