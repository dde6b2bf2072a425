package orchestration_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"praetor/internal/concurrency"
	"praetor/internal/orchestration"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is an orchestrator on a database of the test's own.
type world struct {
	*orchestration.Orchestrator
	t     *testing.T
	db    storetest.Database
	store *store.Store
	flow  uuid.UUID
}

type transactions struct{ *store.Store }

func (s transactions) Read(ctx context.Context, fn func(orchestration.Tx) error) error {
	return s.Store.Read(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func (s transactions) Write(ctx context.Context, fn func(orchestration.Tx) error) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx) })
}

// onBothDatabases runs the test in a world on each database.
func onBothDatabases(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		w := &world{t: t, db: db, store: db.Open(t), flow: prefect.NewID()}
		w.Orchestrator = &orchestration.Orchestrator{
			Store: transactions{w.store}, Clock: time.Now,
			Slots: &concurrency.Slots{Leases: concurrency.DatabaseLeases{}, Waits: concurrency.Waits{Tag: 30 * time.Second, Other: 30 * time.Second}},
			Settings: orchestration.Settings{
				TagConcurrencySlotWait: 30 * time.Second, DeploymentConcurrencySlotWait: 30 * time.Second,
				InitialDeploymentLease: 5 * time.Minute, MaxCacheKeyLength: 2000,
			},
		}
		w.exec(fmt.Sprintf("INSERT INTO flow (id, name) VALUES ('%s', 'a flow')", w.flow))
		test(w)
	})
}

// run is a test of its own in the same world.
func (w *world) run(name string, test func(w *world)) {
	w.t.Run(name, func(t *testing.T) {
		own := *w
		own.t = t
		test(&own)
	})
}

func (w *world) exec(statement string) {
	w.t.Helper()
	w.db.Exec(w.t, statement)
}

func (w *world) write(fn func(ctx context.Context, tx *store.Tx) error) {
	w.t.Helper()
	require.NoError(w.t, w.store.Write(w.t.Context(), func(tx *store.Tx) error { return fn(w.t.Context(), tx) }))
}

// flowRun makes a flow run that is in the state.
func (w *world) flowRun(state prefect.State, change func(*prefect.FlowRun)) uuid.UUID {
	w.t.Helper()
	now := prefect.TimeOf(time.Now())
	run := &prefect.FlowRun{ID: prefect.NewID(), Created: now, Updated: now, Name: "a run", FlowID: w.flow, Tags: []string{}}
	if change != nil {
		change(run)
	}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.InsertFlowRun(ctx, run); err != nil {
			return err
		}
		_, err := w.SetFlowRunStateIn(ctx, tx, run.ID, state, orchestration.Options{Force: true})
		return err
	})
	return run.ID
}

// taskRun makes a task run that is pending.
func (w *world) taskRun(flowRun uuid.UUID, tags ...string) uuid.UUID {
	w.t.Helper()
	now := prefect.TimeOf(time.Now())
	id := prefect.NewID()
	run := &prefect.TaskRun{ID: id, Created: now, Updated: now, Name: "a task", FlowRunID: &flowRun, TaskKey: "t", DynamicKey: id.String(), Tags: tags}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.InsertTaskRun(ctx, run); err != nil {
			return err
		}
		_, err := w.SetTaskRunStateIn(ctx, tx, id, state(prefect.Pending), orchestration.Options{Force: true})
		return err
	})
	return id
}

// limit makes a concurrency limit of that name and gives its id.
func (w *world) limit(name string, size int) uuid.UUID {
	id := uuid.New()
	w.exec(fmt.Sprintf(`INSERT INTO concurrency_limit_v2 (id, name, "limit", active, active_slots, denied_slots, slot_decay_per_second,
	avg_slot_occupancy_seconds) VALUES ('%s', '%s', %d, TRUE, 0, 0, 0, 2)`, id, name, size))
	return id
}

// deployment makes a deployment, with a limit unless its size is 0.
func (w *world) deployment(limit int) (deployment, limitID uuid.UUID) {
	deployment = uuid.New()
	w.exec(fmt.Sprintf("INSERT INTO deployment (id, name, flow_id) VALUES ('%s', '%s', '%s')", deployment, deployment, w.flow))
	if limit > 0 {
		limitID = w.limit("deployment:"+deployment.String(), limit)
		w.exec(fmt.Sprintf("UPDATE deployment SET concurrency_limit_id = '%s' WHERE id = '%s'", limitID, deployment))
	}
	return deployment, limitID
}

func (w *world) readFlowRun(id uuid.UUID) *prefect.FlowRun {
	w.t.Helper()
	var run *prefect.FlowRun
	require.NoError(w.t, w.store.Read(w.t.Context(), func(tx *store.Tx) (err error) {
		run, err = tx.FlowRun(w.t.Context(), id)
		return err
	}))
	require.NotNil(w.t, run)
	return run
}

// slots are the active slots of a limit, as the database has them.
func (w *world) slots(limit uuid.UUID) string {
	return w.db.Strings(w.t, fmt.Sprintf("SELECT active_slots FROM concurrency_limit_v2 WHERE id = '%s'", limit))[0]
}

func state(kind prefect.StateType) prefect.State { return prefect.NewState(kind, "", time.Now()) }

// racers is how many do the same at the same time.
const racers = 24

// race lets many do the same at the same time and counts how the results came out.
func race(t *testing.T, do func(i int) (*orchestration.Result, error)) map[prefect.SetStateStatus]int {
	t.Helper()
	start := make(chan struct{})
	results, errs := make([]*orchestration.Result, racers), make([]error, racers)
	var group sync.WaitGroup
	for i := range racers {
		group.Go(func() {
			<-start
			results[i], errs[i] = do(i)
		})
	}
	close(start)
	group.Wait()
	outcomes := map[prefect.SetStateStatus]int{}
	for i := range racers {
		require.NoError(t, errs[i])
		outcomes[results[i].Status]++
	}
	return outcomes
}
