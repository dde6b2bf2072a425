package api_test

import (
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/store/sqlb"
	"praetor/internal/store/storetest"
)

// onTwoServers runs the test on two servers of one database, which is PostgreSQL.
func onTwoServers(t *testing.T, test func(t *testing.T, one, other *server), settings ...string) {
	t.Helper()
	db := storetest.Database{Dialect: sqlb.Postgres, Address: storetest.PostgresURL(t)}
	settings = append(settings, "PREFECT_SERVER_DATABASE_CONNECTION_URL="+db.URL())
	one := startServer(t, settings)
	other := startServer(t, settings)
	test(t, one, other)
}

func TestTaskRunsReachWorkersOfOtherServers(t *testing.T) {
	onTwoServers(t, func(t *testing.T, one, other *server) {
		w := other.subscribe(t, subscription("w", "a"))
		require.Eventually(t, func() bool { return len(one.must(t, 200, "POST", "/task_workers/filter", nil).json.([]any)) == 1 }, patience, time.Millisecond)
		for range 20 {
			id := one.delay(t, "a")
			require.Equal(t, id, w.next()["id"])
			w.say(object{"type": "ack"})
		}
	})
}

func TestLogsReachFollowersOfOtherServers(t *testing.T) {
	onTwoServers(t, func(t *testing.T, one, other *server) {
		st := other.follow(t, object{})
		other.begun(t, st)
		line := func(message string) []object {
			return []object{{"name": "prefect.flow_runs", "level": 20, "message": message, "timestamp": "2024-05-06T07:08:09.123456Z"}}
		}
		// The other server hears of this one once its connection listens.
		for len(st.messages) == 0 {
			one.must(t, 201, "POST", "/logs/", line("are you there?"))
			time.Sleep(10 * time.Millisecond)
		}
		end := "there " + uuid.NewString()
		one.must(t, 201, "POST", "/logs/", line(end))
		for text(t, st.receive(t)) != end {
			continue
		}
		many := make([]object, 0, 500)
		for range 500 {
			many = append(many, line("one of many")...)
		}
		one.must(t, 201, "POST", "/logs/", many)
		for range many {
			require.Equal(t, "one of many", text(t, st.receive(t)))
		}
	}, following()...)
}

func TestPoolChangesReachWorkersOfOtherServers(t *testing.T) {
	onTwoServers(t, func(t *testing.T, one, other *server) {
		w := connect(t, other, "pool", object{"create_pool_if_not_found": true})
		require.Equal(t, "worker.ready.v1", w.next()["type"])
		one.must(t, 201, "POST", "/work_pools/", object{"name": "another", "type": "process"})
		one.must(t, 204, "PATCH", "/work_pools/another", object{"concurrency_limit": 3})
		one.must(t, 204, "PATCH", "/work_pools/pool", object{"concurrency_limit": 7})
		told := w.next()["payload"].(object)
		require.InDelta(t, 7, told["work_pool"].(object)["concurrency_limit"], 0)
		require.Equal(t, "work_pool_updated", told["reason"])
		one.must(t, 204, "DELETE", "/work_pools/pool", nil)
		w.ends(websocket.StatusPolicyViolation, "authorization_failed")
	})
}
