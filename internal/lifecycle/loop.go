// Package lifecycle is the one contract of background work: what a loop is, who runs it, how it stops, and what is known
// of how it fares. It knows no other package of the server.
package lifecycle

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Loop is background work that is done again and again.
type Loop struct {
	// Name tells the loop from the others of its Group, in logs and in Health.
	Name string
	// Interval lies between the starts of two runs. A run that takes longer is followed by the next at once. It is more than 0.
	Interval time.Duration
	// Wake starts a run before its time, when something was received from it. Nil: the timer alone does. See Waker.
	Wake <-chan struct{}
	// RunOnce does what there is to do, in bounded steps, until nothing is left or ctx ends. It may be stopped between any two
	// of its transactions: the next run, here or on another server, takes up what is left. After an error the loop waits before
	// it tries again, and longer each time; see Options.
	RunOnce func(ctx context.Context) error
}

// Waker wakes a loop: a Loop's Wake receives from it. Any number of calls before the loop looks are one.
type Waker chan struct{}

// NewWaker makes a waker.
func NewWaker() Waker { return make(Waker, 1) }

// Wake has the loop run soon. It never blocks.
func (w Waker) Wake() {
	select {
	case w <- struct{}{}:
	default:
	}
}

// run is a loop that a Group runs.
type run struct {
	Loop
	options Options
	health  health
}

// forever runs the loop until ctx ends: the first time at once.
func (r *run) forever(ctx context.Context) {
	for ctx.Err() == nil {
		began := r.options.Clock.Now()
		r.health.begin(began)
		err := r.once(ctx)
		if ctx.Err() != nil {
			return // whatever came out of it, it was stopped
		}
		failures := r.health.end(r.options.Clock.Now(), err)
		if err != nil {
			r.options.Log.ErrorContext(ctx, "a background service failed", slog.String("service", r.Name), slog.Int("failures", failures), slog.Any("error", err))
		}
		if r.options.Ran != nil {
			r.options.Ran(r.Name, err)
		}
		if !r.wait(ctx, r.pause(began, failures), failures == 0) {
			return
		}
	}
}

// once runs the loop's work and makes an error of a panic: one service that is broken must not end the server.
func (r *run) once(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return r.RunOnce(ctx)
}

// pause is how long to wait before the next run.
func (r *run) pause(began time.Time, failures int) time.Duration {
	if failures == 0 {
		return r.Interval - r.options.Clock.Now().Sub(began)
	}
	pause := r.options.RetryFirst
	for range failures - 1 {
		if pause >= r.options.RetryMost {
			break
		}
		pause *= 2
	}
	return min(pause, r.options.RetryMost)
}

// wait tells whether ctx goes on after the pause. What failed is not woken: who wakes it does so for work that may well be the
// reason.
func (r *run) wait(ctx context.Context, pause time.Duration, woken bool) bool {
	if pause <= 0 {
		return ctx.Err() == nil
	}
	wake := r.Wake
	if !woken {
		wake = nil
	}
	timer := r.options.Clock.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.Fired():
	case <-wake:
	}
	return true
}
