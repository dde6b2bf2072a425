package api

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

// DeadMessages are the messages of streams that were given up. The operations on them are Praetor's own.
type DeadMessages interface {
	DeadLetters(ctx context.Context, limit, offset int64) ([]prefect.DeadMessage, error)
	ReplayDeadLetter(ctx context.Context, id uuid.UUID) (bool, error)
	DeleteDeadLetter(ctx context.Context, id uuid.UUID) (bool, error)
}

func (s *Server) readDeadMessages(ctx context.Context, in *readDeadLetters) ([]prefect.DeadMessage, error) {
	if s.deadMessages == nil {
		return []prefect.DeadMessage{}, nil
	}
	found, err := s.deadMessages.DeadLetters(ctx, in.Limit, in.Offset)
	return found, away(err)
}

func (s *Server) replayDeadMessage(ctx context.Context, in *byID) (none, error) {
	return s.changeDeadMessage(func() (bool, error) { return s.deadMessages.ReplayDeadLetter(ctx, in.ID) })
}

func (s *Server) deleteDeadMessage(ctx context.Context, in *byID) (none, error) {
	return s.changeDeadMessage(func() (bool, error) { return s.deadMessages.DeleteDeadLetter(ctx, in.ID) })
}

func (s *Server) changeDeadMessage(change func() (bool, error)) (none, error) {
	there, err := false, error(nil)
	if s.deadMessages != nil {
		there, err = change()
	}
	if err == nil && !there {
		return none{}, notFound("Dead message")
	}
	return none{}, away(err)
}

// away says of a failure of Redis that asking again later may succeed.
func away(err error) error {
	if err == nil {
		return nil
	}
	return &store.BusyError{Err: err}
}
