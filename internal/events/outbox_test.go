package events_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/store/sqlb"
	"praetor/internal/store/storetest"
)

type outboxStore struct{ *store.Store }

func (s outboxStore) Write(ctx context.Context, fn func(events.OutboxTx) error) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx) })
}

// emit emits events in one transaction.
func emit(t *testing.T, s *store.Store, emitted ...prefect.ReceivedEvent) {
	t.Helper()
	require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
		for i := range emitted {
			if err := tx.EmitEvents(t.Context(), emitted[i].Event); err != nil {
				return err
			}
		}
		return nil
	}))
}

func newOutbox(s *store.Store, log *bytes.Buffer) *events.Outbox {
	return &events.Outbox{Store: outboxStore{s}, Log: slog.New(slog.NewTextHandler(log, nil))}
}

func TestOutboxMovesEachEventOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := db.Open(t)
		s.HandleEvents(store.Events{Queued: store.QueuedAlways})
		var all []prefect.ReceivedEvent
		for i := range 1200 {
			all = append(all, other(i))
		}
		emit(t, s, all...)
		emit(t, s, all[7]) // of which a client has sent a copy
		require.Equal(t, []string{"0"}, db.Strings(t, "SELECT count(*) FROM events"))
		servers := []*store.Store{s}
		if db.Dialect == sqlb.Postgres {
			for range 2 {
				other := db.Open(t)
				other.HandleEvents(store.Events{Queued: store.QueuedAlways})
				servers = append(servers, other)
			}
		}
		var group sync.WaitGroup
		errs := make([]error, len(servers))
		for i, server := range servers {
			group.Go(func() { errs[i] = newOutbox(server, &bytes.Buffer{}).Move(t.Context()) })
		}
		group.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		require.Equal(t, []string{"1200"}, db.Strings(t, "SELECT count(*) FROM events"))
		require.Equal(t, []string{"2400"}, db.Strings(t, "SELECT count(*) FROM event_resources"))
		require.Equal(t, []string{"1200"}, db.Strings(t, "SELECT count(*) FROM praetor_event_queue"))
		require.Equal(t, []string{"0"}, db.Strings(t, "SELECT count(*) FROM praetor_event_outbox"))
	})
}

// TestOutboxPassesOverWhatTheDatabaseRefuses shows that an event that cannot be stored keeps none of the others waiting.
func TestOutboxPassesOverWhatTheDatabaseRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := db.Open(t)
		all := []prefect.ReceivedEvent{other(0), other(1), other(2), other(3), other(4)}
		all[1].Payload = prefect.Object(`{"text": "nul \u0000"}`)
		all[3].Payload = prefect.Object(`{"number": 1` + strings.Repeat("0", 200_000) + `}`) // beyond PostgreSQL's numeric
		emit(t, s, all...)
		log := &bytes.Buffer{}
		require.NoError(t, newOutbox(s, log).Move(t.Context()))
		stored := 5
		if db.Dialect == sqlb.Postgres {
			stored = 4
			require.Contains(t, log.String(), all[3].ID.String())
		}
		require.Equal(t, []string{fmt.Sprint(stored)}, db.Strings(t, "SELECT count(*) FROM events"))
		require.Equal(t, []string{"0"}, db.Strings(t, "SELECT count(*) FROM praetor_event_outbox"))
	})
}

// TestOutboxOfAFailingDatabase shows that nothing is lost where nothing can be stored.
func TestOutboxOfAFailingDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := db.Open(t)
		emit(t, s, other(0))
		db.Exec(t, "ALTER TABLE events RENAME TO hidden")
		outbox := newOutbox(s, &bytes.Buffer{})
		require.Error(t, outbox.Move(t.Context()))
		db.Exec(t, "ALTER TABLE hidden RENAME TO events")
		require.NoError(t, outbox.Move(t.Context()))
		require.Equal(t, []string{"1"}, db.Strings(t, "SELECT count(*) FROM events"))
	})
}
