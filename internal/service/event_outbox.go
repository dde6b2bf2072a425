package service

import (
	"context"
	"time"

	"praetor/internal/events"
	"praetor/internal/lifecycle"
)

// EventOutbox moves the events that this server emits to where events are read. It is part of storing them: every server runs it,
// also one without services.
type EventOutbox struct {
	Outbox *events.Outbox
	Clock  lifecycle.Clock
	// Emitted wakes it: there is something in the outbox.
	Emitted lifecycle.Waker
}

const (
	// outboxGather is for how long events gather, so that a busy server stores many at once.
	outboxGather = 20 * time.Millisecond
	// outboxEvery is how often to look for what another server has left.
	outboxEvery = 5 * time.Second
)

// Loop makes the service a loop.
func (s *EventOutbox) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "event-outbox", Interval: outboxEvery, Wake: s.Emitted, RunOnce: s.RunOnce}
}

// RunOnce moves what lies in the outbox.
func (s *EventOutbox) RunOnce(ctx context.Context) error {
	gathered := s.Clock.NewTimer(outboxGather)
	defer gathered.Stop()
	select {
	case <-gathered.Fired():
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.Outbox.Move(ctx)
}
