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
)

const day = 24 * time.Hour

func (w *world) vacuum() *service.Vacuum {
	return &service.Vacuum{
		Store: transactions[service.VacuumTx]{w.store}, Clock: w.clock.Now, Every: time.Hour, OrphansEvery: day, Runs: 90 * day, Events: 7 * day,
		Overrides: map[string]time.Duration{"prefect.flow-run.heartbeat": 2 * day, "forgotten later than all": 30 * day}, Batch: 2,
	}
}

// log stores so many lines of a run.
func (w *world) log(run uuid.UUID, lines int) {
	for i := range lines {
		w.exec("INSERT INTO log (id, name, level, flow_run_id, message, timestamp) VALUES ('%s', 'l', 20, '%s', 'line %d', '2026-11-25 12:00:00.000000')", uuid.New(), run, i)
	}
}

// artifact stores one, as the newest of its key.
func (w *world) artifact(run uuid.UUID, key string) uuid.UUID {
	id, at := uuid.New(), w.clock.Now().Format("2006-01-02 15:04:05.000000")
	w.exec("INSERT INTO artifact (id, created, updated, key, flow_run_id) VALUES ('%s', '%s', '%s', '%s', '%s')", id, at, at, key, run)
	w.exec(`INSERT INTO artifact_collection (id, created, updated, key, latest_id) VALUES ('%s', '%s', '%s', '%s', '%s')
	ON CONFLICT (key) DO UPDATE SET latest_id = excluded.latest_id`, uuid.New(), at, at, key, id)
	return id
}

func TestOldFlowRunsAreDeletedWithAllThatBelongsToThem(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		var old []uuid.UUID
		for _, kind := range []prefect.StateType{prefect.Completed, prefect.Failed, prefect.Crashed, prefect.Cancelled, prefect.Completed} {
			old = append(old, w.flowRun(w.state(kind), nil))
		}
		task := w.taskRun(old[0], w.state(prefect.Completed))
		subflow := w.flowRun(w.state(prefect.Completed), func(run *prefect.FlowRun) { run.ParentTaskRunID = &task })
		running := w.flowRun(w.state(prefect.Running), nil)
		for _, run := range []uuid.UUID{old[0], old[4], running} {
			w.log(run, 5)
		}
		w.artifact(old[1], "report")
		w.clock.Advance(90 * day)
		fresh := w.flowRun(w.state(prefect.Completed), nil)

		require.NoError(w, w.vacuum().DeleteRuns(w.Context()))
		require.Len(w, w.strings("SELECT id FROM flow_run"), 8, "their time is over when it has passed")
		w.clock.Advance(time.Second)
		require.NoError(w, w.vacuum().DeleteRuns(w.Context()))
		require.ElementsMatch(w, []string{running.String(), fresh.String()}, w.strings("SELECT id FROM flow_run"), "the subflow has no parent any more: %s", subflow)
		require.Equal(w, []string{"0"}, w.strings("SELECT count(*) FROM task_run"))
		require.Equal(w, []string{"5"}, w.strings("SELECT count(*) FROM log"))
		require.Equal(w, []string{"0"}, w.strings("SELECT count(*) FROM artifact"))
	})
}

func TestOldEventsAreDeleted(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		emit := func(name string, n int) {
			w.write(func(ctx context.Context, tx *store.Tx) error {
				for range n {
					e := prefect.Event{ID: prefect.NewID(), Event: name, Occurred: prefect.TimeOf(w.clock.Now()), Resource: prefect.Resource{"prefect.resource.id": "r." + name}}
					if err := tx.InsertEvents(ctx, []prefect.ReceivedEvent{{Event: e, Received: e.Occurred}}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		count := "SELECT event || ' ' || count(*) FROM events GROUP BY event ORDER BY 1"
		resources := "SELECT count(*) FROM event_resources"
		emit("prefect.flow-run.heartbeat", 5)
		emit("a", 5)
		emit("forgotten later than all", 1)
		w.clock.Advance(2*day + time.Second)
		emit("a", 1)
		require.NoError(w, w.vacuum().DeleteEvents(w.Context()))
		require.Equal(w, []string{"a 6", "forgotten later than all 1"}, w.strings("%s", count))
		require.Equal(w, []string{"7"}, w.strings("%s", resources))
		w.clock.Advance(5 * day)
		require.NoError(w, w.vacuum().DeleteEvents(w.Context()))
		require.Equal(w, []string{"a 1"}, w.strings("%s", count))
		require.Equal(w, []string{"1"}, w.strings("%s", resources))
	})
}

func TestOrphansAreDeleted(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		there := w.flowRun(w.state(prefect.Running), nil)
		w.log(there, 3)
		w.exec("INSERT INTO log (id, name, level, message, timestamp) VALUES ('%s', 'l', 20, 'of no run', '2026-11-25 12:00:00.000000')", uuid.New())
		kept := w.artifact(there, "report")
		w.clock.Advance(time.Second)
		for i := range 7 {
			w.log(uuid.New(), 1+i%3)
			w.artifact(uuid.New(), fmt.Sprint("lost ", i))
		}
		w.artifact(uuid.New(), "report")
		require.NoError(w, w.vacuum().DeleteOrphans(w.Context()))
		require.Equal(w, []string{"4"}, w.strings("SELECT count(*) FROM log"))
		require.Equal(w, []string{kept.String()}, w.strings("SELECT id FROM artifact"))
		require.Equal(w, []string{"report " + kept.String()}, w.strings("SELECT key || ' ' || latest_id FROM artifact_collection"))
	})
}
