package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// taskWorker is a task worker's end of its socket.
type taskWorker struct {
	t    *testing.T
	conn *websocket.Conn
}

// subscribe opens a task worker's socket and says what it wants; a string is sent as it stands.
func (s *server) subscribe(t *testing.T, message any) *taskWorker {
	t.Helper()
	conn, err := s.dialTo(t, "/task_runs/subscriptions/scheduled", "prefect")
	require.NoError(t, err)
	w := &taskWorker{t, conn}
	w.say(object{"type": "auth", "token": nil})
	require.Equal(t, object{"type": "auth_success"}, w.next())
	w.say(message)
	return w
}

func (w *taskWorker) say(message any) {
	w.t.Helper()
	if text, ok := message.(string); ok {
		require.NoError(w.t, w.conn.Write(w.t.Context(), websocket.MessageText, []byte(text)))
		return
	}
	require.NoError(w.t, wsjson.Write(w.t.Context(), w.conn, message))
}

func (w *taskWorker) next() (message object) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	require.NoError(w.t, wsjson.Read(ctx, w.conn, &message))
	return message
}

func (w *taskWorker) ends(code websocket.StatusCode, reason string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	_, _, err := w.conn.Read(ctx)
	var end websocket.CloseError
	require.ErrorAs(w.t, err, &end)
	require.Equal(w.t, code, end.Code)
	require.Equal(w.t, reason, end.Reason)
}

func subscription(client string, keys ...string) object {
	return object{"type": "subscribe", "keys": keys, "client_id": client}
}

// delay makes a background task run and gives its id.
func (s *server) delay(t *testing.T, key string) string {
	t.Helper()
	return s.must(t, 201, "POST", "/task_runs/", object{
		"task_key": key, "dynamic_key": uuid.NewString(), "name": "run",
		"state": object{"type": "SCHEDULED", "state_details": object{"deferred": true, "task_parameters_id": nobody}},
	}).id(t)
}

func TestTaskWorkersGetRuns(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		early := s.delay(t, "a")
		s.must(t, 201, "POST", "/task_runs/", object{"task_key": "a", "dynamic_key": "own", "state": object{"type": "SCHEDULED"}})
		s.delay(t, "other")
		w := s.subscribe(t, subscription("w", "a", "b"))
		run := w.next()
		require.Equal(t, early, run["id"])
		require.Equal(t, "a", run["task_key"])
		require.Equal(t, nobody, run["state"].(object)["state_details"].(object)["task_parameters_id"])
		late := s.delay(t, "b")
		w.say(object{"type": "ack"})
		require.Equal(t, late, w.next()["id"])
		w.say(object{"type": "ack"})

		// What did not arrive goes to the next, whatever ends the socket.
		id := s.delay(t, "a")
		require.Equal(t, id, w.next()["id"])
		require.NoError(t, w.conn.CloseNow())
		for _, end := range []struct {
			answer any
			code   websocket.StatusCode
			reason string
		}{
			{object{"type": "quit"}, websocket.StatusNormalClosure, ""},
			{object{"type": "nack"}, 4001, "Protocol violation: expected 'ack' message"},
			{"{", 4001, "Protocol violation: expected 'ack' message"},
			{"[]", 4001, "Protocol violation: expected 'ack' message"},
		} {
			w = s.subscribe(t, subscription("w", "a"))
			require.Equal(t, id, w.next()["id"])
			w.say(end.answer)
			w.ends(end.code, end.reason)
		}

		// A cancelled run is given to nobody; a run that is scheduled anew is given again.
		s.must(t, 201, "POST", "/task_runs/"+id+"/set_state", object{"state": object{"type": "CANCELLED"}, "force": true})
		again := s.delay(t, "a")
		w = s.subscribe(t, subscription("w", "a"))
		require.Equal(t, again, w.next()["id"])
		w.say(object{"type": "ack"})
		s.must(t, 201, "POST", "/task_runs/"+id+"/set_state", object{"state": object{"type": "SCHEDULED", "state_details": object{"deferred": true}}, "force": true})
		require.Equal(t, id, w.next()["id"])
	})
}

func TestTaskWorkersThatDoNotKeepToTheProtocol(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		const what, keys, client = "'subscribe' message", "'keys' in subscribe message", "'client_id' in subscribe message"
		for message, expected := range map[string]string{
			`{`: what, `[]`: what, `"x"`: what, `{}`: what, `{"type": "other"}`: what, `{"type": 5}`: what,
			`{"type": "subscribe"}`: keys, `{"type": "subscribe", "keys": []}`: keys, `{"type": "subscribe", "keys": "ab"}`: keys, `{"type": "subscribe", "keys": {"a": 1}}`: keys,
			`{"type": "subscribe", "keys": ["a"]}`: client, `{"type": "subscribe", "keys": ["a"], "client_id": ""}`: client, `{"type": "subscribe", "keys": ["a"], "client_id": 5}`: client,
			`{"type": "subscribe", "keys": ["a"], "client_id": "x\u0000"}`: client,
		} {
			s.subscribe(t, message).ends(4001, "Protocol violation: expected "+expected)
		}
		s.subscribe(t, strings.Repeat(" ", 2<<20)).ends(websocket.StatusMessageTooBig, "read limited at 1048577 bytes")
		require.Empty(t, s.must(t, 200, "POST", "/task_workers/filter", nil).json)

		// Keys that no task has do no harm, nor does what is said unasked.
		w := s.subscribe(t, `{"type": "subscribe", "keys": ["a", 5, null, ["x"], "a", "\u0000"], "client_id": "w"}`)
		w.say("{")
		w.say(object{"type": "quit"})
		id := s.delay(t, "a")
		require.Equal(t, id, w.next()["id"])
	})
}

func TestTaskWorkersAreKnown(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		find := func(filter any) (found []object) {
			for _, w := range s.must(t, 200, "POST", "/task_workers/filter", filter).json.([]any) {
				found = append(found, w.(object))
			}
			return found
		}
		open := s.subscribe(t, subscription("one", "a", "b"))
		s.subscribe(t, subscription("one", "c", "a"))
		gone := s.subscribe(t, subscription("two", "b"))
		require.Eventually(t, func() bool { all := find(nil); return len(all) == 2 && len(all[0]["task_keys"].([]any)) == 3 }, patience, time.Millisecond)
		all := find(object{"task_worker_filter": nil})
		require.Equal(t, "one", all[0]["identifier"])
		require.ElementsMatch(t, []any{"a", "b", "c"}, all[0]["task_keys"])
		require.Equal(t, "two", all[1]["identifier"])
		require.Len(t, find(object{"task_worker_filter": object{"task_keys": []string{"b", "none"}}}), 2)
		require.Len(t, find(object{"task_worker_filter": object{"task_keys": []string{"c"}}}), 1)
		require.Empty(t, find(object{"task_worker_filter": object{"task_keys": []string{"none"}}}))
		for _, wrong := range []any{`[]`, object{"task_worker_filter": object{}}, object{"task_worker_filter": object{"task_keys": "a"}}, object{"task_worker_filter": object{"task_keys": []any{1}}}, `{"task_worker_filter": 5}`} {
			s.must(t, 422, "POST", "/task_workers/filter", wrong)
		}
		require.NoError(t, gone.conn.CloseNow())
		require.Eventually(t, func() bool { return len(find(nil)) == 1 }, patience, 10*time.Millisecond)
		require.NoError(t, open.conn.CloseNow())
	})
}

// A server that stops says so in a way that has the client come again, and what was not acknowledged waits for the next server.
func TestTaskWorkersOutliveTheServer(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		w := s.subscribe(t, subscription("w", "a"))
		id := s.delay(t, "a")
		require.Equal(t, id, w.next()["id"])
		idle := s.subscribe(t, subscription("idle", "b"))
		require.Eventually(t, func() bool { return len(s.must(t, 200, "POST", "/task_workers/filter", nil).json.([]any)) == 2 }, patience, time.Millisecond)
		stopped := make(chan error, 1)
		go func() { stopped <- s.stop() }()
		idle.ends(websocket.StatusServiceRestart, "The server is stopping")
		w.ends(websocket.StatusServiceRestart, "The server is stopping")
		require.NoError(t, <-stopped)

		next := startServer(t, []string{"PREFECT_SERVER_DATABASE_CONNECTION_URL=" + s.db.URL()})
		require.Equal(t, id, next.subscribe(t, subscription("w", "a")).next()["id"])
	})
}
