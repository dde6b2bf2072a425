package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// CachedState gives the newest task run state that was stored under the cache key and has not expired, or nil.
func (tx *Tx) CachedState(ctx context.Context, key string) (*prefect.State, error) {
	b := tx.sql(`SELECT ` + stateColumns + ` FROM task_run_state_cache cache
	JOIN task_run_state state ON state.id = cache.task_run_state_id
	LEFT JOIN artifact result ON result.id = state.result_artifact_id WHERE cache.cache_key = `).Arg(key).
		Write(" AND (cache.cache_expiration IS NULL OR cache.cache_expiration > ").Arg(tx.Now()).Write(") ORDER BY cache.created DESC LIMIT 1")
	return one(ctx, tx, b, scanState)
}

// CacheState stores a task run's state under a cache key.
func (tx *Tx) CacheState(ctx context.Context, key string, expiration *prefect.Time, stateID uuid.UUID) error {
	now := tx.Now()
	return tx.queue(ctx, tx.sql("INSERT INTO task_run_state_cache (id, created, updated, cache_key, cache_expiration, task_run_state_id) VALUES ").
		Values(prefect.NewID(), now, now, key, expiration, stateID))
}
