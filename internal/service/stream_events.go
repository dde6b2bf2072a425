package service

import (
	"context"
	"fmt"

	"praetor/internal/automation"
	"praetor/internal/bus/redisstream"
	"praetor/internal/prefect"
)

// EventPublisher moves the events that this database has queued for automations to a stream, for which it is the outbox: what Redis does
// not take waits there. Every server runs it, and all may at once where they share a database: the stream takes each event once.
type EventPublisher struct {
	Store  Store[EventPublisherTx]
	Stream *redisstream.Broker
}

// EventPublisherTx is what an EventPublisher reads and writes.
type EventPublisherTx interface {
	QueuedEvents(ctx context.Context, limit int64) ([]prefect.QueuedEvent, error)
	automation.EventReader
	DeleteQueuedEvents(ctx context.Context, queued []int64) error
}

// publishAtOnce is how many events are published between two looks at the queue.
const publishAtOnce = 250

// RunOnce publishes all that is queued.
func (s *EventPublisher) RunOnce(ctx context.Context) error {
	for ctx.Err() == nil {
		n, err := s.publish(ctx)
		if err != nil || n < publishAtOnce {
			return err
		}
	}
	return ctx.Err()
}

func (s *EventPublisher) publish(ctx context.Context) (int, error) {
	var places []int64
	var events []prefect.ReceivedEvent
	err := s.Store.Read(ctx, func(tx EventPublisherTx) error {
		queued, err := tx.QueuedEvents(ctx, publishAtOnce)
		if err != nil || len(queued) == 0 {
			return err
		}
		pointers := make([]*prefect.QueuedEvent, len(queued))
		for i := range queued {
			pointers[i] = &queued[i]
			places = append(places, queued[i].ID)
		}
		events, err = automation.Whole(ctx, tx, pointers)
		return err
	})
	if err != nil || len(places) == 0 {
		return 0, err
	}
	messages := make([]redisstream.Message, 0, len(events))
	for i := range events {
		e := &events[i]
		text, err := redisstream.WriteEvent(e)
		if err != nil {
			return 0, err
		}
		messages = append(messages, redisstream.Message{Data: text, Attributes: redisstream.Texts(map[string]string{"id": e.ID.String(), "event": e.Event.Event})})
	}
	if _, err := s.Stream.Publish(ctx, redisstream.Events, "id", messages...); err != nil {
		return 0, fmt.Errorf("publishing events: %w", err)
	}
	return len(places), s.Store.Write(ctx, func(tx EventPublisherTx) error { return tx.DeleteQueuedEvents(ctx, places) })
}

// StreamedEvents makes a handler of messages that hands on their events.
func StreamedEvents(do func(ctx context.Context, events []prefect.ReceivedEvent) error) func(context.Context, []redisstream.Message) (redisstream.Outcome, error) {
	return func(ctx context.Context, messages []redisstream.Message) (out redisstream.Outcome, err error) {
		events := make([]prefect.ReceivedEvent, 0, len(messages))
		for i := range messages {
			e, err := redisstream.ReadEvent(messages[i].Data)
			if err != nil {
				out.Fail(&messages[i], err)
				continue
			}
			events = append(events, e)
		}
		if len(events) == 0 {
			return out, nil
		}
		return out, do(ctx, events)
	}
}
