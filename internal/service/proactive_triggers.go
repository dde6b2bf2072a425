package service

import (
	"context"
	"time"

	"praetor/internal/lifecycle"
)

// ProactiveTriggers holds the time against automations that wait for what does not happen.
type ProactiveTriggers struct {
	Evaluator interface {
		// React evaluates what is queued, and gives the number of events.
		React(ctx context.Context) (int, error)
		// Elapse evaluates what the time has brought.
		Elapse(ctx context.Context) error
	}
	Every time.Duration
}

// Loop makes the service a loop.
func (s *ProactiveTriggers) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "proactive-triggers", Interval: s.Every, RunOnce: s.RunOnce}
}

// RunOnce evaluates what has happened first: of that nothing can be absent.
func (s *ProactiveTriggers) RunOnce(ctx context.Context) error {
	if _, err := s.Evaluator.React(ctx); err != nil {
		return err
	}
	return s.Evaluator.Elapse(ctx)
}
