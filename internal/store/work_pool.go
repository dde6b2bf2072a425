package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

const workPoolColumns = `work_pool.id, work_pool.created, work_pool.updated, work_pool.name, work_pool.description, work_pool.type,
	work_pool.base_job_template, work_pool.is_paused, work_pool.concurrency_limit, work_pool.status, work_pool.default_queue_id,
	work_pool.storage_configuration, work_pool.last_status_event_id, work_pool.last_transitioned_status_at`

func scanWorkPool(r Row, p *prefect.WorkPool) error {
	return r.Scan(&p.ID, &p.Created, &p.Updated, &p.Name, &p.Description, &p.Type, &p.BaseJobTemplate, &p.IsPaused,
		&p.ConcurrencyLimit, &p.Status, &p.DefaultQueueID, &p.StorageConfiguration, &p.LastStatusEventID, &p.LastTransitionedStatusAt)
}

// InsertWorkPool stores a new pool, without its default queue. A name that is taken is a *ConstraintError.
func (tx *Tx) InsertWorkPool(ctx context.Context, p *prefect.WorkPool) error {
	_, err := tx.exec(ctx, tx.sql(`INSERT INTO work_pool (id, created, updated, name, description, type, base_job_template, is_paused,
	concurrency_limit, status, storage_configuration, last_status_event_id, last_transitioned_status_at) VALUES `).
		Values(p.ID, p.Created, p.Updated, p.Name, p.Description, p.Type, p.BaseJobTemplate, p.IsPaused,
			p.ConcurrencyLimit, p.Status, JSON{&p.StorageConfiguration}, p.LastStatusEventID, p.LastTransitionedStatusAt))
	return err
}

// SetDefaultQueue makes a queue of the pool its default one.
func (tx *Tx) SetDefaultQueue(ctx context.Context, poolID, queueID uuid.UUID) error {
	return tx.queue(ctx, tx.sql("UPDATE work_pool SET ").Set("default_queue_id", queueID).Write(" WHERE id = ").Arg(poolID))
}

// WorkPoolByName gives the pool of that name, or nil.
func (tx *Tx) WorkPoolByName(ctx context.Context, name string) (*prefect.WorkPool, error) {
	return one(ctx, tx, tx.sql("SELECT "+workPoolColumns+" FROM work_pool WHERE name = ").Arg(name), scanWorkPool)
}

// WorkPool gives the pool of that id, or nil.
func (tx *Tx) WorkPool(ctx context.Context, id uuid.UUID) (*prefect.WorkPool, error) {
	return one(ctx, tx, tx.sql("SELECT "+workPoolColumns+" FROM work_pool WHERE id = ").Arg(id), scanWorkPool)
}

// LockWorkPoolByName is WorkPoolByName in a transaction that nobody else may change the pool or the order of its queues before
// the end of.
func (tx *Tx) LockWorkPoolByName(ctx context.Context, name string) (*prefect.WorkPool, error) {
	b := tx.sql("SELECT " + workPoolColumns + " FROM work_pool WHERE name = ").Arg(name).ForUpdate("work_pool")
	return one(ctx, tx, b, scanWorkPool)
}

// WorkPools gives the pools that the filter selects, by name.
func (tx *Tx) WorkPools(ctx context.Context, f *prefect.WorkPoolFilter, limit, offset int64) ([]prefect.WorkPool, error) {
	b := tx.sql("SELECT " + workPoolColumns + " FROM work_pool")
	workPoolFilter(b.Where(), f)
	return all(ctx, tx, b.Write(" ORDER BY work_pool.name").Page(limit, offset), scanWorkPool)
}

// CountWorkPools counts the pools that the filter selects.
func (tx *Tx) CountWorkPools(ctx context.Context, f *prefect.WorkPoolFilter) (int64, error) {
	b := tx.sql("SELECT count(*) FROM work_pool")
	workPoolFilter(b.Where(), f)
	return tx.int(ctx, b)
}

// SaveWorkPool stores what can be changed of a pool.
func (tx *Tx) SaveWorkPool(ctx context.Context, p *prefect.WorkPool) error {
	p.Updated = tx.Now()
	_, err := tx.exec(ctx, tx.sql("UPDATE work_pool SET ").Set("updated", p.Updated).Set("description", p.Description).
		Set("is_paused", p.IsPaused).Set("base_job_template", p.BaseJobTemplate).Set("concurrency_limit", p.ConcurrencyLimit).
		Set("storage_configuration", JSON{&p.StorageConfiguration}).Set("status", p.Status).
		Set("last_status_event_id", p.LastStatusEventID).Set("last_transitioned_status_at", p.LastTransitionedStatusAt).
		Write(" WHERE id = ").Arg(p.ID))
	return err
}

// DeleteWorkPool deletes a pool with its queues and workers.
func (tx *Tx) DeleteWorkPool(ctx context.Context, id uuid.UUID) error {
	_, err := tx.exec(ctx, tx.sql("DELETE FROM work_pool WHERE id = ").Arg(id))
	return err
}
