package service_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"praetor/internal/automation"
	"praetor/internal/bus/redisstream"
	"praetor/internal/events"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
	"praetor/internal/redistest"
	"praetor/internal/service"
	"praetor/internal/store"
	"praetor/internal/store/sqlb"
	"praetor/internal/store/storetest"
)

// emptyRedis is a database of Redis that is this package's own, and empty.
func emptyRedis(w *world) (*redis.Options, *redis.Client) { return redistest.Empty(w, 9) }

// minIdle is long enough for every handler, and short enough to wait for.
const minIdle = 3 * time.Second

func newBroker(w *world, options *redis.Options) *redisstream.Broker {
	b := redisstream.New(redisstream.Options{
		Redis: options, Log: slog.New(slog.DiscardHandler), Clock: time.Now, Block: 20 * time.Millisecond, MinIdle: minIdle, MaxRetries: 1,
		TrimEvery: time.Hour, TrimIdle: time.Hour,
	})
	w.Cleanup(func() { require.NoError(w, b.Close()) })
	return b
}

func start(w *world, loops ...lifecycle.Loop) {
	group := lifecycle.Start(w.Context(), loops, lifecycle.Options{Clock: lifecycle.SystemClock{}, Log: slog.New(slog.DiscardHandler), RetryFirst: time.Millisecond, RetryMost: 10 * time.Millisecond})
	w.Cleanup(group.Stop)
}

func (w *world) eventually(want string, query string, args ...any) {
	w.Helper()
	var got []string
	defer func() {
		if w.Failed() {
			w.Log("it was ", got)
		}
	}()
	require.Eventually(w, func() bool {
		got = w.strings(query, args...)
		return len(got) == 1 && got[0] == want
	}, 30*time.Second, 20*time.Millisecond, "%s is to be %s", fmt.Sprintf(query, args...), want)
}

func streamEvent(w *world, name, thing string, follows *prefect.ReceivedEvent) prefect.ReceivedEvent {
	now := prefect.TimeOf(w.clock.Now())
	e := prefect.ReceivedEvent{Received: now, Event: prefect.Event{
		ID: prefect.NewID(), Occurred: now, Event: name, Resource: prefect.Resource{prefect.ResourceID: thing}, Related: []prefect.RelatedResource{}, Payload: prefect.Object("{}"),
	}}
	if follows != nil {
		e.Follows = &follows.ID
	}
	return e
}

// TestServersShareTheEventsOfAStream has two servers store events and publish them, in an order in which followers come before those that
// they follow, and three consumers evaluate them: each automation fires as often as it should.
func TestServersShareTheEventsOfAStream(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		options, client := emptyRedis(w)
		add := func(name string, trigger prefect.Trigger) {
			trigger.ResetIDs()
			now := prefect.TimeOf(noon)
			a := prefect.Automation{ID: prefect.NewID(), Created: now, Updated: now, AutomationCore: prefect.AutomationCore{
				Name: name, Enabled: true, Tags: []string{}, Actions: []prefect.Action{{Is: &prefect.DoNothing{Type: "do-nothing"}}},
				ActionsOnTrigger: []prefect.Action{}, ActionsOnResolve: []prefect.Action{}, Trigger: trigger,
			}}
			w.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertAutomation(ctx, &a) })
		}
		on := func(name string, threshold int64) prefect.Trigger {
			return prefect.Trigger{Event: &prefect.EventTrigger{Type: "event", Expect: []string{name}, Posture: prefect.Reactive, Threshold: threshold}}
		}
		add("each", on("mine.*", 1))
		add("tens", on("mine.*", 10))
		ordered := on("mine.second", 1)
		ordered.Event.After, ordered.Event.ForEach, ordered.Event.Within = []string{"mine.first"}, []string{prefect.ResourceID}, 3600
		add("ordered", ordered)

		var loops []lifecycle.Loop
		for i := range 3 {
			b := newBroker(w, options)
			triggers := &service.StreamTriggers{
				Order: redisstream.Order{Broker: b}, Clock: w.clock.Now,
				Evaluator: automation.NewEvaluator(transactions[automation.Tx]{w.store}, w.clock.Now, slog.New(slog.DiscardHandler), automation.Options{Swept: time.Hour}),
			}
			c := &redisstream.Consumer{Broker: b, Topic: redisstream.Events, Group: redisstream.Triggers, Batch: 7, Handle: triggers.Handle, Idle: triggers.Idle}
			loops = append(loops, c.Loop())
			if i > 0 && w.db.Dialect == sqlb.SQLite {
				continue // one server has the file, and SQLite gives the numbers of what was deleted again
			}
			publisher := &service.EventPublisher{Store: transactions[service.EventPublisherTx]{w.store}, Stream: b}
			loops = append(loops, lifecycle.Loop{Name: "publisher", Interval: 20 * time.Millisecond, RunOnce: publisher.RunOnce})
		}
		start(w, loops...)
		insert := func(events ...prefect.ReceivedEvent) {
			w.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertEvents(ctx, events) })
		}
		const chains = 60
		for i := range chains {
			first := streamEvent(w, "mine.first", fmt.Sprintf("thing.%d", i), nil)
			second := streamEvent(w, "mine.second", fmt.Sprintf("thing.%d", i), &first)
			insert(second, streamEvent(w, "other", "thing", nil))
			insert(first)
		}
		const fired = `SELECT count(*) FROM events WHERE event = 'prefect.automation.triggered' AND CAST(resource AS TEXT) LIKE '%%"%s"%%'`
		w.eventually(fmt.Sprint(2*chains), fired, "each")
		w.eventually(fmt.Sprint(2*chains/10), fired, "tens")
		w.eventually("0", "SELECT count(*) FROM praetor_event_queue")
		w.eventually(fmt.Sprint(chains), fired, "ordered")
		w.eventually("0", "SELECT count(*) FROM automation_event_follower")
		require.Equal(w, []string{fmt.Sprint(2*chains + 2*chains/10 + chains)}, w.strings("SELECT count(*) FROM praetor_triggered_actions"))
		require.Eventually(w, func() bool {
			pending, err := client.XPending(w.Context(), redisstream.Events, redisstream.Triggers).Result()
			return err == nil && pending.Count == 0
		}, 30*time.Second, 20*time.Millisecond)
		require.Zero(w, client.ZCard(w.Context(), "triggers:waitlist").Val())
		require.Empty(w, client.Keys(w.Context(), "triggers:processing:*").Val())
		require.Empty(w, client.Keys(w.Context(), "triggers:event:*").Val())

		// One that follows what never comes is evaluated when it has waited long enough.
		gone := streamEvent(w, "mine.gone", "thing", nil)
		insert(streamEvent(w, "mine.late", "thing", &gone))
		require.Eventually(w, func() bool { return client.ZCard(w.Context(), "triggers:waitlist").Val() == 1 }, 30*time.Second, 20*time.Millisecond)
		require.Equal(w, []string{fmt.Sprint(2 * chains)}, w.strings(fired, "each"))
		w.clock.Advance(16 * time.Minute)
		w.eventually(fmt.Sprint(2*chains+1), fired, "each")
		require.Eventually(w, func() bool { return client.ZCard(w.Context(), "triggers:waitlist").Val() == 0 }, 30*time.Second, 20*time.Millisecond)
	})
}

// onceFailing counts what it evaluates, but for the first events of a name, at which it fails.
type onceFailing struct {
	name      string
	evaluated []string
}

func (e *onceFailing) Evaluate(_ context.Context, events []prefect.ReceivedEvent) error {
	for i := range events {
		if events[i].Event.Event == e.name {
			e.name = ""
			return fmt.Errorf("away")
		}
	}
	for i := range events {
		e.evaluated = append(e.evaluated, events[i].Event.Event)
	}
	return nil
}

// TestAFailureLosesNoFollowers has the evaluation of an event fail that has waited for another one, which is evaluated by then.
func TestAFailureLosesNoFollowers(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	options, client := emptyRedis(w)
	evaluator := &onceFailing{name: "third"}
	triggers := &service.StreamTriggers{Evaluator: evaluator, Order: redisstream.Order{Broker: newBroker(w, options)}, Clock: w.clock.Now}
	first := streamEvent(w, "first", "thing", nil)
	second := streamEvent(w, "second", "thing", &first)
	third := streamEvent(w, "third", "thing", &second)
	handle := func(e *prefect.ReceivedEvent) error {
		text, err := redisstream.WriteEvent(e)
		require.NoError(t, err)
		out, err := triggers.Handle(t.Context(), []redisstream.Message{{ID: "1-0", Data: text}})
		require.Empty(t, out)
		return err
	}
	require.NoError(t, handle(&third))
	require.NoError(t, handle(&second))
	require.Error(t, handle(&first))
	require.Equal(t, []string{"first", "second"}, evaluator.evaluated)
	require.NoError(t, handle(&first), "it comes again")
	require.Equal(t, []string{"first", "second", "third"}, evaluator.evaluated)
	require.NoError(t, handle(&first))
	require.Len(t, evaluator.evaluated, 3)
	require.Len(t, client.Keys(t.Context(), "*").Val(), 3, "what is left is that they were seen")
}

// TestWhatIsUnreadIsNotAbsent has a trigger wait for what does not happen, while it has happened and nobody has read of it yet.
func TestWhatIsUnreadIsNotAbsent(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		options, _ := emptyRedis(w)
		b := newBroker(w, options)
		evaluator := automation.NewEvaluator(transactions[automation.Tx]{w.store}, w.clock.Now, slog.New(slog.DiscardHandler), automation.Options{
			Swept: time.Hour, Unread: func(ctx context.Context) (prefect.Time, error) {
				oldest, err := b.Oldest(ctx, redisstream.Events, redisstream.Triggers)
				if err != nil || oldest == nil {
					return prefect.Time{}, err
				}
				e, err := redisstream.ReadEvent(oldest.Data)
				return e.Received, err
			}})
		now := prefect.TimeOf(noon)
		a := prefect.Automation{ID: prefect.NewID(), Created: now, Updated: now, AutomationCore: prefect.AutomationCore{
			Name: "watch", Enabled: true, Tags: []string{}, Actions: []prefect.Action{}, ActionsOnTrigger: []prefect.Action{}, ActionsOnResolve: []prefect.Action{},
			Trigger: prefect.Trigger{Event: &prefect.EventTrigger{
				Type: "event", ID: prefect.NewID(), Expect: []string{"beat"}, Posture: prefect.Proactive, Threshold: 1, Within: 10,
			}},
		}}
		w.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertAutomation(ctx, &a) })
		fired := func(want string) {
			w.Helper()
			require.NoError(w, evaluator.Elapse(w.Context()))
			require.Equal(w, []string{want}, w.strings("SELECT count(*) FROM events WHERE event = 'prefect.automation.triggered'"))
		}
		fired("0") // the window opens
		w.clock.Advance(5 * time.Second)
		beat := streamEvent(w, "beat", "thing", nil)
		text, err := redisstream.WriteEvent(&beat)
		require.NoError(w, err)
		_, err = b.Publish(w.Context(), redisstream.Events, "", redisstream.Message{Data: text})
		require.NoError(w, err)
		w.clock.Advance(7 * time.Second)
		fired("0")
		failing := true
		handled := make(chan struct{}, 1)
		start(w, (&redisstream.Consumer{Broker: b, Topic: redisstream.Events, Group: redisstream.Triggers, Batch: 1, Handle: func(ctx context.Context, ms []redisstream.Message) (out redisstream.Outcome, err error) {
			if failing {
				failing = false
				fired("0") // it is read, and not evaluated
				return out, fmt.Errorf("away")
			}
			err = evaluator.Evaluate(ctx, []prefect.ReceivedEvent{beat})
			handled <- struct{}{}
			return out, err
		}}).Loop())
		<-handled
		require.Eventually(w, func() bool {
			oldest, err := b.Oldest(w.Context(), redisstream.Events, redisstream.Triggers)
			return err == nil && oldest == nil
		}, 30*time.Second, 20*time.Millisecond)
		fired("0")
		for range 3 { // the window closes, the next one opens, and closes
			w.clock.Advance(20 * time.Second)
			require.NoError(w, evaluator.Elapse(w.Context()))
		}
		fired("1")
	})
}

// TestStreamedEventsAreStoredOnce has events of other servers come through the stream, more than once, with such as cannot be read.
func TestStreamedEventsAreStoredOnce(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		options, client := emptyRedis(w)
		b := newBroker(w, options)
		run, task := w.flowRun(w.state(prefect.Running), nil), uuid.New()
		change := func(kind prefect.StateType, at time.Duration) prefect.ReceivedEvent {
			e := streamEvent(w, "prefect.task-run."+string(kind), "prefect.task-run."+task.String(), nil)
			e.Occurred = e.Occurred.Add(at)
			e.Resource["prefect.orchestration"] = "client"
			e.Related = []prefect.RelatedResource{{prefect.ResourceID: "prefect.flow-run." + run.String(), prefect.ResourceRole: "flow-run"}}
			e.Payload = prefect.Object(fmt.Sprintf(`{"validated_state": {"type": %q, "name": %q}, "task_run": {"task_key": "t", "dynamic_key": "0", "name": "t-0", "run_count": 1, "tags": []}}`, kind, kind))
			return e
		}
		all := []prefect.ReceivedEvent{change(prefect.Completed, 2*time.Second), change(prefect.Running, time.Second), streamEvent(w, "other", "thing", nil)}
		w.store.HandleEvents(store.Events{Queued: store.QueuedAlways})
		w.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertEvents(ctx, all[1:2]) }) // taken in here
		streamed := events.NewStreamed(transactions[events.Tx]{w.store}, slog.New(slog.DiscardHandler))
		for group, do := range map[string]func(context.Context, []prefect.ReceivedEvent) error{redisstream.Persisters: streamed.Keep, redisstream.Recorders: streamed.Record} {
			start(w, (&redisstream.Consumer{Broker: b, Topic: redisstream.Events, Group: group, Batch: 2, Handle: service.StreamedEvents(do)}).Loop())
		}
		for range 3 {
			for i := range all {
				text, err := redisstream.WriteEvent(&all[i])
				require.NoError(w, err)
				_, err = b.Publish(w.Context(), redisstream.Events, "", redisstream.Message{Data: text})
				require.NoError(w, err)
			}
			_, err := b.Publish(w.Context(), redisstream.Events, "", redisstream.Message{Data: "no event"})
			require.NoError(w, err)
		}
		done := func() bool {
			for _, group := range []string{redisstream.Persisters, redisstream.Recorders} {
				pending, err := client.XPending(w.Context(), redisstream.Events, group).Result()
				if err != nil || pending.Count != 3 { // those that are no events
					return false
				}
			}
			return true
		}
		require.Eventually(w, done, 30*time.Second, 20*time.Millisecond)
		w.eventually("1", "SELECT count(*) FROM events WHERE event = 'other'")
		w.eventually("2", "SELECT count(*) FROM events WHERE event LIKE 'prefect.task-run.%%'")
		require.Equal(w, []string{"1"}, w.strings("SELECT count(*) FROM praetor_event_queue"), "who stores what others hold against automations queues nothing")
		require.Equal(w, []string{"COMPLETED"}, w.strings("SELECT state_type FROM task_run WHERE id = '%s'", task))
		require.Equal(w, []string{"RUNNING", "COMPLETED"}, w.strings("SELECT type FROM task_run_state WHERE task_run_id = '%s' ORDER BY timestamp", task))
	})
}

// TestActionsOfTheReferenceAreTaken reads an action as the reference's server has written it.
func TestActionsOfTheReferenceAreTaken(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		text, err := os.ReadFile("testdata/triggered_action.json")
		require.NoError(w, err)
		triggered := 0
		actions := &service.StreamActions{Store: transactions[service.StreamActionsTx]{w.store}, Clock: w.clock.Now, Triggered: func() { triggered++ }}
		messages := []redisstream.Message{{ID: "1-0", Data: string(text)}, {ID: "2-0", Data: `{"id": 3}`}}
		for range 2 {
			out, err := actions.Handle(w.Context(), messages)
			require.NoError(w, err)
			require.Len(w, out.Failed, 1)
			require.Error(w, out.Failed["2-0"])
		}
		require.Equal(w, 2, triggered)
		var claimed *prefect.TriggeredAction
		w.write(func(ctx context.Context, tx *store.Tx) (err error) {
			claimed, err = tx.ClaimTriggeredAction(ctx, prefect.TimeOf(w.clock.Now()), prefect.TimeOf(w.clock.Now()))
			return err
		})
		require.NotNil(w, claimed)
		id := func(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
		require.Equal(w, id(7), claimed.ID.String())
		require.Equal(w, id(2), claimed.AutomationID.String())
		require.Equal(w, id(8), claimed.TriggeredEventID.String())
		require.Equal(w, id(4), claimed.TriggeringEvent.ID.String())
		require.Equal(w, id(5), claimed.Firing.TriggeringFirings[0].ID.String())
		require.Equal(w, int64(1), claimed.ActionIndex)
		require.Equal(w, id(9), claimed.Action.Is.(*prefect.RunDeployment).DeploymentID.String())
		require.Contains(w, string(*claimed.Action.Is.(*prefect.RunDeployment).Parameters), "12345678901234567890123")
		require.Equal(w, []string{"1"}, w.strings("SELECT count(*) FROM praetor_triggered_actions"))
	})
}
