package service

import (
	"context"
	"time"

	"praetor/internal/bus"
	"praetor/internal/lifecycle"
)

// Triggers holds the events that are stored against automations.
type Triggers struct {
	Evaluator interface {
		// React evaluates what is queued, and gives the number of events.
		React(ctx context.Context) (int, error)
	}
	// Every is how often to look without being woken: a wake-up may be lost.
	Every time.Duration
	// Waker is woken by what this server stores, and by the notes of those that evaluate nothing themselves.
	Waker lifecycle.Waker
	Notes bus.Subscription
}

// Loop makes the service a loop.
func (s *Triggers) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "triggers", Interval: s.Every, Wake: s.Waker, RunOnce: s.RunOnce}
}

// RunOnce evaluates all that is queued.
func (s *Triggers) RunOnce(ctx context.Context) error {
	_, err := s.Evaluator.React(ctx)
	return err
}

// NotesLoop makes the wake-ups from other servers a loop.
func (s *Triggers) NotesLoop() lifecycle.Loop {
	return lifecycle.Loop{Name: "event-queue-notes", Interval: time.Millisecond, RunOnce: func(ctx context.Context) error {
		_, err := s.Notes.Next(ctx)
		if err == nil {
			s.Waker.Wake()
		}
		return err
	}}
}
