// Package postgres is the bus of servers that share a PostgreSQL database and need nothing besides it. Notes travel by
// NOTIFY, in transactions of their own that gather what was published meanwhile: a NOTIFY in a busy transaction would have
// all commits of the database wait for each other. Each server keeps one connection that listens.
package postgres

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"praetor/internal/bus"
	"praetor/internal/bus/memory"
)

const (
	// gatherFor is how long after a NOTIFY the next one waits, so that a busy server sends 100 a second at most.
	gatherFor = 10 * time.Millisecond
	// retryAfter is how long a NOTIFY that failed waits for its next try.
	retryAfter = time.Second
	// notifyTimeout bounds one try.
	notifyTimeout = 10 * time.Second
)

// Options are what a Bus is made of. All are required.
type Options struct {
	// URL is the database's, for the connection that listens. Between must be no pooler that hands connections out for
	// single transactions.
	URL string
	// Channel is where the servers of the database meet.
	Channel string
	// Notify sends payloads to the channel in a transaction of its own.
	Notify func(ctx context.Context, channel string, payloads []string) error
	Log    *slog.Logger
}

// Bus implements bus.Bus. It carries nothing to others unless Run runs.
type Bus struct {
	o    Options
	id   string // of this server, in what it sends
	here memory.Bus
	out  *memory.Queue
}

// New makes a bus.
func New(o Options) *Bus { return &Bus{o: o, id: uuid.NewString(), out: memory.NewQueue()} }

// Publish implements bus.Bus.
func (b *Bus) Publish(topic bus.Topic, texts ...string) {
	b.here.Publish(topic, texts...)
	b.PublishToOthers(topic, texts...)
}

// PublishToOthers implements bus.Bus.
func (b *Bus) PublishToOthers(topic bus.Topic, texts ...string) {
	b.out.Add(memory.Notes(topic, texts)...)
}

// Subscribe implements bus.Bus.
func (b *Bus) Subscribe(topics ...bus.Topic) bus.Subscription { return b.here.Subscribe(topics...) }

// Run carries notes until ctx ends; what was published by then is still sent, unless last ends.
func (b *Bus) Run(ctx, last context.Context) {
	var running sync.WaitGroup
	running.Go(func() { b.listen(ctx) })
	running.Go(func() { b.send(ctx, last) })
	running.Wait()
}

// send sends what is published.
func (b *Bus) send(ctx, last context.Context) {
	for {
		notes, err := b.out.Next(ctx)
		if err != nil {
			if notes = b.out.Take(); len(notes) > 0 {
				_ = b.notify(last, notes) // nobody is left to try again; those who wait look by themselves
			}
			return
		}
		pause := gatherFor
		if err := b.notify(last, notes); err != nil {
			if ctx.Err() == nil {
				b.o.Log.WarnContext(ctx, "other servers could not be told; it will be tried again", slog.Any("error", err))
			}
			b.out.Add(notes...)
			pause = retryAfter
		}
		wait(ctx, pause)
	}
}

func (b *Bus) notify(ctx context.Context, notes []bus.Note) error {
	payloads, err := pack(b.id, notes)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, notifyTimeout)
	defer cancel()
	return b.o.Notify(ctx, b.o.Channel, payloads)
}

// wait waits, unless ctx ends.
func wait(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}
