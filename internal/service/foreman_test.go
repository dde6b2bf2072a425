package service_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/service"
	"praetor/internal/store"
	"praetor/internal/workpool"
)

func (w *world) foreman() *service.Foreman {
	return &service.Foreman{
		Store: transactions[service.ForemanTx]{w.store}, Clock: w.clock.Now, Every: 15 * time.Second, Missed: 3, Heartbeat: 30 * time.Second,
		DeploymentPoll: time.Minute, QueuePoll: time.Minute,
	}
}

// pool makes a work pool with its default queue.
func (w *world) pool(name string) (pool *prefect.WorkPool, queue *prefect.WorkQueue) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		pool, queue, err = workpool.CreatePool(ctx, tx, &prefect.WorkPoolCreate{Name: name, Type: "process", BaseJobTemplate: prefect.Object("{}")})
		return err
	})
	return pool, queue
}

func (w *world) heartbeat(pool uuid.UUID, worker string, interval *int64) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.RecordHeartbeat(ctx, pool, &prefect.WorkerHeartbeat{Name: worker, HeartbeatIntervalSeconds: interval})
	})
}

// events are the names of the events of statuses that were emitted.
func (w *world) events() []string {
	w.Helper()
	w.moveEvents()
	return w.strings("SELECT event FROM events WHERE event LIKE '%%ready' ORDER BY occurred, event")
}

func TestAWorkerThatIsNotHeardOfIsOffline(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		pool, _ := w.pool("a pool")
		long := int64(60)
		w.heartbeat(pool.ID, "usual", nil)
		w.heartbeat(pool.ID, "slow", &long)
		w.exec("UPDATE work_pool SET status = 'READY'")
		status := "SELECT w.name || ' ' || w.status || ' ' || p.status FROM worker w JOIN work_pool p ON p.id = w.work_pool_id ORDER BY w.name"
		for _, step := range []struct {
			after time.Duration
			want  []string
		}{
			{90 * time.Second, []string{"slow ONLINE READY", "usual ONLINE READY"}},
			{time.Second, []string{"slow ONLINE READY", "usual OFFLINE READY"}},
			{90 * time.Second, []string{"slow OFFLINE NOT_READY", "usual OFFLINE NOT_READY"}},
			{time.Hour, []string{"slow OFFLINE NOT_READY", "usual OFFLINE NOT_READY"}},
		} {
			w.clock.Advance(step.after)
			require.NoError(w, w.foreman().RunOnce(w.Context()))
			require.Equal(w, step.want, w.strings("%s", status))
		}
		require.Equal(w, []string{"prefect.work-pool.not-ready"}, w.events(), "once")
		require.Equal(w, []string{"1"}, w.strings("SELECT count(*) FROM work_pool p JOIN events e ON e.id = p.last_status_event_id WHERE e.event = 'prefect.work-pool.not-ready'"))
	})
}

func TestAPausedPoolStaysPaused(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		w.pool("a pool")
		w.exec("UPDATE work_pool SET status = 'PAUSED'")
		require.NoError(w, w.foreman().RunOnce(w.Context()))
		require.Equal(w, []string{"PAUSED"}, w.strings("SELECT status FROM work_pool"))
		require.Empty(w, w.events())
	})
}

func TestWhatNobodyPollsIsNotReady(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		_, queue := w.pool("a pool")
		const many = 120 // more than one part
		ids := w.deployments(make([][]prefect.Schedule, many)...)
		polled := func(table, where string) {
			at := w.clock.Now().Format("2006-01-02 15:04:05.000000")
			w.exec("UPDATE %s SET status = 'READY', last_polled = '%s' WHERE %s", table, at, where)
		}
		w.db.Exec(w.TB, fmt.Sprintf("UPDATE deployment SET work_queue_id = '%s' WHERE id = '%s'", queue.ID, ids[0]))
		polled("deployment", "TRUE")
		polled("work_queue", "TRUE")
		w.exec("UPDATE deployment SET status = 'READY', last_polled = NULL WHERE id = '%s'", ids[1])
		ready := "SELECT id FROM deployment WHERE status = 'READY' ORDER BY id"
		updated := w.strings("SELECT DISTINCT CAST(updated AS TEXT) FROM deployment")

		w.clock.Advance(time.Minute)
		require.NoError(w, w.foreman().RunOnce(w.Context()))
		require.Len(w, w.strings("%s", ready), many)
		polled("work_queue", "TRUE") // the first deployment's
		w.clock.Advance(time.Second)
		require.NoError(w, w.foreman().RunOnce(w.Context()))
		require.ElementsMatch(w, []string{ids[0].String(), ids[1].String()}, w.strings("%s", ready), "its queue was polled; it was never polled")
		require.Equal(w, updated, w.strings("SELECT DISTINCT CAST(updated AS TEXT) FROM deployment"), "it is no change that would have it planned again")
		require.Equal(w, []string{"READY"}, w.strings("SELECT status FROM work_queue"))
		require.Len(w, w.events(), many-2)

		w.clock.Advance(time.Minute)
		require.NoError(w, w.foreman().RunOnce(w.Context()))
		require.Equal(w, []string{"NOT_READY"}, w.strings("SELECT status FROM work_queue"))
		require.Equal(w, []string{ids[1].String()}, w.strings("%s", ready))
		require.Equal(w, []string{"prefect.deployment.not-ready", "prefect.work-queue.not-ready"}, w.events()[many-2:])
		require.NoError(w, w.foreman().RunOnce(w.Context()))
		require.Len(w, w.events(), many)
	})
}
