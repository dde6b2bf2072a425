package service_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/service"
	"praetor/internal/store"
)

func (w *world) cancellationCleanup() *service.CancellationCleanup {
	return &service.CancellationCleanup{
		Store: transactions[service.CancellationCleanupTx]{w.store}, Orchestrator: w.orchestrator, Clock: w.clock.Now, Every: 20 * time.Second, Timeout: 5 * time.Minute, Tell: func([]string) {},
	}
}

func TestTasksOfCancelledRunsAreCancelled(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		cancelled, failed := w.flowRun(w.state(prefect.Running), nil), w.flowRun(w.state(prefect.Running), nil)
		var tasks []uuid.UUID
		for _, run := range []uuid.UUID{cancelled, failed} {
			tasks = append(tasks, w.taskRun(run, w.state(prefect.Running)), w.taskRun(run, w.state(prefect.Pending)), w.taskRun(run, w.state(prefect.Completed)))
		}
		w.setState(cancelled, w.state(prefect.Cancelled))
		w.setState(failed, w.state(prefect.Failed))
		w.clock.Advance(time.Minute)
		require.NoError(w, w.cancellationCleanup().RunOnce(w.Context()))
		want := []string{"Cancelled", "Cancelled", "Completed", "Running", "Pending", "Completed"}
		for i, task := range tasks {
			require.Equal(w, want[i:i+1], w.strings("SELECT state_name FROM task_run WHERE id = '%s'", task))
		}
		require.Equal(w, []string{"The parent flow run was cancelled."}, w.strings(
			"SELECT s.message FROM task_run t JOIN task_run_state s ON s.id = t.state_id WHERE t.id = '%s'", tasks[0]))

		// A run that was cancelled long ago is looked at no more.
		late := w.taskRun(cancelled, w.state(prefect.Running))
		w.clock.Advance(24 * time.Hour)
		require.NoError(w, w.cancellationCleanup().RunOnce(w.Context()))
		require.Equal(w, []string{"Running"}, w.strings("SELECT state_name FROM task_run WHERE id = '%s'", late))
	})
}

func TestSubflowsOfCancelledRunsAreCancelled(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		deployment := w.deployments(nil)[0]
		subflow := func(parent uuid.UUID, kind prefect.StateType, deployed bool) uuid.UUID {
			task := w.taskRun(parent, w.state(prefect.Completed))
			return w.flowRun(w.state(kind), func(run *prefect.FlowRun) {
				run.ParentTaskRunID = &task
				if deployed {
					run.DeploymentID = &deployment
				}
			})
		}
		cancelled, running := w.flowRun(w.state(prefect.Running), nil), w.flowRun(w.state(prefect.Running), nil)
		runs := map[uuid.UUID]string{
			subflow(cancelled, prefect.Running, false): "Cancelled", subflow(cancelled, prefect.Pending, false): "Cancelled", subflow(cancelled, prefect.Running, true): "Cancelling",
			subflow(cancelled, prefect.Completed, false): "Completed", subflow(running, prefect.Running, false): "Running",
		}
		w.setState(cancelled, w.state(prefect.Cancelled))
		w.clock.Advance(time.Minute)
		for range 2 { // the second finds nothing more to do
			require.NoError(w, w.cancellationCleanup().RunOnce(w.Context()))
			for run, name := range runs {
				require.Equal(w, name, w.stateName(run))
			}
		}
	})
}

func TestARunThatNobodyEndsIsCancelledInTheEnd(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		run := w.flowRun(w.state(prefect.Running), nil)
		w.clock.Advance(time.Second) // no two states of a run have one time
		w.setState(run, w.state(prefect.Cancelling))
		w.clock.Advance(5*time.Minute - time.Second)
		require.NoError(w, w.cancellationCleanup().RunOnce(w.Context()))
		require.Equal(w, "Cancelling", w.stateName(run))
		w.clock.Advance(time.Second)
		require.NoError(w, w.cancellationCleanup().RunOnce(w.Context()))
		require.Equal(w, prefect.Cancelled, w.readFlowRun(run).State.Type)
	})
}

// dying is a transaction whose server dies where a worker is to be asked to take a run's infrastructure down.
type dying struct{ *store.Tx }

var errDied = errors.New("the server died")

func (dying) AskForCleanup(context.Context, uuid.UUID, uuid.UUID, uuid.UUID, prefect.CleanupKind) (*uuid.UUID, error) {
	return nil, errDied
}

type dyingStore struct {
	transactions[service.CancellationCleanupTx]
}

func (s dyingStore) Write(ctx context.Context, fn func(service.CancellationCleanupTx) error) error {
	return s.db.Write(ctx, func(tx *store.Tx) error { return fn(dying{tx}) })
}

func TestARunThatNobodyEndsHasItsInfrastructureTakenDownWhateverCrashes(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		pool, queue := w.pool("its pool")
		run := w.flowRun(w.state(prefect.Running), func(run *prefect.FlowRun) { run.WorkQueueID = &queue.ID })
		w.clock.Advance(time.Second)
		w.setState(run, w.state(prefect.Cancelling))
		w.clock.Advance(5 * time.Minute)
		asked := func() []string { return w.strings("SELECT flow_run_id FROM praetor_cleanup_messages") }

		var told []string
		cleanup := w.cancellationCleanup()
		cleanup.Tell = func(pools []string) { told = append(told, pools...) }
		survives := cleanup.Store
		cleanup.Store = dyingStore{transactions[service.CancellationCleanupTx]{w.store}}
		require.ErrorIs(w, cleanup.RunOnce(w.Context()), errDied)
		require.Equal(w, "Cancelling", w.stateName(run))
		require.Empty(w, asked())
		require.Empty(w, told)

		cleanup.Store = survives
		for range 2 { // the second finds nothing more to do
			require.NoError(w, cleanup.RunOnce(w.Context()))
			require.Equal(w, "Cancelled", w.stateName(run))
			require.Len(w, asked(), 1)
			require.Equal(w, []string{pool.ID.String()}, told)
		}
	})
}
