// Package taskqueue hands background task runs to the task workers that are connected. Which runs wait is in the database,
// from the commit that schedules a run until a worker has begun it: whichever server took the run in, the worker of any
// may get it, and no end of a server loses it. The bus only says where to look.
package taskqueue

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"praetor/internal/bus"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
)

const (
	// lookEvery is how often the database is looked at, whether something is heard or not.
	lookEvery = 5 * time.Second
	// keepFor is how long a connection is taken to be there that its server says nothing of.
	keepFor = 30 * time.Second
	// lingerFor is how long a worker is still shown after its connection has ended: the reference looks once a second.
	lingerFor = time.Second
	// maxTries is how often a run is given to workers that do not begin it.
	maxTries = 5
	// maxSkipped bounds what one transaction drops before it finds a run to give.
	maxSkipped = 100
)

// Store runs transactions.
type Store interface {
	Write(ctx context.Context, fn func(Tx) error) error
}

// Tx is what the queue reads and writes.
type Tx interface {
	Now() prefect.Time
	TaskRun(ctx context.Context, id uuid.UUID) (*prefect.TaskRun, error)
	ClaimDelivery(ctx context.Context, taskKey string, to *prefect.TaskWorkerConnection) (*prefect.Delivery, error)
	DropDelivery(ctx context.Context, taskRunID uuid.UUID) error
	AcknowledgeDelivery(ctx context.Context, taskRunID, connection uuid.UUID) error
	ReleaseDeliveries(ctx context.Context, connection uuid.UUID) ([]string, error)
	ReleaseLostDeliveries(ctx context.Context) ([]string, error)
	OfferAgain(ctx context.Context, connection uuid.UUID, from prefect.Time) error
	OfferAgainOf(ctx context.Context, clientID string, from prefect.Time) error
	DropBegunDeliveries(ctx context.Context) error
	AddTaskWorker(ctx context.Context, c *prefect.TaskWorkerConnection, expires prefect.Time) error
	KeepTaskWorkers(ctx context.Context, connections []uuid.UUID, expires prefect.Time) error
	EndTaskWorker(ctx context.Context, connection uuid.UUID, expires prefect.Time) error
	DropTaskWorkers(ctx context.Context) error
}

// Options are what a Queue is made of. All are required, but for Redeliver.
type Options struct {
	Store Store
	Bus   bus.Bus
	Clock func() time.Time
	Log   *slog.Logger
	// Redeliver is how long a run may stay unbegun after its worker has gone, before another worker gets it. Zero: what has
	// arrived at a worker is never given to another, as in the reference.
	Redeliver time.Duration
}

// Queue hands out runs. Its methods may be called from any number of goroutines.
type Queue struct {
	Options
	server uuid.UUID
	notes  bus.Subscription

	mu        sync.Mutex
	waiting   map[string][]*Worker // by task key: those who wait for a run, in the order in which they are asked
	connected map[uuid.UUID]struct{}

	looked time.Time // the loop's
}

// New makes a queue. It hears nothing unless its loop runs.
func New(o Options) *Queue {
	return &Queue{
		Options: o, server: uuid.New(), notes: o.Bus.Subscribe(bus.TaskRuns),
		waiting: map[string][]*Worker{}, connected: map[uuid.UUID]struct{}{},
	}
}

// Enqueued tells the servers that a run of the task waits. Call it after the commit.
func (q *Queue) Enqueued(_ context.Context, run *prefect.TaskRun) {
	q.Bus.Publish(bus.TaskRuns, run.TaskKey)
}

// Loop is what wakes workers that wait, and looks after connections and runs of which nobody speaks.
func (q *Queue) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "task-queue", Interval: lookEvery, Wake: q.notes.Ready(), RunOnce: q.runOnce}
}

func (q *Queue) runOnce(ctx context.Context) error {
	lost := false
	for _, n := range q.notes.Take() {
		q.ring(n.Text)
		lost = lost || n.Lost
	}
	now := q.Clock()
	if now.Sub(q.looked) >= lookEvery {
		if err := q.look(ctx); err != nil {
			return err
		}
		q.looked, lost = now, true
	}
	if lost {
		q.ringAll()
	}
	return nil
}

// look keeps this server's connections and frees what connections of others held that are gone.
func (q *Queue) look(ctx context.Context) error {
	q.mu.Lock()
	connections := make([]uuid.UUID, 0, len(q.connected))
	for id := range q.connected {
		connections = append(connections, id)
	}
	q.mu.Unlock()
	var keys []string
	err := q.Store.Write(ctx, func(tx Tx) error {
		if len(connections) > 0 {
			if err := tx.KeepTaskWorkers(ctx, connections, after(tx, keepFor)); err != nil {
				return err
			}
		}
		var err error
		if keys, err = tx.ReleaseLostDeliveries(ctx); err != nil {
			return err
		}
		if err := tx.DropBegunDeliveries(ctx); err != nil {
			return err
		}
		return tx.DropTaskWorkers(ctx)
	})
	q.publish(err, keys)
	return err
}

// publish tells of runs that wait again, if that is stored.
func (q *Queue) publish(err error, keys []string) {
	if err == nil && len(keys) > 0 {
		q.Bus.Publish(bus.TaskRuns, keys...)
	}
}

func after(tx Tx, d time.Duration) prefect.Time { return tx.Now().Add(d) }

// ring has one of those who wait for the task look for a run. It passes on to the next when it has found one, so that a
// note wakes as many as there are runs, and not all.
func (q *Queue) ring(taskKey string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	line := q.waiting[taskKey]
	if len(line) == 0 {
		return
	}
	first := line[0]
	copy(line, line[1:])
	line[len(line)-1] = first
	first.rung[taskKey] = struct{}{}
	select {
	case first.bell <- struct{}{}:
	default: // it is about to look
	}
}

func (q *Queue) ringAll() {
	q.mu.Lock()
	keys := make([]string, 0, len(q.waiting))
	for key := range q.waiting {
		keys = append(keys, key)
	}
	q.mu.Unlock()
	for _, key := range keys {
		q.ring(key)
	}
}
