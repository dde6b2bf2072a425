package lifecycle

import "time"

// Clock tells the time and waits. Package lifecycletest has one that a test moves.
type Clock interface {
	Now() time.Time
	// NewTimer starts to wait. The caller stops the timer, whether it has fired or not.
	NewTimer(d time.Duration) Timer
}

// Timer fires once.
type Timer interface {
	// Fired receives the time when the timer fires.
	Fired() <-chan time.Time
	// Stop ends the waiting.
	Stop()
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now implements Clock.
func (SystemClock) Now() time.Time { return time.Now() }

// NewTimer implements Clock.
func (SystemClock) NewTimer(d time.Duration) Timer { return systemTimer{time.NewTimer(d)} }

type systemTimer struct{ timer *time.Timer }

// Fired implements Timer.
func (t systemTimer) Fired() <-chan time.Time { return t.timer.C }

// Stop implements Timer.
func (t systemTimer) Stop() { t.timer.Stop() }
