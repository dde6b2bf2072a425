package service

import (
	"context"
	"time"

	"praetor/internal/lifecycle"
	"praetor/internal/orchestration"
	"praetor/internal/prefect"
)

// LateRuns marks flow runs late that are due for some time and have not begun.
type LateRuns struct {
	Store        Store[LateRunsTx]
	Orchestrator Orchestrator
	Clock        Clock
	Every        time.Duration
	// After is how long a run may be due before it is late.
	After time.Duration
}

// LateRunsTx is what LateRuns reads.
type LateRunsTx interface {
	// OverdueFlowRuns gives the runs in the state Scheduled that were due at a time or before, in the order of their times; those
	// after a run alone when one is given.
	OverdueFlowRuns(ctx context.Context, due prefect.Time, after *prefect.OverdueRun, limit int64) ([]prefect.OverdueRun, error)
}

const lateRunsPage = 400

// Loop makes the service a loop.
func (s *LateRuns) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "late-runs", Interval: s.Every, RunOnce: s.RunOnce}
}

// RunOnce marks all that are late now.
func (s *LateRuns) RunOnce(ctx context.Context) error {
	due := prefect.TimeOf(s.Clock().Add(-s.After))
	return eachOf(ctx, lateRunsPage, func(after *prefect.OverdueRun, limit int64) ([]prefect.OverdueRun, error) {
		return list(ctx, s.Store, func(tx LateRunsTx) ([]prefect.OverdueRun, error) { return tx.OverdueFlowRuns(ctx, due, after, limit) })
	}, func(run *prefect.OverdueRun) error {
		late := prefect.NewScheduled("Late", run.Due.Time, s.Clock())
		_, err := s.Orchestrator.SetFlowRunState(ctx, run.ID, late, orchestration.Options{Policy: orchestration.MarkLate})
		return err
	})
}
