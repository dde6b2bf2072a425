package deployment

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Limits are where limits are kept.
type Limits interface {
	Now() prefect.Time
	InsertConcurrencyLimitV2(ctx context.Context, l *prefect.ConcurrencyLimitV2) error
	UpdateConcurrencyLimitV2(ctx context.Context, id uuid.UUID, u *prefect.ConcurrencyLimitV2Update) error
	DeleteConcurrencyLimitV2(ctx context.Context, id uuid.UUID) (bool, error)
}

// slotOccupancy is how long a slot is thought to be held while nothing is known of it, in seconds.
const slotOccupancy = 2

// SetLimit bounds how many runs of the deployment run at once: its limit is given that number, or is made, or without a number is
// deleted. It tells whether the deployment itself is to be stored again.
func SetLimit(ctx context.Context, tx Limits, d *prefect.Deployment, limit *int64) (changed bool, err error) {
	now := d.GlobalConcurrencyLimit
	switch {
	case now == nil && limit == nil, now != nil && limit != nil && now.Limit == *limit:
		return false, nil
	case limit == nil:
		_, err = tx.DeleteConcurrencyLimitV2(ctx, now.ID)
		d.ConcurrencyLimitID = nil
	case now != nil:
		err = tx.UpdateConcurrencyLimitV2(ctx, now.ID, &prefect.ConcurrencyLimitV2Update{Limit: prefect.Some(limit)})
	default:
		at := tx.Now()
		l := &prefect.ConcurrencyLimitV2{
			ID: prefect.NewID(), Created: at, Updated: at, Active: true, Name: "deployment:" + d.ID.String(), Limit: *limit,
			AvgSlotOccupancySeconds: slotOccupancy,
		}
		err = tx.InsertConcurrencyLimitV2(ctx, l)
		d.ConcurrencyLimitID = &l.ID
	}
	d.OwnLimit = limit
	return true, err
}
