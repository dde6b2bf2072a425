package service

import (
	"context"
	"time"

	"praetor/internal/lifecycle"
)

// SlotReconciler gives back slots of concurrency limits that nobody holds any more.
type SlotReconciler struct {
	Slots interface {
		Reconcile(ctx context.Context) (freed int64, err error)
	}
}

// slotsReconciledEvery is how often it looks at all limits; slots that are given back in the usual ways do not wait for it.
const slotsReconciledEvery = time.Minute

// Loop makes the service a loop.
func (s *SlotReconciler) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "slot-reconciler", Interval: slotsReconciledEvery, RunOnce: s.RunOnce}
}

// RunOnce looks at all limits.
func (s *SlotReconciler) RunOnce(ctx context.Context) error {
	_, err := s.Slots.Reconcile(ctx)
	return err
}
