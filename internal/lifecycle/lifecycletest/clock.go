// Package lifecycletest has a clock for tests of background work.
package lifecycletest

import (
	"sync"
	"time"

	"praetor/internal/lifecycle"
)

// Clock stands still until it is moved. Its methods may be called from any number of goroutines.
type Clock struct {
	mu      sync.Mutex
	changed *sync.Cond
	now     time.Time
	timers  map[*timer]struct{}
}

// NewClock makes a clock that shows now.
func NewClock(now time.Time) *Clock {
	c := &Clock{now: now, timers: map[*timer]struct{}{}}
	c.changed = sync.NewCond(&c.mu)
	return c
}

// Now implements lifecycle.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// NewTimer implements lifecycle.Clock.
func (c *Clock) NewTimer(d time.Duration) lifecycle.Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{clock: c, at: c.now.Add(d), fired: make(chan time.Time, 1)}
	if d <= 0 {
		t.fired <- c.now
		return t
	}
	c.timers[t] = struct{}{}
	c.changed.Broadcast()
	return t
}

// Advance moves the clock, and fires the timers whose time has come.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for t := range c.timers {
		if !t.at.After(c.now) {
			t.fired <- c.now
			delete(c.timers, t)
		}
	}
}

// AwaitTimers blocks until at least n timers wait: so many loops are asleep.
func (c *Clock) AwaitTimers(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.timers) < n {
		c.changed.Wait()
	}
}

type timer struct {
	clock *Clock
	at    time.Time
	fired chan time.Time
}

// Fired implements lifecycle.Timer.
func (t *timer) Fired() <-chan time.Time { return t.fired }

// Stop implements lifecycle.Timer.
func (t *timer) Stop() {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	delete(t.clock.timers, t)
}
