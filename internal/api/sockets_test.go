package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// dial opens a stream of logs, with the subprotocol that clients name or without.
func (s *server) dial(t *testing.T, protocols ...string) (*websocket.Conn, error) {
	t.Helper()
	return s.dialTo(t, "/logs/out", protocols...)
}

func (s *server) dialTo(t *testing.T, path string, protocols ...string) (*websocket.Conn, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, response, err := websocket.Dial(ctx, strings.Replace(s.url, "http", "ws", 1)+path, &websocket.DialOptions{Subprotocols: protocols})
	if response != nil && response.Body != nil {
		response.Body.Close()
	}
	if err == nil {
		conn.SetReadLimit(-1)
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, err
}

// greet opens a stream of logs and says the password, or that there is none.
func (s *server) greet(t *testing.T, password any) *stream {
	t.Helper()
	conn, err := s.dial(t, "prefect")
	require.NoError(t, err)
	st := &stream{Conn: conn}
	st.say(t, object{"type": "auth", "token": password})
	return st
}

// stream is a websocket and what came out of it.
type stream struct {
	*websocket.Conn
	messages chan object
	err      error // why there are no more messages; to be looked at when the channel is closed
}

func (st *stream) say(t *testing.T, message any) {
	t.Helper()
	require.NoError(t, wsjson.Write(t.Context(), st.Conn, message))
}

// listen begins to read, in the background, until the connection ends.
func (st *stream) listen(t *testing.T) {
	t.Helper()
	if st.messages != nil {
		return
	}
	st.messages = make(chan object, 10_000)
	ctx := t.Context()
	go func() {
		defer close(st.messages)
		for {
			var m object
			if st.err = wsjson.Read(ctx, st.Conn, &m); st.err != nil {
				return
			}
			select {
			case st.messages <- m:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// receive gives the next message.
func (st *stream) receive(t *testing.T) object {
	t.Helper()
	st.listen(t)
	select {
	case m, ok := <-st.messages:
		if !ok {
			require.FailNow(t, "the stream ended", "%v", st.err)
		}
		return m
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
	}
	return nil
}

// ending passes over what still comes, and gives how the server closed.
func (st *stream) ending(t *testing.T) websocket.CloseError {
	t.Helper()
	st.listen(t)
	deadline := time.After(patience)
	for {
		select {
		case _, ok := <-st.messages:
			if ok {
				continue
			}
			var closed websocket.CloseError
			require.ErrorAs(t, st.err, &closed)
			return closed
		case <-deadline:
			require.FailNow(t, "the stream does not end")
		}
	}
}
