package concurrency

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Store runs transactions.
type Store interface {
	// Write runs fn in a transaction and commits it when fn returns nil.
	Write(ctx context.Context, fn func(Tx) error) error
}

// Slots hands out slots of limits, with leases and without.
type Slots struct {
	Store  Store
	Leases LeaseStorage
	Clock  func() time.Time
	Waits  Waits
}

// Mode says what slots are for.
type Mode string

// The modes. Slots of a rate limit are not given back: they decay.
const (
	Concurrency Mode = "concurrency"
	RateLimit   Mode = "rate_limit"
)

// Enum lists the allowed values.
func (Mode) Enum() []string { return []string{"concurrency", "rate_limit"} }

// FullError tells that a limit has no slots left.
type FullError struct {
	// RetryAfter is in how many seconds to ask again.
	RetryAfter float64
}

func (e *FullError) Error() string { return "Locked" }

// Acquire takes so many slots of each of the limits, which were read before: only those that are on count. A *FullError
// tells when to come again.
func (s *Slots) Acquire(ctx context.Context, limits []prefect.ConcurrencyLimitV2, slots int64, mode Mode) error {
	var ids []uuid.UUID
	var steady []string
	for i := range limits {
		l := &limits[i]
		if !l.Active {
			continue
		}
		if l.Limit < slots {
			return prefect.NewError(prefect.Invalid, "Slots requested is greater than the limit")
		}
		if l.SlotDecayPerSecond == 0 {
			steady = append(steady, l.Name)
		}
		ids = append(ids, l.ID)
	}
	if mode == RateLimit && len(steady) > 0 {
		return prefect.NewError(prefect.Invalid, "A rate limit needs slots that decay, which these limits do not have: '"+strings.Join(steady, ",")+"'")
	}
	taken := false
	err := s.Store.Write(ctx, func(tx Tx) (err error) {
		if taken, err = s.Waits.Take(ctx, tx, ids, slots); err != nil || taken {
			return err
		}
		return s.Waits.Deny(ctx, tx, ids, slots)
	})
	if err == nil && !taken {
		err = &FullError{s.Waits.RetryAfter(limits, slots)}
	}
	return err
}

// Lease makes a lease on slots that were taken.
func (s *Slots) Lease(ctx context.Context, limits []prefect.ConcurrencyLimitV2, slots int64, holder *Holder, ttl time.Duration) (*Lease, error) {
	ids := make([]uuid.UUID, len(limits))
	for i := range limits {
		ids[i] = limits[i].ID
	}
	return s.Leases.Create(ctx, ids, slots, holder, ttl)
}

// Release gives the slots of a lease back and forgets it. A lease that is unknown has been released already.
func (s *Slots) Release(ctx context.Context, id uuid.UUID) error {
	lease, err := s.Leases.Read(ctx, id)
	if err != nil || lease == nil {
		return err
	}
	held := s.Clock().Sub(lease.Created)
	err = s.Store.Write(ctx, func(tx Tx) error { return s.Waits.Give(ctx, tx, lease.Limits, lease.Slots, held) })
	if err != nil {
		return err
	}
	return s.Leases.Revoke(ctx, id)
}
