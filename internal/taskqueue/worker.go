package taskqueue

import (
	"context"
	"log/slog"
	"slices"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Worker is a task worker's connection. Its methods must not be called by two goroutines at once.
type Worker struct {
	q          *Queue
	connection prefect.TaskWorkerConnection

	bell chan struct{}       // holds a token when a run may wait
	rung map[string]struct{} // the keys of such runs; guarded by the queue's lock
}

// Connect notes a connection of a task worker that serves the tasks. The caller ends it.
func (q *Queue) Connect(ctx context.Context, clientID string, taskKeys []string) (*Worker, error) {
	keys := make([]string, 0, len(taskKeys))
	seen := make(map[string]bool, len(taskKeys))
	for _, key := range taskKeys {
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	w := &Worker{
		q: q, connection: prefect.TaskWorkerConnection{ID: uuid.New(), Server: q.server, ClientID: clientID, TaskKeys: keys},
		bell: make(chan struct{}, 1), rung: map[string]struct{}{},
	}
	err := q.Store.Write(ctx, func(tx Tx) error {
		if q.Redeliver > 0 {
			// It takes no more runs before it has begun those that it has taken: what it has not begun after a while, it has lost.
			if err := tx.OfferAgainOf(ctx, clientID, after(tx, q.Redeliver)); err != nil {
				return err
			}
		}
		return tx.AddTaskWorker(ctx, &w.connection, after(tx, keepFor))
	})
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.connected[w.connection.ID] = struct{}{}
	return w, nil
}

// Next waits for a run. It is the worker's then, until it is acknowledged or the connection ends.
func (w *Worker) Next(ctx context.Context) (*prefect.TaskRun, error) {
	w.q.join(w)
	defer w.q.leave(w)
	keys := w.connection.TaskKeys
	for {
		for _, key := range keys {
			run, err := w.claim(ctx, key)
			if err != nil {
				return nil, err
			}
			if run != nil {
				w.q.ring(key) // there may be more of them
				return run, nil
			}
		}
		select {
		case <-w.bell:
			keys = w.q.answer(w)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// claim takes the run of the task that has waited longest, and drops those that need nobody any more.
func (w *Worker) claim(ctx context.Context, taskKey string) (*prefect.TaskRun, error) {
	for {
		var run *prefect.TaskRun
		more := false
		err := w.q.Store.Write(ctx, func(tx Tx) (err error) {
			run, more, err = w.claimIn(ctx, tx, taskKey)
			return err
		})
		if err != nil || !more {
			return run, err
		}
	}
}

func (w *Worker) claimIn(ctx context.Context, tx Tx, taskKey string) (run *prefect.TaskRun, more bool, err error) {
	for range maxSkipped {
		d, err := tx.ClaimDelivery(ctx, taskKey, &w.connection)
		if err != nil || d == nil {
			return nil, false, err
		}
		if run, err = tx.TaskRun(ctx, d.TaskRunID); err != nil {
			return nil, false, err
		}
		waits := run != nil && run.State != nil && run.State.Is(prefect.Scheduled)
		if waits && d.Tries <= maxTries {
			return run, false, nil
		}
		if waits {
			w.q.Log.WarnContext(ctx, "a background task run is offered to no more workers: none has begun it", slog.String("task_run", run.ID.String()))
		}
		if err := tx.DropDelivery(ctx, d.TaskRunID); err != nil {
			return nil, false, err
		}
	}
	return nil, true, nil
}

// Acknowledge notes that the run has arrived.
func (w *Worker) Acknowledge(ctx context.Context, run *prefect.TaskRun) error {
	return w.q.Store.Write(ctx, func(tx Tx) error {
		return tx.AcknowledgeDelivery(ctx, run.ID, w.connection.ID)
	})
}

// End ends the connection: what did not arrive waits again. gone says that the worker has ended it; when the server did, the
// worker still has what has arrived.
func (w *Worker) End(ctx context.Context, gone bool) error {
	w.q.mu.Lock()
	delete(w.q.connected, w.connection.ID)
	w.q.mu.Unlock()
	var keys []string
	err := w.q.Store.Write(ctx, func(tx Tx) (err error) {
		if keys, err = tx.ReleaseDeliveries(ctx, w.connection.ID); err != nil {
			return err
		}
		if gone && w.q.Redeliver > 0 {
			if err := tx.OfferAgain(ctx, w.connection.ID, after(tx, w.q.Redeliver)); err != nil {
				return err
			}
		}
		return tx.EndTaskWorker(ctx, w.connection.ID, after(tx, lingerFor))
	})
	w.q.publish(err, keys)
	return err
}

// join puts the worker into the lines of its tasks.
func (q *Queue) join(w *Worker) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, key := range w.connection.TaskKeys {
		q.waiting[key] = append(q.waiting[key], w)
	}
}

// leave takes the worker out of the lines. What it was rung for and did not look at is passed on.
func (q *Queue) leave(w *Worker) {
	q.mu.Lock()
	for _, key := range w.connection.TaskKeys {
		line := slices.DeleteFunc(q.waiting[key], func(other *Worker) bool { return other == w })
		if len(line) == 0 {
			delete(q.waiting, key)
		} else {
			q.waiting[key] = line
		}
	}
	q.mu.Unlock()
	for _, key := range q.answer(w) {
		q.ring(key)
	}
	select {
	case <-w.bell:
	default:
	}
}

// answer gives the keys for which the worker was rung.
func (q *Queue) answer(w *Worker) []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var keys []string
	for _, key := range w.connection.TaskKeys {
		if _, ok := w.rung[key]; ok {
			keys = append(keys, key)
		}
	}
	clear(w.rung)
	return keys
}
