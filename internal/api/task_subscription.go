package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
	"praetor/internal/taskqueue"
)

const (
	// closeViolation is the code for a task worker that does not keep to the protocol.
	closeViolation websocket.StatusCode = 4001
	// maxSubscribeBytes bounds what a task worker may say at once.
	maxSubscribeBytes = 1 << 20
)

// violation says what was expected of a task worker.
type violation struct{ expected string }

func (v *violation) Error() string { return "Protocol violation: expected " + v.expected }

// errQuit is a task worker's wish to end.
var errQuit = errors.New("the task worker quits")

// subscribeToTaskRuns gives a task worker background task runs, one at a time.
func (s *Server) subscribeToTaskRuns(w http.ResponseWriter, r *http.Request) {
	conn, ok := s.acceptSocket(w, r, nil)
	if !ok {
		return
	}
	defer func() { _ = conn.CloseNow() }() // closed already in the good case
	conn.SetReadLimit(maxSubscribeBytes)
	// open ends when the server begins to stop; the request's context, when its patience does.
	open, end := context.WithCancel(r.Context())
	defer end()
	forget := context.AfterFunc(s.quit, end)
	defer forget()
	clientID, keys, err := readSubscription(open, conn)
	if err != nil {
		s.dismissTaskWorker(open, conn, err)
		return
	}
	worker, err := s.tasks.Connect(open, clientID, keys)
	if err != nil {
		s.dismissTaskWorker(open, conn, err)
		return
	}
	c := &taskSubscription{s: s, conn: conn, worker: worker, said: make(chan []byte, 1)}
	gone, left := context.WithCancel(open)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		defer left()
		c.hear(context.WithoutCancel(open)) // a read whose context ends cuts the connection, and there may be a goodbye left to say
	}()
	err = c.give(gone)
	// What the worker has not got must wait for another, whatever has ended.
	ending, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), sendTimeout)
	defer cancel()
	if err := worker.End(ending, s.quit.Err() == nil); err != nil {
		s.log.WarnContext(ending, "the end of a task worker's connection was not stored", slog.Any("error", err))
	}
	s.dismissTaskWorker(gone, conn, err)
	_ = conn.CloseNow() // closed already in the good case
	<-heard
}

// dismissTaskWorker closes the connection with the reason. ctx is over when the worker has gone by itself.
func (s *Server) dismissTaskWorker(ctx context.Context, conn *websocket.Conn, err error) {
	var wrong *violation
	switch {
	case s.quit.Err() != nil:
		// After a normal end the client would not come again.
		_ = conn.Close(websocket.StatusServiceRestart, "The server is stopping") // the client is gone: nobody is left to tell
	case errors.As(err, &wrong):
		_ = conn.Close(closeViolation, wrong.Error()) // the same
	case errors.Is(err, errQuit):
		_ = conn.Close(websocket.StatusNormalClosure, "") // the same
	case ctx.Err() == nil:
		s.log.WarnContext(ctx, "a task worker was sent away", slog.Any("error", err))
		_ = conn.Close(websocket.StatusTryAgainLater, closeTransient) // the same
	}
}

// readSubscription reads the message that must come first.
func readSubscription(ctx context.Context, conn *websocket.Conn) (clientID string, keys []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, authTimeout)
	defer cancel()
	_, message, err := conn.Read(ctx)
	if err != nil {
		return "", nil, err
	}
	var in struct {
		Type     jsontext.Value `json:"type"`
		Keys     jsontext.Value `json:"keys"`
		ClientID jsontext.Value `json:"client_id"`
	}
	// What does not parse has none of the members.
	_ = json.Unmarshal(message, &in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if storable(in.Type) != "subscribe" {
		return "", nil, &violation{"'subscribe' message"}
	}
	var list []jsontext.Value
	if json.Unmarshal(in.Keys, &list) != nil || len(list) == 0 {
		return "", nil, &violation{"'keys' in subscribe message"}
	}
	for _, v := range list {
		if key := storable(v); key != "" { // no task has any other key
			keys = append(keys, key)
		}
	}
	if clientID = storable(in.ClientID); clientID == "" {
		return "", nil, &violation{"'client_id' in subscribe message"}
	}
	return clientID, keys, nil
}

// storable is a JSON string that a database can hold, or "".
func storable(v jsontext.Value) string {
	var text string
	if json.Unmarshal(v, &text) != nil || strings.ContainsRune(text, 0) {
		return ""
	}
	return text
}

// taskSubscription is a task worker's open socket. One goroutine hears the worker, and one gives it runs.
type taskSubscription struct {
	s      *Server
	conn   *websocket.Conn
	worker *taskqueue.Worker

	awaits atomic.Bool // the worker's answer to the run that was sent
	said   chan []byte // such answers
}

// hear takes what the worker says until there is no more. What it says unasked is passed over.
func (c *taskSubscription) hear(ctx context.Context) {
	for {
		_, message, err := c.conn.Read(ctx)
		if err != nil {
			return
		}
		if c.awaits.CompareAndSwap(true, false) {
			c.said <- message
		}
	}
}

// give sends runs until something ends. gone ends with the connection, and when the server begins to stop.
func (c *taskSubscription) give(gone context.Context) error {
	for {
		run, err := c.next(gone)
		if err != nil {
			return err
		}
		c.awaits.Store(true)
		if err := send(gone, c.conn, run); err != nil {
			return err
		}
		if err := c.acknowledged(gone); err != nil {
			return err
		}
		if err := c.worker.Acknowledge(context.WithoutCancel(gone), run); err != nil {
			return err
		}
	}
}

// next waits for a run, and shows from time to time that the connection lives.
func (c *taskSubscription) next(gone context.Context) (*prefect.TaskRun, error) {
	for {
		waiting, cancel := context.WithTimeout(gone, pingEvery)
		run, err := c.worker.Next(waiting)
		cancel()
		if err == nil || gone.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return run, err
		}
		pinging, cancel := context.WithTimeout(context.WithoutCancel(gone), sendTimeout)
		err = c.conn.Ping(pinging)
		cancel()
		if err != nil {
			return nil, err
		}
	}
}

// acknowledged waits for the worker to say that it has the run.
func (c *taskSubscription) acknowledged(gone context.Context) error {
	var message []byte
	select {
	case message = <-c.said:
	case <-gone.Done():
		// When the server stops, the answer may be on its way.
		patience := time.Duration(0)
		if c.s.quit.Err() != nil {
			patience = farewell
		}
		waiting, cancel := context.WithTimeout(context.WithoutCancel(gone), patience)
		defer cancel()
		select {
		case message = <-c.said:
		case <-waiting.Done():
			return gone.Err()
		}
	}
	var in struct {
		Type jsontext.Value `json:"type"`
	}
	_ = json.Unmarshal(message, &in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) // what does not parse has no type
	switch storable(in.Type) {
	case "ack":
		return nil
	case "quit":
		return errQuit
	}
	return &violation{"'ack' message"}
}
