package api_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// following are the settings with which logs can be followed: the reference's defaults are off.
func following(more ...string) []string {
	return append(more, "PREFECT_SERVER_LOGS_STREAM_OUT_ENABLED=true", "PREFECT_SERVER_LOGS_STREAM_PUBLISHING_ENABLED=true")
}

// follow opens a stream of logs and gets past the greeting.
func (s *server) follow(t *testing.T, filter any) *stream {
	t.Helper()
	st := s.greet(t, nil)
	st.say(t, object{"type": "filter", "filter": filter})
	return st
}

func (s *server) log(t *testing.T, messages ...string) {
	t.Helper()
	lines := make([]object, len(messages))
	for i, m := range messages {
		lines[i] = object{"name": "prefect.flow_runs", "level": 20, "message": m, "timestamp": "2024-05-06T07:08:09.123456Z"}
	}
	s.must(t, 201, "POST", "/logs/", lines)
}

// text is a message's log's text.
func text(t *testing.T, message object) string {
	t.Helper()
	require.Equal(t, "log", message["type"])
	line, ok := message["log"].(object)
	require.True(t, ok)
	written, ok := line["message"].(string)
	require.True(t, ok)
	return written
}

// begun waits until the stream of logs is there: it begins some time after its filter was sent.
func (s *server) begun(t *testing.T, st *stream) {
	t.Helper()
	st.listen(t)
	require.Equal(t, object{"type": "auth_success"}, st.receive(t))
	for len(st.messages) == 0 {
		s.log(t, "are you there?")
	}
	end := "there " + uuid.NewString()
	s.log(t, end)
	for text(t, st.receive(t)) != end {
		continue
	}
}

func TestLogsAreFollowed(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		all := s.follow(t, object{})
		some := s.follow(t, object{"level": object{"ge_": 20}, "text": object{"query": `there wanted`}})
		s.begun(t, all)
		s.begun(t, some)
		run := uuid.NewString()
		s.must(t, 201, "POST", "/logs/", []object{
			{"name": "a", "level": 20, "message": "not for all", "timestamp": "2024-05-06T07:08:09Z"},
			{"name": "b", "level": 30, "message": "Wanted \u2713", "timestamp": "2024-05-06T07:08:09.123456Z", "flow_run_id": run},
		})
		got := some.receive(t)
		require.Equal(t, "log", got["type"])
		line, ok := got["log"].(object)
		require.True(t, ok)
		for _, field := range []string{"id", "created", "updated"} {
			require.NotEmpty(t, line[field])
			delete(line, field)
		}
		require.Equal(t, object{
			"name": "b", "level": 30.0, "message": "Wanted \u2713", "timestamp": "2024-05-06T07:08:09.123456Z", "flow_run_id": run, "task_run_id": nil,
		}, line)
		first := text(t, all.receive(t))
		for strings.Contains(first, "there") { // what the other stream was tried with
			first = text(t, all.receive(t))
		}
		require.Equal(t, "not for all", first)
		require.Equal(t, "Wanted \u2713", text(t, all.receive(t)))
	}, following()...)
}

func TestLogsKeepTheirOrderOnTheWay(t *testing.T) {
	s := startServer(t, following())
	st := s.follow(t, object{})
	s.begun(t, st)
	for batch := range 20 {
		lines := make([]string, 50)
		for i := range lines {
			lines[i] = strconv.Itoa(batch*50 + i)
		}
		s.log(t, lines...)
	}
	for i := range 1000 {
		require.Equal(t, strconv.Itoa(i), text(t, st.receive(t)))
	}
}

func TestAFollowerThatSaysSomethingElseIsRefused(t *testing.T) {
	s := startServer(t, following())
	const noModel = "Invalid filter: filter: Input should be a valid dictionary or object to extract fields from"
	for name, c := range map[string]struct {
		second any
		reason string
	}{
		"no filter":           {object{"type": "what?"}, "Expected 'filter' message"},
		"no object":           {[]int{1}, "Expected 'filter' message"},
		"filter missing":      {object{"type": "filter"}, "Invalid filter: filter: Field required"},
		"filter of a text":    {object{"type": "filter", "filter": "x"}, noModel},
		"filter of a list":    {object{"type": "filter", "filter": []int{}}, noModel},
		"filter with unknown": {object{"type": "filter", "filter": object{strings.Repeat("x", 200): 1}}, "Invalid filter: filter." + strings.Repeat("x", 100)},
	} {
		t.Run(name, func(t *testing.T) {
			st := s.greet(t, nil)
			require.Equal(t, object{"type": "auth_success"}, st.receive(t))
			st.say(t, c.second)
			closed := st.ending(t)
			require.Equal(t, websocket.StatusProtocolError, closed.Code)
			require.Equal(t, c.reason, closed.Reason)
		})
	}
	conn, err := s.dial(t, "prefect")
	require.NoError(t, err)
	st := &stream{Conn: conn}
	st.say(t, object{"type": "filter", "filter": object{}})
	closed := st.ending(t)
	require.Equal(t, websocket.StatusPolicyViolation, closed.Code)
	require.Equal(t, "Expected 'auth' message", closed.Reason)
}

func TestFollowingNeedsThePassword(t *testing.T) {
	s := startServer(t, following("PREFECT_SERVER_API_AUTH_STRING=admin:secret"))
	for token, reason := range map[string]string{"": "Auth required but no token provided", "admin:guess": "Invalid token"} {
		closed := s.greet(t, token).ending(t)
		require.Equal(t, websocket.StatusPolicyViolation, closed.Code)
		require.Equal(t, reason, closed.Reason)
	}
	_, err := s.dial(t)
	require.ErrorContains(t, err, "403", "without the subprotocol there is no way to say the password")
	require.Equal(t, object{"type": "auth_success"}, s.greet(t, "admin:secret").receive(t))
}

func TestAnOldClientFollowsWithoutTheSubprotocol(t *testing.T) {
	s := startServer(t, following())
	conn, err := s.dial(t)
	require.NoError(t, err)
	st := &stream{Conn: conn}
	st.say(t, object{"type": "filter", "filter": object{}})
	st.listen(t)
	for len(st.messages) == 0 {
		s.log(t, "are you there?")
	}
	require.Equal(t, "are you there?", text(t, st.receive(t)))
}

func TestAFollowerThatDoesNotReadIsCutOff(t *testing.T) {
	s := startServer(t, following("PRAETOR_SOCKET_BACKLOG_BYTES=100000"))
	lazy, quick := s.follow(t, object{"text": object{"query": "bulk"}}), s.follow(t, object{})
	s.begun(t, quick)
	line := "bulk " + strings.Repeat("x", 100_000)
	// The kernel's buffers hold some megabytes for a reader that does not read.
	for range 120 {
		s.log(t, line)
		require.Equal(t, line, text(t, quick.receive(t)))
	}
	closed := lazy.ending(t)
	require.Equal(t, websocket.StatusTryAgainLater, closed.Code)
	require.Equal(t, "The reader is too slow", closed.Reason)
}

func TestFollowersAreToldThatTheServerStops(t *testing.T) {
	s := startServer(t, following())
	st := s.follow(t, object{})
	s.begun(t, st)
	require.NoError(t, s.stop())
	require.Equal(t, websocket.StatusGoingAway, st.ending(t).Code)
}

func TestNothingIsPassedOnWhereItIsSwitchedOff(t *testing.T) {
	s := startServer(t, nil)
	st := s.follow(t, object{})
	require.Equal(t, object{"type": "auth_success"}, st.receive(t))
	s.log(t, "unheard")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	select {
	case m := <-st.messages:
		require.Nil(t, m)
	case <-ctx.Done():
	}
}
