package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"praetor/internal/lifecycle"
	"praetor/internal/orchestration"
	"praetor/internal/prefect"
)

// PauseExpirations fails paused flow runs that nobody has resumed in time.
type PauseExpirations struct {
	Store        Store[PauseExpirationsTx]
	Orchestrator Orchestrator
	Clock        Clock
	Every        time.Duration
}

// PauseExpirationsTx is what PauseExpirations reads.
type PauseExpirationsTx interface {
	// PausedFlowRuns gives the paused runs whose ids come after one, in the order of their ids.
	PausedFlowRuns(ctx context.Context, after uuid.UUID, limit int64) ([]prefect.PausedRun, error)
}

const pausesPage = 200

// Loop makes the service a loop.
func (s *PauseExpirations) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "pause-expirations", Interval: s.Every, RunOnce: s.RunOnce}
}

// RunOnce fails all whose time is over now.
func (s *PauseExpirations) RunOnce(ctx context.Context) error {
	return eachOf(ctx, pausesPage, func(after *prefect.PausedRun, limit int64) ([]prefect.PausedRun, error) {
		var last uuid.UUID
		if after != nil {
			last = after.ID
		}
		return list(ctx, s.Store, func(tx PauseExpirationsTx) ([]prefect.PausedRun, error) { return tx.PausedFlowRuns(ctx, last, limit) })
	}, func(run *prefect.PausedRun) error {
		if !s.expired(run.Timeout) {
			return nil
		}
		message := "The flow was paused and never resumed."
		failed := prefect.NewState(prefect.Failed, "", s.Clock())
		failed.Message = &message
		// The run may have been resumed since it was read.
		still := func(run *prefect.FlowRun) bool {
			return run.State != nil && s.expired(run.State.StateDetails.PauseTimeout)
		}
		_, err := s.Orchestrator.SetFlowRunState(ctx, run.ID, failed, orchestration.Options{Force: true, OnlyIf: still})
		return err
	})
}

func (s *PauseExpirations) expired(timeout *prefect.Time) bool {
	return timeout != nil && timeout.Before(s.Clock())
}
