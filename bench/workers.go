package main

import (
	"context"
	"fmt"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/bench/rig"
)

const (
	// polledQueues is how many queues a pool has, each with one deployment, and polledRuns how many runs of each are planned.
	polledQueues, polledRuns = 100, 3
	// One deployment of dueEvery has a run that is due, where any is.
	dueEvery = 5
	// pollsABeat is how often a worker polls for each of its heartbeats: it does the one each 10 s and the other each 30 s.
	pollsABeat = 3
	// prefetch is how far ahead a worker asks.
	prefetch = 10 * time.Second
	// pollTime is how the client writes the time up to which it asks.
	pollTime = "2006-01-02 15:04:05.000000+00:00"

	idlePool, busyPool = "bench-idle", "bench-busy"
)

func queueName(i int) string { return fmt.Sprintf("queue-%03d", i) }

// fillPool makes a pool whose runs are planned for the coming hours; with due, some should have begun.
func fillPool(pool string, due bool) func(ctx context.Context, s *server, cfg config) error {
	return func(ctx context.Context, s *server, cfg config) error {
		client := s.API()
		defer client.Conn.Close()
		template := object{
			"job_configuration": object{"command": "{{ command }}", "env": "{{ env }}"},
			"variables": object{"type": "object", "properties": object{
				"command": object{"type": "string", "title": "Command"}, "env": object{"type": "object", "title": "Environment"},
			}},
		}
		if err := client.Call(ctx, "POST", "/work_pools/", object{"name": pool, "type": "process", "base_job_template": template}, nil, 201); err != nil {
			return err
		}
		for i := range polledQueues { // one after the other, as their order is that of their priorities
			if err := client.Call(ctx, "POST", "/work_pools/"+pool+"/queues", object{"name": queueName(i)}, nil, 201); err != nil {
				return err
			}
		}
		_, err := s.each(ctx, s.fillers(cfg), polledQueues, func(ctx context.Context, client *rig.API, i int) (int, error) {
			return 1 + polledRuns, s.fillQueue(ctx, client, pool, i, due && i%dueEvery == 0)
		})
		return err
	}
}

// fillQueue makes a queue's deployment and its runs, the first of which may be due.
func (s *server) fillQueue(ctx context.Context, client *rig.API, pool string, i int, due bool) error {
	var deployment identified
	err := client.Call(ctx, "POST", "/deployments/", object{
		"name": fmt.Sprint(pool, " ", i), "flow_id": s.world.flows[i%len(s.world.flows)], "work_pool_name": pool, "work_queue_name": queueName(i),
		"entrypoint": "flows/orders.py:load", "path": "/srv/flows", "parameters": object{"region": "north", "day": i}, "enforce_parameter_schema": false,
	}, &deployment, 200, 201)
	for n := 0; err == nil && n < polledRuns; n++ {
		at := s.world.now.Add(time.Duration(24+n)*time.Hour + time.Duration(i)*time.Second)
		if due && n == 0 {
			at = s.world.now.Add(-time.Duration(i) * time.Second)
		}
		err = client.Call(ctx, "POST", "/deployments/"+deployment.ID+"/create_flow_run", object{
			"name":  fmt.Sprintf("%s %d %d", pool, i, n),
			"state": object{"type": "SCHEDULED", "name": "Scheduled", "state_details": object{"scheduled_time": at.Format(time.RFC3339)}},
		}, nil, 200, 201)
	}
	return err
}

// pollBody is what a worker with all the queues sends.
func pollBody(before time.Time) []byte {
	body := []byte(`{"work_queue_names":[`)
	for i := range polledQueues {
		body = fmt.Appendf(body, `"%s",`, queueName(i))
	}
	return fmt.Appendf(body[:len(body)-1], `],"scheduled_before":"%s"}`, before.UTC().Format(pollTime))
}

// pollStep is a worker's loop without its pauses: each client is a worker that asks for what is due in all queues, and lets its pool
// know that it is there.
func pollStep(pool string) func(*server) (step, error) {
	return func(s *server) (step, error) {
		path := "/work_pools/" + pool + "/get_scheduled_flow_runs"
		return func(ctx context.Context, w *worker) bool {
			if w.turn++; w.asked == 0 || w.turn%pollsABeat == 0 {
				if err := w.beat(ctx, s, pool); err != nil {
					w.fail("worker channel") // a worker polls on, and connects again
				}
			}
			w.buffer = s.Encode.Append(w.buffer[:0], "POST", path, pollBody(time.Now().Add(prefetch)))
			_, ok := w.send(ctx, w.buffer, 200)
			return ok
		}, nil
	}
}

// channel is the websocket over which a worker's heartbeats go.
type channel struct {
	*websocket.Conn
	frame func(kind string, payload object) object
	ended chan struct{} // closed when nothing is read any more
}

// beat opens the worker's channel, or sends a heartbeat over it.
func (w *worker) beat(ctx context.Context, s *server, pool string) error {
	if w.channel == nil {
		c, err := openChannel(ctx, s, pool, fmt.Sprint("bench worker ", w.turn))
		w.channel = c
		return err
	}
	err := wsjson.Write(ctx, w.channel.Conn, w.channel.frame("worker.heartbeat.v1", object{}))
	if err != nil {
		w.closeChannel()
	}
	return err
}

func openChannel(ctx context.Context, s *server, pool, name string) (*channel, error) {
	socket, err := s.Dial(ctx, "/work_pools/"+pool+"/workers/connect")
	if err != nil {
		return nil, err
	}
	c := &channel{Conn: socket, ended: make(chan struct{})}
	consumer := rig.NewID()
	c.frame = func(kind string, payload object) object {
		payload["consumer_id"], payload["worker_name"], payload["heartbeat_interval_seconds"] = consumer, name, 30
		return object{"type": kind, "id": rig.NewID(), "sent_at": time.Now().UTC().Format(rig.ISO), "payload": payload}
	}
	queues := make([]string, polledQueues)
	for i := range queues {
		queues[i] = queueName(i)
	}
	var ready struct {
		Type string `json:"type"`
	}
	socket.SetReadLimit(16 << 20)
	err = wsjson.Write(ctx, socket, c.frame("worker.hello.v1", object{
		"worker_type": "process", "supported_channel_versions": []string{"work_pool_worker_channel.v1"},
		"requested_capabilities": []string{"worker_heartbeat.v1", "work_pool_snapshot.v1"}, "work_queue_names": queues,
		"handled_cleanup_kinds": []string{}, "max_cleanup_concurrency": 0, "create_pool_if_not_found": true,
		"default_base_job_template": object{}, "worker_metadata": nil,
	}))
	if err == nil {
		err = wsjson.Read(ctx, socket, &ready)
	}
	if err == nil && ready.Type != "worker.ready.v1" {
		err = fmt.Errorf("a worker is answered with %q", ready.Type)
	}
	if err != nil {
		_ = socket.CloseNow() // there is an error already
		return nil, err
	}
	go func() {
		defer close(c.ended)
		for { // what the pool's snapshots say is of no use here; the channel ends with the worker
			if _, _, err := socket.Read(context.WithoutCancel(ctx)); err != nil {
				return
			}
		}
	}()
	return c, nil
}

func (w *worker) closeChannel() {
	if w.channel != nil {
		_ = w.channel.CloseNow() // nothing in it is waited for
		<-w.channel.ended
		w.channel = nil
	}
}

// lookAtPoll names the runs that a worker is told of.
func lookAtPoll(pool string, found int) func(ctx context.Context, s *server, client *rig.API) (any, error) {
	return func(ctx context.Context, s *server, client *rig.API) (any, error) {
		var runs []struct {
			Run struct {
				Name string `json:"name"`
			} `json:"flow_run"`
		}
		body := jsontext.Value(pollBody(time.Now().Add(prefetch)))
		if err := client.Call(ctx, "POST", "/work_pools/"+pool+"/get_scheduled_flow_runs", body, &runs, 200); err != nil {
			return nil, err
		}
		if len(runs) != found {
			return nil, fmt.Errorf("%d runs are due in pool %s, not %d", len(runs), pool, found)
		}
		return runs, nil
	}
}
