package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/store/sqlb"
	"praetor/internal/store/storetest"
)

func someEvent(name string) prefect.Event {
	return prefect.Event{
		ID: prefect.NewID(), Occurred: prefect.TimeOf(time.Now()), Event: name, Resource: prefect.Resource{prefect.ResourceID: "thing.1"},
		Related: []prefect.RelatedResource{{prefect.ResourceID: "person.1", prefect.ResourceRole: "owner"}}, Payload: prefect.Object(`{"n":1}`),
	}
}

// received is the event as it comes from a client.
func received(e prefect.Event) prefect.ReceivedEvent {
	return prefect.ReceivedEvent{Event: e, Received: e.Occurred}
}

// TestEmittedEventsAreStoredWithTheirChange shows that events come to the outbox if their transaction is committed, and else not at
// all.
func TestEmittedEventsAreStoredWithTheirChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := db.Open(t)
		woken := 0
		s.HandleEvents(store.Events{Emitted: func() { woken++ }})
		failure := errors.New("it failed")
		require.ErrorIs(t, s.Write(t.Context(), func(tx *store.Tx) error {
			return errors.Join(tx.EmitEvents(t.Context(), someEvent("failed")), failure)
		}), failure)
		require.Zero(t, woken)
		all, early := []prefect.Event{someEvent("first"), someEvent("second"), someEvent("third")}, 0
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
			if err := tx.EmitEvents(t.Context(), all[0], all[1]); err != nil {
				return err
			}
			early += woken
			return tx.EmitEvents(t.Context(), all[2])
		}))
		require.Equal(t, 1, woken)
		require.Zero(t, early, "it was told before the commit")
		var claimed []prefect.EmittedEvent
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) (err error) {
			if claimed, err = tx.ClaimEmitted(t.Context(), 2); err != nil || len(claimed) != 2 {
				return err
			}
			return tx.ForgetEmitted(t.Context(), []int64{claimed[0].ID, claimed[1].ID})
		}))
		require.Len(t, claimed, 2)
		for i := range claimed {
			require.Equal(t, all[i], claimed[i].Event.Event)
		}
		require.Equal(t, []string{"1"}, db.Strings(t, "SELECT count(*) FROM praetor_event_outbox"))
	})
}

func TestEmittedEventsAreBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := db.Open(t)
		var tooLarge []string
		s.HandleEvents(store.Events{MaxRelated: 2, MaxName: 5, MaxSize: 1000, TooLarge: func(e *prefect.Event) { tooLarge = append(tooLarge, e.Event) }})
		large, many := someEvent("large"), someEvent("ééééééé")
		large.Payload = prefect.Object(`"` + strings.Repeat("x", 1000) + `"`)
		many.Related = append(many.Related, many.Related[0], many.Related[0], many.Related[0])
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error { return tx.EmitEvents(t.Context(), large, many) }))
		require.Equal(t, []string{"large"}, tooLarge)
		var claimed []prefect.EmittedEvent
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) (err error) {
			claimed, err = tx.ClaimEmitted(t.Context(), 10)
			return err
		}))
		require.Len(t, claimed, 1)
		require.Equal(t, "ééééé", claimed[0].Event.Event.Event)
		require.Len(t, claimed[0].Event.Related, 2)
	})
}

// TestStoredEventsAreQueuedAndToldOf shows that what is stored among the events is queued for automations, and that others hear of it
// once it is committed.
func TestStoredEventsAreQueuedAndToldOf(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := db.Open(t)
		var told []string
		s.HandleEvents(store.Events{Queued: store.QueuedAlways, Stored: func(events []prefect.ReceivedEvent) {
			for i := range events {
				told = append(told, events[i].Event.Event)
			}
		}})
		early := 0
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
			err := tx.InsertEvents(t.Context(), []prefect.ReceivedEvent{received(someEvent("first")), received(someEvent("second"))})
			early = len(told)
			return err
		}))
		require.Zero(t, early, "it was told before the commit")
		require.Equal(t, []string{"first", "second"}, told)
		require.Equal(t, told, db.Strings(t, "SELECT e.event FROM praetor_event_queue q JOIN events e ON e.id = q.event_id WHERE q.event IS NULL ORDER BY q.id"))
		require.Equal(t, []string{"4"}, db.Strings(t, "SELECT count(*) FROM event_resources"))
	})
}

// TestEventsAreQueuedIfThereIsAnAutomation shows that what comes before the first automation is stored only.
func TestEventsAreQueuedIfThereIsAnAutomation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := db.Open(t)
		insert := func(name string) {
			require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
				return tx.InsertEvents(t.Context(), []prefect.ReceivedEvent{received(someEvent(name))})
			}))
		}
		insert("before")
		now := prefect.TimeOf(time.Now())
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
			return tx.InsertAutomation(t.Context(), &prefect.Automation{ID: prefect.NewID(), Created: now, Updated: now, AutomationCore: prefect.AutomationCore{
				Name: "one", Tags: []string{}, Actions: []prefect.Action{}, ActionsOnTrigger: []prefect.Action{}, ActionsOnResolve: []prefect.Action{},
				Trigger: prefect.Trigger{Event: &prefect.EventTrigger{Type: "event", Posture: prefect.Reactive, Threshold: 1}},
			}})
		}))
		insert("after")
		require.Equal(t, []string{"after", "before"}, db.Strings(t, "SELECT event FROM events ORDER BY event"))
		require.Equal(t, []string{"after"}, db.Strings(t, "SELECT e.event FROM praetor_event_queue q JOIN events e ON e.id = q.event_id"))
		s.HandleEvents(store.Events{Queued: store.QueuedNever})
		insert("not at all")
		require.Equal(t, []string{"1"}, db.Strings(t, "SELECT count(*) FROM praetor_event_queue"))
	})
}

func TestUnkeptEventsAreOnlyQueued(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := db.Open(t)
		s.HandleEvents(store.Events{Unkept: true})
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
			return tx.InsertEvents(t.Context(), []prefect.ReceivedEvent{received(someEvent("unkept"))})
		}))
		require.Equal(t, []string{"0"}, db.Strings(t, "SELECT count(*) FROM events"))
		name := "event ->> 'event'"
		if db.Dialect == sqlb.SQLite {
			name = "json_extract(event, '$.event')"
		}
		require.Equal(t, []string{"unkept"}, db.Strings(t, "SELECT "+name+" FROM praetor_event_queue"))
	})
}
