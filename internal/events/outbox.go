package events

import (
	"context"
	"errors"
	"log/slog"

	"praetor/internal/prefect"
)

// Outbox moves the events that the server has emitted to where events are read. They come to the outbox in the transactions of the
// changes that they tell of, one by one; here many are stored at once, which costs a fraction.
type Outbox struct {
	Store OutboxStore
	Log   *slog.Logger
}

// OutboxStore runs transactions.
type OutboxStore interface {
	// Write runs fn in a transaction and commits it when fn returns nil.
	Write(ctx context.Context, fn func(OutboxTx) error) error
}

// OutboxTx is what moving events reads and writes in one transaction.
type OutboxTx interface {
	ClaimEmitted(ctx context.Context, limit int) ([]prefect.EmittedEvent, error)
	NewEvents(ctx context.Context, events []prefect.ReceivedEvent) ([]prefect.ReceivedEvent, error)
	InsertEvents(ctx context.Context, events []prefect.ReceivedEvent) error
	ForgetEmitted(ctx context.Context, ids []int64) error
}

// Move moves all that lies in the outbox, each event once however many servers do the same. What the database refuses of an event is
// left out of it, and an event that it does not take at all is logged: it must not keep the others waiting.
func (o *Outbox) Move(ctx context.Context) error {
	limit, attempts := maxBatch, 0
	for {
		moved, err := o.moveBatch(ctx, limit, false)
		var no refused
		var again passing
		switch {
		case err == nil && moved < limit && limit == maxBatch:
			return nil
		case err == nil:
			limit, attempts = maxBatch, 0
		case errors.As(err, &again) && again.Passing() && attempts < maxAttempts:
			attempts++ // another server has just stored the same event
		case !errors.As(err, &no) || !no.Refused():
			return err
		case limit > 1:
			limit /= 2
		default:
			if _, err := o.moveBatch(ctx, 1, true); err != nil {
				return err
			}
			limit, attempts = maxBatch, 0
		}
	}
}

// moveBatch moves the oldest events and tells how many. Of the one that is refused it moves what the database can store, or nothing.
func (o *Outbox) moveBatch(ctx context.Context, limit int, refused bool) (moved int, err error) {
	err = o.Store.Write(ctx, func(tx OutboxTx) error {
		claimed, err := tx.ClaimEmitted(ctx, limit)
		if moved = len(claimed); err != nil || moved == 0 {
			return err
		}
		ids, events := make([]int64, moved), make([]prefect.ReceivedEvent, 0, moved)
		for i := range claimed {
			ids[i] = claimed[i].ID
			event := claimed[i].Event
			if refused {
				cleaned, changed := clean(event)
				if !changed {
					o.Log.ErrorContext(ctx, "an event cannot be stored and is lost", slog.String("event", event.Event.Event), slog.String("id", event.ID.String()))
					continue
				}
				event = cleaned
			}
			events = append(events, event)
		}
		fresh, err := tx.NewEvents(ctx, events)
		if err != nil {
			return err
		}
		if err := tx.InsertEvents(ctx, fresh); err != nil {
			return err
		}
		return tx.ForgetEmitted(ctx, ids)
	})
	return moved, err
}
