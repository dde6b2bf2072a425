package concurrency

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Tx is what slots are counted in. A limit that was locked stays so until the transaction ends; whoever locks several names
// them in one call, so that no two wait for each other.
type Tx interface {
	LeaseTx
	Now() prefect.Time
	LockLimits(ctx context.Context, ids []uuid.UUID) ([]prefect.ConcurrencyLimitV2, error)
	// SaveSlots stores the counters of a limit, with the time up to which they have decayed.
	SaveSlots(ctx context.Context, l *prefect.ConcurrencyLimitV2) error
	// AdmitWaiting lets the first n of the flow runs that wait for a slot of their deployment's limit ask for it now.
	AdmitWaiting(ctx context.Context, l *prefect.ConcurrencyLimitV2, n int64) error
	// OnCommit has fn called once the transaction is stored.
	OnCommit(fn func())
	// OnRollback has fn called if the transaction comes to nothing.
	OnRollback(fn func())
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

// mostExpired is how many expired leases are looked at when a limit is full.
const mostExpired = 100

// Take takes so many slots of each of the limits, or none of any when one of them is full, off or gone. It tells whether
// the slots were taken. What expired leases hold of a full limit is given back before.
func (s *Slots) Take(ctx context.Context, tx Tx, limits []uuid.UUID, slots int64) (bool, error) {
	locked, err := tx.LockLimits(ctx, limits)
	if err != nil || len(locked) != len(limits) {
		return false, err
	}
	now := tx.Now()
	for i := range locked {
		if !locked[i].Active {
			return false, nil
		}
		s.Waits.settle(&locked[i], now)
	}
	free := roomFor(locked, slots)
	if !free {
		expired, err := s.Leases.ClaimExpiredWithin(ctx, tx, limits, mostExpired)
		if err != nil || len(expired) == 0 {
			return false, err
		}
		for i := range expired {
			giveLease(locked, &expired[i], now)
		}
		free = roomFor(locked, slots)
	}
	for i := range locked {
		if free {
			locked[i].ActiveSlots += slots
		}
		if err := tx.SaveSlots(ctx, &locked[i]); err != nil {
			return false, err
		}
	}
	return free, nil
}

func roomFor(limits []prefect.ConcurrencyLimitV2, slots int64) bool {
	for i := range limits {
		if limits[i].ActiveSlots+slots > limits[i].Limit {
			return false
		}
	}
	return true
}

// Give gives so many slots of each of the limits back. occupancy is how long they were held, or 0 when that is not known:
// it goes into the limits' averages.
func (s *Slots) Give(ctx context.Context, tx Tx, limits []uuid.UUID, slots int64, occupancy time.Duration) error {
	locked, err := tx.LockLimits(ctx, limits)
	if err != nil {
		return err
	}
	return s.giveBack(ctx, tx, locked, func(l *prefect.ConcurrencyLimitV2) { give(l, slots, occupancy) })
}

// giveBack changes those of the locked limits that are on, stores them, and lets those ask who wait for what has come free.
func (s *Slots) giveBack(ctx context.Context, tx Tx, locked []prefect.ConcurrencyLimitV2, change func(*prefect.ConcurrencyLimitV2)) error {
	if err := s.save(ctx, tx, locked, change); err != nil {
		return err
	}
	ids := make([]uuid.UUID, len(locked))
	for i := range locked {
		if err := s.admit(ctx, tx, &locked[i]); err != nil {
			return err
		}
		ids[i] = locked[i].ID
	}
	tx.OnCommit(func() { s.Queue.Wake(ids) })
	return nil
}

// mostAdmitted is how many runs are let ask for slots at once.
const mostAdmitted = 200

// Admit lets those who wait for a slot of the limit ask for it now, as far as there are slots: the limit was changed.
func (s *Slots) Admit(ctx context.Context, tx Tx, limit uuid.UUID) error {
	locked, err := tx.LockLimits(ctx, []uuid.UUID{limit})
	if err != nil || len(locked) == 0 {
		return err
	}
	s.Waits.settle(&locked[0], tx.Now())
	tx.OnCommit(func() { s.Queue.Wake([]uuid.UUID{limit}) })
	return s.admit(ctx, tx, &locked[0])
}

// AdmitRuns is Admit for the runs of a deployment that has come under the limit, or under none.
func (s *Slots) AdmitRuns(ctx context.Context, tx Tx, deployment uuid.UUID, limit *uuid.UUID) error {
	if limit != nil {
		return s.Admit(ctx, tx, *limit)
	}
	return tx.AdmitWaiting(ctx, &prefect.ConcurrencyLimitV2{Name: "deployment:" + deployment.String()}, mostAdmitted)
}

// admit lets the first of the flow runs ask that wait for a slot of the limit, as many as it has slots.
func (s *Slots) admit(ctx context.Context, tx Tx, l *prefect.ConcurrencyLimitV2) error {
	free := min(l.Limit-l.ActiveSlots, mostAdmitted)
	if !l.Active {
		free = mostAdmitted
	}
	if free <= 0 {
		return nil
	}
	return tx.AdmitWaiting(ctx, l, free)
}

func give(l *prefect.ConcurrencyLimitV2, slots int64, occupancy time.Duration) {
	l.ActiveSlots = max(0, l.ActiveSlots-slots)
	if occupancy > 0 && slots > 0 && l.Limit > 0 {
		perSlot := math.Max(occupancy.Seconds()/float64(slots), minimumOccupancy)
		l.AvgSlotOccupancySeconds += (perSlot - l.AvgSlotOccupancySeconds) / float64(l.Limit*occupancySamples)
	}
}

// giveLease gives back what a lease held of those of its limits that are among these.
func giveLease(limits []prefect.ConcurrencyLimitV2, lease *prefect.ConcurrencyLease, now prefect.Time) {
	for _, id := range lease.Limits {
		for i := range limits {
			if limits[i].ID == id {
				give(&limits[i], lease.Slots, now.Sub(lease.Created.Time))
			}
		}
	}
}

// deny notes that so many slots of each of the limits were asked for in vain.
func (s *Slots) deny(ctx context.Context, tx Tx, limits []uuid.UUID, slots int64) error {
	locked, err := tx.LockLimits(ctx, limits)
	if err != nil {
		return err
	}
	return s.save(ctx, tx, locked, func(l *prefect.ConcurrencyLimitV2) { l.DeniedSlots += slots })
}

// save changes those of the locked limits that are on, and stores them.
func (s *Slots) save(ctx context.Context, tx Tx, locked []prefect.ConcurrencyLimitV2, change func(*prefect.ConcurrencyLimitV2)) error {
	now := tx.Now()
	for i := range locked {
		l := &locked[i]
		if !l.Active {
			continue
		}
		s.Waits.settle(l, now)
		change(l)
		if err := tx.SaveSlots(ctx, l); err != nil {
			return err
		}
	}
	return nil
}
