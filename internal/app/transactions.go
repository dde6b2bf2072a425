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

type eventStore struct{ *store.Store }

func (s eventStore) Write(ctx context.Context, fn func(events.Tx) error) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx) })
}
