package workpool

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// CleanupTx is what cleanups read and write.
type CleanupTx interface {
	Now() prefect.Time
	ReserveCleanup(ctx context.Context, poolID uuid.UUID, kinds []prefect.CleanupKind, queues []uuid.UUID, token string, expires prefect.Time, most int64) (*prefect.Cleanup, error)
	LockCleanup(ctx context.Context, id uuid.UUID) (*prefect.Cleanup, error)
	SaveCleanup(ctx context.Context, c *prefect.Cleanup, reason *string) error
	LockExpiredCleanups(ctx context.Context, limit int64) ([]prefect.Cleanup, error)
	ForgetCleanups(ctx context.Context, before prefect.Time, limit int64) error
}

// Cleanups are the rules of what workers are asked to take down: one worker at a time is asked, for as long as its lease runs, and
// a few of them before it is given up.
type Cleanups struct {
	Lease         time.Duration
	MaxDeliveries int64
}

const exhausted = "max_delivery_attempts_reached"

// Reserve gives a worker of the pool something to take down, or nil: first of its queues, if it serves some alone, then of any.
func (c Cleanups) Reserve(ctx context.Context, tx CleanupTx, poolID uuid.UUID, kinds []prefect.CleanupKind, queues []uuid.UUID) (*prefect.Cleanup, error) {
	token, expires := rand.Text()+rand.Text(), tx.Now().Add(c.Lease)
	if len(queues) > 0 {
		if found, err := tx.ReserveCleanup(ctx, poolID, kinds, queues, token, expires, c.MaxDeliveries); found != nil || err != nil {
			return found, err
		}
	}
	return tx.ReserveCleanup(ctx, poolID, kinds, nil, token, expires, c.MaxDeliveries)
}

// CleanupAnswer is what a worker says of what it was asked for.
type CleanupAnswer struct {
	Operation string // ack, release or renew
	ID        uuid.UUID
	Token     string
	Reason    *string // of a release
}

// Answer takes a worker's answer. It gives the status and its reason, when the lease was renewed to, and whether another worker is to
// be asked.
func (c Cleanups) Answer(ctx context.Context, tx CleanupTx, poolID uuid.UUID, a CleanupAnswer) (result prefect.CleanupResultPayload, again bool, err error) {
	result = prefect.CleanupResultPayload{MessageID: a.ID, Operation: a.Operation}
	refuse := func(status, reason string) { result.Status, result.Reason = status, &reason }
	found, err := tx.LockCleanup(ctx, a.ID)
	if err != nil {
		return result, false, err
	}
	switch now := tx.Now(); {
	case found == nil:
		refuse("not_found", "message_not_found")
	case found.WorkPoolID != poolID:
		refuse("unauthorized", "work_pool_mismatch")
	case found.Token == nil:
		refuse("not_current", "no_active_reservation")
	case *found.Token != a.Token:
		refuse("invalid_token", "reservation_token_mismatch")
	case !found.LeaseExpires.After(now.Time):
		again, err = c.free(ctx, tx, found, nil)
		refuse("expired", "lease_expired")
		if !again {
			refuse("dead_lettered", exhausted)
		}
	case a.Operation == "ack":
		result.Status = "accepted"
		found.Ended = &now
		err = tx.SaveCleanup(ctx, found, nil)
	case a.Operation == "renew":
		expires := now.Add(c.Lease)
		result.Status, result.LeaseExpiresAt, found.LeaseExpires = "accepted", &expires, &expires
		err = tx.SaveCleanup(ctx, found, nil)
	default:
		result.Status = "accepted"
		if again, err = c.free(ctx, tx, found, a.Reason); !again {
			refuse("dead_lettered", exhausted)
		}
	}
	return result, again, err
}

// free has another worker asked, unless there were enough of them.
func (c Cleanups) free(ctx context.Context, tx CleanupTx, found *prefect.Cleanup, reason *string) (again bool, err error) {
	again = found.Deliveries < c.MaxDeliveries
	found.Token, found.LeaseExpires = nil, nil
	if !again {
		now, why := tx.Now(), exhausted
		if reason != nil {
			why += ": " + *reason
		}
		found.Ended, reason = &now, &why
	}
	return again, tx.SaveCleanup(ctx, found, reason)
}

// Expire frees up to limit cleanups whose worker did not answer in time, and forgets what ended before a time. It gives the pools
// whose workers are to be asked, and how many there were.
func (c Cleanups) Expire(ctx context.Context, tx CleanupTx, endedBefore prefect.Time, limit int64) (pools []string, expired int64, err error) {
	list, err := tx.LockExpiredCleanups(ctx, limit)
	if err != nil {
		return nil, 0, err
	}
	for i := range list {
		again, err := c.free(ctx, tx, &list[i], nil)
		if err != nil {
			return nil, 0, err
		}
		if again {
			pools = append(pools, list[i].WorkPoolID.String())
		}
	}
	return pools, int64(len(list)), tx.ForgetCleanups(ctx, endedBefore, limit)
}
