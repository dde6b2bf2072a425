package api_test

import (
	"context"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// worker is a worker's end of its channel.
type worker struct {
	t    *testing.T
	conn *websocket.Conn
	id   string
}

// connect opens the channel of a pool and says hello, with changes.
func connect(t *testing.T, s *server, pool string, change object) *worker {
	t.Helper()
	conn, err := s.dialTo(t, "/work_pools/"+pool+"/workers/connect", "prefect")
	require.NoError(t, err)
	w := &worker{t, conn, uuid.NewString()}
	require.NoError(t, wsjson.Write(t.Context(), conn, object{"type": "auth", "token": nil}))
	require.Equal(t, "auth_success", w.next()["type"])
	payload := object{
		"consumer_id": w.id, "worker_name": "w", "worker_type": "process", "heartbeat_interval_seconds": 30,
		"supported_channel_versions": []string{"work_pool_worker_channel.v1"}, "requested_capabilities": []string{"worker_heartbeat.v1", "work_pool_snapshot.v1", "more"},
	}
	for k, v := range change {
		payload[k] = v
	}
	w.say("worker.hello.v1", payload)
	return w
}

func (w *worker) say(kind string, payload object) {
	w.t.Helper()
	require.NoError(w.t, wsjson.Write(w.t.Context(), w.conn, object{"type": kind, "id": uuid.NewString(), "sent_at": time.Now().UTC(), "payload": payload}))
}

func (w *worker) beat() {
	w.t.Helper()
	w.say("worker.heartbeat.v1", object{"consumer_id": w.id, "worker_name": "w", "heartbeat_interval_seconds": 60})
}

func (w *worker) read() (message object, err error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	err = wsjson.Read(ctx, w.conn, &message)
	return message, err
}

func (w *worker) next() object {
	w.t.Helper()
	message, err := w.read()
	require.NoError(w.t, err)
	return message
}

// ends waits until the server closes, with the code and the reason.
func (w *worker) ends(code websocket.StatusCode, reason string) {
	w.t.Helper()
	var end websocket.CloseError
	for {
		if _, err := w.read(); err != nil {
			require.ErrorAs(w.t, err, &end)
			break
		}
	}
	require.Equal(w.t, code, end.Code)
	require.Equal(w.t, reason, end.Reason)
}

func TestWorkerChannel(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		template := object{"job_configuration": object{"a": "{{ b }}"}, "variables": object{"properties": object{"b": object{"type": "string"}}}}
		w := connect(t, s, "pool", object{"create_pool_if_not_found": true, "default_base_job_template": template})
		ready := w.next()
		require.Equal(t, "worker.ready.v1", ready["type"])
		payload := ready["payload"].(object)
		require.Equal(t, w.id, payload["consumer_id"])
		require.Equal(t, []any{"more"}, payload["rejected_capabilities"])
		require.Len(t, payload["resolved_work_queues"], 1)
		first := payload["initial_snapshot"].(object)
		require.Equal(t, template, first["work_pool"].(object)["base_job_template"])
		require.Equal(t, "READY", first["work_pool"].(object)["status"])

		// A change is told; a heartbeat with nothing to tell tells nothing, and records that the worker lives.
		s.must(t, 204, "PATCH", "/work_pools/pool", object{"concurrency_limit": 7})
		told := w.next()
		require.Equal(t, "work_pool.snapshot.v1", told["type"])
		require.InDelta(t, 2, told["payload"].(object)["snapshot_sequence"], 0)
		require.InDelta(t, 7, told["payload"].(object)["work_pool"].(object)["concurrency_limit"], 0)
		require.Equal(t, "work_pool_updated", told["payload"].(object)["reason"])
		w.beat()

		// What somebody else wrote into the database comes out with the next heartbeat, once.
		s.exec("UPDATE work_pool SET concurrency_limit = 8, updated = '2020-01-01 00:00:00.000000'")
		w.beat()
		w.beat()
		missed := w.next()["payload"].(object)
		require.Equal(t, "heartbeat_reconciliation", missed["reason"])
		require.InDelta(t, 3, missed["snapshot_sequence"], 0)
		w.say("cleanup.ack.v1", object{"message_id": nobody, "reservation_token": "x"})
		refused := w.next()
		require.Equal(t, "cleanup.operation_result.v1", refused["type"], "no second snapshot")
		require.Equal(t, "unauthorized", refused["payload"].(object)["status"])
		require.InDelta(t, 60, s.must(t, 200, "POST", "/work_pools/pool/workers/filter", nil).json.([]any)[0].(object)["heartbeat_interval_seconds"], 0)

		s.must(t, 204, "DELETE", "/work_pools/pool", nil)
		w.ends(websocket.StatusPolicyViolation, "authorization_failed")
	})
}

func TestWorkerChannelRefusals(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.must(t, 201, "POST", "/work_pools/", object{"name": "pool", "type": "process"})
		for _, c := range []struct {
			pool   string
			change object
			code   websocket.StatusCode
			reason string
		}{
			{"nowhere", nil, websocket.StatusPolicyViolation, "authorization_failed"},
			{"prefect-mine", object{"create_pool_if_not_found": true}, websocket.StatusPolicyViolation, "authorization_failed"},
			{"pool", object{"work_queue_names": []string{"missing"}}, websocket.StatusPolicyViolation, "authorization_failed"},
			{"new", object{"create_pool_if_not_found": true, "work_queue_names": []string{"missing"}}, websocket.StatusPolicyViolation, "authorization_failed"},
			{"pool", object{"supported_channel_versions": []string{"v9"}}, websocket.StatusPolicyViolation, "unsupported_version"},
			{"pool", object{"requested_capabilities": []string{"worker_heartbeat.v1"}}, websocket.StatusProtocolError, "protocol_error"},
			{"pool", object{"worker_name": ""}, websocket.StatusProtocolError, "protocol_error"},
			{"pool", object{"unknown": 1}, websocket.StatusProtocolError, "protocol_error"},
			{"pool", object{"default_base_job_template": object{"a": 1}}, websocket.StatusProtocolError, "protocol_error"},
		} {
			connect(t, s, c.pool, c.change).ends(c.code, c.reason)
		}
		s.must(t, 404, "GET", "/work_pools/new", nil) // nothing is half done
		require.Empty(t, s.must(t, 200, "POST", "/work_pools/pool/workers/filter", nil).json)

		w := connect(t, s, "pool", nil)
		w.next()
		w.say("worker.heartbeat.v1", object{"consumer_id": nobody, "worker_name": "w", "heartbeat_interval_seconds": 60})
		w.ends(websocket.StatusProtocolError, "protocol_error")

		conn, err := s.dialTo(t, "/work_pools/pool/workers/connect", "prefect")
		require.NoError(t, err)
		w = &worker{t: t, conn: conn}
		w.say("worker.hello.v1", object{})
		w.ends(websocket.StatusPolicyViolation, "authentication_failed")
		_, err = s.dialTo(t, "/work_pools/pool/workers/connect")
		require.Error(t, err, "without the subprotocol")
	})
}

// A server that stops says goodbye to its workers.
func TestWorkerChannelEndsWithTheServer(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		w := connect(t, s, "pool", object{"create_pool_if_not_found": true})
		w.next()
		stopped := make(chan error, 1)
		go func() { stopped <- s.stop() }()
		w.ends(websocket.StatusGoingAway, "The server is stopping")
		require.NoError(t, <-stopped)
	})
}
