package api_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/store/sqlb"
	"praetor/internal/store/storetest"
)

// watch opens a stream of events and gets past the greeting.
func (s *server) watch(t *testing.T, message object) *stream {
	t.Helper()
	conn, err := s.dialTo(t, "/events/out", "prefect")
	require.NoError(t, err)
	st := &stream{Conn: conn}
	st.say(t, object{"type": "auth", "token": nil})
	require.Equal(t, object{"type": "auth_success"}, st.receive(t))
	st.say(t, message)
	return st
}

// until is a filter of events up to tomorrow.
func until(more object) object {
	filter := object{"occurred": object{"since": instant(-time.Hour), "until": instant(24 * time.Hour)}}
	for name, part := range more {
		filter[name] = part
	}
	return object{"type": "filter", "filter": filter}
}

func instant(from time.Duration) string {
	return time.Now().Add(from).UTC().Format("2006-01-02T15:04:05.000000Z")
}

// happen sends events of the names, of a resource each.
func (s *server) happen(t *testing.T, ago time.Duration, names ...string) {
	t.Helper()
	events := make([]object, len(names))
	for i, name := range names {
		events[i] = event(ago, name, i%2)
	}
	s.must(t, 204, "POST", "/events", events)
}

func event(ago time.Duration, name string, owner int) object {
	return object{
		"id": uuid.NewString(), "occurred": instant(-ago), "event": name, "resource": object{"prefect.resource.id": "thing." + name, "color": "red"},
		"related": []object{{"prefect.resource.id": "owner." + strconv.Itoa(owner), "prefect.resource.role": "owner"}}, "payload": object{"text": "of " + name},
	}
}

// eventIn is the name of the event in a message.
func eventIn(t *testing.T, message object) string {
	t.Helper()
	require.Equal(t, "event", message["type"])
	event, ok := message["event"].(object)
	require.True(t, ok)
	name, ok := event["event"].(string)
	require.True(t, ok)
	return name
}

func TestEventsAreSentFromThePastAndThenLive(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.happen(t, 20*time.Minute, "too old")
		for i := range 7 {
			s.happen(t, time.Duration(10-i)*time.Minute, fmt.Sprint("past ", i))
		}
		st := s.watch(t, until(nil))
		for i := range 7 {
			require.Equal(t, fmt.Sprint("past ", i), eventIn(t, st.receive(t)))
		}
		later := s.watch(t, object{"type": "filter", "filter": until(nil)["filter"], "backfill": false})
		s.happen(t, 0, "live 0")
		require.Equal(t, "live 0", eventIn(t, st.receive(t)))
		for n := 1; len(later.messages) == 0; n++ { // it begins some time after its filter was sent
			s.happen(t, 0, fmt.Sprint("live ", n))
			require.Equal(t, fmt.Sprint("live ", n), eventIn(t, st.receive(t)))
		}
		require.Contains(t, eventIn(t, later.receive(t)), "live")
	}, "PREFECT_EVENTS_WEBSOCKET_BACKFILL_PAGE_SIZE=3")
}

// TestNoEventIsMissedOrRepeated looks back while events come in.
func TestNoEventIsMissedOrRepeated(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		const senders, each = 3, 60
		var sending sync.WaitGroup
		for sender := range senders {
			in, err := s.dialTo(t, "/events/in")
			require.NoError(t, err)
			sending.Go(func() {
				for i := range 2 * each {
					message := event(time.Duration(i%7)*time.Second, fmt.Sprintf("%d.%d", sender, i), 0)
					if err := wsjson.Write(t.Context(), in, message); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		var streams []*stream
		for range 5 {
			streams = append(streams, s.watch(t, until(nil)))
			time.Sleep(20 * time.Millisecond)
		}
		sending.Wait()
		s.happen(t, 0, "the end")
		for _, st := range streams {
			seen := map[string]int{}
			for len(seen) <= 2*senders*each {
				seen[eventIn(t, st.receive(t))]++
			}
			for name, n := range seen {
				require.Equal(t, 1, n, name)
			}
		}
	}, "PREFECT_EVENTS_WEBSOCKET_BACKFILL_PAGE_SIZE=10")
}

func TestEventsAreFiltered(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		for name, filter := range map[string]object{
			"name": {"event": object{"prefix": []string{"want"}, "exclude_name": []string{"wanted not"}}}, "text": {"text": object{"query": `"of wanted" -not`}},
			"resource": {"resource": object{"id": []string{"thing.wanted"}, "labels": object{"color": "r*"}}},
			"any":      {"any_resource": []object{{"id_prefix": []string{"thing.wanted"}, "labels": object{"prefect.resource.id": "!thing.* not"}}, {"id": []string{"owner.1"}}}},
			"related":  {"related": object{"id": []string{"owner.1"}}, "event": object{"name": []string{"wanted", "wanted not"}}},
		} {
			t.Run(name, func(t *testing.T) {
				s.happen(t, time.Second, "no", "wanted", "wanted not")
				st := s.watch(t, until(filter))
				require.Equal(t, "wanted", eventIn(t, st.receive(t))) // from the past
				for len(st.messages) == 0 {
					s.happen(t, 0, "no", "wanted", "wanted not")
				}
				s.happen(t, 0, "no", "wanted", "wanted not")
				require.Equal(t, "wanted", eventIn(t, st.receive(t)))
				require.Equal(t, "wanted", eventIn(t, st.receive(t)))
				s.exec("DELETE FROM events")
			})
		}
	})
}

func TestAWatcherThatSaysSomethingElseIsRefused(t *testing.T) {
	s := startServer(t, nil)
	for second, reason := range map[string]string{
		`{"type":"what?"}`: "Expected 'filter' message", `{}`: "Expected 'filter' message", `[]`: "Expected 'filter' message",
		`{"type":"filter"}`:                                         "Invalid filter: filter: Field required",
		`{"type":"filter","filter":{"zz":1}}`:                       "Invalid filter: filter.zz: Extra inputs are not permitted",
		`{"type":"filter","filter":{"occurred":{"since":"never"}}}`: "Invalid filter: filter.occurred.since: Value error, Unable to parse string [never]",
	} {
		conn, err := s.dialTo(t, "/events/out", "prefect")
		require.NoError(t, err)
		st := &stream{Conn: conn}
		st.say(t, object{"type": "auth", "token": nil})
		require.NoError(t, conn.Write(t.Context(), websocket.MessageText, []byte(second)))
		closed := st.ending(t)
		require.Equal(t, websocket.StatusProtocolError, closed.Code)
		require.Equal(t, reason, closed.Reason)
	}
}

func TestAWatcherThatDoesNotReadIsCutOff(t *testing.T) {
	s := startServer(t, []string{"PRAETOR_SOCKET_BACKLOG_BYTES=100000"})
	conn, err := s.dialTo(t, "/events/out", "prefect")
	require.NoError(t, err)
	lazy := &stream{Conn: conn}
	lazy.say(t, object{"type": "auth", "token": nil})
	lazy.say(t, until(nil))
	quick := s.watch(t, until(nil))
	for range 120 {
		s.must(t, 204, "POST", "/events", []object{{
			"id": uuid.NewString(), "occurred": instant(0), "event": "bulk", "resource": object{"prefect.resource.id": "x"},
			"payload": object{"text": strings.Repeat("x", 100_000)},
		}})
		require.Equal(t, "bulk", eventIn(t, quick.receive(t)))
	}
	require.Equal(t, websocket.StatusTryAgainLater, lazy.ending(t).Code)
}

func TestWatchersAreToldThatTheServerStops(t *testing.T) {
	s := startServer(t, nil)
	st := s.watch(t, until(nil))
	s.happen(t, 0, "here")
	require.Equal(t, "here", eventIn(t, st.receive(t)))
	require.NoError(t, s.stop())
	require.Equal(t, websocket.StatusServiceRestart, st.ending(t).Code, "a client comes back after this one")
}

// TestEventsOfOtherServers has two servers on one database, and events that were written beside both.
func TestEventsOfOtherServers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		if db.Dialect == sqlb.SQLite {
			return // one server has the file
		}
		here := startServer(t, []string{"PREFECT_SERVER_DATABASE_CONNECTION_URL=" + db.URL()})
		there := startServer(t, []string{"PREFECT_SERVER_DATABASE_CONNECTION_URL=" + db.URL()})
		st := here.watch(t, until(nil))
		here.happen(t, 0, "first")
		require.Equal(t, "first", eventIn(t, st.receive(t)))
		const each = 40
		for i := range each {
			there.happen(t, 0, fmt.Sprint("there ", i))
			here.happen(t, 0, fmt.Sprint("here ", i))
		}
		// As Prefect's own server does, which tells nobody.
		db.Exec(t, `INSERT INTO events (id, created, updated, occurred, event, resource_id, resource, related_resource_ids, related, payload, received, recorded)
			SELECT gen_random_uuid(), now(), now(), now(), 'silent', resource_id, resource, related_resource_ids, related, payload, now(), now() FROM events LIMIT 1`)
		seen := map[string]int{}
		for len(seen) < 2*each || seen["silent"] == 0 && !testing.Short() { // which is found after some seconds
			seen[eventIn(t, st.receive(t))]++
		}
		for name, n := range seen {
			require.Equal(t, 1, n, name)
		}
	})
}
