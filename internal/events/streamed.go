package events

import (
	"context"
	"log/slog"
	"slices"

	"praetor/internal/prefect"
)

// Streamed handles events that come through a stream, from servers of either kind. Each may come more than once.
type Streamed struct{ keeper, recorder saver }

// NewStreamed makes what handles events of a stream.
func NewStreamed(s Store, log *slog.Logger) *Streamed {
	return &Streamed{
		keeper: saver{s, log, func(ctx context.Context, tx Tx, events []prefect.ReceivedEvent) error {
			fresh, err := tx.NewEvents(ctx, events)
			if err != nil || len(fresh) == 0 {
				return err
			}
			return tx.KeepEvents(ctx, fresh)
		}},
		recorder: saver{s, log, func(ctx context.Context, tx Tx, events []prefect.ReceivedEvent) error {
			return recordTaskRuns(ctx, tx, events, log)
		}},
	}
}

// Keep stores those of the events that are not stored yet.
func (s *Streamed) Keep(ctx context.Context, events []prefect.ReceivedEvent) error {
	return s.keeper.save(ctx, events)
}

// Record brings the task runs up to what the events say. What was recorded before stays as it is.
func (s *Streamed) Record(ctx context.Context, events []prefect.ReceivedEvent) error {
	of := slices.DeleteFunc(slices.Clone(events), func(e prefect.ReceivedEvent) bool { return !isTaskRunChange(&e.Event) })
	if len(of) == 0 {
		return nil
	}
	return s.recorder.save(ctx, of)
}
