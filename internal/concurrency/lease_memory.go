package concurrency

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// MemoryLeases keeps leases in the process: they end with it, and no other server sees them.
type MemoryLeases struct {
	mu     sync.Mutex
	leases map[uuid.UUID]prefect.ConcurrencyLease
}

// NewMemoryLeases makes an empty storage.
func NewMemoryLeases() *MemoryLeases {
	return &MemoryLeases{leases: map[uuid.UUID]prefect.ConcurrencyLease{}}
}

// Create implements LeaseStorage.
func (m *MemoryLeases) Create(_ context.Context, tx Tx, l *prefect.ConcurrencyLease) error {
	m.put(l)
	tx.OnRollback(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.leases, l.ID)
	})
	return nil
}

func (m *MemoryLeases) put(l *prefect.ConcurrencyLease) {
	own := *l
	own.Limits = slices.Clone(l.Limits)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.leases[l.ID] = own
}

// Read implements LeaseStorage.
func (m *MemoryLeases) Read(_ context.Context, _ Tx, id uuid.UUID) (*prefect.ConcurrencyLease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if lease, ok := m.leases[id]; ok {
		return &lease, nil
	}
	return nil, nil
}

// Renew implements LeaseStorage.
func (m *MemoryLeases) Renew(_ context.Context, tx Tx, id uuid.UUID, until prefect.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	lease, ok := m.leases[id]
	if !ok || lease.Expired(tx.Now()) {
		return false, nil
	}
	lease.Expires = until
	m.leases[id] = lease
	return true, nil
}

// Claim implements LeaseStorage.
func (m *MemoryLeases) Claim(_ context.Context, tx Tx, ids []uuid.UUID, expired bool) ([]prefect.ConcurrencyLease, error) {
	now := tx.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	var claimed []prefect.ConcurrencyLease
	for _, id := range ids {
		lease, ok := m.leases[id]
		if !ok || expired && !lease.Expired(now) {
			continue
		}
		delete(m.leases, id)
		claimed = append(claimed, lease)
		tx.OnRollback(func() { m.put(&lease) })
	}
	return claimed, nil
}

// ClaimExpiredWithin implements LeaseStorage.
func (m *MemoryLeases) ClaimExpiredWithin(ctx context.Context, tx Tx, limits []uuid.UUID, most int64) ([]prefect.ConcurrencyLease, error) {
	now := tx.Now()
	expired := m.choose(most, func(l *prefect.ConcurrencyLease) bool { return l.Expired(now) && Within(l, limits) })
	return m.Claim(ctx, tx, idsOf(expired), true)
}

func idsOf(leases []prefect.ConcurrencyLease) []uuid.UUID {
	ids := make([]uuid.UUID, len(leases))
	for i := range leases {
		ids[i] = leases[i].ID
	}
	return ids
}

// OnLimits implements LeaseStorage.
func (m *MemoryLeases) OnLimits(_ context.Context, _ Tx, limits []uuid.UUID, holder *uuid.UUID) ([]prefect.ConcurrencyLease, error) {
	return m.choose(-1, func(l *prefect.ConcurrencyLease) bool { return IsOn(l, limits, holder) }), nil
}

// Expired implements LeaseStorage.
func (m *MemoryLeases) Expired(_ context.Context, tx Tx, most int64) ([]prefect.ConcurrencyLease, error) {
	now := tx.Now()
	return m.choose(most, func(l *prefect.ConcurrencyLease) bool { return l.Expired(now) }), nil
}

// Lasting implements LeaseStorage.
func (m *MemoryLeases) Lasting() bool { return false }

// choose gives up to so many of the leases, or all of them for -1, oldest first.
func (m *MemoryLeases) choose(most int64, wanted func(*prefect.ConcurrencyLease) bool) []prefect.ConcurrencyLease {
	m.mu.Lock()
	chosen := slices.Collect(maps.Values(m.leases))
	m.mu.Unlock()
	chosen = slices.DeleteFunc(chosen, func(l prefect.ConcurrencyLease) bool { return !wanted(&l) })
	slices.SortFunc(chosen, func(a, b prefect.ConcurrencyLease) int { return a.Created.Compare(b.Created.Time) })
	if most >= 0 && int64(len(chosen)) > most {
		chosen = chosen[:most]
	}
	return chosen
}
