package app

import (
	"context"

	"praetor/internal/store"
)

// transactions hands out the store's transactions as what one use case or service needs of them.
type transactions[Tx any] struct {
	db     *store.Store
	narrow func(*store.Tx) Tx
}

func (s transactions[Tx]) Read(ctx context.Context, fn func(Tx) error) error {
	return s.db.Read(ctx, func(tx *store.Tx) error { return fn(s.narrow(tx)) })
}

func (s transactions[Tx]) Write(ctx context.Context, fn func(Tx) error) error {
	return s.db.Write(ctx, func(tx *store.Tx) error { return fn(s.narrow(tx)) })
}
