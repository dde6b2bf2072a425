package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/coder/websocket"

	"praetor/internal/api/wire"
	"praetor/internal/events"
	"praetor/internal/prefect"
)

type createEvents struct {
	Body []prefect.Event `body:""`
}

// createEvents answers once the events are stored with all that follows from them.
func (s *Server) createEvents(ctx context.Context, in *createEvents) (none, error) {
	now := prefect.TimeOf(s.clock())
	received := make([]prefect.ReceivedEvent, 0, len(in.Body))
	for i := range in.Body {
		if err := s.checkEvent(&in.Body[i], i); err != nil {
			return none{}, err
		}
		if s.takesSize(ctx, &in.Body[i], len(in.Body[i].Payload)) {
			received = append(received, prefect.ReceivedEvent{Event: in.Body[i], Received: now})
		}
	}
	if len(received) == 0 {
		return none{}, nil
	}
	receipt, err := s.events.Submit(ctx, received...)
	if err == nil {
		err = receipt.Wait(ctx)
	}
	return none{}, err
}

// checkEvent refuses events beyond the configured bounds. path is where the event stands in the request.
func (s *Server) checkEvent(e *prefect.Event, path ...any) error {
	most := s.settings.Events
	refuse := func(message string, bound int, at ...any) error {
		return invalidField(fmt.Sprintf(message, bound), append(slices.Clone(path), at...)...)
	}
	const labels = "The maximum number of labels per resource is %d"
	switch {
	case len([]rune(e.Event)) > most.MaximumEventNameLength:
		return refuse("Event name must be at most %d characters", most.MaximumEventNameLength, "event")
	case len(e.Resource) > most.MaximumLabelsPerResource:
		return refuse(labels, most.MaximumLabelsPerResource, "resource")
	case len(e.Related) > most.MaximumRelatedResources:
		return refuse("The maximum number of related resources is %d", most.MaximumRelatedResources, "related")
	}
	for i, r := range e.Related {
		if len(r) > most.MaximumLabelsPerResource {
			return refuse(labels, most.MaximumLabelsPerResource, "related", i)
		}
	}
	return nil
}

// takesSize tells whether an event of that many bytes is taken. One that is too large is passed over, as the reference
// does: it takes nothing else from its sender.
func (s *Server) takesSize(ctx context.Context, e *prefect.Event, bytes int) bool {
	if bytes <= s.settings.Events.MaximumSizeBytes {
		return true
	}
	s.log.WarnContext(ctx, "an event was passed over: it is too large", slog.String("event", e.Event), slog.String("id", e.ID.String()), slog.Int("bytes", bytes))
	return false
}

const (
	// unconfirmed bounds the receipts that a socket keeps between two pings of its client. It is after how many events the client sends
	// one and waits for the answer: by the time that the ping is read, what came before it is stored, however long that took.
	unconfirmed = 700
	// farewell is how long a socket that is to close waits for what its client has sent already.
	farewell = time.Second
)

// eventSocket takes events from one client. The client counts what it sent as safe once a ping is answered, so the answer
// waits until all that came before the ping is stored. When storing fails the socket closes: the client connects again
// and repeats what was not confirmed.
type eventSocket struct {
	server  *Server
	sender  events.Sender
	conn    *websocket.Conn
	pending []events.Receipt // of what is not known to be stored, oldest first
	failure error            // why storing failed
	failed  chan struct{}    // closed when it has
}

func (s *Server) streamEventsIn(w http.ResponseWriter, r *http.Request) {
	e := &eventSocket{server: s, sender: s.events.Sender(), failed: make(chan struct{})}
	// The library calls confirm in the goroutine that reads: nothing here needs a lock.
	conn, ok := s.acceptSocket(w, r, &websocket.AcceptOptions{OnPingReceived: e.confirm})
	if !ok {
		return
	}
	e.conn = conn
	ended := make(chan struct{})
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		select {
		case <-s.quit.Done():
			e.dismiss(r.Context())
		case <-e.failed:
			_ = conn.Close(websocket.StatusTryAgainLater, "Events could not be stored") // the client may be gone
		case <-ended:
		}
	}()
	e.serve(r.Context())
	if e.failure == nil {
		close(ended)
		_ = conn.CloseNow() // closed already in the good case
	}
	<-closed
	_ = conn.CloseNow() // in the bad case, the client was told
}

// dismiss ends the socket when the server stops. The answer to a ping arrives behind all that the client sent before it.
func (e *eventSocket) dismiss(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	_ = e.conn.Ping(ctx)                                                       // a client that does not answer has had its time
	_ = e.conn.Close(websocket.StatusServiceRestart, "The server is stopping") // the client may be gone
}

// serve takes events until the client or the database has enough. ctx ends with the last of the server.
func (e *eventSocket) serve(ctx context.Context) {
	e.conn.SetReadLimit(e.server.settings.Praetor.MaxBodyBytes)
	for e.failure == nil {
		_, message, err := e.conn.Read(ctx)
		if err != nil || e.failure != nil {
			break // mostly, the client has closed
		}
		event, err := e.server.readEvent(ctx, message)
		if err != nil {
			e.server.log.WarnContext(ctx, "an event was refused", slog.Any("reason", err))
			_ = e.conn.Close(websocket.StatusPolicyViolation, "Invalid event") // the client is gone: nobody is left to tell
			break
		}
		if event != nil {
			e.take(ctx, *event)
		}
	}
	if e.failure == nil {
		e.fail(ctx, e.settle(ctx))
	}
}

// fail notes why storing failed, if it has, and has the socket closed.
func (e *eventSocket) fail(ctx context.Context, err error) {
	if err == nil || e.failure != nil {
		return
	}
	e.failure = err
	close(e.failed)
	if ctx.Err() == nil {
		e.server.log.WarnContext(ctx, "events could not be stored; their sender will repeat them", slog.Any("error", err))
	}
}

// take hands one event in, and so waits while the server has too many.
func (e *eventSocket) take(ctx context.Context, event prefect.ReceivedEvent) {
	receipt, err := e.sender.Submit(ctx, event)
	if err != nil {
		e.fail(ctx, err)
		return
	}
	if e.pending = append(e.pending, receipt); len(e.pending) >= unconfirmed {
		e.fail(ctx, e.settle(ctx))
	}
}

// settle waits until all that was taken is stored.
func (e *eventSocket) settle(ctx context.Context) error {
	for i, receipt := range e.pending {
		if err := receipt.Wait(ctx); err != nil {
			e.pending = slices.Delete(e.pending, 0, i) // those before are stored
			return err
		}
	}
	e.pending = e.pending[:0]
	return nil
}

// confirm tells the library whether to answer a ping. The library's patience is 5 s; a ping that storing outlasts gets no
// answer of its own. The client's next one, which it sends within 20 s, confirms what was sent before either. That happens only to
// pings between those that follow on the client's 700 events.
func (e *eventSocket) confirm(ctx context.Context, _ []byte) bool {
	if e.failure != nil {
		return false // whatever is stored since
	}
	err := e.settle(ctx)
	if err != nil && ctx.Err() == nil {
		e.fail(ctx, err)
	}
	return err == nil
}

// readEvent reads one message of an event socket. Of an event beyond the server's bounds nothing is taken, and its sender
// not sent away: it would come back with the same event.
func (s *Server) readEvent(ctx context.Context, message []byte) (*prefect.ReceivedEvent, error) {
	var in struct {
		Body prefect.Event `body:""`
	}
	problems := decodeMessage(message, &in)
	if len(problems) > 0 {
		return nil, errors.New(string(wire.Answer(problems[:1], nil, "")))
	}
	if err := s.checkEvent(&in.Body); err != nil {
		s.log.WarnContext(ctx, "an event was passed over", slog.String("id", in.Body.ID.String()), slog.Any("reason", err))
		return nil, nil
	}
	if !s.takesSize(ctx, &in.Body, len(message)) {
		return nil, nil
	}
	return &prefect.ReceivedEvent{Event: in.Body, Received: prefect.TimeOf(s.clock())}, nil
}
