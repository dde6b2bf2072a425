package concurrency

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// ReconcileTx is what Reconciler needs of a transaction besides Tx.
type ReconcileTx interface {
	Tx
	// HeldDeploymentLimits gives deployments' own limits that have slots taken and that have not changed since a time: those whose
	// names come after one, in the order of their names.
	HeldDeploymentLimits(ctx context.Context, after string, unchangedSince prefect.Time, limit int64) ([]prefect.ConcurrencyLimitV2, error)
	// RunsThatHoldSlots counts the runs of a deployment that hold a slot of its limit.
	RunsThatHoldSlots(ctx context.Context, deploymentID uuid.UUID) (int64, error)
	// UnrenewedTaskLeases gives leases of task runs that nobody renews, which live past a time: those whose ids come after one, in the
	// order of their ids.
	UnrenewedTaskLeases(ctx context.Context, after uuid.UUID, past prefect.Time, limit int64) ([]prefect.ConcurrencyLease, error)
	// TaskRunsEnded gives those of the ids whose task runs have ended.
	TaskRunsEnded(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error)
	LockTagLimits(ctx context.Context, tags []string) ([]prefect.ConcurrencyLimit, error)
	TagLimits(ctx context.Context, limit, offset int64) ([]prefect.ConcurrencyLimit, error)
	SaveTagSlots(ctx context.Context, l *prefect.ConcurrencyLimit) error
}

// Reconciler gives back slots of which can be proven that nobody holds them any more. That is so for
//   - a deployment's own limit, of which more slots are taken than it has runs that hold one and leases of others;
//   - the lease of a task run that nobody renews, when the run has ended;
//   - a task run that has ended and is still in the list of one of the older limits.
//
// What was taken of other limits without a lease, or with a lease that another server keeps elsewhere, is left alone: nobody but its
// taker knows of it.
type Reconciler struct {
	Slots *Slots
	// Write runs fn in a transaction and commits it when fn returns nil.
	Write func(ctx context.Context, fn func(ReconcileTx) error) error
}

const (
	reconciledAtOnce = 100
	// quiet is how long a deployment's limit must not have changed: a worker of old releases takes the slot a moment before it says
	// what for. A limit that leaks comes to rest, because nobody gets in.
	quiet = time.Minute
)

// Reconcile goes over all limits once and tells how many slots it has given back.
func (r *Reconciler) Reconcile(ctx context.Context) (freed int64, err error) {
	for _, pass := range []func(context.Context) (int64, error){r.deployments, r.unrenewed, r.listed} {
		n, err := pass(ctx)
		freed += n
		if err != nil {
			return freed, err
		}
	}
	return freed, nil
}

func (r *Reconciler) deployments(ctx context.Context) (freed int64, err error) {
	for after := ""; ; {
		n := 0
		err := r.Write(ctx, func(tx ReconcileTx) error {
			page, err := tx.HeldDeploymentLimits(ctx, after, tx.Now().Add(-quiet), reconciledAtOnce)
			if n = len(page); err != nil || n == 0 {
				return err
			}
			after = page[n-1].Name
			for i := range page {
				gone, err := r.deployment(ctx, tx, page[i].ID)
				if freed += gone; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < reconciledAtOnce {
			return freed, err
		}
	}
}

func (r *Reconciler) deployment(ctx context.Context, tx ReconcileTx, id uuid.UUID) (int64, error) {
	locked, err := tx.LockLimits(ctx, []uuid.UUID{id})
	if err != nil || len(locked) == 0 {
		return 0, err
	}
	l := &locked[0]
	deployment, err := uuid.Parse(strings.TrimPrefix(l.Name, "deployment:"))
	if err != nil || !l.Active || tx.Now().Sub(l.Updated.Time) < quiet {
		return 0, nil //nolint:nilerr // somebody's own name
	}
	// Runs take and give back their slots in the transactions that change their states, with the limit locked: it cannot be that one
	// is counted and the other is not.
	held, err := tx.RunsThatHoldSlots(ctx, deployment)
	if err != nil {
		return 0, err
	}
	leases, err := r.Slots.Leases.OnLimits(ctx, tx, []uuid.UUID{id}, nil)
	if err != nil {
		return 0, err
	}
	for i := range leases {
		if h := leases[i].Holder; h == nil || h.Type != prefect.FlowRunHolder {
			held += leases[i].Slots
		}
	}
	leaked := l.ActiveSlots - held
	if leaked <= 0 {
		return 0, nil
	}
	return leaked, r.Slots.giveBack(ctx, tx, locked, func(l *prefect.ConcurrencyLimitV2) { give(l, leaked, 0) })
}

func (r *Reconciler) unrenewed(ctx context.Context) (freed int64, err error) {
	for after := uuid.Nil; ; {
		n := 0
		err := r.Write(ctx, func(tx ReconcileTx) error {
			// A lease that is renewed lives for a day at the most.
			leases, err := tx.UnrenewedTaskLeases(ctx, after, tx.Now().Add(UnrenewedLease/2), reconciledAtOnce)
			if n = len(leases); err != nil || n == 0 {
				return err
			}
			holders := make([]uuid.UUID, n)
			for i := range leases {
				holders[i] = leases[i].Holder.ID
				if slices.Compare(leases[i].ID[:], after[:]) > 0 {
					after = leases[i].ID
				}
			}
			ended, err := tx.TaskRunsEnded(ctx, holders)
			if err != nil {
				return err
			}
			leases = slices.DeleteFunc(leases, func(l prefect.ConcurrencyLease) bool { return !slices.Contains(ended, l.Holder.ID) })
			if len(leases) == 0 {
				return nil
			}
			gone, err := r.Slots.releaseEach(ctx, tx, leases, false)
			freed += int64(gone)
			return err
		})
		if err != nil || n < reconciledAtOnce {
			return freed, err
		}
	}
}

func (r *Reconciler) listed(ctx context.Context) (freed int64, err error) {
	for offset := int64(0); ; offset += reconciledAtOnce {
		n := 0
		err := r.Write(ctx, func(tx ReconcileTx) error {
			page, err := tx.TagLimits(ctx, reconciledAtOnce, offset)
			if n = len(page); err != nil || n == 0 {
				return err
			}
			var tags []string
			for i := range page {
				if len(page[i].ActiveSlots) > 0 {
					tags = append(tags, page[i].Tag)
				}
			}
			if len(tags) == 0 {
				return nil
			}
			locked, err := tx.LockTagLimits(ctx, tags)
			if err != nil {
				return err
			}
			for i := range locked {
				gone, err := dropEnded(ctx, tx, &locked[i])
				if freed += gone; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < reconciledAtOnce {
			return freed, err
		}
	}
}

// dropEnded takes the task runs that have ended out of the list of an older limit.
func dropEnded(ctx context.Context, tx ReconcileTx, l *prefect.ConcurrencyLimit) (int64, error) {
	var holders []uuid.UUID
	for _, text := range l.ActiveSlots {
		if id, err := uuid.Parse(text); err == nil {
			holders = append(holders, id)
		}
	}
	ended, err := tx.TaskRunsEnded(ctx, holders)
	if err != nil || len(ended) == 0 {
		return 0, err
	}
	before := len(l.ActiveSlots)
	l.ActiveSlots = slices.DeleteFunc(l.ActiveSlots, func(text string) bool {
		return slices.ContainsFunc(ended, func(id uuid.UUID) bool { return id.String() == text })
	})
	return int64(before - len(l.ActiveSlots)), tx.SaveTagSlots(ctx, l)
}
