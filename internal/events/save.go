package events

import (
	"context"
	"errors"
	"log/slog"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Store runs transactions.
type Store interface {
	// Write runs fn in a transaction and commits it when fn returns nil.
	Write(ctx context.Context, fn func(Tx) error) error
}

// Tx is what the intake reads and writes in one transaction.
type Tx interface {
	Now() prefect.Time
	NewEvents(ctx context.Context, events []prefect.ReceivedEvent) ([]prefect.ReceivedEvent, error)
	InsertEvents(ctx context.Context, events []prefect.ReceivedEvent) error
	KeepEvents(ctx context.Context, events []prefect.ReceivedEvent) error
	ExistingFlowRuns(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error)
	LockTaskRuns(ctx context.Context, ids []uuid.UUID, keys []prefect.TaskRunKey) ([]prefect.TaskRun, error)
	SaveTaskRuns(ctx context.Context, runs []*prefect.TaskRun, states []prefect.State) error
}

// passing is a failure that a second attempt may not meet, such as a row that another server writes at the same moment.
type passing interface {
	error
	Passing() bool
}

// refused is a failure that lies in the data: the database works and does not take it.
type refused interface {
	error
	Refused() bool
}

// maxAttempts bounds how often a batch is tried again because others were in its way.
const maxAttempts = 3

// saver writes down what events say.
type saver struct {
	store Store
	log   *slog.Logger
	// write writes what some events say in one transaction.
	write func(ctx context.Context, tx Tx, events []prefect.ReceivedEvent) error
}

// save writes the events, or tells why the database cannot. An event that the database
// refuses is stored without what it refuses, and as the last resort logged and passed over: its sender would repeat it
// for ever, and everything behind it with it.
func (in *saver) save(ctx context.Context, events []prefect.ReceivedEvent) error {
	err := in.saveAll(ctx, events)
	var r refused
	if err == nil || !errors.As(err, &r) || !r.Refused() {
		return err
	}
	if half := len(events) / 2; half > 0 {
		if err := in.save(ctx, events[:half]); err != nil {
			return err
		}
		return in.save(ctx, events[half:])
	}
	event := &events[0]
	if cleaned, changed := clean(*event); changed {
		return in.save(ctx, []prefect.ReceivedEvent{cleaned})
	}
	in.log.ErrorContext(ctx, "an event cannot be stored and is lost", slog.String("event", event.Event.Event),
		slog.String("id", event.ID.String()), slog.Any("reason", err))
	return nil
}

// saveAll writes the events in one transaction. Another server may store the same at the same time: then another look
// finds it.
func (in *saver) saveAll(ctx context.Context, events []prefect.ReceivedEvent) (err error) {
	for range maxAttempts {
		err = in.store.Write(ctx, func(tx Tx) error { return in.write(ctx, tx, events) })
		var p passing
		if err == nil || !errors.As(err, &p) || !p.Passing() {
			break
		}
	}
	return err
}
