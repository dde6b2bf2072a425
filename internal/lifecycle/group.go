package lifecycle

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Options are what loops need from outside.
type Options struct {
	Clock Clock
	Log   *slog.Logger
	// RetryFirst is the pause after a first failure; each further one in a row doubles it, up to RetryMost. Zero: a second, and
	// half a minute.
	RetryFirst, RetryMost time.Duration
	// Ran hears of the end of each run, in the loop's goroutine. It may be nil.
	Ran func(name string, err error)
}

// Group runs loops, each in a goroutine, and owns them: what is started is stopped by Stop.
type Group struct {
	runs    []*run
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// Start starts the loops. They end with ctx or with Stop.
func Start(ctx context.Context, loops []Loop, o Options) *Group {
	if o.RetryFirst <= 0 {
		o.RetryFirst = time.Second
	}
	if o.RetryMost <= 0 {
		o.RetryMost = 30 * time.Second
	}
	ctx, cancel := context.WithCancel(ctx)
	g := &Group{cancel: cancel}
	for _, l := range loops {
		r := &run{Loop: l, options: o}
		g.runs = append(g.runs, r)
		g.running.Go(func() { r.forever(ctx) })
	}
	return g
}

// Stop has the loops end, and waits until they have. It may be called more than once, also by several goroutines.
func (g *Group) Stop() {
	g.cancel()
	g.running.Wait()
}

// Health tells how each loop fares, in the order in which they were given.
func (g *Group) Health() []Health {
	all := make([]Health, len(g.runs))
	for i, r := range g.runs {
		all[i] = r.health.read()
		all[i].Name, all[i].Interval = r.Name, r.Interval
	}
	return all
}

// Health tells how a loop fares. Times are zero for what has not happened.
type Health struct {
	Name     string
	Interval time.Duration
	// Running says that a run is under way; it began at Began.
	Running bool
	Began   time.Time
	// Succeeded is the end of the last run without an error.
	Succeeded time.Time
	// Failures counts the failed runs since, and LastError is the last one's.
	Failures  int
	LastError error
	// Took is how long the last run took, with or without success.
	Took time.Duration
}

type health struct {
	mu    sync.Mutex
	state Health
}

func (h *health) begin(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.Running, h.state.Began = true, now
}

// end notes the outcome of a run, and gives the number of failures in a row.
func (h *health) end(now time.Time, err error) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.Running, h.state.Took, h.state.LastError = false, now.Sub(h.state.Began), err
	if err != nil {
		h.state.Failures++
	} else {
		h.state.Failures, h.state.Succeeded = 0, now
	}
	return h.state.Failures
}

func (h *health) read() Health {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state
}
