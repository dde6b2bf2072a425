package api

import (
	"context"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

// Dead letters are actions of automations that were given up. The operations on them are Praetor's own.

type readDeadLetters struct {
	Limit  int64 `query:"limit" default:"50" v:"ge=1,le=200"`
	Offset int64 `query:"offset" default:"0" v:"ge=0"`
}

func (s *Server) readDeadLetters(ctx context.Context, in *readDeadLetters) ([]prefect.DeadLetter, error) {
	return read(ctx, s, func(tx *store.Tx) ([]prefect.DeadLetter, error) { return tx.DeadLetters(ctx, in.Limit, in.Offset) })
}

func (s *Server) replayDeadLetter(ctx context.Context, in *byID) (none, error) {
	return s.changeDeadLetter(ctx, func(tx *store.Tx) (bool, error) { return tx.ReplayDeadLetter(ctx, in.ID) })
}

func (s *Server) deleteDeadLetter(ctx context.Context, in *byID) (none, error) {
	return s.changeDeadLetter(ctx, func(tx *store.Tx) (bool, error) { return tx.DeleteDeadLetter(ctx, in.ID) })
}

func (s *Server) changeDeadLetter(ctx context.Context, change func(*store.Tx) (bool, error)) (none, error) {
	there, err := write(ctx, s, change)
	if err == nil && !there {
		err = notFound("Dead letter")
	}
	return none{}, err
}
