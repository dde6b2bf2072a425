package concurrency

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// UnrenewedLease is how long a lease lives that nobody renews: in effect, until it is given back. The reference takes as long.
const UnrenewedLease = 100 * 365 * 24 * time.Hour

// LeaseStorage keeps leases: who holds which slots of which limits, and until when. What it is asked to do is done with the
// transaction, or at once and undone if the transaction comes to nothing. Times are the transaction's. Implementations are safe
// for use by many goroutines.
type LeaseStorage interface {
	// Create stores a lease.
	Create(ctx context.Context, tx Tx, l *prefect.ConcurrencyLease) error
	// Read gives a lease, expired or not, or nil.
	Read(ctx context.Context, tx Tx, id uuid.UUID) (*prefect.ConcurrencyLease, error)
	// Renew lets a lease that has not expired live until then, and tells whether there was one.
	Renew(ctx context.Context, tx Tx, id uuid.UUID, until prefect.Time) (bool, error)
	// Claim removes those of the leases that are there and, if asked, have expired, and gives what they were. Of those who claim
	// the same lease at the same time, one gets it: to claim it is to have the right to give its slots back. Their limits must be
	// locked.
	Claim(ctx context.Context, tx Tx, ids []uuid.UUID, expired bool) ([]prefect.ConcurrencyLease, error)
	// ClaimExpiredWithin claims up to so many leases that have expired and that are on no other limits than those, which must
	// be locked. A storage that would have to look far for them may leave them to Repossess.
	ClaimExpiredWithin(ctx context.Context, tx Tx, limits []uuid.UUID, most int64) ([]prefect.ConcurrencyLease, error)
	// OnLimits gives the leases on any of the limits, oldest first; with a holder, those alone that are his.
	OnLimits(ctx context.Context, tx Tx, limits []uuid.UUID, holder *uuid.UUID) ([]prefect.ConcurrencyLease, error)
	// Expired gives up to so many leases that have expired.
	Expired(ctx context.Context, tx Tx, most int64) ([]prefect.ConcurrencyLease, error)
	// Lasting tells whether a lease that was made here and that is unknown has been given back for sure.
	Lasting() bool
}

// IsOn tells whether the lease is on one of the limits, and the holder's where there is one.
func IsOn(l *prefect.ConcurrencyLease, limits []uuid.UUID, holder *uuid.UUID) bool {
	return (holder == nil || l.Holder != nil && l.Holder.ID == *holder) &&
		slices.ContainsFunc(l.Limits, func(id uuid.UUID) bool { return slices.Contains(limits, id) })
}

// Within tells whether the lease is on limits, and on no others than those.
func Within(l *prefect.ConcurrencyLease, limits []uuid.UUID) bool {
	return len(l.Limits) > 0 && !slices.ContainsFunc(l.Limits, func(id uuid.UUID) bool { return !slices.Contains(limits, id) })
}

// LeaseTx is what DatabaseLeases need of a transaction.
type LeaseTx interface {
	InsertLease(ctx context.Context, l *prefect.ConcurrencyLease) error
	Lease(ctx context.Context, id uuid.UUID) (*prefect.ConcurrencyLease, error)
	LeasesOnLimits(ctx context.Context, limits []uuid.UUID, holder *uuid.UUID) ([]prefect.ConcurrencyLease, error)
	ExpiredLeases(ctx context.Context, at prefect.Time, limit int64) ([]prefect.ConcurrencyLease, error)
	ExtendLease(ctx context.Context, id uuid.UUID, until prefect.Time) (bool, error)
	DeleteLeases(ctx context.Context, ids []uuid.UUID, expired bool) ([]prefect.ConcurrencyLease, error)
	DeleteExpiredLeasesWithin(ctx context.Context, limits []uuid.UUID, limit int64) ([]prefect.ConcurrencyLease, error)
}

// DatabaseLeases keeps leases in the database of the limits. They change in the same transaction as the limits' counters, so
// that neither is ever ahead of the other, and all servers of the database see the same.
type DatabaseLeases struct{}

// Create implements LeaseStorage.
func (DatabaseLeases) Create(ctx context.Context, tx Tx, l *prefect.ConcurrencyLease) error {
	return tx.InsertLease(ctx, l)
}

// Read implements LeaseStorage.
func (DatabaseLeases) Read(ctx context.Context, tx Tx, id uuid.UUID) (*prefect.ConcurrencyLease, error) {
	return tx.Lease(ctx, id)
}

// Renew implements LeaseStorage.
func (DatabaseLeases) Renew(ctx context.Context, tx Tx, id uuid.UUID, until prefect.Time) (bool, error) {
	return tx.ExtendLease(ctx, id, until)
}

// Claim implements LeaseStorage.
func (DatabaseLeases) Claim(ctx context.Context, tx Tx, ids []uuid.UUID, expired bool) ([]prefect.ConcurrencyLease, error) {
	return tx.DeleteLeases(ctx, ids, expired)
}

// ClaimExpiredWithin implements LeaseStorage.
func (DatabaseLeases) ClaimExpiredWithin(ctx context.Context, tx Tx, limits []uuid.UUID, most int64) ([]prefect.ConcurrencyLease, error) {
	return tx.DeleteExpiredLeasesWithin(ctx, limits, most)
}

// OnLimits implements LeaseStorage.
func (DatabaseLeases) OnLimits(ctx context.Context, tx Tx, limits []uuid.UUID, holder *uuid.UUID) ([]prefect.ConcurrencyLease, error) {
	return tx.LeasesOnLimits(ctx, limits, holder)
}

// Expired implements LeaseStorage.
func (DatabaseLeases) Expired(ctx context.Context, tx Tx, most int64) ([]prefect.ConcurrencyLease, error) {
	return tx.ExpiredLeases(ctx, tx.Now(), most)
}

// Lasting implements LeaseStorage.
func (DatabaseLeases) Lasting() bool { return true }
