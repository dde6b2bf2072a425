// Package concurrency hands out slots of limits, and keeps the leases on them.
package concurrency

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Store runs transactions.
type Store interface {
	// Read runs fn with a Tx that must only read, outside a transaction.
	Read(ctx context.Context, fn func(Tx) error) error
	// Write runs fn in a transaction and commits it when fn returns nil.
	Write(ctx context.Context, fn func(Tx) error) error
}

// Slots hands out slots of limits, with leases and without.
type Slots struct {
	Store  Store
	Leases LeaseStorage
	Waits  Waits
	// Queue holds requests for slots of full limits; nil holds none.
	Queue *Queue
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

// Terms are those of a lease.
type Terms struct {
	Holder *prefect.LeaseHolder // may be nil
	TTL    time.Duration
}

// Acquire takes so many slots of each of the limits, which were read before: only those that are on count. With terms it makes
// a lease on all of them and gives its id. A *FullError tells when to come again.
func (s *Slots) Acquire(ctx context.Context, limits []prefect.ConcurrencyLimitV2, slots int64, mode Mode, terms *Terms) (lease uuid.UUID, err error) {
	var all, active []uuid.UUID
	var steady []string
	decays := false
	for i := range limits {
		l := &limits[i]
		all = append(all, l.ID)
		if !l.Active {
			continue
		}
		if l.Limit < slots {
			return lease, prefect.NewError(prefect.Invalid, "Slots requested is greater than the limit")
		}
		if l.SlotDecayPerSecond == 0 {
			steady = append(steady, l.Name)
		}
		decays = decays || l.SlotDecayPerSecond > 0
		active = append(active, l.ID)
	}
	if mode == RateLimit && len(steady) > 0 {
		return lease, prefect.NewError(prefect.Invalid, "A rate limit needs slots that decay, which these limits do not have: '"+strings.Join(steady, ",")+"'")
	}
	if len(limits) == 0 { // nothing is held, and there is nothing to give back
		return prefect.NewID(), nil
	}
	denied := false
	ask := func() (taken bool, err error) {
		err = s.Store.Write(ctx, func(tx Tx) (err error) {
			taken, err = s.Take(ctx, tx, active, slots)
			switch {
			case err != nil:
				return err
			case !taken && !denied:
				denied = true
				return s.deny(ctx, tx, active, slots)
			case !taken || terms == nil:
				return nil
			}
			l, err := s.lease(ctx, tx, all, slots, terms)
			if err == nil {
				lease = l.ID
			}
			return err
		})
		return taken, err
	}
	var taken, held bool
	if decays || len(active) == 0 { // when slots decay is known: nobody gives them back
		taken, err = ask()
	} else {
		taken, held, err = s.Queue.try(ctx, fmt.Sprint(slots, active), active, ask)
	}
	switch {
	case err != nil:
		return lease, err
	case taken && held && ctx.Err() != nil: // nobody is there any more to be told
		ctx = context.WithoutCancel(ctx)
		if terms != nil {
			return lease, s.Release(ctx, lease)
		}
		return lease, s.Store.Write(ctx, func(tx Tx) error { return s.Give(ctx, tx, active, slots, 0) })
	case taken:
		return lease, nil
	case held:
		return lease, &FullError{comeAgain}
	}
	return lease, &FullError{s.Waits.RetryAfter(limits, slots)}
}

// TakeLeased is Take with a lease on what was taken; it gives nil when the slots were not.
func (s *Slots) TakeLeased(ctx context.Context, tx Tx, limits []uuid.UUID, slots int64, terms *Terms) (*prefect.ConcurrencyLease, error) {
	taken, err := s.Take(ctx, tx, limits, slots)
	if err != nil || !taken {
		return nil, err
	}
	return s.lease(ctx, tx, limits, slots, terms)
}

// lease makes a lease on slots that the transaction has taken.
func (s *Slots) lease(ctx context.Context, tx Tx, limits []uuid.UUID, slots int64, terms *Terms) (*prefect.ConcurrencyLease, error) {
	now := tx.Now()
	l := &prefect.ConcurrencyLease{ID: prefect.NewID(), Limits: limits, Slots: slots, Holder: terms.Holder, Created: now, Expires: now.Add(terms.TTL)}
	return l, s.Leases.Create(ctx, tx, l)
}

// Renew lets a lease that has not expired live for ttl from now on, and tells whether there was one.
func (s *Slots) Renew(ctx context.Context, id uuid.UUID, ttl time.Duration) (renewed bool, err error) {
	err = s.Store.Write(ctx, func(tx Tx) error {
		renewed, err = s.RenewIn(ctx, tx, id, ttl)
		return err
	})
	return renewed, err
}

// RenewIn is Renew in the caller's transaction.
func (s *Slots) RenewIn(ctx context.Context, tx Tx, id uuid.UUID, ttl time.Duration) (bool, error) {
	return s.Leases.Renew(ctx, tx, id, tx.Now().Add(ttl))
}

// Release gives the slots of a lease back and forgets it. A lease that is unknown has been released already.
func (s *Slots) Release(ctx context.Context, id uuid.UUID) error {
	return s.Store.Write(ctx, func(tx Tx) error {
		_, err := s.ReleaseIn(ctx, tx, id)
		return err
	})
}

// ReleaseIn is Release in the caller's transaction. It tells whether there was such a lease: of those who release the same at
// the same time, one finds it.
func (s *Slots) ReleaseIn(ctx context.Context, tx Tx, id uuid.UUID) (bool, error) {
	lease, err := s.Leases.Read(ctx, tx, id)
	if err != nil || lease == nil {
		return false, err
	}
	n, err := s.releaseEach(ctx, tx, []prefect.ConcurrencyLease{*lease}, false)
	return n > 0, err
}

// ReleaseOrGive is ReleaseIn for a lease that one slot of the limit was taken with. Where the lease is unknown though its slot may
// not have been given back, because another server keeps it or it was lost, one slot of the limit goes back.
func (s *Slots) ReleaseOrGive(ctx context.Context, tx Tx, lease uuid.UUID, limit *uuid.UUID) error {
	found, err := s.ReleaseIn(ctx, tx, lease)
	if err != nil || found || limit == nil || prefect.MadeHere(lease) && s.Leases.Lasting() {
		return err
	}
	return s.Give(ctx, tx, []uuid.UUID{*limit}, 1, 0)
}

// ReleaseHeld releases the holder's leases on the limits.
func (s *Slots) ReleaseHeld(ctx context.Context, tx Tx, limits []uuid.UUID, holder uuid.UUID) error {
	return s.releaseOn(ctx, tx, limits, &holder)
}

// ReleaseAll releases every lease on the limit.
func (s *Slots) ReleaseAll(ctx context.Context, tx Tx, limit uuid.UUID) error {
	return s.releaseOn(ctx, tx, []uuid.UUID{limit}, nil)
}

// releaseOn releases the leases on the limits, those of the holder alone where one is given.
func (s *Slots) releaseOn(ctx context.Context, tx Tx, limits []uuid.UUID, holder *uuid.UUID) error {
	leases, err := s.Leases.OnLimits(ctx, tx, limits, holder)
	if err != nil || len(leases) == 0 {
		return err
	}
	_, err = s.releaseEach(ctx, tx, leases, false)
	return err
}

// LeaseUnrenewed makes a lease on one slot of the limit that lives until it is released; the slot is the caller's to count.
func (s *Slots) LeaseUnrenewed(ctx context.Context, tx Tx, limit uuid.UUID, holder *prefect.LeaseHolder) error {
	_, err := s.lease(ctx, tx, []uuid.UUID{limit}, 1, &Terms{Holder: holder, TTL: UnrenewedLease})
	return err
}

// Repossess gives back the slots of up to most leases that have expired, and tells how many there were.
func (s *Slots) Repossess(ctx context.Context, most int64) (n int, err error) {
	var expired []prefect.ConcurrencyLease
	if err := s.Store.Read(ctx, func(tx Tx) (err error) {
		expired, err = s.Leases.Expired(ctx, tx, most)
		return err
	}); err != nil || len(expired) == 0 {
		return 0, err
	}
	err = s.Store.Write(ctx, func(tx Tx) (err error) {
		n, err = s.releaseEach(ctx, tx, expired, true)
		return err
	})
	return n, err
}

// releaseEach gives back the slots of those of the leases that it can claim, and tells how many those were.
func (s *Slots) releaseEach(ctx context.Context, tx Tx, leases []prefect.ConcurrencyLease, expired bool) (int, error) {
	var limits []uuid.UUID
	for i := range leases {
		for _, id := range leases[i].Limits {
			if !slices.Contains(limits, id) {
				limits = append(limits, id)
			}
		}
	}
	locked, err := tx.LockLimits(ctx, limits)
	if err != nil {
		return 0, err
	}
	claimed, err := s.Leases.Claim(ctx, tx, idsOf(leases), expired)
	if err != nil || len(claimed) == 0 {
		return 0, err
	}
	now := tx.Now()
	return len(claimed), s.giveBack(ctx, tx, locked, func(l *prefect.ConcurrencyLimitV2) {
		for i := range claimed {
			if slices.Contains(claimed[i].Limits, l.ID) {
				give(l, claimed[i].Slots, now.Sub(claimed[i].Created.Time))
			}
		}
	})
}
