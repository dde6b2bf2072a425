package memory_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"praetor/internal/bus/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// item is published under a number; weight is what it counts against the backlog.
type item struct{ publisher, number, weight int }

func newHub(backlog int) *memory.Hub[item] {
	return memory.NewHub(backlog, func(i *item) int { return i.weight })
}

func all(*item) bool { return true }

func numbers(items []*item) []int {
	list := make([]int, len(items))
	for i, it := range items {
		list[i] = it.number
	}
	return list
}

func TestReadersGetWhatTheyWantFromTheirSubscriptionOn(t *testing.T) {
	hub := newHub(100)
	hub.Publish([]item{{number: 1, weight: 1}})
	even := hub.Subscribe(func(i *item) bool { return i.number%2 == 0 })
	defer even.Close()
	every := hub.Subscribe(all)
	defer every.Close()
	hub.Publish([]item{{number: 2, weight: 1}, {number: 3, weight: 1}})
	hub.Publish([]item{{number: 4, weight: 1}})

	got, err := even.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{2, 4}, numbers(got))
	got, err = every.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{2, 3, 4}, numbers(got))
}

func TestNextWaits(t *testing.T) {
	hub := newHub(100)
	sub := hub.Subscribe(all)
	defer sub.Close()
	got := make(chan []*item)
	go func() {
		items, err := sub.Next(t.Context())
		if err != nil {
			items = nil
		}
		got <- items
	}()
	select {
	case <-got:
		t.Fatal("there was nothing to give")
	case <-time.After(20 * time.Millisecond):
	}
	hub.Publish([]item{{number: 7}})
	require.Equal(t, []int{7}, numbers(<-got))
}

func TestNextEndsWithItsContext(t *testing.T) {
	sub := newHub(100).Subscribe(all)
	defer sub.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := sub.Next(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestASlowReaderIsCutOffAndKeepsWhatCameBefore(t *testing.T) {
	hub := newHub(10)
	slow, quick := hub.Subscribe(all), hub.Subscribe(all)
	defer slow.Close()
	defer quick.Close()
	for number := 1; number <= 1000; number++ {
		hub.Publish([]item{{number: number, weight: 5}})
		got, err := quick.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{number}, numbers(got))
	}
	got, err := slow.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, numbers(got), "what was queued when the backlog was full")
	_, err = slow.Next(t.Context())
	require.ErrorIs(t, err, memory.ErrSlow)
	hub.Publish([]item{{number: 1001}})
	_, err = slow.Next(t.Context())
	require.ErrorIs(t, err, memory.ErrSlow, "once cut off, a reader stays so: it has a gap")
}

func TestOneLargePublicationCutsNobodyOff(t *testing.T) {
	hub := newHub(10)
	sub := hub.Subscribe(all)
	defer sub.Close()
	hub.Publish([]item{{number: 1, weight: 8}, {number: 2, weight: 8}, {number: 3, weight: 8}})
	got, err := sub.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 3}, numbers(got))
}

func TestAClosedSubscriptionGetsNothing(t *testing.T) {
	hub := newHub(100)
	gone, stays := hub.Subscribe(all), hub.Subscribe(all)
	defer stays.Close()
	gone.Close()
	gone.Close()
	hub.Publish([]item{{number: 1}})
	got, err := stays.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{1}, numbers(got))
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = gone.Next(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// TestEachPublishersOrderIsKept publishes from several goroutines while readers come and go.
func TestEachPublishersOrderIsKept(t *testing.T) {
	const publishers, each, readers = 4, 500, 3
	hub := newHub(1 << 30)
	var reading, publishing sync.WaitGroup
	for range readers {
		sub := hub.Subscribe(all)
		reading.Go(func() {
			defer sub.Close()
			last := [publishers]int{}
			for seen := 0; seen < publishers*each; {
				items, err := sub.Next(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				for _, i := range items {
					if i.number != last[i.publisher]+1 {
						t.Errorf("publisher %d: %d after %d", i.publisher, i.number, last[i.publisher])
					}
					last[i.publisher] = i.number
				}
				seen += len(items)
			}
		})
	}
	for p := range publishers {
		publishing.Go(func() {
			for number := 1; number <= each; number++ {
				hub.Publish([]item{{publisher: p, number: number, weight: 1}})
				if number%50 == 0 {
					hub.Subscribe(all).Close()
				}
			}
		})
	}
	publishing.Wait()
	reading.Wait()
}
