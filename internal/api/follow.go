package api

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"

	"praetor/internal/bus/memory"
)

const (
	// sendTimeout is how long a client may take to let one message through.
	sendTimeout = 30 * time.Second
	// pingEvery is how often a connection without news is shown to be alive, to the proxies between as well, which cut
	// silent ones off after a minute.
	pingEvery = 20 * time.Second
)

// follower is how the items of a subscription become messages.
type follower[T any] struct {
	// before is done first, and may be nil. Its context ends with the connection.
	before func(ctx context.Context) error
	// message is what is sent of an item: nil is nothing.
	message func(*T) any
	// stopped is the code with which the server says that it stops.
	stopped websocket.StatusCode
}

// follow sends what comes to the subscription, until the client, the server or the reader's backlog ends it, and closes
// the connection with the reason.
func follow[T any](ctx context.Context, s *Server, conn *websocket.Conn, sub *memory.Subscription[T], f follower[T]) {
	gone, stop := discard(ctx, conn)
	defer stop()
	var err error
	if f.before != nil {
		err = f.before(gone)
	}
	for err == nil {
		err = next(gone, conn, sub, f.message)
	}
	switch {
	case s.quit.Err() != nil:
		_ = conn.Close(f.stopped, "The server is stopping") // the client is gone: nobody is left to tell
	case errors.Is(err, memory.ErrSlow):
		s.log.WarnContext(ctx, "a follower was cut off: it does not keep up")
		_ = conn.Close(websocket.StatusTryAgainLater, "The reader is too slow") // the client is gone: nobody is left to tell
	case gone.Err() == nil:
		s.log.WarnContext(ctx, "a follower was cut off", slog.Any("error", err))
		_ = conn.Close(websocket.StatusTryAgainLater, "The server cannot go on now") // the client is gone: nobody is left to tell
	}
}

// next waits for news and sends them, or shows that the connection lives when there are none for a while.
func next[T any](ctx context.Context, conn *websocket.Conn, sub *memory.Subscription[T], message func(*T) any) error {
	waiting, cancel := context.WithTimeout(ctx, pingEvery)
	news, err := sub.Next(waiting)
	cancel()
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		pinging, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
		defer cancel()
		return conn.Ping(pinging)
	}
	for i := 0; i < len(news) && err == nil; i++ {
		if m := message(news[i]); m != nil {
			err = send(ctx, conn, m)
		}
	}
	return err
}

// send writes one message as JSON.
func send(ctx context.Context, conn *websocket.Conn, message any) error {
	text, err := json.Marshal(message, json.Deterministic(true))
	if err != nil {
		return err
	}
	// A write whose context ends cuts the connection, and there may be a goodbye left to say.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, text)
}

// discard reads what the client still says and drops it, so that its pongs and its goodbye are seen. The context that it
// gives ends with the connection; stop closes that and waits for the reading to end.
func discard(ctx context.Context, conn *websocket.Conn) (gone context.Context, stop func()) {
	gone, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer cancel()
		// A read whose context ends cuts the connection, and there may be something left to say.
		reading := context.WithoutCancel(ctx)
		for {
			if _, _, err := conn.Read(reading); err != nil {
				return
			}
		}
	}()
	return gone, func() {
		cancel()
		_ = conn.CloseNow() // closed already in the good case
		<-ended
	}
}

// maxFilterBytes bounds the message that says what a follower wants.
const maxFilterBytes = 1 << 20

// readFilter reads the message that must come first into an input, or gives the reason to close.
func readFilter(ctx context.Context, conn *websocket.Conn, into any) (refusal string) {
	ctx, cancel := context.WithTimeout(ctx, authTimeout)
	defer cancel()
	_, message, err := conn.Read(ctx)
	if err != nil {
		return "Expected 'filter' message"
	}
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(message, &head); err != nil || head.Type != "filter" {
		return "Expected 'filter' message"
	}
	if problems := decodeMessage(message, into); len(problems) > 0 {
		return "Invalid filter: " + problemText(problems[0])
	}
	return ""
}
