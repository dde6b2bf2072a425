// Package concurrency keeps leases: who holds which slots of which limits, and until when.
package concurrency

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Lease is the right to slots of some limits until it expires.
type Lease struct {
	ID      uuid.UUID
	Limits  []uuid.UUID
	Slots   int64 // of each limit
	Holder  *Holder
	Created time.Time
	Expires time.Time
}

// UnrenewedLease is how long a lease lives that nobody renews: in effect, until it is given back. The reference takes as long.
const UnrenewedLease = 100 * 365 * 24 * time.Hour

// Holder is who has a lease.
type Holder struct {
	Type string // flow_run, task_run or deployment
	ID   uuid.UUID
}

// LeaseStorage keeps leases. Implementations are safe for use by many goroutines.
type LeaseStorage interface {
	// Create stores a lease that lives for ttl.
	Create(ctx context.Context, limits []uuid.UUID, slots int64, holder *Holder, ttl time.Duration) (*Lease, error)
	// Read gives a lease, expired or not, or nil.
	Read(ctx context.Context, id uuid.UUID) (*Lease, error)
	// Renew makes a lease live for ttl from now on, and tells whether there was one that had not expired.
	Renew(ctx context.Context, id uuid.UUID, ttl time.Duration) (bool, error)
	// Revoke forgets a lease; one that is unknown is fine.
	Revoke(ctx context.Context, id uuid.UUID) error
	// ByLimit gives the leases on a limit, oldest first.
	ByLimit(ctx context.Context, limit uuid.UUID) ([]Lease, error)
	// Expired gives up to limit leases that have expired.
	Expired(ctx context.Context, limit int) ([]Lease, error)
}

// MemoryLeases keeps leases in the process, as the reference does unless it is told otherwise: they end with it.
type MemoryLeases struct {
	clock  func() time.Time
	mu     sync.Mutex
	leases map[uuid.UUID]Lease
}

// NewMemoryLeases makes an empty storage.
func NewMemoryLeases(clock func() time.Time) *MemoryLeases {
	return &MemoryLeases{clock: clock, leases: map[uuid.UUID]Lease{}}
}

// Create implements LeaseStorage.
func (m *MemoryLeases) Create(_ context.Context, limits []uuid.UUID, slots int64, holder *Holder, ttl time.Duration) (*Lease, error) {
	now := m.clock()
	lease := Lease{ID: uuid.New(), Limits: slices.Clone(limits), Slots: slots, Holder: holder, Created: now, Expires: now.Add(ttl)}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.leases[lease.ID] = lease
	return &lease, nil
}

// Read implements LeaseStorage.
func (m *MemoryLeases) Read(_ context.Context, id uuid.UUID) (*Lease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if lease, ok := m.leases[id]; ok {
		return &lease, nil
	}
	return nil, nil
}

// Renew implements LeaseStorage.
func (m *MemoryLeases) Renew(_ context.Context, id uuid.UUID, ttl time.Duration) (bool, error) {
	now := m.clock()
	m.mu.Lock()
	defer m.mu.Unlock()
	lease, ok := m.leases[id]
	if !ok || now.After(lease.Expires) {
		return false, nil
	}
	lease.Expires = now.Add(ttl)
	m.leases[id] = lease
	return true, nil
}

// Revoke implements LeaseStorage.
func (m *MemoryLeases) Revoke(_ context.Context, id uuid.UUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.leases, id)
	return nil
}

// ByLimit implements LeaseStorage.
func (m *MemoryLeases) ByLimit(_ context.Context, limit uuid.UUID) ([]Lease, error) {
	return m.choose(func(l *Lease) bool { return slices.Contains(l.Limits, limit) }), nil
}

// Expired implements LeaseStorage.
func (m *MemoryLeases) Expired(_ context.Context, limit int) ([]Lease, error) {
	now := m.clock()
	expired := m.choose(func(l *Lease) bool { return now.After(l.Expires) })
	return expired[:min(limit, len(expired))], nil
}

func (m *MemoryLeases) choose(wanted func(*Lease) bool) []Lease {
	m.mu.Lock()
	defer m.mu.Unlock()
	var chosen []Lease
	for _, lease := range slices.Collect(maps.Values(m.leases)) {
		if wanted(&lease) {
			chosen = append(chosen, lease)
		}
	}
	slices.SortFunc(chosen, func(a, b Lease) int { return a.Created.Compare(b.Created) })
	return chosen
}
