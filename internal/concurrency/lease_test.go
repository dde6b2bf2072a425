package concurrency_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"praetor/internal/concurrency"
	"praetor/internal/concurrency/filelease"
	"praetor/internal/concurrency/redislease"
	"praetor/internal/prefect"
	"praetor/internal/redistest"
	"praetor/internal/store"
	"praetor/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// transactions hands the package the store's.
type transactions struct{ *store.Store }

func (s transactions) Read(ctx context.Context, fn func(concurrency.Tx) error) error {
	return s.Store.Read(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func (s transactions) Write(ctx context.Context, fn func(concurrency.Tx) error) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx) })
}

// world is slots of limits in a database of the test's own, whose time the test tells.
type world struct {
	*concurrency.Slots
	t  *testing.T
	db storetest.Database

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// storages makes an empty storage of each kind.
func storages(t *testing.T) map[string]func() concurrency.LeaseStorage {
	return map[string]func() concurrency.LeaseStorage{
		"files": func() concurrency.LeaseStorage {
			s, err := filelease.New(t.TempDir(), time.Now)
			require.NoError(t, err)
			return s
		},
		"redis": func() concurrency.LeaseStorage {
			options, _ := redistest.Empty(t, 13)
			s := redislease.New(options)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			return s
		},
		"database": func() concurrency.LeaseStorage { return concurrency.DatabaseLeases{} },
		"memory":   func() concurrency.LeaseStorage { return concurrency.NewMemoryLeases() },
	}
}

// everywhere runs the test on both databases with each storage.
func everywhere(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		for name, storage := range storages(t) {
			t.Run(name, func(t *testing.T) {
				own := db
				if db.Dialect.String() == "sqlite" {
					own = storetest.SQLite(t)
				}
				test(newWorld(t, own, storage()))
			})
		}
	})
}

func newWorld(t *testing.T, db storetest.Database, leases concurrency.LeaseStorage) *world {
	w := &world{t: t, db: db, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	w.Slots = &concurrency.Slots{
		Store: transactions{db.OpenAt(t, w.clock)}, Leases: leases, Waits: concurrency.Waits{Tag: 30 * time.Second, Other: 30 * time.Second},
	}
	return w
}

// limit makes a limit of so many slots.
func (w *world) limit(size int) prefect.ConcurrencyLimitV2 {
	id := prefect.NewID()
	now := w.clock().Format("2006-01-02 15:04:05.000000")
	w.db.Exec(w.t, fmt.Sprintf(`INSERT INTO concurrency_limit_v2 (id, created, updated, name, "limit", active, active_slots, denied_slots,
	slot_decay_per_second, avg_slot_occupancy_seconds) VALUES ('%s', '%s', '%s', '%s', %d, TRUE, 0, 0, 0, 2)`, id, now, now, id, size))
	return prefect.ConcurrencyLimitV2{ID: id, Name: id.String(), Limit: int64(size), Active: true}
}

// active are the slots of a limit that are taken, as the database has them.
func (w *world) active(l prefect.ConcurrencyLimitV2) string {
	w.t.Helper()
	return w.db.Strings(w.t, fmt.Sprintf("SELECT active_slots FROM concurrency_limit_v2 WHERE id = '%s'", l.ID))[0]
}

func (w *world) acquire(slots int64, ttl time.Duration, limits ...prefect.ConcurrencyLimitV2) (uuid.UUID, error) {
	return w.Acquire(w.t.Context(), limits, slots, concurrency.Concurrency, &concurrency.Terms{TTL: ttl})
}

func (w *world) mustAcquire(slots int64, ttl time.Duration, limits ...prefect.ConcurrencyLimitV2) uuid.UUID {
	w.t.Helper()
	lease, err := w.acquire(slots, ttl, limits...)
	require.NoError(w.t, err)
	return lease
}

func (w *world) read(fn func(ctx context.Context, tx concurrency.Tx) error) {
	w.t.Helper()
	require.NoError(w.t, w.Store.Read(w.t.Context(), func(tx concurrency.Tx) error { return fn(w.t.Context(), tx) }))
}

func (w *world) write(fn func(ctx context.Context, tx concurrency.Tx) error) error {
	return w.Store.Write(w.t.Context(), func(tx concurrency.Tx) error { return fn(w.t.Context(), tx) })
}

func TestStorages(t *testing.T) {
	everywhere(t, func(w *world) {
		first, second := prefect.NewID(), prefect.NewID()
		holder := &prefect.LeaseHolder{Type: prefect.TaskRunHolder, ID: uuid.New()}
		made := prefect.ConcurrencyLease{
			ID: prefect.NewID(), Limits: []uuid.UUID{first, second}, Slots: 2, Holder: holder,
			Created: prefect.TimeOf(w.clock()), Expires: prefect.TimeOf(w.clock().Add(time.Minute)),
		}
		later := prefect.ConcurrencyLease{
			ID: prefect.NewID(), Limits: []uuid.UUID{second}, Slots: 1,
			Created: prefect.TimeOf(w.clock().Add(time.Second)), Expires: prefect.TimeOf(w.clock().Add(time.Hour)),
		}
		require.NoError(w.t, w.write(func(ctx context.Context, tx concurrency.Tx) error {
			return errors.Join(w.Leases.Create(ctx, tx, &made), w.Leases.Create(ctx, tx, &later))
		}))
		w.read(func(ctx context.Context, tx concurrency.Tx) error {
			read, err := w.Leases.Read(ctx, tx, made.ID)
			require.NoError(w.t, err)
			require.ElementsMatch(w.t, made.Limits, read.Limits)
			read.Limits = made.Limits
			require.Equal(w.t, &made, read)
			unknown, err := w.Leases.Read(ctx, tx, uuid.New())
			require.NoError(w.t, err)
			require.Nil(w.t, unknown)
			require.Equal(w.t, []uuid.UUID{made.ID}, w.onLimits(ctx, tx, nil, first))
			require.Equal(w.t, []uuid.UUID{made.ID, later.ID}, w.onLimits(ctx, tx, nil, second), "oldest first")
			require.Equal(w.t, []uuid.UUID{made.ID}, w.onLimits(ctx, tx, &holder.ID, first, second))
			other := uuid.New()
			require.Empty(w.t, w.onLimits(ctx, tx, &other, first, second))
			return nil
		})

		w.pass(time.Minute) // the very end still counts
		require.Empty(w.t, w.expired(10))
		renewed, err := w.Renew(w.t.Context(), made.ID, time.Minute)
		require.NoError(w.t, err)
		require.True(w.t, renewed)
		w.pass(time.Minute + time.Microsecond)
		require.Equal(w.t, []uuid.UUID{made.ID}, w.expired(10))
		require.Empty(w.t, w.expired(0))
		renewed, err = w.Renew(w.t.Context(), made.ID, time.Minute)
		require.NoError(w.t, err)
		require.False(w.t, renewed, "it has expired")

		failure := errors.New("the transaction comes to nothing")
		require.ErrorIs(w.t, w.write(func(ctx context.Context, tx concurrency.Tx) error {
			claimed, err := w.Leases.Claim(ctx, tx, []uuid.UUID{made.ID, later.ID}, false)
			require.Len(w.t, claimed, 2)
			lost := later
			lost.ID = prefect.NewID()
			return errors.Join(failure, err, w.Leases.Create(ctx, tx, &lost))
		}), failure)
		w.read(func(ctx context.Context, tx concurrency.Tx) error {
			require.Equal(w.t, []uuid.UUID{made.ID, later.ID}, w.onLimits(ctx, tx, nil, second))
			return nil
		})
		require.NoError(w.t, w.write(func(ctx context.Context, tx concurrency.Tx) error {
			within, err := w.Leases.ClaimExpiredWithin(ctx, tx, []uuid.UUID{second}, 10)
			require.NoError(w.t, err)
			require.Empty(w.t, within, "the lease is on another limit too")
			claimed, err := w.Leases.Claim(ctx, tx, []uuid.UUID{made.ID, later.ID}, true)
			require.Len(w.t, claimed, 1)
			require.Equal(w.t, made.ID, claimed[0].ID)
			require.ElementsMatch(w.t, made.Limits, claimed[0].Limits)
			return err
		}))
		require.Empty(w.t, w.expired(10))
	})
}

func (w *world) onLimits(ctx context.Context, tx concurrency.Tx, holder *uuid.UUID, limits ...uuid.UUID) (ids []uuid.UUID) {
	w.t.Helper()
	leases, err := w.Leases.OnLimits(ctx, tx, limits, holder)
	require.NoError(w.t, err)
	for i := range leases {
		ids = append(ids, leases[i].ID)
	}
	return ids
}

func (w *world) expired(most int64) (ids []uuid.UUID) {
	w.read(func(ctx context.Context, tx concurrency.Tx) error {
		leases, err := w.Leases.Expired(ctx, tx, most)
		for i := range leases {
			ids = append(ids, leases[i].ID)
		}
		return err
	})
	return ids
}

// Whoever releases a lease, and however many do so at once, its slots go back once.
func TestSlotsGoBackOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		for range 5 {
			wide, narrow := w.limit(10), w.limit(4)
			lease := w.mustAcquire(2, time.Minute, wide, narrow)
			w.mustAcquire(1, time.Hour, narrow, wide)
			require.Equal(w.t, []string{"3", "3"}, []string{w.active(wide), w.active(narrow)})
			w.pass(2 * time.Minute)
			w.atOnce(12, func(i int) error {
				if i%3 == 0 {
					_, err := w.Repossess(w.t.Context(), 100)
					return err
				}
				return w.Release(w.t.Context(), lease)
			})
			require.Equal(w.t, []string{"1", "1"}, []string{w.active(wide), w.active(narrow)})
		}
	})
}

// A lease is renewed or taken away, never both.
func TestRenewalAgainstRepossession(t *testing.T) {
	everywhere(t, func(w *world) {
		for range 5 {
			l := w.limit(1)
			lease := w.mustAcquire(1, time.Minute, l)
			var renewed atomic.Int64
			w.atOnce(8, func(i int) error {
				switch i {
				case 0:
					w.pass(time.Minute + time.Microsecond)
					return nil
				case 1, 2:
					_, err := w.Repossess(w.t.Context(), 100)
					return err
				}
				ok, err := w.Renew(w.t.Context(), lease, time.Hour)
				if ok {
					renewed.Add(1)
				}
				return err
			})
			_, err := w.Repossess(w.t.Context(), 100)
			require.NoError(w.t, err)
			if renewed.Load() > 0 {
				require.Equal(w.t, "1", w.active(l))
			} else {
				require.Equal(w.t, "0", w.active(l))
			}
		}
	})
}

// What an expired lease holds of a full limit is there for the next who asks, whether or not it has been repossessed.
func TestExpiredLeasesGiveWay(t *testing.T) {
	everywhere(t, func(w *world) {
		l, other := w.limit(1), w.limit(5)
		old := w.mustAcquire(1, time.Minute, l)
		var full *concurrency.FullError
		_, err := w.acquire(1, time.Minute, l)
		require.ErrorAs(w.t, err, &full)
		w.pass(time.Minute + time.Microsecond)
		w.mustAcquire(1, time.Minute, l, other)
		require.NoError(w.t, w.Release(w.t.Context(), old))
		require.Equal(w.t, []string{"1", "1"}, []string{w.active(l), w.active(other)})
		n, err := w.Repossess(w.t.Context(), 100)
		require.NoError(w.t, err)
		require.Zero(w.t, n)
		w.pass(2 * time.Minute)
		n, err = w.Repossess(w.t.Context(), 100)
		require.NoError(w.t, err)
		require.Equal(w.t, 1, n)
		require.Equal(w.t, []string{"0", "0"}, []string{w.active(l), w.active(other)})
	})
}

// Many take slots of several limits in different orders and give them back, by release and by expiry: none is lost and none is
// given out twice.
func TestManyAtOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		a, b := w.limit(3), w.limit(2)
		orders := [][]prefect.ConcurrencyLimitV2{{a, b}, {b, a}, {a}, {b}}
		w.atOnce(8, func(i int) error {
			for k := range 12 {
				lease, err := w.acquire(1, time.Minute, orders[(i+k)%4]...)
				var full *concurrency.FullError
				switch {
				case errors.As(err, &full):
					continue
				case err != nil:
					return err
				case k%4 == 3:
					w.pass(2 * time.Minute) // it is forgotten
					continue
				}
				if err := w.Release(w.t.Context(), lease); err != nil {
					return err
				}
			}
			return nil
		})
		w.pass(2 * time.Minute)
		_, err := w.Repossess(w.t.Context(), 1000)
		require.NoError(w.t, err)
		require.Equal(w.t, []string{"0", "0"}, []string{w.active(a), w.active(b)})
	})
}

// atOnce calls do so many times at once.
func (w *world) atOnce(n int, do func(i int) error) {
	w.t.Helper()
	start := make(chan struct{})
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	group.Wait()
	require.NoError(w.t, errors.Join(errs...))
}
