package orchestration_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/orchestration"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// TestNobodyWaitsForEachOther does at once all that locks runs and limits, on one small tree of runs: parents, their task
// runs, and subflows that hold slots of a deployment. The databases end a deadlock with an error.
func TestNobodyWaitsForEachOther(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		tree := plant(w)
		var group sync.WaitGroup
		errs := make(chan error, 1000)
		for range 12 {
			group.Go(func() {
				for range 30 {
					if err := tree.disturb(t.Context()); err != nil {
						errs <- err
					}
				}
			})
		}
		group.Wait()
		close(errs)
		for err := range errs {
			require.NoError(t, err)
		}
		if deadlocks := w.db.Strings(t, deadlocks[w.store.Dialect().String()]); deadlocks[0] != "0" {
			require.Fail(t, "there were deadlocks", "%s", deadlocks[0])
		}
	})
}

var deadlocks = map[string]string{
	"sqlite": "SELECT 0", "postgresql": "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
}

// tree is a flow run, its task runs with tags that have limits, and subflows below them.
type tree struct {
	*world
	deployment uuid.UUID
	root       uuid.UUID
	tasks      []uuid.UUID

	mu       sync.Mutex
	subflows []uuid.UUID
}

func plant(w *world) *tree {
	tr := &tree{world: w}
	tr.deployment, _ = w.deployment(3)
	w.limit("tag:a", 2)
	w.limit("tag:b", 2)
	tr.root = w.flowRun(state(prefect.Running), nil)
	for range 3 {
		tr.tasks = append(tr.tasks, w.taskRun(tr.root, "a", "b"))
	}
	for range 6 {
		require.NoError(w.t, tr.addSubflow(w.t.Context()))
	}
	return tr
}

func pick[T any](from []T) T { return from[rand.IntN(len(from))] }

func (tr *tree) subflow() uuid.UUID {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return pick(tr.subflows)
}

// disturb does one of the things that lock rows. Nothing may go wrong but that a run is gone.
func (tr *tree) disturb(ctx context.Context) error {
	kind := state(pick([]prefect.StateType{prefect.Pending, prefect.Running, prefect.Completed, prefect.Failed, prefect.Scheduled}))
	options := orchestration.Options{Force: rand.IntN(3) == 0}
	var err error
	switch rand.IntN(9) {
	case 0:
		_, err = tr.SetFlowRunState(ctx, tr.subflow(), kind, options)
	case 2:
		_, err = tr.SetFlowRunState(ctx, tr.root, kind, options)
	case 3:
		_, err = tr.SetTaskRunState(ctx, pick(tr.tasks), kind, options)
	case 4:
		err = tr.addSubflow(ctx)
	case 5:
		_, err = tr.DeleteFlowRun(ctx, tr.subflow())
	case 6:
		err = tr.addTree(ctx)
	case 7:
		err = tr.record(ctx, tr.root, tr.tasks...)
	case 8:
		err = tr.useSlot(ctx, tr.subflow())
	}
	if isGone(err) {
		return nil
	}
	return err
}

func isGone(err error) bool {
	var e *prefect.Error
	return errors.As(err, &e) && e.Kind == prefect.NotFound
}

// useSlot takes a subflow to where it has a slot and away from there: its task run gives back the slots of its tags on both ways.
func (tr *tree) useSlot(ctx context.Context, subflow uuid.UUID) error {
	for _, kind := range []prefect.StateType{prefect.Scheduled, prefect.Pending, prefect.Cancelled} {
		if _, err := tr.SetFlowRunState(ctx, subflow, state(kind), orchestration.Options{}); err != nil {
			return err
		}
	}
	return nil
}

func (tr *tree) addSubflow(ctx context.Context) error {
	now := prefect.TimeOf(time.Now())
	parent := pick(tr.tasks)
	run := &prefect.FlowRun{ID: uuid.New(), Created: now, Updated: now, Name: "a subflow", FlowID: tr.flow, Tags: []string{},
		ParentTaskRunID: &parent, DeploymentID: &tr.deployment}
	err := tr.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.InsertFlowRun(ctx, run); err != nil {
			return err
		}
		_, err := tr.SetFlowRunStateIn(ctx, tx, run.ID, state(prefect.Scheduled), orchestration.Options{Force: true})
		return err
	})
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.subflows = append(tr.subflows, run.ID)
	return err
}

// addTree makes a flow run with a task run and a subflow below it, and deletes it from the top while others use it.
func (tr *tree) addTree(ctx context.Context) error {
	now := prefect.TimeOf(time.Now())
	top := &prefect.FlowRun{ID: uuid.New(), Created: now, Updated: now, Name: "a parent", FlowID: tr.flow, Tags: []string{}}
	task := &prefect.TaskRun{ID: uuid.New(), Created: now, Updated: now, Name: "a task", FlowRunID: &top.ID, TaskKey: "t", DynamicKey: "0", Tags: []string{"b", "a"}}
	below := &prefect.FlowRun{ID: uuid.New(), Created: now, Updated: now, Name: "below", FlowID: tr.flow, Tags: []string{}, ParentTaskRunID: &task.ID}
	err := tr.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.InsertFlowRun(ctx, top); err != nil {
			return err
		}
		if _, err := tx.InsertTaskRun(ctx, task); err != nil {
			return err
		}
		if _, err := tr.SetTaskRunStateIn(ctx, tx, task.ID, state(prefect.Pending), orchestration.Options{Force: true}); err != nil {
			return err
		}
		_, err := tx.InsertFlowRun(ctx, below)
		return err
	})
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	errs := make([]error, 4)
	group.Go(func() { _, errs[0] = tr.DeleteFlowRun(ctx, top.ID) })
	group.Go(func() {
		_, errs[1] = tr.SetFlowRunState(ctx, below.ID, state(prefect.Running), orchestration.Options{})
	})
	group.Go(func() { _, errs[2] = tr.SetTaskRunState(ctx, task.ID, state(prefect.Running), orchestration.Options{}) })
	group.Go(func() { errs[3] = tr.record(ctx, top.ID, task.ID) })
	group.Wait()
	for _, err := range errs {
		if err != nil && !isGone(err) {
			return err
		}
	}
	return nil
}

// record does what the recorder of task runs' events does with a batch.
func (tr *tree) record(ctx context.Context, flowRun uuid.UUID, tasks ...uuid.UUID) error {
	return tr.store.Write(ctx, func(tx *store.Tx) error {
		existing, err := tx.ExistingFlowRuns(ctx, []uuid.UUID{flowRun})
		if err != nil || len(existing) == 0 {
			return err
		}
		locked, err := tx.LockTaskRuns(ctx, tasks, nil)
		if err != nil {
			return err
		}
		for i := range locked {
			if locked[i].State == nil {
				return errors.New("a task run has lost its state")
			}
		}
		now := state(prefect.Running)
		fresh := &prefect.TaskRun{ID: uuid.New(), Created: now.Timestamp, Updated: now.Timestamp, Name: "another", FlowRunID: &flowRun,
			TaskKey: "t", DynamicKey: uuid.NewString(), Tags: []string{}, State: &now}
		now.StateDetails.TaskRunID = &fresh.ID
		return tx.SaveTaskRuns(ctx, []*prefect.TaskRun{fresh}, []prefect.State{now})
	})
}
