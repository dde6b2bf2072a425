package api

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"praetor/internal/parameters"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/workpool"
)

// place finds the queue in which a deployment's runs are to wait, and makes it where its pool has none of that name. It is nil
// where the request names neither. A queue without a pool is one of the agents' pool. template is that of the pool.
func place(ctx context.Context, tx *store.Tx, pool, queue *string) (id *uuid.UUID, template prefect.Object, err error) {
	poolName, queueName := textOf(pool), textOf(queue)
	if poolName == "" && queueName == "" {
		return nil, nil, nil
	}
	if poolName == "" {
		q, err := agentQueue(ctx, tx, queueName)
		if err != nil {
			return nil, nil, err
		}
		return &q.ID, nil, nil
	}
	p, err := tx.WorkPoolByName(ctx, poolName)
	if err == nil && p == nil {
		err = noQueue(poolName, nil)
	}
	if err != nil {
		return nil, nil, err
	}
	if queueName == "" {
		return p.DefaultQueueID, p.BaseJobTemplate, nil
	}
	q, err := ensureQueue(ctx, tx, p, queueName)
	if err != nil {
		return nil, nil, err
	}
	return &q.ID, p.BaseJobTemplate, nil
}

// textOf is the text, or "".
func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// ensureQueue is the queue of that name of a pool, which it makes where there is none.
func ensureQueue(ctx context.Context, tx *store.Tx, p *prefect.WorkPool, name string) (*prefect.WorkQueue, error) {
	q, err := tx.WorkQueueOfPool(ctx, p.ID, name)
	if err != nil || q != nil {
		return q, err
	}
	if _, err := tx.LockWorkPoolByName(ctx, p.Name); err != nil {
		return nil, err
	}
	// Somebody else may have made it before the pool was ours.
	if q, err = tx.WorkQueueOfPool(ctx, p.ID, name); err != nil || q != nil {
		return q, err
	}
	return workpool.CreateQueue(ctx, tx, p, &prefect.WorkQueueCreate{Name: name})
}

// agentQueue is the queue of that name of the agents' pool, which it makes where there is none.
func agentQueue(ctx context.Context, tx *store.Tx, name string) (*prefect.WorkQueue, error) {
	p, err := tx.WorkPoolByName(ctx, prefect.DefaultAgentPool)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return addAgentQueue(ctx, tx, &prefect.WorkQueueCreate{Name: name})
	}
	return ensureQueue(ctx, tx, p, name)
}

// checkVariables tells whether job variables, over each other and over the defaults of a pool's template, are what the template asks
// for. Words for what is wrong begin with what failed.
func (s *Server) checkVariables(ctx context.Context, tx *store.Tx, template prefect.Object, final bool, what string, layers ...prefect.Object) error {
	err := workpool.CheckVariables(ctx, s.blockData(tx), template, workpool.Check{IgnoreRequired: !final, IgnoreInvalidDefaults: true}, layers...)
	var invalid *parameters.ValidationError
	if errors.As(err, &invalid) {
		return prefect.NewError(prefect.Invalid, what+": "+invalid.Message)
	}
	return err
}

// checkRunVariables is checkVariables for a run of a deployment, with which they are complete.
func (s *Server) checkRunVariables(ctx context.Context, tx *store.Tx, d *prefect.Deployment, own *prefect.Object, what string) error {
	if d.WorkPoolName == nil {
		return nil // nobody says what the variables are
	}
	p, err := tx.WorkPoolByName(ctx, *d.WorkPoolName)
	if err != nil || p == nil {
		return err
	}
	layers := []prefect.Object{d.JobVariables}
	if own != nil {
		layers = append(layers, *own)
	}
	return s.checkVariables(ctx, tx, p.BaseJobTemplate, true, what, layers...)
}

// maxQueues bounds the queues of an answer.
const maxQueues = 200

// queuesOfDeployment lists the queues of the oldest kind that take up the deployment's runs.
func (s *Server) queuesOfDeployment(ctx context.Context, in *byID) ([]plainQueue, error) {
	return read(ctx, s, func(tx *store.Tx) ([]plainQueue, error) {
		d, err := tx.Deployment(ctx, in.ID)
		if err == nil && d == nil {
			err = notFound("Deployment")
		}
		if err != nil {
			return nil, err
		}
		queues, err := tx.WorkQueuesFor(ctx, d, maxQueues)
		plain := make([]plainQueue, len(queues))
		for i := range queues {
			q := &queues[i]
			plain[i] = plainQueue{
				q.ID, q.Created, q.Updated, q.Name, q.Description, q.IsPaused, q.ConcurrencyLimit, q.Priority, q.WorkPoolID, q.Filter, q.LastPolled,
			}
		}
		return plain, err
	})
}

// plainQueue is a queue without what others know of it.
type plainQueue struct {
	ID               uuid.UUID            `json:"id"`
	Created          prefect.Time         `json:"created"`
	Updated          prefect.Time         `json:"updated"`
	Name             string               `json:"name"`
	Description      string               `json:"description"`
	IsPaused         bool                 `json:"is_paused"`
	ConcurrencyLimit *int64               `json:"concurrency_limit"`
	Priority         int64                `json:"priority"`
	WorkPoolID       *uuid.UUID           `json:"work_pool_id"`
	Filter           *prefect.QueueFilter `json:"filter"`
	LastPolled       *prefect.Time        `json:"last_polled"`
}
