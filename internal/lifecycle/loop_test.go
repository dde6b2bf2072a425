package lifecycle_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"praetor/internal/lifecycle"
	"praetor/internal/lifecycle/lifecycletest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// harness runs one loop on a clock of the test's own.
type harness struct {
	clock *lifecycletest.Clock
	runs  chan time.Time // when each run began
	group *lifecycle.Group
}

func start(t *testing.T, l lifecycle.Loop, outcome func(n int) error) *harness {
	h := &harness{clock: lifecycletest.NewClock(time.Unix(1e9, 0)), runs: make(chan time.Time, 100)}
	n := 0
	l.RunOnce = func(context.Context) error {
		n++
		h.runs <- h.clock.Now()
		return outcome(n)
	}
	h.group = lifecycle.Start(t.Context(), []lifecycle.Loop{l}, lifecycle.Options{Clock: h.clock, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(h.group.Stop)
	return h
}

// asleep waits until the loop does.
func (h *harness) asleep() { h.clock.AwaitTimers(1) }

func succeed(int) error { return nil }

func TestARunStartsAtOnceAndThenAtIntervals(t *testing.T) {
	h := start(t, lifecycle.Loop{Name: "a", Interval: time.Minute}, succeed)
	began := <-h.runs
	h.asleep()
	h.clock.Advance(59 * time.Second)
	require.Empty(t, h.runs)
	h.clock.Advance(time.Second)
	require.Equal(t, began.Add(time.Minute), <-h.runs)
	h.asleep()
	health := h.group.Health()
	require.Equal(t, []lifecycle.Health{{Name: "a", Interval: time.Minute, Began: began.Add(time.Minute), Succeeded: began.Add(time.Minute)}}, health)
}

func TestALongRunIsFollowedAtOnce(t *testing.T) {
	clock := lifecycletest.NewClock(time.Unix(1e9, 0))
	runs := make(chan struct{}, 100)
	n := 0
	group := lifecycle.Start(t.Context(), []lifecycle.Loop{{Name: "a", Interval: time.Minute, RunOnce: func(context.Context) error {
		if n++; n == 1 {
			clock.Advance(61 * time.Second)
		}
		runs <- struct{}{}
		return nil
	}}}, lifecycle.Options{Clock: clock, Log: slog.New(slog.DiscardHandler)})
	defer group.Stop()
	<-runs
	<-runs
	clock.AwaitTimers(1)
	require.Empty(t, runs)
}

func TestAWakerStartsARunBeforeItsTime(t *testing.T) {
	waker := lifecycle.NewWaker()
	h := start(t, lifecycle.Loop{Name: "a", Interval: time.Hour, Wake: waker}, succeed)
	began := <-h.runs
	h.asleep()
	h.clock.Advance(time.Second)
	waker.Wake()
	require.Equal(t, began.Add(time.Second), <-h.runs)
}

func TestFailuresAreRetriedLaterEachTime(t *testing.T) {
	broken := errors.New("broken")
	waker := lifecycle.NewWaker()
	h := start(t, lifecycle.Loop{Name: "a", Interval: time.Hour, Wake: waker}, func(n int) error {
		if n <= 7 {
			return broken
		}
		return nil
	})
	last := <-h.runs
	for i, pause := range []int{1, 2, 4, 8, 16, 30, 30} {
		h.asleep()
		health := h.group.Health()[0]
		require.Equal(t, i+1, health.Failures)
		require.ErrorIs(t, health.LastError, broken)
		waker.Wake() // nobody hears
		h.clock.Advance(time.Duration(pause)*time.Second - 1)
		require.Empty(t, h.runs)
		h.clock.Advance(1)
		now := <-h.runs
		require.Equal(t, time.Duration(pause)*time.Second, now.Sub(last))
		last = now
	}
	<-h.runs // woken in the meantime
	h.asleep()
	require.Zero(t, h.group.Health()[0].Failures)
	require.NoError(t, h.group.Health()[0].LastError)
}

func TestAPanicIsAFailure(t *testing.T) {
	h := start(t, lifecycle.Loop{Name: "a", Interval: time.Hour}, func(int) error { panic("oh") })
	<-h.runs
	h.asleep()
	require.ErrorContains(t, h.group.Health()[0].LastError, "oh")
}

func TestStopEndsARunAndWaitsForIt(t *testing.T) {
	began, ended := make(chan struct{}), false
	group := lifecycle.Start(t.Context(), []lifecycle.Loop{{Name: "a", Interval: time.Hour, RunOnce: func(ctx context.Context) error {
		close(began)
		<-ctx.Done()
		ended = true
		return ctx.Err()
	}}}, lifecycle.Options{Clock: lifecycle.SystemClock{}, Log: slog.New(slog.DiscardHandler), Ran: func(string, error) { panic("it did not run to its end") }})
	<-began
	group.Stop()
	require.True(t, ended)
	group.Stop()
}
