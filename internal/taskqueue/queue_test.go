package taskqueue_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"praetor/internal/bus"
	"praetor/internal/bus/memory"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/store/storetest"
	"praetor/internal/taskqueue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds the waiting for what has to come.
const patience = 30 * time.Second

// grace is how long the tests' queues wait before they give what a worker that has gone took to another.
const grace = 100 * time.Millisecond

type transactions struct{ *store.Store }

func (s transactions) Write(ctx context.Context, fn func(taskqueue.Tx) error) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx) })
}

// world is a database with queues on it, as of several servers.
type world struct {
	t     *testing.T
	db    storetest.Database
	store *store.Store
	bus   memory.Bus
}

func onBothDatabases(t *testing.T, test func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		test(t, &world{t: t, db: db, store: db.Open(t)})
	})
}

// queue makes a queue whose loop runs.
func (w *world) queue() *taskqueue.Queue {
	q, _ := w.mortalQueue()
	return q
}

// mortalQueue makes a queue whose loop runs until it is stopped.
func (w *world) mortalQueue() (q *taskqueue.Queue, stop func()) {
	q = taskqueue.New(taskqueue.Options{Store: transactions{w.store}, Bus: &w.bus, Clock: time.Now, Log: slog.New(slog.DiscardHandler), Redeliver: grace})
	loops := lifecycle.Start(context.Background(), []lifecycle.Loop{q.Loop()}, lifecycle.Options{Clock: lifecycle.SystemClock{}, Log: slog.New(slog.DiscardHandler)})
	w.t.Cleanup(loops.Stop)
	return q, loops.Stop
}

// schedule stores a run that waits for a worker, and tells of it.
func (w *world) schedule(key string) uuid.UUID {
	now := prefect.TimeOf(time.Now())
	run := &prefect.TaskRun{ID: prefect.NewID(), Created: now, Updated: now, Name: "run", TaskKey: key, DynamicKey: uuid.NewString(), Tags: []string{}, Labels: &prefect.Labels{}}
	state := &prefect.State{ID: prefect.NewID(), Type: prefect.Scheduled, Timestamp: now}
	require.NoError(w.t, w.store.Write(w.t.Context(), func(tx *store.Tx) error {
		if _, err := tx.InsertTaskRun(w.t.Context(), run); err != nil {
			return err
		}
		if err := tx.SetTaskRunState(w.t.Context(), run, state, nil, nil); err != nil {
			return err
		}
		return tx.QueueDelivery(w.t.Context(), run.ID, key)
	}))
	w.bus.Publish(bus.TaskRuns, key)
	return run.ID
}

// begin has a run run.
func (w *world) begin(id uuid.UUID) {
	require.NoError(w.t, w.store.Write(w.t.Context(), func(tx *store.Tx) error {
		run, err := tx.TaskRun(w.t.Context(), id)
		if err != nil {
			return err
		}
		return tx.SetTaskRunState(w.t.Context(), run, &prefect.State{ID: prefect.NewID(), Type: prefect.Running, Timestamp: tx.Now()}, nil, nil)
	}))
}

func (w *world) connect(q *taskqueue.Queue, client string, keys ...string) *taskqueue.Worker {
	worker, err := q.Connect(w.t.Context(), client, keys)
	require.NoError(w.t, err)
	return worker
}

// next gives the run that the worker gets.
func (w *world) next(worker *taskqueue.Worker) *prefect.TaskRun {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	run, err := worker.Next(ctx)
	require.NoError(w.t, err)
	return run
}

// nothing requires that the worker gets none for a while.
func (w *world) nothing(worker *taskqueue.Worker) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 50*time.Millisecond)
	defer cancel()
	run, err := worker.Next(ctx)
	require.ErrorIs(w.t, err, context.DeadlineExceeded, "%+v", run)
}

func (w *world) rows() []string {
	return w.db.Strings(w.t, "SELECT task_run_id FROM praetor_task_run_deliveries")
}

func TestARunGoesToOneWorkerOfAnyServer(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, w *world) {
		const runs, workers = 60, 4
		queues := []*taskqueue.Queue{w.queue(), w.queue()}
		var mu sync.Mutex
		got := map[uuid.UUID]int{}
		all := make(chan struct{})
		ctx, stop := context.WithCancel(t.Context())
		var working sync.WaitGroup
		for i := range workers {
			worker := w.connect(queues[i%2], fmt.Sprint("worker ", i), "a", "b")
			working.Go(func() {
				for {
					run, err := worker.Next(ctx)
					if err != nil {
						return
					}
					if err := worker.Acknowledge(context.Background(), run); err != nil {
						t.Error(err)
					}
					mu.Lock()
					if got[run.ID]++; len(got) == runs {
						close(all)
					}
					mu.Unlock()
				}
			})
		}
		for i := range runs {
			w.schedule([]string{"a", "b"}[i%2])
		}
		select {
		case <-all:
		case <-time.After(patience):
		}
		stop()
		working.Wait()
		require.Len(t, got, runs)
		for _, times := range got {
			require.Equal(t, 1, times)
		}
	})
}

func TestRunsComeInTheirOrderAndByTheirKeys(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, w *world) {
		q := w.queue()
		first, other, second := w.schedule("a"), w.schedule("other"), w.schedule("a")
		worker := w.connect(q, "w", "a", "a", "none")
		require.Equal(t, first, w.next(worker).ID)
		require.Equal(t, second, w.next(worker).ID)
		w.nothing(worker)
		require.Equal(t, other, w.next(w.connect(q, "x", "other")).ID)
	})
}

func TestWhatIsNotAcknowledgedGoesToAnother(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, w *world) {
		q := w.queue()
		drops, waits := w.connect(q, "drops", "a"), w.connect(w.queue(), "waits", "a")
		run := w.schedule("a")
		require.Equal(t, run, w.next(drops).ID)
		w.nothing(waits)
		require.NoError(t, drops.End(t.Context(), false))
		require.Equal(t, run, w.next(waits).ID)
		require.NoError(t, waits.Acknowledge(t.Context(), &prefect.TaskRun{ID: run}))
		// The one whose run it is no more cannot take it back.
		require.NoError(t, drops.Acknowledge(t.Context(), &prefect.TaskRun{ID: run}))
		w.nothing(w.connect(q, "third", "a"))
	})
}

func TestAServerThatIsGoneHoldsNothing(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, w *world) {
		q, stop := w.mortalQueue()
		gone := w.connect(q, "gone", "a")
		run := w.schedule("a")
		require.Equal(t, run, w.next(gone).ID)
		stop() // or its next look would tell that it is there
		w.db.Exec(t, "UPDATE praetor_task_workers SET expires = '2020-01-01 00:00:00.000000'")
		next := w.connect(w.queue(), "next", "a") // its queue looks at once
		require.Equal(t, run, w.next(next).ID)
	})
}

func TestWhatAWorkerTookAndDidNotBeginGoesToAnother(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, w *world) {
		q := w.queue()
		dies, other := w.connect(q, "dies", "a"), w.connect(q, "other", "a")
		begun, left := w.schedule("a"), w.schedule("a")
		for _, id := range []uuid.UUID{begun, left} {
			run := w.next(dies)
			require.Equal(t, id, run.ID)
			require.NoError(t, dies.Acknowledge(t.Context(), run))
		}
		w.begin(begun)
		w.nothing(other)
		require.NoError(t, dies.End(t.Context(), true))
		w.nothing(other) // it may be that the news of its beginning is on its way
		time.Sleep(grace)
		w.bus.Publish(bus.TaskRuns, "a")
		run := w.next(other)
		require.Equal(t, left, run.ID)
		require.NoError(t, other.Acknowledge(t.Context(), run))

		// When the server ended the connection, the worker has the run still, and begins it before it comes back.
		require.NoError(t, other.End(t.Context(), false))
		time.Sleep(2 * grace)
		w.bus.Publish(bus.TaskRuns, "a")
		third := w.connect(q, "third", "a")
		w.nothing(third)
		w.db.Exec(t, "UPDATE praetor_task_workers SET expires = '2020-01-01 00:00:00.000000' WHERE client_id = 'other'")
		back := w.connect(q, "other", "a")
		w.nothing(back)
		time.Sleep(grace)
		w.bus.Publish(bus.TaskRuns, "a")
		require.Equal(t, left, w.next(third).ID)
	})
}

func TestWhatNeedsNoWorkerIsDropped(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, w *world) {
		q := w.queue()
		worker := w.connect(q, "w", "a")
		for range 150 { // more than one transaction drops
			w.begin(w.schedule("a"))
		}
		deleted := w.schedule("a")
		require.NoError(t, w.store.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.DeleteTaskRun(t.Context(), deleted)
			return err
		}))
		wanted := w.schedule("a")
		require.Equal(t, wanted, w.next(worker).ID)
		require.Len(t, w.rows(), 1)

		// None begins it, so it is offered no more.
		for range 4 {
			require.NoError(t, worker.End(t.Context(), false))
			worker = w.connect(q, "w", "a")
			require.Equal(t, wanted, w.next(worker).ID)
		}
		require.NoError(t, worker.End(t.Context(), false))
		w.nothing(w.connect(q, "w", "a"))
		require.Empty(t, w.rows())
	})
}
