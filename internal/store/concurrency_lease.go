package store

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// Leases lie in a table of our own, with a row for each limit of a lease. Whoever deletes a lease has locked all its limits, so
// that two who do never wait for each other.

const leaseColumns = "id, limit_id, slots, holder_type, holder_id, created, expires"

// InsertLease stores a lease with the transaction. It is on at least one limit.
func (tx *Tx) InsertLease(ctx context.Context, l *prefect.ConcurrencyLease) error {
	var kind *prefect.LeaseHolderType
	var holder *uuid.UUID
	if l.Holder != nil {
		kind, holder = &l.Holder.Type, &l.Holder.ID
	}
	for _, limit := range l.Limits {
		if err := tx.queue(ctx, tx.sql("INSERT INTO praetor_leases ("+leaseColumns+") VALUES ").
			Values(l.ID, limit, l.Slots, kind, holder, l.Created, l.Expires)); err != nil {
			return err
		}
	}
	return nil
}

// Lease gives the lease of that id, expired or not, or nil.
func (tx *Tx) Lease(ctx context.Context, id uuid.UUID) (*prefect.ConcurrencyLease, error) {
	leases, err := tx.leases(ctx, tx.sql("SELECT "+leaseColumns+" FROM praetor_leases WHERE id = ").Arg(id))
	if err != nil || len(leases) == 0 {
		return nil, err
	}
	return &leases[0], nil
}

// LeasesOnLimits gives the leases on any of the limits; with a holder, those alone that are his. A lease comes with all its limits.
func (tx *Tx) LeasesOnLimits(ctx context.Context, limits []uuid.UUID, holder *uuid.UUID) ([]prefect.ConcurrencyLease, error) {
	b := tx.sql("SELECT " + leaseColumns + " FROM praetor_leases WHERE id IN (SELECT id FROM praetor_leases WHERE ")
	if holder != nil {
		b.Write("holder_id = ").Arg(*holder).Write(" AND ")
	}
	return tx.leases(ctx, b.In("limit_id", limits).Write(")"))
}

// ExpiredLeases gives up to limit leases that had ended at that time, and the ids of their limits.
func (tx *Tx) ExpiredLeases(ctx context.Context, at prefect.Time, limit int64) ([]prefect.ConcurrencyLease, error) {
	return tx.leases(ctx, tx.sql("SELECT "+leaseColumns+" FROM praetor_leases WHERE id IN (SELECT id FROM praetor_leases WHERE expires < ").Arg(at).
		Write(" ORDER BY expires").Page(limit, 0).Write(")"))
}

// ExtendLease lets a lease that has not ended live until then, and tells whether there was one.
func (tx *Tx) ExtendLease(ctx context.Context, id uuid.UUID, until prefect.Time) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("UPDATE praetor_leases SET expires = ").Arg(until).Write(" WHERE id = ").Arg(id).Write(" AND expires >= ").Arg(tx.Now()))
	return n > 0, err
}

// DeleteLeases deletes those of the leases that are there and, if asked, have ended, and gives what they were: of those who
// delete the same lease at the same time, one gets it.
func (tx *Tx) DeleteLeases(ctx context.Context, ids []uuid.UUID, expired bool) ([]prefect.ConcurrencyLease, error) {
	b := tx.sql("DELETE FROM praetor_leases WHERE ").In("id", ids)
	if expired {
		b.Write(" AND expires < ").Arg(tx.Now())
	}
	return tx.leases(ctx, b.Write(" RETURNING "+leaseColumns))
}

// DeleteExpiredLeasesWithin deletes up to limit leases that have ended and that are on no other limits than those, and gives
// what they were.
func (tx *Tx) DeleteExpiredLeasesWithin(ctx context.Context, limits []uuid.UUID, limit int64) ([]prefect.ConcurrencyLease, error) {
	b := tx.sql("DELETE FROM praetor_leases WHERE id IN (SELECT l.id FROM praetor_leases l WHERE ").In("l.limit_id", limits).
		Write(" AND l.expires < ").Arg(tx.Now()).
		Write(" AND NOT EXISTS (SELECT 1 FROM praetor_leases o WHERE o.id = l.id AND ").NotIn("o.limit_id", limits).Write(")").Page(limit, 0)
	return tx.leases(ctx, b.Write(") RETURNING "+leaseColumns))
}

// leases puts the rows of an answer together, oldest lease first.
func (tx *Tx) leases(ctx context.Context, b *sqlb.Builder) ([]prefect.ConcurrencyLease, error) {
	var leases []prefect.ConcurrencyLease
	at := map[uuid.UUID]int{}
	err := tx.each(ctx, b, func(r Row) error {
		var l prefect.ConcurrencyLease
		var limit uuid.UUID
		var kind *prefect.LeaseHolderType
		var holder *uuid.UUID
		if err := r.Scan(&l.ID, &limit, &l.Slots, &kind, &holder, &l.Created, &l.Expires); err != nil {
			return err
		}
		i, known := at[l.ID]
		if !known {
			if kind != nil && holder != nil {
				l.Holder = &prefect.LeaseHolder{Type: *kind, ID: *holder}
			}
			i = len(leases)
			at[l.ID] = i
			leases = append(leases, l)
		}
		leases[i].Limits = append(leases[i].Limits, limit)
		return nil
	})
	slices.SortFunc(leases, func(a, b prefect.ConcurrencyLease) int { return a.Created.Compare(b.Created.Time) })
	return leases, err
}
