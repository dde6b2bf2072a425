package service

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"praetor/internal/events"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
	"praetor/internal/workpool"
)

// Foreman watches workers: those that are not heard of any more are offline, and pools, deployments and work queues that nobody works
// for are not ready. It tells of each in an event, but for workers.
type Foreman struct {
	Store Store[ForemanTx]
	Clock Clock
	Every time.Duration
	// A worker may miss Missed heartbeats; Heartbeat is the interval of one that does not tell its own.
	Missed    int
	Heartbeat time.Duration
	// DeploymentPoll and QueuePoll are for how long a deployment and a queue stay ready after a poll.
	DeploymentPoll, QueuePoll time.Duration
}

// ForemanTx is what Foreman reads and writes. The methods that change do so with some at a time, as the limit says.
type ForemanTx interface {
	// MarkWorkersOffline makes the workers offline that missed so many heartbeats; interval is that of workers without one.
	MarkWorkersOffline(ctx context.Context, missed int, interval time.Duration) error
	// PoolsWithoutWorkers gives pools that are ready although none of their workers is online. Nobody may change them before the
	// transaction ends; those that somebody else holds are left out.
	PoolsWithoutWorkers(ctx context.Context, limit int64) ([]prefect.WorkPool, error)
	SaveWorkPool(ctx context.Context, p *prefect.WorkPool) error
	// MarkDeploymentsUnpolled makes deployments not ready that were polled, but neither they nor their queues since then.
	MarkDeploymentsUnpolled(ctx context.Context, since prefect.Time, limit int64) ([]uuid.UUID, error)
	// EventDeployments gives deployments as their events tell of them.
	EventDeployments(ctx context.Context, ids []uuid.UUID) ([]prefect.EventDeployment, error)
	// MarkQueuesUnpolled makes queues not ready that were polled, but not since then.
	MarkQueuesUnpolled(ctx context.Context, since prefect.Time, limit int64) ([]prefect.WorkQueue, error)
	EmitEvents(ctx context.Context, events ...prefect.Event) error
}

const foremanPage = 100

// Loop makes the service a loop.
func (s *Foreman) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "foreman", Interval: s.Every, RunOnce: s.RunOnce}
}

// RunOnce looks at all workers, and then at what they work for.
func (s *Foreman) RunOnce(ctx context.Context) error {
	return errors.Join(
		s.Store.Write(ctx, func(tx ForemanTx) error { return tx.MarkWorkersOffline(ctx, s.Missed, s.Heartbeat) }),
		s.inParts(ctx, s.closePools),
		s.inParts(ctx, s.closeDeployments),
		s.inParts(ctx, s.closeQueues),
	)
}

// inParts does a thing, in a transaction each time, until there is less to do than fits one.
func (s *Foreman) inParts(ctx context.Context, part func(context.Context, ForemanTx) (int, error)) error {
	for {
		done := 0
		err := s.Store.Write(ctx, func(tx ForemanTx) (err error) {
			done, err = part(ctx, tx)
			return err
		})
		if err != nil || done < foremanPage {
			return err
		}
	}
}

func (s *Foreman) closePools(ctx context.Context, tx ForemanTx) (int, error) {
	pools, err := tx.PoolsWithoutWorkers(ctx, foremanPage)
	told := make([]prefect.Event, len(pools))
	for i := range pools {
		before := pools[i]
		workpool.SetPoolStatus(&pools[i], prefect.WorkPoolNotReady, s.Clock.Now())
		if err := tx.SaveWorkPool(ctx, &pools[i]); err != nil {
			return 0, err
		}
		told[i] = events.WorkPoolStatusChanged(&before, &pools[i], s.Clock.Now())
	}
	if err != nil || len(told) == 0 {
		return 0, err
	}
	return len(pools), tx.EmitEvents(ctx, told...)
}

func (s *Foreman) closeDeployments(ctx context.Context, tx ForemanTx) (int, error) {
	ids, err := tx.MarkDeploymentsUnpolled(ctx, prefect.TimeOf(s.Clock().Add(-s.DeploymentPoll)), foremanPage)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	deployments, err := tx.EventDeployments(ctx, ids)
	if err != nil {
		return 0, err
	}
	told := make([]prefect.Event, len(deployments))
	for i := range deployments {
		told[i] = events.DeploymentStatusChanged(&deployments[i], prefect.DeploymentNotReady, s.Clock.Now())
	}
	return len(ids), tx.EmitEvents(ctx, told...)
}

func (s *Foreman) closeQueues(ctx context.Context, tx ForemanTx) (int, error) {
	queues, err := tx.MarkQueuesUnpolled(ctx, prefect.TimeOf(s.Clock().Add(-s.QueuePoll)), foremanPage)
	if err != nil || len(queues) == 0 {
		return 0, err
	}
	told := make([]prefect.Event, len(queues))
	for i := range queues {
		told[i] = events.WorkQueueStatusChanged(&queues[i], s.Clock.Now())
	}
	return len(queues), tx.EmitEvents(ctx, told...)
}
