package service

import (
	"context"
	"time"

	"praetor/internal/lifecycle"
	"praetor/internal/workpool"
)

// CleanupReconciler has other workers asked to take down what those who were asked did not answer for in time.
type CleanupReconciler struct {
	Store    Store[workpool.CleanupTx]
	Cleanups workpool.Cleanups
	Tell     func(pools []string) // of pools whose workers are to be asked
	Clock    Clock
	Every    time.Duration
	Batch    int64
}

// cleanupsKept is for how long what has ended can still be seen.
const cleanupsKept = 7 * 24 * time.Hour

// Loop makes the service a loop.
func (s *CleanupReconciler) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "cleanup-reconciler", Interval: s.Every, RunOnce: s.RunOnce}
}

// RunOnce looks at all that has expired.
func (s *CleanupReconciler) RunOnce(ctx context.Context) error {
	for {
		var pools []string
		var expired int64
		err := s.Store.Write(ctx, func(tx workpool.CleanupTx) (err error) {
			pools, expired, err = s.Cleanups.Expire(ctx, tx, s.Clock.Now().Add(-cleanupsKept), s.Batch)
			return err
		})
		if err != nil {
			return err
		}
		if len(pools) > 0 {
			s.Tell(pools)
		}
		if expired < s.Batch {
			return nil
		}
	}
}
