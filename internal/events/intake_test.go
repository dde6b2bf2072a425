package events_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// transactions are the store's, as package events wants them.
type transactions struct{ *store.Store }

func (s transactions) Write(ctx context.Context, fn func(events.Tx) error) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx) })
}

// bench is an intake that runs on an open database.
type bench struct {
	storetest.Database

	store  *store.Store
	intake *events.Intake
	log    *bytes.Buffer // what it complained of; read it after stop only
	// stop ends the intake as the server does.
	stop func()

	mu     sync.Mutex
	stored []prefect.ReceivedEvent // what the store told of
}

func onBothDatabases(t *testing.T, test func(t *testing.T, b *bench)) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) { test(t, newBench(t, db)) })
}

func newBench(t *testing.T, db storetest.Database) *bench {
	b := &bench{Database: db, store: db.Open(t), log: &bytes.Buffer{}}
	b.store.HandleEvents(store.Events{Queued: store.QueuedAlways, Stored: func(fresh []prefect.ReceivedEvent) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.stored = append(b.stored, fresh...)
	}})
	b.intake = events.NewIntake(transactions{b.store}, slog.New(slog.NewTextHandler(b.log, nil)))
	ctx, cancel := context.WithCancel(context.Background())
	last, cutOff := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.intake.Run(ctx, last)
	}()
	b.stop = func() {
		cancel()
		<-done
		cutOff()
	}
	t.Cleanup(b.stop)
	return b
}

// told is how many new events the store told of.
func (b *bench) told() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.stored)
}

// send submits each group as one, waits for all, and expects them to be stored.
func (b *bench) send(t *testing.T, groups ...[]prefect.ReceivedEvent) {
	t.Helper()
	receipts := make([]events.Receipt, len(groups))
	for i, group := range groups {
		var err error
		receipts[i], err = b.intake.Submit(t.Context(), group...)
		require.NoError(t, err)
	}
	for _, r := range receipts {
		require.NoError(t, r.Wait(t.Context()))
	}
}

func TestAnswersOnceStored(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		release := b.Hold(t)
		receipt, err := b.intake.Submit(t.Context(), other(1))
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, receipt.Wait(ctx), context.DeadlineExceeded, "the database takes nothing, and the events are called stored")
		release()
		require.NoError(t, receipt.Wait(t.Context()))
		require.Len(t, b.Strings(t, "SELECT id FROM events"), 1)
	})
}

func TestRepeatedEventsAreStoredOnce(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		once := []prefect.ReceivedEvent{other(1), other(2), other(3)}
		b.send(t, once)
		b.send(t, append(once, once[0], other(4)), once, []prefect.ReceivedEvent{once[2]})
		require.Equal(t, []string{"4"}, b.Strings(t, "SELECT count(*) FROM events"))
		require.Equal(t, []string{"8"}, b.Strings(t, "SELECT count(*) FROM event_resources"), "two of each event")
		require.Equal(t, []string{"4"}, b.Strings(t, "SELECT count(*) FROM praetor_event_queue"))
		require.Equal(t, 4, b.told())
	})
}

// TestSendersWait shows that what waits for the database is bounded in number and in bytes.
func TestSendersWait(t *testing.T) {
	large := func(i int) prefect.ReceivedEvent {
		e := other(i)
		e.Payload = prefect.Object(`{"text": "` + string(bytes.Repeat([]byte("x"), 1<<20)) + `"}`)
		return e
	}
	onBothDatabases(t, func(t *testing.T, b *bench) {
		stored := 0
		for name, c := range map[string]struct {
			event func(int) prefect.ReceivedEvent
			most  int
		}{
			"number": {other, 3000},
			"bytes":  {large, 34},
		} {
			release := b.Hold(t)
			var receipts []events.Receipt
			for blocked := false; !blocked; {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				receipt, err := b.intake.Submit(ctx, c.event(len(receipts)))
				cancel()
				if blocked = err != nil; blocked {
					require.ErrorIs(t, err, context.DeadlineExceeded)
					continue
				}
				receipts = append(receipts, receipt)
				require.LessOrEqual(t, len(receipts), c.most, "nothing bounds the %s of what waits", name)
			}
			release()
			for _, r := range receipts {
				require.NoError(t, r.Wait(t.Context()))
			}
			b.send(t, []prefect.ReceivedEvent{c.event(len(receipts))})
			stored += len(receipts) + 1
			require.Equal(t, []string{fmt.Sprint(stored)}, b.Strings(t, "SELECT count(*) FROM events"))
		}
	})
}

func TestSubmissionLargerThanTheBounds(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		all := make([]prefect.ReceivedEvent, 1200)
		for i := range all {
			all[i] = other(i)
			all[i].Payload = prefect.Object(`{"text": "` + string(bytes.Repeat([]byte("x"), 60<<10)) + `"}`)
		}
		b.send(t, all)
		require.Equal(t, []string{"1200"}, b.Strings(t, "SELECT count(*) FROM events"))
	})
}

// TestFailingDatabase shows that nobody is told that events are stored when they are not, and that they can be sent again.
func TestFailingDatabase(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		b.Exec(t, "ALTER TABLE events RENAME TO hidden")
		batch := []prefect.ReceivedEvent{other(1), other(2)}
		receipt, err := b.intake.Submit(t.Context(), batch...)
		require.NoError(t, err)
		require.Error(t, receipt.Wait(t.Context()))
		require.Zero(t, b.told())
		b.Exec(t, "ALTER TABLE hidden RENAME TO events")
		b.send(t, batch)
		require.Equal(t, []string{"2"}, b.Strings(t, "SELECT count(*) FROM events"))
	})
}

// TestOrderOfASender has clients send events one by one, without waiting.
func TestOrderOfASender(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		const clients, each = 4, 300
		var sending errgroup.Group
		for client := range clients {
			sending.Go(func() error {
				sender := b.intake.Sender()
				var last events.Receipt
				for i := range each {
					var err error
					if last, err = sender.Submit(t.Context(), other(client*each+i)); err != nil {
						return err
					}
				}
				return last.Wait(t.Context())
			})
		}
		require.NoError(t, sending.Wait())
		b.stop()
		told := make([]int, clients)
		for i := range b.stored {
			var n int
			_, err := fmt.Sscanf(b.stored[i].Resource[prefect.ResourceID], "thing.%d", &n)
			require.NoError(t, err)
			require.Equal(t, told[n/each], n%each)
			told[n/each]++
		}
		require.Equal(t, []int{each, each, each, each}, told)
	})
}

func TestStop(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, b *bench) {
		release := b.Hold(t)
		receipts := make([]events.Receipt, 500) // all of them find room in the queue
		for i := range receipts {
			var err error
			receipts[i], err = b.intake.Submit(t.Context(), other(i))
			require.NoError(t, err)
		}
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			b.stop()
		}()
		release()
		<-stopped
		for _, r := range receipts {
			require.NoError(t, r.Wait(t.Context()), "what was submitted before the stop")
		}
		require.Equal(t, []string{"500"}, b.Strings(t, "SELECT count(*) FROM events"))
		_, err := b.intake.Submit(t.Context(), other(0))
		require.ErrorIs(t, err, events.ErrStopped)
	})
}

// TestStopWithoutPatience shows that a database that takes nothing does not keep the server from stopping.
func TestStopWithoutPatience(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := db.Open(t)
		intake := events.NewIntake(transactions{s}, slog.New(slog.DiscardHandler))
		db.Hold(t)
		ctx, cancel := context.WithCancel(t.Context())
		last, cutOff := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			intake.Run(ctx, last)
		}()
		receipt, err := intake.Submit(t.Context(), other(1))
		require.NoError(t, err)
		cancel()
		cutOff()
		<-done
		require.Error(t, receipt.Wait(t.Context()))
	})
}
