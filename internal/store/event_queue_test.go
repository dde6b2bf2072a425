package store_test

import (
	"errors"
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
		Related: []prefect.RelatedResource{{prefect.ResourceID: "person.1", prefect.ResourceRole: "owner"}}, Payload: prefect.Object(`{"n": 1}`),
	}
}

// TestEmittedEventsAreStoredWithTheirChange shows that events are stored, queued and told of once if their transaction is
// committed, and else not at all.
func TestEmittedEventsAreStoredWithTheirChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := db.Open(t)
		var told []string
		s.HandleEvents(store.Events{Stored: func(events []prefect.ReceivedEvent) {
			for i := range events {
				told = append(told, events[i].Event.Event)
			}
		}})
		failure := errors.New("it failed")
		require.ErrorIs(t, s.Write(t.Context(), func(tx *store.Tx) error {
			require.NoError(t, tx.EmitEvents(t.Context(), someEvent("failed")))
			return failure
		}), failure)
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
			if err := tx.EmitEvents(t.Context(), someEvent("first"), someEvent("second")); err != nil {
				return err
			}
			require.Empty(t, told, "it is not committed yet")
			return tx.EmitEvents(t.Context(), someEvent("third"))
		}))
		require.Equal(t, []string{"first", "second", "third"}, told)
		require.Equal(t, told, db.Strings(t, "SELECT e.event FROM praetor_event_queue q JOIN events e ON e.id = q.event_id WHERE q.event IS NULL ORDER BY q.id"))
		require.Equal(t, []string{"3"}, db.Strings(t, "SELECT count(*) FROM events"))
		require.Equal(t, []string{"6"}, db.Strings(t, "SELECT count(*) FROM event_resources"))
	})
}

func TestUnkeptEventsAreOnlyQueued(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := db.Open(t)
		s.HandleEvents(store.Events{Unkept: true})
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error { return tx.EmitEvents(t.Context(), someEvent("unkept")) }))
		require.Equal(t, []string{"0"}, db.Strings(t, "SELECT count(*) FROM events"))
		name := "event ->> 'event'"
		if db.Dialect == sqlb.SQLite {
			name = "json_extract(event, '$.event')"
		}
		require.Equal(t, []string{"unkept"}, db.Strings(t, "SELECT "+name+" FROM praetor_event_queue"))
	})
}
