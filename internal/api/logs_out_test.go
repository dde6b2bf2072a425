package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// following are the settings with which logs can be followed: the reference's defaults are off.
func following(more ...string) []string {
	return append(more, "PREFECT_SERVER_LOGS_STREAM_OUT_ENABLED=true", "PREFECT_SERVER_LOGS_STREAM_PUBLISHING_ENABLED=true")
}

// dial opens a websocket of the API, with the subprotocol that clients name or without.
func (s *server) dial(t *testing.T, path string, protocols ...string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, response, err := websocket.Dial(ctx, strings.Replace(s.url, "http", "ws", 1)+path, &websocket.DialOptions{Subprotocols: protocols})
	if response != nil && response.Body != nil {
		response.Body.Close()
	}
	if err == nil {
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, err
}

// follow opens a stream of logs and gets past the greeting.
func (s *server) follow(t *testing.T, filter any) *websocket.Conn {
	t.Helper()
	conn, err := s.dial(t, "/logs/out", "prefect")
	require.NoError(t, err)
	require.NoError(t, wsjson.Write(t.Context(), conn, object{"type": "auth", "token": nil}))
	require.Equal(t, object{"type": "auth_success"}, s.receive(t, conn))
	require.NoError(t, wsjson.Write(t.Context(), conn, object{"type": "filter", "filter": filter}))
	return conn
}

func (s *server) receive(t *testing.T, conn *websocket.Conn) object {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var message object
	require.NoError(t, wsjson.Read(ctx, conn, &message))
	return message
}

// ending reads until the server closes, and gives how.
func (s *server) ending(t *testing.T, conn *websocket.Conn) websocket.CloseError {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		if _, _, err := conn.Read(ctx); err != nil {
			var closed websocket.CloseError
			require.ErrorAs(t, err, &closed)
			return closed
		}
	}
}

func (s *server) log(t *testing.T, messages ...string) {
	t.Helper()
	lines := make([]object, len(messages))
	for i, m := range messages {
		lines[i] = object{"name": "prefect.flow_runs", "level": 20, "message": m, "timestamp": "2024-05-06T07:08:09.123456Z"}
	}
	s.must(t, 201, "POST", "/logs/", lines)
}

// follows waits until the stream is there: a subscription begins some time after its filter was sent.
func (s *server) follows(t *testing.T, conn *websocket.Conn) {
	t.Helper()
	arrived := make(chan object)
	go func() { arrived <- s.receive(t, conn) }()
	for {
		s.log(t, "are you there?")
		select {
		case <-arrived:
			// What was sent while the first was on its way.
			end := uuid.NewString()
			s.log(t, end)
			for s.receive(t, conn)["log"].(object)["message"] != end {
			}
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestLogsAreFollowed(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		all, some := s.follow(t, object{}), s.follow(t, object{"level": object{"ge_": 10}, "text": object{"query": "wanted"}})
		s.follows(t, all)
		run := uuid.NewString()
		// There is no other sign that the second stream has begun than what comes through it.
		var got object
		arrived := make(chan object)
		go func() { arrived <- s.receive(t, some) }()
		for got == nil {
			s.must(t, 201, "POST", "/logs/", []object{
				{"name": "a", "level": 20, "message": "not for all", "timestamp": "2024-05-06T07:08:09Z"},
				{"name": "b", "level": 30, "message": "Wanted \u2713", "timestamp": "2024-05-06T07:08:09.123456Z", "flow_run_id": run},
			})
			select {
			case got = <-arrived:
			case <-time.After(5 * time.Millisecond):
			}
		}
		require.Equal(t, "log", got["type"])
		line := got["log"].(object)
		for _, field := range []string{"id", "created", "updated"} {
			require.NotEmpty(t, line[field])
			delete(line, field)
		}
		require.Equal(t, object{
			"name": "b", "level": 30.0, "message": "Wanted \u2713", "timestamp": "2024-05-06T07:08:09.123456Z", "flow_run_id": run, "task_run_id": nil,
		}, line)
		require.Equal(t, "not for all", s.receive(t, all)["log"].(object)["message"])
	}, following()...)
}

func TestLogsKeepTheirOrderOnTheWay(t *testing.T) {
	s := startServer(t, following())
	conn := s.follow(t, object{})
	s.follows(t, conn)
	for batch := range 20 {
		lines := make([]string, 50)
		for i := range lines {
			lines[i] = fmt.Sprint(batch*50 + i)
		}
		s.log(t, lines...)
	}
	for i := range 1000 {
		require.Equal(t, fmt.Sprint(i), s.receive(t, conn)["log"].(object)["message"])
	}
}

func TestAFollowerThatSaysSomethingElseIsRefused(t *testing.T) {
	s := startServer(t, following())
	for name, c := range map[string]struct {
		first, second any
		code          websocket.StatusCode
		reason        string
	}{
		"no greeting":         {first: object{"type": "filter", "filter": object{}}, code: websocket.StatusPolicyViolation, reason: "Expected 'auth' message"},
		"no filter":           {first: object{"type": "auth"}, second: object{"type": "what?"}, code: websocket.StatusProtocolError, reason: "Expected 'filter' message"},
		"no object":           {first: object{"type": "auth"}, second: []int{1}, code: websocket.StatusProtocolError, reason: "Expected 'filter' message"},
		"filter missing":      {first: object{"type": "auth"}, second: object{"type": "filter"}, code: websocket.StatusProtocolError, reason: "Invalid filter: filter: Field required"},
		"filter of a text":    {first: object{"type": "auth"}, second: object{"type": "filter", "filter": "x"}, code: websocket.StatusProtocolError, reason: "Invalid filter: filter: Input should be a valid dictionary or object to extract fields from"},
		"filter of a list":    {first: object{"type": "auth"}, second: object{"type": "filter", "filter": []int{}}, code: websocket.StatusProtocolError, reason: "Invalid filter: filter: Input should be a valid dictionary or object to extract fields from"},
		"filter with unknown": {first: object{"type": "auth"}, second: object{"type": "filter", "filter": object{strings.Repeat("x", 200): 1}}, code: websocket.StatusProtocolError, reason: "Invalid filter: filter." + strings.Repeat("x", 100)},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := s.dial(t, "/logs/out", "prefect")
			require.NoError(t, err)
			require.NoError(t, wsjson.Write(t.Context(), conn, c.first))
			if c.second != nil {
				require.Equal(t, object{"type": "auth_success"}, s.receive(t, conn))
				require.NoError(t, wsjson.Write(t.Context(), conn, c.second))
			}
			closed := s.ending(t, conn)
			require.Equal(t, c.code, closed.Code)
			require.Equal(t, c.reason, closed.Reason)
		})
	}
}

func TestFollowingNeedsThePassword(t *testing.T) {
	s := startServer(t, following("PREFECT_SERVER_API_AUTH_STRING=admin:secret"))
	for token, reason := range map[string]string{"": "Auth required but no token provided", "admin:guess": "Invalid token"} {
		conn, err := s.dial(t, "/logs/out", "prefect")
		require.NoError(t, err)
		require.NoError(t, wsjson.Write(t.Context(), conn, object{"type": "auth", "token": token}))
		closed := s.ending(t, conn)
		require.Equal(t, websocket.StatusPolicyViolation, closed.Code)
		require.Equal(t, reason, closed.Reason)
	}
	_, err := s.dial(t, "/logs/out")
	require.ErrorContains(t, err, "403", "without the subprotocol there is no way to say the password")
	conn, err := s.dial(t, "/logs/out", "prefect")
	require.NoError(t, err)
	require.NoError(t, wsjson.Write(t.Context(), conn, object{"type": "auth", "token": "admin:secret"}))
	require.Equal(t, object{"type": "auth_success"}, s.receive(t, conn))
}

func TestAnOldClientFollowsWithoutTheSubprotocol(t *testing.T) {
	s := startServer(t, following())
	conn, err := s.dial(t, "/logs/out")
	require.NoError(t, err)
	require.NoError(t, wsjson.Write(t.Context(), conn, object{"type": "filter", "filter": object{}}))
	s.follows(t, conn)
}

func TestAFollowerThatDoesNotReadIsCutOff(t *testing.T) {
	s := startServer(t, following("PRAETOR_SOCKET_BACKLOG_BYTES=100000"))
	lazy, quick := s.follow(t, object{"text": object{"query": "bulk"}}), s.follow(t, object{})
	s.follows(t, quick)
	quick.SetReadLimit(-1)
	lazy.SetReadLimit(-1)
	line := "bulk " + strings.Repeat("x", 100_000)
	// The kernel's buffers hold some megabytes for a reader that does not read.
	for range 120 {
		s.log(t, line)
		require.Equal(t, line, s.receive(t, quick)["log"].(object)["message"])
	}
	closed := s.ending(t, lazy)
	require.Equal(t, websocket.StatusTryAgainLater, closed.Code)
	require.Equal(t, "The reader is too slow", closed.Reason)
}

func TestFollowersAreToldThatTheServerStops(t *testing.T) {
	s := startServer(t, following())
	conn := s.follow(t, object{})
	s.follows(t, conn)
	ended := make(chan websocket.CloseError)
	go func() { ended <- s.ending(t, conn) }()
	require.NoError(t, s.stop())
	require.Equal(t, websocket.StatusGoingAway, (<-ended).Code)
}

func TestNothingIsPassedOnWhereItIsSwitchedOff(t *testing.T) {
	s := startServer(t, nil)
	conn := s.follow(t, object{})
	s.log(t, "unheard")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, _, err := conn.Read(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
