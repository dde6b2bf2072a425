package api

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"praetor/internal/bus/memory"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// NewEventHub makes the hub through which new events reach those who follow them; a follower may be so many bytes behind.
func NewEventHub(backlog int) *memory.Hub[prefect.ReceivedEvent] {
	const rest = 512 // what an event takes besides its payload and its resources
	return memory.NewHub(backlog, func(e *prefect.ReceivedEvent) int { return rest*(1+len(e.Related)) + len(e.Payload) })
}

// overlap is for how long an event may be on its way from its receipt to those who follow: within it, what is read from the database
// may come live once more.
const overlap = time.Minute

// eventStream sends events to one client: first those of the last minutes, then what comes. It listens before it looks back, so that
// nothing falls between the two; what comes in both ways is sent once.
type eventStream struct {
	server *Server
	conn   *websocket.Conn
	filter *prefect.EventFilter
	begun  prefect.Time
	// sent are the ids of events that were read from the database, and may come live.
	sent map[uuid.UUID]struct{}
	// quiet is from when on none of them can come any more.
	quiet time.Time
}

// streamEventsOut sends events as they come in. The client's first message says which.
func (s *Server) streamEventsOut(w http.ResponseWriter, r *http.Request) {
	conn, ok := s.acceptSocket(w, r, nil)
	if !ok {
		return
	}
	defer func() { _ = conn.CloseNow() }() // closed already in the good case
	conn.SetReadLimit(maxFilterBytes)
	var in struct {
		Body struct {
			Filter   prefect.EventFilter `json:"filter" v:"required"`
			Backfill prefect.Raw         `json:"backfill" default:"true"`
		} `body:""`
	}
	if refusal := readFilter(r.Context(), conn, &in); refusal != "" {
		_ = conn.Close(websocket.StatusProtocolError, closeReason(refusal)) // the client is gone: nobody is left to tell
		return
	}
	now := s.clock()
	filter := &in.Body.Filter
	filter.Complete(now)
	filter.Order = prefect.EventsAscending
	if earliest := now.Add(-s.settings.Events.MaximumWebsocketBackfill); filter.Occurred.Since.Value.Before(earliest) {
		filter.Occurred.Since.Value = prefect.TimeOf(earliest)
	}
	sub := s.eventHub.Subscribe(filter.Matcher())
	defer sub.Close()
	e := &eventStream{server: s, conn: conn, filter: filter, begun: prefect.TimeOf(now)}
	f := follower[prefect.ReceivedEvent]{message: e.message, stopped: websocket.StatusServiceRestart} // a client comes back after that
	if wanted := in.Body.Backfill.Kind(); wanted != 'f' && wanted != 0 {
		f.before = e.backfill
	}
	follow(r.Context(), s, conn, sub, f)
}

// eventMessage carries one event to a follower.
type eventMessage struct {
	Type  string                 `json:"type"`
	Event *prefect.ReceivedEvent `json:"event"`
}

// backfill sends what is stored already, page by page.
func (e *eventStream) backfill(ctx context.Context) error {
	e.sent = map[uuid.UUID]struct{}{}
	at, id := e.filter.Occurred.Since.Value, uuid.Nil // all events of that instant come after it
	size := int64(e.server.settings.Events.BackfillPageSize)
	for {
		page, err := read(ctx, e.server, func(tx *store.Tx) ([]prefect.ReceivedEvent, error) {
			return tx.EventsAfter(ctx, e.filter, at, id, size)
		})
		if err != nil {
			return err
		}
		for i := range page {
			if err := send(ctx, e.conn, eventMessage{"event", &page[i]}); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if page[i].Received.After(e.begun.Time.Add(-overlap)) {
				e.sent[page[i].ID] = struct{}{}
			}
		}
		if int64(len(page)) < size {
			e.quiet = e.server.clock().Add(overlap)
			return nil
		}
		at, id = page[len(page)-1].Occurred, page[len(page)-1].ID
	}
}

// message is what is sent of an event that came live.
func (e *eventStream) message(event *prefect.ReceivedEvent) any {
	if _, again := e.sent[event.ID]; again {
		delete(e.sent, event.ID)
		return nil
	}
	if e.sent != nil && e.server.clock().After(e.quiet) {
		e.sent = nil
	}
	return eventMessage{"event", event}
}
