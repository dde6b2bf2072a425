package api

import (
	"context"

	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/workpool"
)

type workerHeartbeat struct {
	ofPool
	Body prefect.WorkerHeartbeat `body:"embed"`
}

func (s *Server) workerHeartbeat(ctx context.Context, in *workerHeartbeat) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		p, err := pool(ctx, tx.WorkPoolByName, in.PoolName)
		if err != nil {
			return none{}, err
		}
		return none{}, beat(ctx, tx, p, &in.Body)
	})
}

// beat records a worker's heartbeat. A pool that had nobody is ready then.
func beat(ctx context.Context, tx *store.Tx, p *prefect.WorkPool, h *prefect.WorkerHeartbeat) error {
	if err := tx.RecordHeartbeat(ctx, p.ID, h); err != nil || *p.Status != prefect.WorkPoolNotReady {
		return err
	}
	p, err := tx.LockWorkPoolByName(ctx, p.Name)
	if err != nil || p == nil || *p.Status != prefect.WorkPoolNotReady {
		return err
	}
	before := *p
	workpool.SetPoolStatus(p, prefect.WorkPoolReady, tx.Now())
	return savePool(ctx, tx, &before, p)
}

type readWorkers struct {
	ofPool
	Body struct {
		Workers *prefect.WorkerFilter `json:"workers"`
		paging
	} `body:"embed"`
}

func (s *Server) readWorkers(ctx context.Context, in *readWorkers) ([]prefect.Worker, error) {
	b := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.Worker, error) {
		p, err := pool(ctx, tx.WorkPoolByName, in.PoolName)
		if err != nil {
			return nil, err
		}
		return tx.Workers(ctx, p.ID, b.Workers, *b.Limit, b.Offset)
	})
}

type workerOfPool struct {
	ofPool
	Name string `path:"name"`
}

func (s *Server) deleteWorker(ctx context.Context, in *workerOfPool) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		p, err := pool(ctx, tx.WorkPoolByName, in.PoolName)
		if err != nil {
			return none{}, err
		}
		deleted, err := tx.DeleteWorker(ctx, p.ID, in.Name)
		if err == nil && !deleted {
			err = prefect.NewError(prefect.NotFound, "Worker not found.")
		}
		return none{}, err
	})
}
