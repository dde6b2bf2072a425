package api

import (
	"context"
	"errors"
	"slices"

	"praetor/internal/parameters"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/workpool"
)

// openedChannel is what a worker's hello has found or made.
type openedChannel struct {
	pool    *prefect.WorkPool
	queues  []prefect.WorkQueue
	changed bool // the pool has got its template by this
}

// openChannel finds the pool and the queues that a worker wants, makes the pool if it may, and records the first heartbeat: all
// of it, or nothing. What the worker is to be told is a *channelError.
func (s *Server) openChannel(ctx context.Context, poolName string, hello *prefect.WorkerHelloPayload) (*openedChannel, error) {
	if !slices.Contains(hello.SupportedChannelVersions, prefect.WorkerChannelVersion) {
		return nil, &channelError{closeVersion}
	}
	if err := s.checkHelloTemplate(ctx, poolName, hello); err != nil {
		return nil, err
	}
	opened, err := s.tryOpenChannel(ctx, poolName, hello)
	if store.IsUnique(err) { // somebody has just made the pool
		opened, err = s.tryOpenChannel(ctx, poolName, hello)
	}
	if err != nil {
		return nil, err
	}
	if opened.changed {
		s.poolChanged(poolName)
	}
	return opened, nil
}

// checkHelloTemplate checks the template that a worker brings, if its pool has none.
func (s *Server) checkHelloTemplate(ctx context.Context, poolName string, hello *prefect.WorkerHelloPayload) error {
	_, err := read(ctx, s, func(tx *store.Tx) (none, error) {
		p, err := tx.WorkPoolByName(ctx, poolName)
		if err != nil || p != nil && !workpool.IsEmpty(p.BaseJobTemplate) {
			return none{}, err
		}
		if workpool.CheckTemplate(hello.DefaultBaseJobTemplate) != "" {
			return none{}, &channelError{closeProtocol}
		}
		return none{}, workpool.CheckDefaults(ctx, s.blockData(tx), hello.DefaultBaseJobTemplate)
	})
	var refused *prefect.Error
	var invalid *parameters.ValidationError
	if errors.As(err, &refused) || errors.As(err, &invalid) {
		return &channelError{closeProtocol}
	}
	return err
}

func (s *Server) tryOpenChannel(ctx context.Context, poolName string, hello *prefect.WorkerHelloPayload) (*openedChannel, error) {
	return write(ctx, s, func(tx *store.Tx) (*openedChannel, error) {
		opened := &openedChannel{}
		p, err := tx.LockWorkPoolByName(ctx, poolName)
		if err != nil {
			return nil, err
		}
		if p == nil {
			if !hello.CreatePoolIfNotFound || prefect.IsReservedPool(poolName) {
				return nil, &channelError{closeUnauthorized}
			}
			p, _, err = workpool.CreatePool(ctx, tx, &prefect.WorkPoolCreate{
				Name: poolName, Type: hello.WorkerType, BaseJobTemplate: hello.DefaultBaseJobTemplate,
			})
			if err != nil {
				return nil, err
			}
		}
		opened.queues, err = queuesNamed(ctx, tx, p, hello.WorkQueueNames)
		if prefect.IsKind(err, prefect.NotFound) {
			err = &channelError{closeUnauthorized}
		}
		if err != nil {
			return nil, err
		}
		if workpool.IsEmpty(p.BaseJobTemplate) && !workpool.IsEmpty(hello.DefaultBaseJobTemplate) {
			opened.changed = true
			before := *p
			p.BaseJobTemplate = hello.DefaultBaseJobTemplate
			if err := savePool(ctx, tx, &before, p); err != nil {
				return nil, err
			}
		}
		err = beat(ctx, tx, p, &prefect.WorkerHeartbeat{Name: hello.WorkerName, HeartbeatIntervalSeconds: &hello.HeartbeatIntervalSeconds})
		if err != nil {
			return nil, errors.Join(&channelError{closeHeartbeat}, err)
		}
		if opened.pool, err = tx.WorkPool(ctx, p.ID); err != nil {
			return nil, err
		}
		return opened, showPools(ctx, tx, []*prefect.WorkPool{opened.pool})
	})
}
