package events_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/store/sqlb"
	"praetor/internal/store/storetest"
)

// start is when the runs of these tests begin; they last some seconds.
func start() prefect.Time {
	return prefect.TimeOf(time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC))
}

// after is a time in the course of a run.
func after(ms int) prefect.Time { return start().Add(time.Duration(ms) * time.Millisecond) }

// other is an event that is of no task run.
func other(i int) prefect.ReceivedEvent {
	return prefect.ReceivedEvent{Received: after(i), Event: prefect.Event{
		ID: uuid.New(), Occurred: after(i), Event: "something.happened",
		Resource: prefect.Resource{prefect.ResourceID: fmt.Sprintf("thing.%d", i), "colour": "blå"},
		Related:  []prefect.RelatedResource{{prefect.ResourceID: "person.1", prefect.ResourceRole: "owner"}},
		Payload:  prefect.Object(`{"n": 1}`),
	}}
}

// flowRun makes a flow run for task runs to belong to.
func (b *bench) flowRun(t *testing.T) uuid.UUID {
	t.Helper()
	run := &prefect.FlowRun{ID: prefect.NewID(), Name: "a run", Created: start(), Updated: start(), Tags: []string{}, Labels: prefect.Labels{}}
	require.NoError(t, b.store.Write(t.Context(), func(tx *store.Tx) error {
		flow, _, err := tx.CreateFlow(t.Context(), &prefect.Flow{ID: prefect.NewID(), Name: "a flow", Created: start(), Updated: start(), Tags: []string{}, Labels: &prefect.Labels{}})
		if err != nil {
			return err
		}
		run.FlowID = flow.ID
		_, err = tx.InsertFlowRun(t.Context(), run)
		return err
	}))
	return run.ID
}

// task is a task run as a client reports it.
type task struct {
	id, flowRun uuid.UUID
	key         string // its dynamic key
}

func newTask(flowRun uuid.UUID, key string) task { return task{uuid.New(), flowRun, key} }

// becomes is the event of a new state. More are members of the payload's task run.
func (r task) becomes(state prefect.StateType, at prefect.Time, more ...string) prefect.ReceivedEvent {
	members := append([]string{`"task_key": "a-task"`, fmt.Sprintf(`"dynamic_key": %q`, r.key), fmt.Sprintf(`"name": "a-task-%s"`, r.key)}, more...)
	related := []prefect.RelatedResource{{prefect.ResourceID: "prefect.flow-run." + r.flowRun.String(), prefect.ResourceRole: "flow-run"}}
	if r.flowRun == uuid.Nil {
		related = nil
	}
	return prefect.ReceivedEvent{Received: at, Event: prefect.Event{
		ID: uuid.New(), Occurred: at, Event: "prefect.task-run." + state.DefaultName(),
		Resource: prefect.Resource{prefect.ResourceID: "prefect.task-run." + r.id.String(), "prefect.orchestration": "client"},
		Related:  related,
		Payload: prefect.Object(fmt.Sprintf(`{"initial_state": null, "intended": {}, "validated_state": {"type": %q, "name": %q, "message": "it was so",
			"state_details": {}}, "task_run": {%s}}`, state, state.DefaultName(), strings.Join(members, ", "))),
	}}
}

// life is an ordinary task run's.
func (r task) life() []prefect.ReceivedEvent {
	return []prefect.ReceivedEvent{
		r.becomes(prefect.Pending, after(0), `"run_count": 0`),
		r.becomes(prefect.Running, after(10), `"run_count": 1`, `"start_time": "2026-03-01T12:00:00.133456Z"`, `"tags": ["first"]`),
		r.becomes(prefect.Completed, after(30), `"run_count": 1`, `"end_time": "2026-03-01T12:00:00.153456Z"`, `"total_run_time": 0.02`),
	}
}

// read gives the task run, or nil, and the names of the states that it has been in.
func (b *bench) read(t *testing.T, id uuid.UUID) (*prefect.TaskRun, []string) {
	t.Helper()
	var run *prefect.TaskRun
	require.NoError(t, b.store.Read(t.Context(), func(tx *store.Tx) (err error) {
		run, err = tx.TaskRun(t.Context(), id)
		return err
	}))
	return run, b.Strings(t, fmt.Sprintf("SELECT name FROM task_run_state WHERE task_run_id = '%s' ORDER BY timestamp", id))
}

func TestTaskRunFromEvents(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		r := newTask(b.flowRun(t), "0")
		life := r.life()
		b.send(t, life[:1], life[1:])
		run, states := b.read(t, r.id)
		require.Equal(t, []string{"Pending", "Running", "Completed"}, states)
		require.Equal(t, r.flowRun, *run.FlowRunID)
		require.Equal(t, []any{"a-task-0", "a-task", "0", []string{"first"}}, []any{run.Name, run.TaskKey, run.DynamicKey, run.Tags})
		require.Equal(t, []any{int64(1), after(10), after(30), prefect.Completed}, []any{run.RunCount, *run.StartTime, *run.EndTime, *run.StateType})
		require.InDelta(t, 0.02, float64(run.TotalRunTime), 1e-6)
		require.Equal(t, life[2].ID, run.State.ID, "a state has its event's id")
		require.Equal(t, []any{after(30), "it was so", r.id, r.flowRun},
			[]any{run.State.Timestamp, *run.State.Message, *run.State.StateDetails.TaskRunID, *run.State.StateDetails.FlowRunID})
	})
}

// TestOrderOfEvents shows that the order in which events come, in one batch or in several, and how often, changes nothing.
func TestOrderOfEvents(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		flowRun := b.flowRun(t)
		random := rand.New(rand.NewPCG(1, 2))
		for i := range 30 {
			r := newTask(flowRun, fmt.Sprint(i))
			sent := append(r.life(), r.life()[:1]...) // one of another event at the time of the first
			sent = append(sent, sent[random.IntN(len(sent))])
			random.Shuffle(len(sent), func(i, j int) { sent[i], sent[j] = sent[j], sent[i] })
			for len(sent) > 0 {
				n := 1 + random.IntN(len(sent))
				b.send(t, sent[:n])
				sent = sent[n:]
			}
			run, states := b.read(t, r.id)
			require.Equal(t, []string{"Pending", "Running", "Completed"}, states)
			require.Equal(t, prefect.Completed, run.State.Type)
			require.Equal(t, int64(1), run.RunCount)
		}
	})
}

func TestTerminalStateStays(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		r := newTask(b.flowRun(t), "0")
		life := r.life()
		b.send(t, life[2:])
		for _, late := range []prefect.ReceivedEvent{
			life[0], life[1], r.becomes(prefect.Running, after(29)), r.becomes(prefect.Running, after(30)), r.becomes(prefect.Failed, after(30)), life[2],
		} {
			b.send(t, []prefect.ReceivedEvent{late})
			run, _ := b.read(t, r.id)
			require.Equal(t, prefect.Completed, run.State.Type, "taken back by %s of %s", late.Event.Event, late.Occurred)
			require.Equal(t, life[2].ID, run.State.ID)
		}
		// What happens later is another attempt: a flow that is retried runs its tasks again.
		b.send(t, []prefect.ReceivedEvent{r.becomes(prefect.Running, after(40), `"run_count": 2`)})
		run, _ := b.read(t, r.id)
		require.Equal(t, []any{prefect.Running, int64(2)}, []any{run.State.Type, run.RunCount})
	})
}

// TestEqualTimes is about two states of a run that claim the same time, for which the schema has no room.
func TestEqualTimes(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		flowRun := b.flowRun(t)
		for name, order := range map[string][]int{"in order": {0, 1}, "the last first": {1, 0}} {
			for _, together := range []bool{true, false} {
				r := newTask(flowRun, uuid.NewString())
				both := []prefect.ReceivedEvent{r.becomes(prefect.Running, after(5)), r.becomes(prefect.Completed, after(5), `"run_count": 1`)}
				sent := []prefect.ReceivedEvent{both[order[0]], both[order[1]]}
				if together {
					b.send(t, sent)
				} else {
					b.send(t, sent[:1])
					b.send(t, sent[1:])
				}
				run, states := b.read(t, r.id)
				require.NotNil(t, run.State, "%s, together %t: the run's state is not among the states", name, together)
				require.Equal(t, []any{prefect.Completed, both[1].ID, int64(1)}, []any{run.State.Type, run.State.ID, run.RunCount}, "%s, together %t", name, together)
				require.Contains(t, states, "Completed")
			}
		}
	})
}

// TestSameTaskUnderTwoIDs is about a client that starts again: it gives the same task of the same flow run another id.
func TestSameTaskUnderTwoIDs(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		flowRun := b.flowRun(t)
		first, second := newTask(flowRun, "0"), newTask(flowRun, "0")
		b.send(t, first.life()[:2])
		b.send(t, []prefect.ReceivedEvent{second.becomes(prefect.Running, after(50)), second.becomes(prefect.Completed, after(60))})
		run, states := b.read(t, first.id)
		require.Equal(t, []string{"Pending", "Running", "Running", "Completed"}, states)
		require.Equal(t, first.id, *run.State.StateDetails.TaskRunID)
		run, _ = b.read(t, second.id)
		require.Nil(t, run)
	})
}

func TestBackgroundTask(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		r := newTask(uuid.Nil, "0")
		b.send(t, r.life())
		run, states := b.read(t, r.id)
		require.Nil(t, run.FlowRunID)
		require.Equal(t, []string{"Pending", "Running", "Completed"}, states)
	})
}

// TestEventsThatSayNothing shows that what cannot be understood of a task run is stored as an event, and is in nobody's way.
func TestEventsThatSayNothing(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		flowRun := b.flowRun(t)
		change := func(change func(*prefect.ReceivedEvent)) prefect.ReceivedEvent {
			e := newTask(flowRun, uuid.NewString()).becomes(prefect.Running, after(1))
			change(&e)
			return e
		}
		payload := func(text string) prefect.ReceivedEvent {
			return change(func(e *prefect.ReceivedEvent) { e.Payload = prefect.Object(text) })
		}
		odd := []prefect.ReceivedEvent{
			newTask(uuid.New(), "of a flow run that does not exist").becomes(prefect.Running, after(1)),
			change(func(e *prefect.ReceivedEvent) { e.Resource[prefect.ResourceID] = "prefect.task-run.x" }),
			change(func(e *prefect.ReceivedEvent) { e.Resource[prefect.ResourceID] = "thing.1" }),
			change(func(e *prefect.ReceivedEvent) { e.Related[0][prefect.ResourceID] = "prefect.flow-run.x" }),
			change(func(e *prefect.ReceivedEvent) { e.Resource["prefect.orchestration"] = "server" }),
			change(func(e *prefect.ReceivedEvent) { e.Event.Event = "prefect.flow-run.Running" }),
			payload(`{}`),
			payload(`{"validated_state": {"type": "RUNNING"}}`),
			payload(`{"validated_state": {"type": "RUNNING"}, "task_run": {}}`),
			payload(`{"validated_state": {"type": "RUNNING"}, "task_run": []}`),
			payload(`{"validated_state": {"type": "WALKING"}, "task_run": {"task_key": "a", "dynamic_key": "b"}}`),
			payload(`{"validated_state": {"type": "RUNNING"}, "task_run": {"task_key": "a", "dynamic_key": "b", "run_count": "many"}}`),
			payload(`{"validated_state": {"type": "RUNNING", "timestamp": "soon"}, "task_run": {"task_key": "a", "dynamic_key": "b"}}`),
		}
		r := newTask(flowRun, "0")
		all := []prefect.ReceivedEvent{}
		for _, e := range odd {
			all = append(all, e, r.becomes(prefect.Running, after(len(all)+1)))
		}
		b.send(t, append(all, r.becomes(prefect.Completed, after(100))))
		run, _ := b.read(t, r.id)
		require.Equal(t, prefect.Completed, run.State.Type)
		require.Equal(t, []string{"1"}, b.Strings(t, "SELECT count(*) FROM task_run"))
		require.Equal(t, []string{fmt.Sprint(2*len(odd) + 1)}, b.Strings(t, "SELECT count(*) FROM events"))
	})
}

// TestWhatTheDatabaseRefuses is about an event that would come back for ever if it were not stored: its sender repeats what
// is not confirmed.
func TestWhatTheDatabaseRefuses(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		flowRun := b.flowRun(t)
		odd := newTask(flowRun, "odd")
		refused := odd.becomes(prefect.Failed, after(5))
		refused.Payload = prefect.Object(strings.Replace(string(refused.Payload), "it was so", `embedded \u0000 \\u0000 \ud83d\ude80 \ud83d \ude80 null`, 1))
		refused.Resource["label"] = "nul\x00l"
		var around []prefect.ReceivedEvent
		for i := range 40 {
			around = append(around, newTask(flowRun, fmt.Sprint(i)).life()...)
			if i == 17 {
				around = append(around, refused)
			}
		}
		b.send(t, around)
		require.Equal(t, []string{"40"}, b.Strings(t, "SELECT count(*) FROM task_run WHERE state_type = 'COMPLETED'"))
		require.Equal(t, []string{"121"}, b.Strings(t, "SELECT count(*) FROM events"))
		require.Equal(t, []string{"242"}, b.Strings(t, "SELECT count(*) FROM event_resources"))
		require.Equal(t, 121, b.told())
		run, _ := b.read(t, odd.id)
		require.Equal(t, prefect.Failed, run.State.Type)
		message := "embedded \x00 \\u0000 🚀 \ufffd \ufffd null"
		if b.Dialect == sqlb.Postgres {
			message = "embedded \ufffd \\u0000 🚀 \ufffd \ufffd null"
		}
		require.Equal(t, message, *run.State.Message)
	})
}

func TestEventThatNothingCanStore(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		lost := other(1)
		lost.Payload = prefect.Object(`{"number": 1` + strings.Repeat("0", 200_000) + `}`) // beyond PostgreSQL's numeric
		b.send(t, []prefect.ReceivedEvent{other(0), lost, other(2)})
		b.stop()
		if b.Dialect == sqlb.SQLite {
			require.Equal(t, []string{"3"}, b.Strings(t, "SELECT count(*) FROM events"))
			return
		}
		require.Equal(t, []string{"2"}, b.Strings(t, "SELECT count(*) FROM events"))
		require.Contains(t, b.log.String(), lost.ID.String())
	})
}

// TestTwoServers has two servers take events of the same task runs at the same time.
func TestTwoServers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		if db.Dialect == sqlb.SQLite {
			return // one server has the file
		}
		one, two := newBench(t, db), newBench(t, db)
		flowRun := one.flowRun(t)
		// race sends what is for the one and what is for the other of many new task runs, and looks at what becomes of them.
		race := func(split func(life []prefect.ReceivedEvent) (forOne, forTwo []prefect.ReceivedEvent)) {
			for range 10 {
				var tasks []task
				var toOne, toTwo []prefect.ReceivedEvent
				for range 20 {
					r := newTask(flowRun, uuid.NewString())
					tasks = append(tasks, r)
					forOne, forTwo := split(r.life())
					toOne, toTwo = append(toOne, forOne...), append(toTwo, forTwo...)
				}
				slices.Reverse(toTwo)
				second := make(chan error)
				go func() {
					receipt, err := two.intake.Submit(t.Context(), toTwo...)
					if err == nil {
						err = receipt.Wait(t.Context())
					}
					second <- err
				}()
				one.send(t, toOne)
				require.NoError(t, <-second)
				for _, r := range tasks {
					run, states := one.read(t, r.id)
					require.Equal(t, []string{"Pending", "Running", "Completed"}, states)
					require.NotNil(t, run.State)
					require.Equal(t, prefect.Completed, run.State.Type)
				}
			}
		}
		// As when a client that was cut off goes on elsewhere.
		race(func(life []prefect.ReceivedEvent) (_, _ []prefect.ReceivedEvent) { return life[2:], life[:2] })
		// As when it repeats to one what the other is about to store.
		race(func(life []prefect.ReceivedEvent) (_, _ []prefect.ReceivedEvent) { return life[1:], life })
		require.Equal(t, one.Strings(t, "SELECT 2 * count(*) FROM events"), one.Strings(t, "SELECT count(*) FROM event_resources"))
		require.Equal(t, []string{fmt.Sprint(one.told() + two.told())}, one.Strings(t, "SELECT count(*) FROM events"))
	})
}

func TestTaskRunsThatAreNotToBeRecorded(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		b.intake.IgnoreTaskRuns() // nothing is submitted yet
		life := newTask(b.flowRun(t), "a task").life()
		b.send(t, life)
		require.Equal(t, []string{fmt.Sprint(len(life))}, b.Strings(t, "SELECT count(*) FROM events"))
		require.Equal(t, []string{"0"}, b.Strings(t, "SELECT count(*) FROM task_run"))
	})
}
