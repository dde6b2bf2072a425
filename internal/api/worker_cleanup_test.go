package api_test

import (
	"fmt"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// cleaner connects a worker that takes down what was cancelled and not ended, so many at a time.
func cleaner(t *testing.T, s *server, most int, queues ...string) *worker {
	t.Helper()
	w := connect(t, s, "pool", object{
		"requested_capabilities": []string{"worker_heartbeat.v1", "work_pool_snapshot.v1", "cleanup_delivery.v1"},
		"handled_cleanup_kinds":  []string{"cancelling_timeout_teardown.v1"}, "max_cleanup_concurrency": most, "work_queue_names": append([]string{}, queues...),
	})
	ready := w.next()["payload"].(object)
	require.Equal(t, []any{"worker_heartbeat.v1", "work_pool_snapshot.v1", "cleanup_delivery.v1"}, ready["accepted_capabilities"])
	require.Empty(t, ready["rejected_capabilities"])
	require.InDelta(t, most, ready["effective_max_cleanup_concurrency"], 0)
	return w
}

// asked is what the worker is asked for.
func (w *worker) asked() object {
	w.t.Helper()
	message := w.next()
	require.Equal(w.t, "cleanup.message.v1", message["type"])
	return message["payload"].(object)
}

// answers says something of a cleanup and gives the status and the reason of the result.
func (w *worker) answers(kind string, message object, more object) (status, reason any) {
	w.t.Helper()
	payload := object{"message_id": message["message_id"], "reservation_token": message["reservation_token"]}
	for k, v := range more {
		payload[k] = v
	}
	w.say(kind, payload)
	result := w.next()
	require.Equal(w.t, "cleanup.operation_result.v1", result["type"])
	told := result["payload"].(object)
	require.Equal(w.t, payload["message_id"], told["message_id"])
	require.Equal(w.t, kind == "cleanup.renew.v1" && told["status"] == "accepted", told["lease_expires_at"] != nil)
	return told["status"], told["reason"]
}

// toCleanUp puts a cleanup into the database.
func (s *server) toCleanUp(t *testing.T, kind, queue string) string {
	t.Helper()
	pool := s.must(t, 200, "GET", "/work_pools/pool", nil).id(t)
	column := "NULL"
	if queue != "" {
		column = "'" + s.must(t, 200, "GET", "/work_pools/pool/queues/"+queue, nil).id(t) + "'"
	}
	id := uuid.NewString()
	s.exec(fmt.Sprintf(`INSERT INTO praetor_cleanup_messages (id, work_pool_id, work_queue_id, kind, flow_run_id, infrastructure_pid, created)
		VALUES ('%s', '%s', %s, '%s.v1', '%s', 'pid', '2026-01-01 00:00:00.%06d')`, id, pool, column, kind, nobody, len(s.db.Strings(t, "SELECT id FROM praetor_cleanup_messages"))))
	return id
}

func TestWorkersCleanUp(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		const kind = "cancelling_timeout_teardown"
		s.must(t, 201, "POST", "/work_pools/", object{"name": "pool", "type": "process"})
		s.must(t, 201, "POST", "/work_pools/pool/queues", object{"name": "q"})
		s.toCleanUp(t, "pending_claim_teardown", "") // the worker cannot
		first, second, mine := s.toCleanUp(t, kind, ""), s.toCleanUp(t, kind, "default"), s.toCleanUp(t, kind, "q")
		w := cleaner(t, s, 1, "q")

		// Its queue's come first, one at a time.
		asked := w.asked()
		require.Equal(t, mine, asked["message_id"])
		require.Equal(t, object{"flow_run_id": nobody, "infrastructure_pid": "pid"}, asked["target"])
		require.Equal(t, kind+".v1", asked["kind"])
		require.InDelta(t, 1, asked["delivery_count"], 0)
		require.Equal(t, object{}, asked["data"])

		refusals := []struct {
			kind           string
			more           object
			status, reason string
		}{
			{"cleanup.ack.v1", object{"reservation_token": "wrong"}, "invalid_token", "reservation_token_mismatch"},
			{"cleanup.ack.v1", object{"message_id": nobody}, "not_found", "message_not_found"},
			{"cleanup.renew.v1", object{"message_id": first}, "not_current", "no_active_reservation"},
		}
		for _, r := range refusals {
			status, reason := w.answers(r.kind, asked, r.more)
			require.Equal(t, []any{r.status, r.reason}, []any{status, reason})
		}
		status, reason := w.answers("cleanup.renew.v1", asked, nil)
		require.Equal(t, []any{"accepted", nil}, []any{status, reason})
		status, _ = w.answers("cleanup.ack.v1", asked, nil)
		require.Equal(t, "accepted", status)

		// What is given back comes again, and is given up in the end.
		for delivery := 1; delivery <= 3; delivery++ {
			asked = w.asked()
			require.Equal(t, first, asked["message_id"])
			require.InDelta(t, delivery, asked["delivery_count"], 0)
			status, reason = w.answers("cleanup.release.v1", asked, object{"reason": "not now"})
			if delivery < 3 {
				require.Equal(t, []any{"accepted", nil}, []any{status, reason})
			}
		}
		require.Equal(t, []any{"dead_lettered", "max_delivery_attempts_reached"}, []any{status, reason})
		require.Equal(t, []string{"max_delivery_attempts_reached: not now"}, s.db.Strings(t, "SELECT reason FROM praetor_cleanup_messages WHERE reason IS NOT NULL"))

		// A worker that does not answer in time is not waited for.
		late := w.asked()
		require.Equal(t, second, late["message_id"])
		s.exec("UPDATE praetor_cleanup_messages SET lease_expires = '2020-01-01 00:00:00.000000' WHERE ended IS NULL AND token IS NOT NULL")
		other := cleaner(t, s, 5)
		again := other.asked()
		require.Equal(t, second, again["message_id"])
		status, reason = w.answers("cleanup.ack.v1", late, nil)
		require.Equal(t, []any{"invalid_token", "reservation_token_mismatch"}, []any{status, reason})
		status, _ = other.answers("cleanup.ack.v1", again, nil)
		require.Equal(t, "accepted", status)
		require.Len(t, s.db.Strings(t, "SELECT id FROM praetor_cleanup_messages WHERE ended IS NULL"), 1)

		w.say("cleanup.release.v1", object{"message_id": nobody, "reservation_token": "x"})
		w.ends(websocket.StatusProtocolError, "protocol_error")
	})
}

func TestWorkersThatCannotCleanUp(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		for _, change := range []object{{"max_cleanup_concurrency": 0}, {"handled_cleanup_kinds": []string{}}} {
			hello := object{
				"requested_capabilities": []string{"worker_heartbeat.v1", "work_pool_snapshot.v1", "cleanup_delivery.v1"}, "create_pool_if_not_found": true,
				"handled_cleanup_kinds": []string{"cancelling_timeout_teardown.v1"}, "max_cleanup_concurrency": 1,
			}
			for k, v := range change {
				hello[k] = v
			}
			ready := connect(t, s, "pool", hello).next()["payload"].(object)
			require.Equal(t, []any{"cleanup_delivery.v1"}, ready["rejected_capabilities"])
			require.InDelta(t, 0, ready["effective_max_cleanup_concurrency"], 0)
		}
	})
}

// A run that was told to cancel and that nobody ends in time is cancelled, and a worker is asked to take down what runs it.
func TestARunThatDoesNotCancelIsTakenDown(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.must(t, 201, "POST", "/work_pools/", object{"name": "pool", "type": "process"})
		w := cleaner(t, s, 1)
		run := s.flowRun(t, object{"state": object{"type": "RUNNING"}})
		queue := s.must(t, 200, "GET", "/work_pools/pool/queues/default", nil).id(t)
		s.exec("UPDATE flow_run SET work_queue_id = '" + queue + "', infrastructure_pid = 'the pid' WHERE id = '" + run + "'")
		s.must(t, 201, "POST", "/flow_runs/"+run+"/set_state", object{"state": object{"type": "CANCELLING"}, "force": true})
		asked := w.asked()
		require.Equal(t, object{"flow_run_id": run, "infrastructure_pid": "the pid"}, asked["target"])
		require.Equal(t, queue, asked["work_queue_id"])
		require.Equal(t, "CANCELLED", s.must(t, 200, "GET", "/flow_runs/"+run, nil).field(t, "state_type"))
		status, _ := w.answers("cleanup.ack.v1", asked, nil)
		require.Equal(t, "accepted", status)
	}, "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS=0.2", "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_CANCELLING_TIMEOUT_SECONDS=0.5")
}
