package api

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"praetor/internal/bus"
	"praetor/internal/bus/memory"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// NewLogHub makes the hub through which new logs reach those who follow them; a follower may be so many bytes behind.
func NewLogHub(backlog int) *memory.Hub[prefect.Log] {
	const rest = 256 // what a log takes besides its texts
	return memory.NewHub(backlog, func(l *prefect.Log) int { return rest + len(l.Name) + len(l.Message) })
}

// publishLogs passes stored logs on to those who follow them, here and at other servers.
func (s *Server) publishLogs(logs []prefect.Log) {
	if !s.settings.Logs.StreamPublishingEnabled {
		return
	}
	if s.settings.Logs.StreamOutEnabled {
		s.logs.Publish(logs)
	}
	ids := make([]uuid.UUID, len(logs))
	for i := range logs {
		ids[i] = logs[i].ID
	}
	s.bus.PublishToOthers(bus.Logs, bus.PackIDs(ids)...)
}

// loops are what runs beside the requests.
func (s *Server) loops() []lifecycle.Loop {
	if !s.settings.Logs.StreamOutEnabled {
		return nil
	}
	notes := s.bus.Subscribe(bus.Logs)
	return []lifecycle.Loop{{
		Name: "log-feed", Interval: time.Minute, Wake: notes.Ready(),
		RunOnce: func(ctx context.Context) error { return s.feedLogs(ctx, notes.Take()) },
	}}
}

// feedLogs passes on what other servers have stored. What is lost on the way is seen by those who read the logs, not by
// those who follow them.
func (s *Server) feedLogs(ctx context.Context, notes []bus.Note) error {
	for _, n := range notes {
		if n.Lost || !s.logs.Followed() {
			continue
		}
		ids, err := bus.UnpackIDs(n.Text)
		if err != nil {
			return err
		}
		logs, err := read(ctx, s, func(tx *store.Tx) ([]prefect.Log, error) { return tx.LogsByID(ctx, ids) })
		if err != nil {
			return err
		}
		s.logs.Publish(logs)
	}
	return nil
}

// streamLogsOut sends logs as they come in. The client's first message says which; what was there before is not sent.
func (s *Server) streamLogsOut(w http.ResponseWriter, r *http.Request) {
	conn, ok := s.acceptSocket(w, r, nil)
	if !ok {
		return
	}
	defer func() { _ = conn.CloseNow() }() // closed already in the good case
	conn.SetReadLimit(maxFilterBytes)
	filter, refusal := readLogFilter(r.Context(), conn)
	if refusal != "" {
		_ = conn.Close(websocket.StatusProtocolError, closeReason(refusal)) // the client is gone: nobody is left to tell
		return
	}
	sub := s.logs.Subscribe(filter.Matcher())
	defer sub.Close()
	follow(r.Context(), s, conn, sub, follower[prefect.Log]{
		message: func(l *prefect.Log) any { return logMessage{"log", l} }, stopped: websocket.StatusGoingAway,
	})
}

// logMessage carries one log to a follower.
type logMessage struct {
	Type string       `json:"type"`
	Log  *prefect.Log `json:"log"`
}

// readLogFilter reads the message that must come first, or gives the reason to close.
func readLogFilter(ctx context.Context, conn *websocket.Conn) (filter *prefect.LogFilter, refusal string) {
	var in struct {
		Body struct {
			Filter prefect.LogFilter `json:"filter" v:"required"`
		} `body:""`
	}
	refusal = readFilter(ctx, conn, &in)
	return &in.Body.Filter, refusal
}
