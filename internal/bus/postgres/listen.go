package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"praetor/internal/bus"
)

const (
	// quietFor is how long a connection may hear nothing before it is shown to be alive.
	quietFor = 20 * time.Second
	// probePatience is how long a note to itself may take.
	probePatience = 5 * time.Second
	// deafEvery is how often a server that hears nothing looks at everything instead.
	deafEvery = 2 * time.Second
	// maxDeaf is how many times it does so between two tries to connect.
	maxDeaf = 8
	// connectTimeout bounds one try.
	connectTimeout = 10 * time.Second
)

// probe is the topic of a server's notes to itself. Any notification answers it.
const probe bus.Topic = "probe"

// errDeaf tells of a connection over which nothing comes.
var errDeaf = errors.New("notifications do not arrive: a connection was cut unnoticed, or a pooler between hands connections out for single transactions")

// listen keeps a connection that hears of what others publish. While there is none, subscribers look by themselves.
func (b *Bus) listen(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		heard, err := b.hear(ctx)
		if ctx.Err() != nil {
			return
		}
		failures++
		if heard {
			failures = 0
		}
		b.o.Log.WarnContext(ctx, "this server does not hear of other servers and looks by itself until it does", slog.Any("reason", err))
		for range min(1+failures, maxDeaf) {
			b.here.Lose()
			wait(ctx, deafEvery)
		}
	}
}

// hear connects and hands on what it hears, until something fails. heard tells whether notifications came.
func (b *Bus) hear(ctx context.Context) (heard bool, err error) {
	conn, err := b.connect(ctx)
	if err != nil {
		return false, err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing) // the server sees it gone either way
	}()
	probing := true
	b.out.Add(bus.Note{Topic: probe})
	for {
		patience := quietFor
		if probing {
			patience = probePatience
		}
		waiting, cancel := context.WithTimeout(ctx, patience)
		n, err := conn.WaitForNotification(waiting)
		cancel()
		switch {
		case ctx.Err() != nil:
			return heard, ctx.Err()
		case err != nil && waiting.Err() == nil:
			return heard, err
		case err != nil && probing:
			return heard, errDeaf
		case err != nil:
			probing = true
			b.out.Add(bus.Note{Topic: probe})
			continue
		}
		probing = false
		if !heard {
			heard = true
			b.here.Lose() // whatever was published until now
		}
		b.take(ctx, n.Payload)
	}
}

// connect makes a connection that listens.
func (b *Bus) connect(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, b.o.URL)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{b.o.Channel}.Sanitize()); err != nil {
		return nil, errors.Join(fmt.Errorf("listening: %w", err), conn.Close(ctx))
	}
	return conn, nil
}

// take hands on what came. What this server sent it has handed on already.
func (b *Bus) take(ctx context.Context, text string) {
	from, notes, err := unpack(text)
	if err != nil {
		b.o.Log.WarnContext(ctx, "a notification was not understood", slog.String("channel", b.o.Channel), slog.Any("error", err))
		return
	}
	if from == b.id {
		return
	}
	for _, n := range notes {
		if n.Topic != probe {
			b.here.Deliver(n)
		}
	}
}
