package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"

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
	if len(in.Body) == 0 {
		return none{}, nil
	}
	now := prefect.TimeOf(s.clock())
	received := make([]prefect.ReceivedEvent, len(in.Body))
	for i := range in.Body {
		if err := s.checkEvent(&in.Body[i]); err != nil {
			return none{}, err
		}
		received[i] = prefect.ReceivedEvent{Event: in.Body[i], Received: now}
	}
	receipt, err := s.events.Submit(ctx, received...)
	if err == nil {
		err = receipt.Wait(ctx)
	}
	return none{}, err
}

// checkEvent refuses events beyond the configured bounds.
func (s *Server) checkEvent(e *prefect.Event) error {
	most := s.settings.Events
	switch {
	case len([]rune(e.Event)) > most.MaximumEventNameLength:
		return prefect.NewError(prefect.Invalid, "The event's name is too long.")
	case len(e.Related) > most.MaximumRelatedResources:
		return prefect.NewError(prefect.Invalid, "The event has too many related resources.")
	case len(e.Resource) > most.MaximumLabelsPerResource:
		return prefect.NewError(prefect.Invalid, "The event's resource has too many labels.")
	case len(e.Payload) > most.MaximumSizeBytes:
		return prefect.NewError(prefect.Invalid, "The event is too large.")
	}
	return nil
}

// unconfirmed bounds the receipts that a socket keeps between two pings of its client, which sends one each 700 events.
const unconfirmed = 4096

// streamEventsIn takes events from a websocket. The client counts what it sent as safe once a ping is answered, so the
// answer waits until all that came before the ping is stored. When storing fails the socket closes: the client connects
// again and repeats what was not confirmed.
func (s *Server) streamEventsIn(w http.ResponseWriter, r *http.Request) {
	var pending []events.Receipt
	settle := func(ctx context.Context) error {
		for _, receipt := range pending {
			if err := receipt.Wait(ctx); err != nil {
				return err
			}
		}
		pending = pending[:0]
		return nil
	}
	var failure error
	conn, ok := s.acceptSocket(w, r, &websocket.AcceptOptions{
		// The library calls this in the goroutine that reads, below: pending needs no lock.
		OnPingReceived: func(ctx context.Context, _ []byte) bool {
			failure = settle(ctx)
			return failure == nil
		},
	})
	if !ok {
		return
	}
	defer func() { _ = conn.CloseNow() }() // closed already in the good case
	conn.SetReadLimit(int64(2 * s.settings.Events.MaximumSizeBytes))
	ctx := r.Context()
	for failure == nil {
		_, message, err := conn.Read(ctx)
		if err != nil {
			if status := websocket.CloseStatus(err); status == -1 && failure == nil && ctx.Err() == nil {
				s.log.DebugContext(ctx, "an event socket ended", slog.Any("error", err))
			}
			break
		}
		event, err := s.readEvent(message)
		if err != nil {
			s.log.WarnContext(ctx, "an event was refused", slog.Any("reason", err))
			_ = conn.Close(websocket.StatusPolicyViolation, "Invalid event") // the client is gone: nobody is left to tell
			break
		}
		receipt, err := s.events.Submit(ctx, *event)
		if err != nil {
			failure = err
			break
		}
		if pending = append(pending, receipt); len(pending) >= unconfirmed {
			failure = settle(ctx)
		}
	}
	if failure == nil {
		failure = settle(context.WithoutCancel(ctx))
	}
	if failure != nil && !errors.Is(failure, context.Canceled) {
		s.log.WarnContext(ctx, "events could not be stored; their sender will repeat them", slog.Any("error", failure))
		_ = conn.Close(websocket.StatusTryAgainLater, "Events could not be stored") // the client is gone: nobody is left to tell
	}
}

// readEvent reads one message of an event socket.
func (s *Server) readEvent(message []byte) (*prefect.ReceivedEvent, error) {
	var in struct {
		Body prefect.Event `body:""`
	}
	problems := wire.Decode(wire.Request{
		Path: func(string) string { return "" }, Query: url.Values{}, Header: http.Header{}, Body: message, ContentType: "application/json",
	}, &in)
	if len(problems) > 0 {
		return nil, errors.New(string(wire.Answer(problems[:1], nil)))
	}
	if err := s.checkEvent(&in.Body); err != nil {
		return nil, err
	}
	return &prefect.ReceivedEvent{Event: in.Body, Received: prefect.TimeOf(s.clock())}, nil
}
