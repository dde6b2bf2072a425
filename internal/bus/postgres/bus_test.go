package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"praetor/internal/bus"
	"praetor/internal/bus/postgres"
	"praetor/internal/store"
	"praetor/internal/store/sqlb"
	"praetor/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds the waiting for what has to come.
const patience = 30 * time.Second

// node is a server's end of the bus.
type node struct {
	*postgres.Bus
	sent atomic.Int64 // NOTIFY transactions
	fail atomic.Bool  // the next one is to fail
	stop func()
}

func start(t *testing.T, s *store.Store, url string) *node {
	t.Helper()
	channel, err := s.NotifyChannel(t.Context())
	require.NoError(t, err)
	n := &node{}
	n.Bus = postgres.New(postgres.Options{URL: url, Channel: channel, Log: slog.New(slog.DiscardHandler), Notify: func(ctx context.Context, channel string, payloads []string) error {
		if n.fail.CompareAndSwap(true, false) {
			return errors.New("not now")
		}
		n.sent.Add(1)
		return s.Notify(ctx, channel, payloads)
	}})
	ctx, cancel := context.WithCancel(context.Background()) // a clean-up ends it
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.Run(ctx, context.Background())
	}()
	n.stop = func() { cancel(); <-done }
	t.Cleanup(n.stop)
	return n
}

// until takes notes until one is there that is wanted.
func until(t *testing.T, s bus.Subscription, wanted bus.Note) (all []bus.Note) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		notes, err := s.Next(ctx)
		require.NoError(t, err, "%v did not come, but %v", wanted, all)
		all = append(all, notes...)
		for _, n := range notes {
			if n == wanted {
				return all
			}
		}
	}
}

// meet waits until the subscription, which is on another server, hears of what the node publishes about x.
func meet(t *testing.T, from *node, sub bus.Subscription) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		require.True(t, time.Now().Before(deadline), "they do not meet")
		hello := strconv.FormatInt(time.Now().UnixNano(), 10)
		from.PublishToOthers("x", hello)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		notes, err := sub.Next(ctx)
		cancel()
		if err == nil && notes[len(notes)-1].Text == hello {
			return
		}
	}
}

func lost() bus.Note { return bus.Note{Topic: "x", Lost: true} }

func TestNotesReachOtherServers(t *testing.T) {
	db := storetest.Database{Dialect: sqlb.Postgres, Address: storetest.PostgresURL(t)}
	a, b := start(t, db.Open(t), db.Address), start(t, db.Open(t), db.Address)
	mine, yours := a.Subscribe("x", "y"), b.Subscribe("x")
	defer mine.Close()
	defer yours.Close()
	meet(t, a, yours)
	meet(t, b, mine)

	odd := "ä \x00 \" \n " + strings.Repeat("x", 4000)
	a.Publish("y", "passed over")
	a.PublishToOthers("x", "others")
	a.Publish("x", odd)
	require.Equal(t, []bus.Note{{Topic: "x", Text: "others"}, {Topic: "x", Text: odd}}, until(t, yours, bus.Note{Topic: "x", Text: odd}))
	long := strings.Repeat("\x01", 4000)
	a.Publish("x", long)
	require.Equal(t, []bus.Note{lost()}, until(t, yours, lost()), "its JSON is too long")
	b.Publish("x", "back")
	require.Equal(t, []bus.Note{
		{Topic: "y", Text: "passed over"}, {Topic: "x", Text: odd}, {Topic: "x", Text: long}, {Topic: "x", Text: "back"},
	}, until(t, mine, bus.Note{Topic: "x", Text: "back"}), "what it has published itself comes once")

	// Ten thousand notes are a few transactions, each note comes, and a failure loses none.
	before := a.sent.Load()
	a.fail.Store(true)
	for i := range 10_000 {
		a.Publish("x", strconv.Itoa(i))
	}
	seen := map[string]bool{}
	for len(seen) < 10_000 {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		notes, err := yours.Next(ctx)
		cancel()
		require.NoError(t, err)
		for _, n := range notes {
			require.False(t, n.Lost)
			seen[n.Text] = true
		}
	}
	require.LessOrEqual(t, a.sent.Load()-before, int64(20))

	// What was published before the stop is sent.
	a.Publish("x", "last words")
	a.stop()
	until(t, yours, bus.Note{Topic: "x", Text: "last words"})
}

func TestACutConnectionIsALossAndComesBack(t *testing.T) {
	db := storetest.Database{Dialect: sqlb.Postgres, Address: storetest.PostgresURL(t)}
	a, b := start(t, db.Open(t), db.Address), start(t, db.Open(t), db.Address)
	sub := b.Subscribe("x")
	defer sub.Close()
	meet(t, a, sub)
	for range 2 {
		require.NotEmpty(t, db.Strings(t, "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"))
		until(t, sub, lost())
		meet(t, a, sub)
	}
}

func TestADeafServerLooksByItself(t *testing.T) {
	db := storetest.Database{Dialect: sqlb.Postgres, Address: storetest.PostgresURL(t)}
	b := start(t, db.Open(t), "postgresql://nobody@127.0.0.1:1/nowhere")
	sub := b.Subscribe("x")
	defer sub.Close()
	until(t, sub, lost())
	until(t, sub, lost())
	b.Publish("x", "here")
	until(t, sub, bus.Note{Topic: "x", Text: "here"})
}
