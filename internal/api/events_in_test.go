package api_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/store/storetest"
)

// sender is a websocket on which events go in. It reads in the background, so that pongs arrive.
type sender struct {
	*websocket.Conn
	ended chan error // why reading ended
}

func (s *server) sender(t *testing.T) *sender {
	t.Helper()
	conn, err := s.dialTo(t, "/events/in", "prefect")
	require.NoError(t, err)
	require.NoError(t, wsjson.Write(t.Context(), conn, object{"type": "auth", "token": nil}))
	var hello object
	require.NoError(t, wsjson.Read(t.Context(), conn, &hello))
	require.Equal(t, object{"type": "auth_success"}, hello)
	in := &sender{Conn: conn, ended: make(chan error, 1)}
	go func() {
		_, _, err := conn.Read(context.WithoutCancel(t.Context())) // until the connection ends
		in.ended <- err
	}()
	t.Cleanup(func() {
		_ = conn.CloseNow() // closed already, maybe
		err := <-in.ended
		in.ended <- err
	})
	return in
}

func (in *sender) send(t *testing.T, events ...object) {
	t.Helper()
	for _, e := range events {
		require.NoError(t, wsjson.Write(t.Context(), in.Conn, e))
	}
}

// confirmed waits for the answer to a ping.
func (in *sender) confirmed(t *testing.T) {
	t.Helper()
	require.NoError(t, in.Ping(t.Context()))
}

// ping asks for an answer, which comes out of the channel.
func (in *sender) ping(ctx context.Context) <-chan error {
	answer := make(chan error, 1)
	go func() { answer <- in.Ping(ctx) }()
	return answer
}

// closed is the status with which the server closes.
func (in *sender) closed(t *testing.T) websocket.StatusCode {
	t.Helper()
	err := <-in.ended
	in.ended <- err
	return websocket.CloseStatus(err)
}

// happened is an event that is of no task run.
func happened(n int) object {
	return object{
		"id": uuid.NewString(), "occurred": "2044-05-06T07:08:09.123456Z", "event": "it.happened",
		"resource": object{"prefect.resource.id": fmt.Sprintf("thing.%d", n)}, "payload": object{"n": n},
	}
}

// reported are the events of a task run that completes, as the client sends them.
func reported(flowRun, taskRun, key string) []object {
	states := []string{"Pending", "Running", "Completed"}
	events := make([]object, len(states))
	for i, state := range states {
		events[i] = object{
			"id": uuid.NewString(), "occurred": fmt.Sprintf("2044-05-06T07:08:0%d.5Z", i), "event": "prefect.task-run." + state,
			"resource": object{"prefect.resource.id": "prefect.task-run." + taskRun, "prefect.orchestration": "client"},
			"related":  []object{{"prefect.resource.id": "prefect.flow-run." + flowRun, "prefect.resource.role": "flow-run"}},
			"payload": object{
				"initial_state": nil, "intended": object{"from": nil, "to": nil},
				"validated_state": object{"type": strings.ToUpper(state), "name": state, "message": "", "state_details": object{}},
				"task_run":        object{"task_key": "a-task", "dynamic_key": key, "name": "a-task-" + key, "run_count": min(i, 1)},
			},
		}
	}
	return events
}

// sentEvents are those that no server has emitted by itself.
const sentEvents = "events WHERE (event NOT LIKE 'prefect.%' OR event LIKE 'prefect.task-run.%')"

// count is the number of rows that a condition selects.
func (s *server) count(t *testing.T, from string) string {
	t.Helper()
	return s.db.Strings(t, "SELECT count(*) FROM "+from)[0]
}

func TestPongFollowsStorage(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		flowRun := s.flowRun(t, nil)
		in := s.sender(t)
		in.confirmed(t)
		release := s.db.Hold(t)
		for i := range 10 {
			in.send(t, reported(flowRun, uuid.NewString(), fmt.Sprint(i))...)
		}
		pong := in.ping(t.Context())
		select {
		case err := <-pong:
			require.FailNow(t, "a ping was answered before the events are stored", "%v", err)
		case <-time.After(300 * time.Millisecond):
		}
		release()
		require.NoError(t, <-pong)
		require.Equal(t, "30", s.count(t, sentEvents))
		require.Equal(t, "10", s.count(t, "task_run WHERE state_type = 'COMPLETED'"))
		require.Equal(t, "30", s.count(t, "task_run_state"))
	})
}

// TestPingThatStoringOutlasts: the library below answers a ping within 5 s or never.
func TestPingThatStoringOutlasts(t *testing.T) {
	db := storetest.SQLite(t)
	s := startServer(t, []string{"PREFECT_SERVER_DATABASE_CONNECTION_URL=" + db.URL()})
	in := s.sender(t)
	release := db.Hold(t)
	in.send(t, happened(1))
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
	defer cancel()
	require.ErrorIs(t, <-in.ping(ctx), context.DeadlineExceeded)
	in.send(t, happened(2))
	release()
	in.confirmed(t)
	require.Len(t, db.Strings(t, "SELECT id FROM events"), 2)
}

// TestCheckpointThatStoringOutlasts is about the ping that the client sends after 700 events: it waits for nothing else then, and would
// stand still until the next one.
func TestCheckpointThatStoringOutlasts(t *testing.T) {
	db := storetest.SQLite(t)
	s := startServer(t, []string{"PREFECT_SERVER_DATABASE_CONNECTION_URL=" + db.URL()})
	in := s.sender(t)
	stored := func() string { return db.Strings(t, "SELECT count(*) FROM events WHERE event = 'it.happened'")[0] }
	for i := range 600 {
		in.send(t, happened(i))
	}
	require.Eventually(t, func() bool { return stored() == "600" }, time.Minute, 20*time.Millisecond)
	release := db.Hold(t)
	for i := 600; i < 700; i++ {
		in.send(t, happened(i))
	}
	pong := in.ping(t.Context())
	select {
	case err := <-pong:
		require.FailNow(t, "a ping was answered before the events are stored", "%v", err)
	case <-time.After(6 * time.Second):
	}
	release()
	require.NoError(t, <-pong)
	require.Equal(t, "700", stored())
}

func TestEventsThatCannotBeStoredAreNotConfirmed(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		events := []object{happened(1), happened(2)}
		in := s.sender(t)
		in.send(t, events[0])
		in.confirmed(t)
		s.exec("ALTER TABLE events RENAME TO hidden")
		in.send(t, events[1])
		require.Error(t, <-in.ping(t.Context()))
		require.Equal(t, websocket.StatusTryAgainLater, in.closed(t))
		s.exec("ALTER TABLE hidden RENAME TO events")
		again := s.sender(t)
		again.send(t, events...)
		again.confirmed(t)
		require.Equal(t, "2", s.count(t, sentEvents))
	})
}

// TestSenderIsSlowedDown shows that events wait in their sender when the database takes no more, not in the server.
func TestSenderIsSlowedDown(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		const sent, most = 50, 44
		in := s.sender(t)
		release := s.db.Hold(t)
		var written atomic.Int64
		finished := make(chan error, 1)
		go func() {
			large := strings.Repeat("x", 1<<20)
			for i := range sent {
				e := happened(i)
				e["payload"] = object{"text": large}
				if err := wsjson.Write(t.Context(), in.Conn, e); err != nil {
					finished <- err
					return
				}
				written.Add(1)
			}
			finished <- nil
		}()
		for before := int64(-1); before < written.Load(); time.Sleep(500 * time.Millisecond) {
			before = written.Load()
		}
		require.Less(t, written.Load(), int64(most), "nothing slows the sender down")
		release()
		require.NoError(t, <-finished)
		in.confirmed(t)
		require.Equal(t, fmt.Sprint(sent), s.count(t, sentEvents))
	})
}

// TestRepeatsAfterACut is the client's way: what was not confirmed it sends again, and all of it in any order may have come.
func TestRepeatsAfterACut(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		flowRun := s.flowRun(t, nil)
		var all []object
		for i := range 100 {
			all = append(all, reported(flowRun, uuid.NewString(), fmt.Sprint(i))...)
		}
		for sent := 0; sent < len(all); sent += 70 {
			in := s.sender(t)
			in.send(t, all[max(0, sent-100):min(len(all), sent+70)]...)
			require.NoError(t, in.CloseNow())
		}
		in := s.sender(t)
		in.send(t, all[200:]...)
		in.send(t, all[:250]...)
		in.confirmed(t)
		require.Equal(t, "300", s.count(t, sentEvents))
		require.Equal(t, "600", s.count(t, "event_resources WHERE event_id IN (SELECT id FROM "+sentEvents+")"))
		require.Equal(t, "100", s.count(t, "task_run WHERE state_name = 'Completed' AND run_count = 1"))
		require.Equal(t, "300", s.count(t, "task_run_state"))
	})
}

func TestManySendersAtOnce(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		flowRun := s.flowRun(t, nil)
		var senders sync.WaitGroup
		failed := make(chan error, 20)
		for i := range 20 {
			in := s.sender(t)
			senders.Go(func() {
				for j := range 30 {
					for _, e := range reported(flowRun, uuid.NewString(), fmt.Sprintf("%d-%d", i, j)) {
						if err := wsjson.Write(t.Context(), in.Conn, e); err != nil {
							failed <- err
							return
						}
					}
					if j%10 == 9 {
						if err := in.Ping(t.Context()); err != nil {
							failed <- err
							return
						}
					}
				}
			})
		}
		senders.Wait()
		close(failed)
		require.NoError(t, <-failed)
		require.Equal(t, "1800", s.count(t, sentEvents))
		require.Equal(t, "600", s.count(t, "task_run WHERE state_name = 'Completed'"))
	})
}

// TestEventsBeyondTheBounds shows that one event which is not taken keeps no other from being stored: its sender would
// repeat it, and all behind it, for ever.
func TestEventsBeyondTheBounds(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		in := s.sender(t)
		large, named, labelled, related := happened(1), happened(2), happened(3), happened(4)
		large["payload"] = object{"text": strings.Repeat("x", 2000)}
		named["event"] = strings.Repeat("x", 1100)
		labels := object{"prefect.resource.id": "thing"}
		for i := range 10 {
			labels[fmt.Sprint("label ", i)] = "x"
		}
		labelled["resource"] = labels
		related["related"] = []object{
			{"prefect.resource.id": "a", "prefect.resource.role": "x"}, {"prefect.resource.id": "b", "prefect.resource.role": "x"},
			{"prefect.resource.id": "c", "prefect.resource.role": "x"},
		}
		taken := []object{happened(5), happened(6)}
		in.send(t, taken[0], large, named, labelled, related, taken[1])
		in.confirmed(t)
		require.Equal(t, "2", s.count(t, sentEvents))
		s.must(t, 204, "POST", "/events", []object{large})
		for _, c := range []struct {
			event object
			at    string
			msg   string
		}{
			{named, "event", "Value error, Event name must be at most 1024 characters"},
			{labelled, "resource", "Value error, The maximum number of labels per resource is 5"},
			{related, "related", "Value error, The maximum number of related resources is 2"},
		} {
			refused := s.must(t, 422, "POST", "/events", []object{happened(7), c.event})
			body, ok := refused.json.(object)
			require.True(t, ok)
			require.Equal(t, []any{object{
				"type": "value_error", "loc": []any{"body", 1.0, c.at}, "msg": c.msg, "input": nil, "ctx": object{"error": object{}},
			}}, body["exception_detail"])
		}
		require.Equal(t, "2", s.count(t, sentEvents), "nothing of a request that is refused is taken")
	}, "PREFECT_SERVER_EVENTS_MAXIMUM_SIZE_BYTES=1500", "PREFECT_SERVER_EVENTS_MAXIMUM_LABELS_PER_RESOURCE=5",
		"PREFECT_SERVER_EVENTS_MAXIMUM_RELATED_RESOURCES=2")
}

func TestMessagesThatAreNoEvents(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		for name, message := range map[string]string{
			"no JSON": "{", "no object": "[]", "nothing": "{}", "no UUID": `{"id": "x", "occurred": "2044-05-06T07:08:09Z", "event": "e", "resource": {"prefect.resource.id": "r"}}`,
			"no resource": `{"id": "` + uuid.NewString() + `", "occurred": "2044-05-06T07:08:09Z", "event": "e", "resource": {}}`,
			"no UTF-8":    "{\"id\": \"\xff\"}",
		} {
			in := s.sender(t)
			before := happened(1)
			in.send(t, before)
			require.NoError(t, in.Write(t.Context(), websocket.MessageText, []byte(message)), name)
			require.Equal(t, websocket.StatusPolicyViolation, in.closed(t), name)
			id, ok := before["id"].(string)
			require.True(t, ok)
			require.Eventually(t, func() bool { return s.count(t, "events WHERE id = '"+id+"'") == "1" }, 10*time.Second, 20*time.Millisecond, name)
		}
	})
}

// TestStopTakesInWhatWasSent is about clients that have said all they had to say: nobody would repeat it.
func TestStopTakesInWhatWasSent(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		senders := make([]*sender, 5)
		for i := range senders {
			senders[i] = s.sender(t)
		}
		for i := range 200 {
			senders[i%len(senders)].send(t, happened(i))
		}
		require.NoError(t, s.stop())
		for _, in := range senders {
			require.Equal(t, websocket.StatusServiceRestart, in.closed(t))
		}
		require.Equal(t, "200", s.count(t, sentEvents))
	})
}

func TestEventsByRequest(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		flowRun := s.flowRun(t, nil)
		task := uuid.NewString()
		events := append(reported(flowRun, task, "0"), happened(1))
		for range 2 { // a client that did not hear the answer asks again
			s.must(t, 204, "POST", "/events", events)
			require.Equal(t, "Completed", s.must(t, 200, "GET", "/task_runs/"+task, nil).field(t, "state_name"))
		}
		require.Equal(t, "4", s.count(t, sentEvents))
		s.must(t, 204, "POST", "/events", []object{})
		s.must(t, 422, "POST", "/events", []object{{"event": "x"}})

		s.exec("ALTER TABLE events RENAME TO hidden")
		a := s.ask(t, "POST", "/events", []object{happened(2)})
		require.Equal(t, 500, a.status, "nothing is stored, and the client is told otherwise")
		s.exec("ALTER TABLE hidden RENAME TO events")
	})
}

// TestSenderThatLeavesAtOnce has clients that vanish while they greet, send or wait.
func TestSenderThatLeavesAtOnce(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		for range 5 {
			conn, err := s.dialTo(t, "/events/in", "prefect")
			require.NoError(t, err)
			require.NoError(t, conn.CloseNow())
			in := s.sender(t)
			in.send(t, happened(1))
			answer := in.ping(t.Context())
			require.NoError(t, in.CloseNow())
			if err := <-answer; err != nil {
				require.True(t, errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "clos") || strings.Contains(err.Error(), "EOF"), "%v", err)
			}
		}
		s.must(t, 200, "GET", "/ready", nil)
	})
}
