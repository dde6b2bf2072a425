package app

import (
	"context"

	"praetor/internal/concurrency"
	"praetor/internal/events"
	"praetor/internal/orchestration"
	"praetor/internal/store"
)

// The use cases name what they need of a transaction; these hand them the store's.

type orchestrationStore struct{ *store.Store }

func (s orchestrationStore) Write(ctx context.Context, fn func(orchestration.Tx) error) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func (s orchestrationStore) Read(ctx context.Context, fn func(orchestration.Tx) error) error {
	return s.Store.Read(ctx, func(tx *store.Tx) error { return fn(tx) })
}

type slotStore struct{ *store.Store }

func (s slotStore) Write(ctx context.Context, fn func(concurrency.Tx) error) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func (s slotStore) Read(ctx context.Context, fn func(concurrency.Tx) error) error {
	return s.Store.Read(ctx, func(tx *store.Tx) error { return fn(tx) })
}

type eventStore struct{ *store.Store }

func (s eventStore) Write(ctx context.Context, fn func(events.Tx) error) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx) })
}

// transactions hands out the store's transactions as what one service needs of them.
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
