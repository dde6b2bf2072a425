package api

import (
	"context"

	"praetor/internal/store"
)

// read runs fn on a connection that only reads, and gives what it returns.
func read[T any](ctx context.Context, s *Server, fn func(*store.Tx) (T, error)) (result T, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) (err error) {
		result, err = fn(tx)
		return err
	})
	return result, err
}

// write runs fn in a transaction, and gives what it returns once that is stored.
func write[T any](ctx context.Context, s *Server, fn func(*store.Tx) (T, error)) (result T, err error) {
	err = s.store.Write(ctx, func(tx *store.Tx) (err error) {
		result, err = fn(tx)
		return err
	})
	return result, err
}

// readOne is read for one resource, and a 404 where there is none.
func readOne[T any](ctx context.Context, s *Server, what string, fn func(*store.Tx) (*T, error)) (*T, error) {
	found, err := read(ctx, s, fn)
	if err == nil && found == nil {
		err = notFound(what)
	}
	return found, err
}
