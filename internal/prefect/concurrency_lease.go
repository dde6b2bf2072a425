package prefect

import "github.com/google/uuid"

// ConcurrencyLease is the right to slots of some limits until it expires.
type ConcurrencyLease struct {
	// ID tells where the lease comes from: those made here are UUIDs of version 7, the reference's of version 4.
	ID      uuid.UUID
	Limits  []uuid.UUID
	Slots   int64        // of each limit
	Holder  *LeaseHolder // nil where nobody was named
	Created Time
	Expires Time
}

// Expired tells whether the lease has ended at that time. The very moment still counts as its own.
func (l *ConcurrencyLease) Expired(now Time) bool { return now.After(l.Expires.Time) }

// MadeHere tells whether the lease of that id comes from this server or another of its kind.
func MadeHere(lease uuid.UUID) bool { return lease.Version() == 7 }
