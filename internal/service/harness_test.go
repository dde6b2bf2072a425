package service_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"praetor/internal/concurrency"
	"praetor/internal/events"
	"praetor/internal/lifecycle/lifecycletest"
	"praetor/internal/orchestration"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a database with a server's use cases, on a clock that the test moves.
type world struct {
	testing.TB
	db           storetest.Database
	store        *store.Store
	clock        *lifecycletest.Clock
	orchestrator *orchestration.Orchestrator
	flow         uuid.UUID
}

// transactions hands out the store's transactions as what a service needs.
type transactions[Tx any] struct{ db *store.Store }

func (s transactions[Tx]) Read(ctx context.Context, fn func(Tx) error) error {
	return s.db.Read(ctx, func(tx *store.Tx) error { return fn(any(tx).(Tx)) })
}

func (s transactions[Tx]) Write(ctx context.Context, fn func(Tx) error) error {
	return s.db.Write(ctx, func(tx *store.Tx) error { return fn(any(tx).(Tx)) })
}

// noon is when every test begins.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// onBothDatabases runs the test in a world on each database.
func onBothDatabases(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) { test(newWorld(t, db)) })
}

func newWorld(t testing.TB, db storetest.Database) *world {
	w := &world{TB: t, db: db, clock: lifecycletest.NewClock(noon), flow: prefect.NewID()}
	w.store = db.OpenAt(t, w.clock.Now)
	w.orchestrator = &orchestration.Orchestrator{
		Store: transactions[orchestration.Tx]{w.store}, Clock: w.clock.Now,
		Slots: &concurrency.Slots{Leases: concurrency.DatabaseLeases{}, Waits: concurrency.Waits{Tag: 30 * time.Second, Other: 30 * time.Second}},
		Settings: orchestration.Settings{
			TagConcurrencySlotWait: 30 * time.Second, DeploymentConcurrencySlotWait: 30 * time.Second,
			InitialDeploymentLease: 5 * time.Minute, MaxCacheKeyLength: 2000,
		},
	}
	w.exec("INSERT INTO flow (id, name) VALUES ('%s', 'a flow')", w.flow)
	return w
}

// moveEvents has the events that were emitted stored where events are read.
func (w *world) moveEvents() {
	w.Helper()
	outbox := &events.Outbox{Store: transactions[events.OutboxTx]{w.store}, Log: slog.New(slog.DiscardHandler)}
	require.NoError(w, outbox.Move(w.Context()))
}

func (w *world) exec(statement string, args ...any) {
	w.Helper()
	w.db.Exec(w.TB, fmt.Sprintf(statement, args...))
}

// strings is the first column of an answer, as text.
func (w *world) strings(query string, args ...any) []string {
	w.Helper()
	return w.db.Strings(w.TB, fmt.Sprintf(query, args...))
}

func (w *world) write(fn func(ctx context.Context, tx *store.Tx) error) {
	w.Helper()
	require.NoError(w, w.store.Write(w.Context(), func(tx *store.Tx) error { return fn(w.Context(), tx) }))
}

// flowRun makes a flow run in the state; change may be nil.
func (w *world) flowRun(state prefect.State, change func(*prefect.FlowRun)) uuid.UUID {
	w.Helper()
	now := prefect.TimeOf(w.clock.Now())
	run := &prefect.FlowRun{ID: prefect.NewID(), Created: now, Updated: now, Name: "a run", FlowID: w.flow, Tags: []string{}}
	if change != nil {
		change(run)
	}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.InsertFlowRun(ctx, run); err != nil {
			return err
		}
		_, err := w.orchestrator.SetFlowRunStateIn(ctx, tx, run.ID, state, orchestration.Options{Force: true})
		return err
	})
	return run.ID
}

// taskRun makes a task run of a flow run, in the state.
func (w *world) taskRun(flowRun uuid.UUID, state prefect.State) uuid.UUID {
	w.Helper()
	now := prefect.TimeOf(w.clock.Now())
	id := prefect.NewID()
	run := &prefect.TaskRun{ID: id, Created: now, Updated: now, Name: "a task", FlowRunID: &flowRun, TaskKey: "t", DynamicKey: id.String(), Tags: []string{}}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.InsertTaskRun(ctx, run); err != nil {
			return err
		}
		_, err := w.orchestrator.SetTaskRunStateIn(ctx, tx, id, state, orchestration.Options{Force: true})
		return err
	})
	return id
}

// setState forces a state on a flow run.
func (w *world) setState(run uuid.UUID, state prefect.State) {
	w.Helper()
	_, err := w.orchestrator.SetFlowRunState(w.Context(), run, state, orchestration.Options{Force: true})
	require.NoError(w, err)
}

func (w *world) state(kind prefect.StateType) prefect.State {
	return prefect.NewState(kind, "", w.clock.Now())
}

// scheduled is a state that is due after so long.
func (w *world) scheduled(name string, in time.Duration) prefect.State {
	return prefect.NewScheduled(name, w.clock.Now().Add(in), w.clock.Now())
}

func (w *world) readFlowRun(id uuid.UUID) *prefect.FlowRun {
	w.Helper()
	var run *prefect.FlowRun
	require.NoError(w, w.store.Read(w.Context(), func(tx *store.Tx) (err error) {
		run, err = tx.FlowRun(w.Context(), id)
		return err
	}))
	require.NotNil(w, run)
	return run
}

// stateName is the name of a flow run's state.
func (w *world) stateName(id uuid.UUID) string {
	w.Helper()
	return w.readFlowRun(id).State.DisplayName()
}
