package concurrency_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/concurrency"
	"praetor/internal/prefect"
	"praetor/internal/store/storetest"
)

// held runs the test with a queue that holds requests until the test's end.
func held(t *testing.T, hold time.Duration, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		w := newWorld(t, db, concurrency.DatabaseLeases{})
		w.Queue = &concurrency.Queue{Hold: hold, Most: 100, Clock: time.Now}
		test(w)
	})
}

// inLine starts a request for a slot and returns when it waits in the queue behind so many others.
func (w *world) inLine(ctx context.Context, behind int, limit prefect.ConcurrencyLimitV2, got func(lease uuid.UUID, err error)) {
	w.t.Helper()
	go func() {
		got(w.Acquire(ctx, []prefect.ConcurrencyLimitV2{limit}, 1, concurrency.Concurrency, &concurrency.Terms{TTL: time.Hour}))
	}()
	require.Eventually(w.t, func() bool { return w.Queue.Len() == behind+1 }, 10*time.Second, time.Millisecond)
}

// Whenever a slot comes free, the one who has waited longest gets it, and at once.
func TestHeldInTheOrderOfComing(t *testing.T) {
	held(t, time.Minute, func(w *world) {
		const waiting = 6
		l := w.limit(1)
		lease := w.mustAcquire(1, time.Hour, l)
		type answer struct {
			lease uuid.UUID
			err   error
		}
		answers := make([]chan answer, waiting)
		for i := range answers {
			answers[i] = make(chan answer, 1)
			w.inLine(w.t.Context(), i, l, func(lease uuid.UUID, err error) { answers[i] <- answer{lease, err} })
		}
		for i := range answers {
			require.NoError(w.t, w.Release(w.t.Context(), lease))
			got := <-answers[i]
			require.NoError(w.t, got.err)
			lease = got.lease
			require.Equal(w.t, "1", w.active(l))
			for _, later := range answers[i+1:] {
				require.Empty(w.t, later)
			}
		}
	})
}

// Who gives up while waiting takes no slot and stands in nobody's way.
func TestHeldUntilOneGivesUp(t *testing.T) {
	held(t, time.Minute, func(w *world) {
		l := w.limit(1)
		lease := w.mustAcquire(1, time.Hour, l)
		ctx, giveUp := context.WithCancel(w.t.Context())
		gone := make(chan error, 1)
		w.inLine(ctx, 0, l, func(_ uuid.UUID, err error) { gone <- err })
		next := make(chan error, 1)
		w.inLine(w.t.Context(), 1, l, func(_ uuid.UUID, err error) { next <- err })
		giveUp()
		require.Error(w.t, <-gone)
		require.NoError(w.t, w.Release(w.t.Context(), lease))
		require.NoError(w.t, <-next)
		require.Equal(w.t, "1", w.active(l))
	})
}

// Who was held in vain is told to come again at once, and finds its place kept.
func TestHeldInVain(t *testing.T) {
	held(t, 20*time.Millisecond, func(w *world) {
		l := w.limit(1)
		lease := w.mustAcquire(1, time.Hour, l)
		_, err := w.acquire(1, time.Hour, l)
		var full *concurrency.FullError
		require.ErrorAs(w.t, err, &full)
		require.LessOrEqual(w.t, full.RetryAfter, 0.1)
		w.Queue.Hold = time.Minute
		other := make(chan error, 1)
		wide := w.limit(3)
		go func() { // of another shape, and later
			_, err := w.Acquire(w.t.Context(), []prefect.ConcurrencyLimitV2{l, wide}, 1, concurrency.Concurrency, nil)
			other <- err
		}()
		require.Eventually(w.t, func() bool { return w.Queue.Len() == 2 }, 10*time.Second, time.Millisecond)
		first := make(chan error, 1)
		w.inLine(w.t.Context(), 1, l, func(_ uuid.UUID, err error) { first <- err })
		require.NoError(w.t, w.Release(w.t.Context(), lease))
		require.NoError(w.t, <-first)
		require.Empty(w.t, other)
		w.Queue.Stop()
		require.ErrorAs(w.t, <-other, &full)
	})
}

// A slot of which this process is not told is found too: one that another server gives back.
func TestHeldAndNotTold(t *testing.T) {
	held(t, time.Minute, func(w *world) {
		l := w.limit(1)
		w.mustAcquire(1, time.Hour, l)
		got := make(chan error, 1)
		w.inLine(w.t.Context(), 0, l, func(_ uuid.UUID, err error) { got <- err })
		w.db.Exec(w.t, "UPDATE concurrency_limit_v2 SET active_slots = 0 WHERE id = '"+l.ID.String()+"'")
		require.NoError(w.t, <-got)
	})
}

// Many requests for slots of several limits all get them in the end, and never more at once than there are.
func TestManyAreHeld(t *testing.T) {
	held(t, time.Minute, func(w *world) {
		a, b := w.limit(2), w.limit(3)
		orders := [][]prefect.ConcurrencyLimitV2{{a}, {b}, {a, b}}
		var mu sync.Mutex
		holding := map[uuid.UUID]int64{}
		change := func(limits []prefect.ConcurrencyLimitV2, by int64) (over bool) {
			mu.Lock()
			defer mu.Unlock()
			for i := range limits {
				holding[limits[i].ID] += by
				over = over || holding[limits[i].ID] > limits[i].Limit
			}
			return over
		}
		w.atOnce(12, func(i int) error {
			for k := range 8 {
				limits := slices.Clone(orders[(i+k)%3])
				lease, err := w.acquire(1, time.Hour, limits...)
				if err != nil {
					return err
				}
				if change(limits, 1) {
					return errors.New("more slots are held than there are")
				}
				change(limits, -1)
				if err := w.Release(w.t.Context(), lease); err != nil {
					return err
				}
			}
			return nil
		})
		require.Equal(w.t, []string{"0", "0"}, []string{w.active(a), w.active(b)})
		require.Zero(w.t, w.Queue.Len())
	})
}
