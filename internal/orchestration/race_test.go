package orchestration_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/orchestration"
	"praetor/internal/prefect"
)

type outcomes = map[prefect.SetStateStatus]int

func TestRaces(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		w.run("one worker takes a scheduled run", oneWorkerTakesARun)
		w.run("one client makes a transition", oneClientMakesATransition)
		w.run("every accepted transition counts", everyTransitionCounts)
		w.run("every run of a task counts", everyTaskRunCounts)
		w.run("a deployment's slots are never more than its limit", slotsWithinTheLimit)
		w.run("a tag's slots are never more than its limit", taskSlotsWithinTheLimits)
		w.run("a deleted run gives back its slot once", deletedRunsGiveBackSlots)
	})
}

func oneWorkerTakesARun(w *world) {
	for range 5 {
		run := w.flowRun(prefect.NewScheduled("", time.Now(), time.Now()), nil)
		got := race(w.t, func(int) (*orchestration.Result, error) {
			return w.SetFlowRunState(w.t.Context(), run, state(prefect.Pending), orchestration.Options{})
		})
		require.Equal(w.t, outcomes{prefect.Accept: 1, prefect.Abort: racers - 1}, got)
		w.requireHistory(run, 2)
	}
}

func oneClientMakesATransition(w *world) {
	for range 5 {
		run := w.flowRun(state(prefect.Pending), nil)
		once := uuid.New()
		got := race(w.t, func(int) (*orchestration.Result, error) {
			running := state(prefect.Running)
			running.StateDetails.TransitionID = &once
			return w.SetFlowRunState(w.t.Context(), run, running, orchestration.Options{})
		})
		require.Equal(w.t, outcomes{prefect.Accept: 1, prefect.Reject: racers - 1}, got)
		w.requireHistory(run, 2)
		require.Equal(w.t, int64(1), w.readFlowRun(run).RunCount)
	}
}

// Whoever comes after the first judges by what the first has left.
func everyTransitionCounts(w *world) {
	run := w.flowRun(state(prefect.Pending), nil)
	got := race(w.t, func(int) (*orchestration.Result, error) {
		return w.SetFlowRunState(w.t.Context(), run, state(prefect.Running), orchestration.Options{})
	})
	require.Equal(w.t, outcomes{prefect.Accept: racers}, got)
	w.requireHistory(run, racers+1)
	require.Equal(w.t, int64(racers), w.readFlowRun(run).RunCount)
}

func everyTaskRunCounts(w *world) {
	parent := w.flowRun(state(prefect.Running), nil)
	task := w.taskRun(parent)
	got := race(w.t, func(int) (*orchestration.Result, error) {
		return w.SetTaskRunState(w.t.Context(), task, state(prefect.Running), orchestration.Options{})
	})
	require.Equal(w.t, outcomes{prefect.Accept: racers}, got)
	counts := w.db.Strings(w.t, fmt.Sprintf("SELECT run_count FROM task_run WHERE id = '%s'", task))
	require.Equal(w.t, []string{fmt.Sprint(racers)}, counts)
}

func slotsWithinTheLimit(w *world) {
	const size = 3
	deployment, limit := w.deployment(size)
	runs := make([]uuid.UUID, racers)
	for i := range runs {
		runs[i] = w.flowRun(prefect.NewScheduled("", time.Now(), time.Now()), func(f *prefect.FlowRun) { f.DeploymentID = &deployment })
	}
	got := race(w.t, func(i int) (*orchestration.Result, error) {
		return w.SetFlowRunState(w.t.Context(), runs[i], state(prefect.Pending), orchestration.Options{})
	})
	require.Equal(w.t, outcomes{prefect.Accept: size, prefect.Reject: racers - size}, got)
	require.Equal(w.t, fmt.Sprint(size), w.slots(limit))
	w.requireLeases(limit, size)

	race(w.t, func(i int) (*orchestration.Result, error) {
		return w.SetFlowRunState(w.t.Context(), runs[i], state(prefect.Cancelled), orchestration.Options{})
	})
	require.Equal(w.t, "0", w.slots(limit))
	w.requireLeases(limit, 0)
}

func taskSlotsWithinTheLimits(w *world) {
	wide, narrow := w.limit("tag:wide", 5), w.limit("tag:narrow", 2)
	parent := w.flowRun(state(prefect.Running), nil)
	tasks := make([]uuid.UUID, racers)
	for i := range tasks {
		tasks[i] = w.taskRun(parent, [][]string{{"wide", "narrow"}, {"narrow", "wide"}}[i%2]...)
	}
	got := race(w.t, func(i int) (*orchestration.Result, error) {
		return w.SetTaskRunState(w.t.Context(), tasks[i], state(prefect.Running), orchestration.Options{})
	})
	require.Equal(w.t, outcomes{prefect.Accept: 2, prefect.Wait: racers - 2}, got)
	require.Equal(w.t, []string{"2", "2"}, []string{w.slots(wide), w.slots(narrow)})
	race(w.t, func(i int) (*orchestration.Result, error) {
		return w.SetTaskRunState(w.t.Context(), tasks[i], state(prefect.Completed), orchestration.Options{})
	})
	require.Equal(w.t, []string{"0", "0"}, []string{w.slots(wide), w.slots(narrow)})
	w.requireLeases(wide, 0)
}

func deletedRunsGiveBackSlots(w *world) {
	deployment, limit := w.deployment(2)
	var runs []uuid.UUID
	for range 2 {
		run := w.flowRun(prefect.NewScheduled("", time.Now(), time.Now()), func(f *prefect.FlowRun) { f.DeploymentID = &deployment })
		result, err := w.SetFlowRunState(w.t.Context(), run, state(prefect.Pending), orchestration.Options{})
		require.NoError(w.t, err)
		require.Equal(w.t, prefect.Accept, result.Status)
		runs = append(runs, run)
	}
	found := make(chan bool, racers)
	race(w.t, func(int) (*orchestration.Result, error) {
		is, err := w.DeleteFlowRun(w.t.Context(), runs[0])
		found <- is
		return &orchestration.Result{}, err
	})
	close(found)
	times := 0
	for is := range found {
		if is {
			times++
		}
	}
	require.Equal(w.t, 1, times)
	require.Equal(w.t, "1", w.slots(limit))
	w.requireLeases(limit, 1)
}

// requireHistory looks at what the run's transitions have left: so many states, of which the run has the last.
func (w *world) requireHistory(run uuid.UUID, states int) {
	w.t.Helper()
	ids := w.db.Strings(w.t, fmt.Sprintf("SELECT CAST(id AS TEXT) FROM flow_run_state WHERE flow_run_id = '%s' ORDER BY timestamp DESC", run))
	require.Len(w.t, ids, states)
	require.Contains(w.t, ids[:states-1], w.readFlowRun(run).State.ID.String())
}

func (w *world) requireLeases(limit uuid.UUID, many int) {
	w.t.Helper()
	counted := w.db.Strings(w.t, fmt.Sprintf("SELECT COUNT(*) FROM praetor_leases WHERE limit_id = '%s'", limit))
	require.Equal(w.t, []string{fmt.Sprint(many)}, counted)
}
