package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"praetor/bench/rig"
)

const (
	// firstEvents is a round of which nothing is known yet.
	firstEvents = 600
	// checkpoint is after how many events the real client asks for a pong.
	checkpoint = 700
	// postedEvents is how many events one POST holds.
	postedEvents = 20
	// together is how many task runs of a flow go on at the same time, so that their events mix.
	together = 10
	// storedShare is the share whose storing ends the clock: the reference stores the last few by a timer of 5 s, which is no
	// measure of how many it can store.
	storedShare = 0.95
	// streamLimit is the longest that a round's events may take to be taken.
	streamLimit = 2 * time.Minute
	storedLook  = 200 * time.Millisecond
	// storedPatience is how long nothing more may appear before the rest counts as lost; more than twice the reference's timer.
	storedPatience = 12 * time.Second
)

// streamTaskEvents sends task runs' events as that many flows do, each over a websocket of its own, and waits until the task runs
// can be counted in their last state.
func streamTaskEvents(ctx context.Context, s *server, cfg config, label string, budget int) (flow, error) {
	sockets := min(cfg.clients, budget/rig.TaskSteps)
	tasks := budget / rig.TaskSteps / sockets // of each socket
	client := s.API()
	defer client.Conn.Close()
	parents := make([]rig.FlowRun, sockets)
	ids := make([]string, sockets)
	for i := range parents {
		parents[i] = rig.FlowRun{Name: fmt.Sprintf("events-%s-%d", label, i), Flow: s.world.flows[i%len(s.world.flows)], FlowName: flowName(i % len(s.world.flows))}
		var run identified
		body := object{"flow_id": parents[i].Flow, "name": parents[i].Name, "state": object{"type": "RUNNING", "name": "Running"}}
		if err := client.Call(ctx, "POST", "/flow_runs/", body, &run, 201); err != nil {
			return flow{}, err
		}
		parents[i].ID, ids[i] = run.ID, run.ID
	}
	completed := object{
		"flow_runs": object{"id": object{"any_": ids}},
		"task_runs": object{"state": object{"type": object{"any_": []string{"COMPLETED"}}}},
	}
	count := func(ctx context.Context) (n int, err error) {
		err = client.Call(ctx, "POST", "/task_runs/count", completed, &n)
		return n * rig.TaskSteps, err
	}
	return streaming(ctx, sockets, count, func(ctx context.Context, i int, w *worker) error {
		return s.sendTaskEvents(ctx, parents[i], tasks, w)
	})
}

// sendTaskEvents is one flow: it opens the socket as the client does and returns when a pong has confirmed the last event.
func (s *server) sendTaskEvents(ctx context.Context, parent rig.FlowRun, tasks int, w *worker) (err error) {
	socket, err := s.Dial(ctx, "/events/in")
	if err != nil {
		return err
	}
	defer func() { _ = socket.CloseNow() }() // after an error; a second close of a closed socket does nothing
	ctx = socket.CloseRead(ctx)
	ping := func() error {
		ctx, cancel := context.WithTimeout(ctx, s.Timeout)
		defer cancel()
		begin := time.Now()
		if err := socket.Ping(ctx); err != nil {
			return err
		}
		w.latencies = append(w.latencies, time.Since(begin))
		w.confirmed = w.asked
		return nil
	}
	for first := 0; first < tasks; first += together {
		batch := make([]rig.TaskRun, min(together, tasks-first))
		for i := range batch {
			batch[i] = rig.NewTaskRun(parent, first+i, time.Now())
		}
		for step := range rig.TaskStep(rig.TaskSteps) {
			for _, task := range batch {
				w.buffer = task.AppendEvent(w.buffer[:0], step)
				if err := socket.Write(ctx, websocket.MessageText, w.buffer); err != nil {
					return err
				}
				if w.asked++; w.asked%checkpoint == 0 {
					if err := ping(); err != nil {
						return err
					}
				}
			}
		}
	}
	if err := ping(); err != nil {
		return err
	}
	return socket.Close(websocket.StatusNormalClosure, "")
}

// streamPostedEvents posts events of our own making, as hooks and other systems do, and waits until they are stored.
func streamPostedEvents(ctx context.Context, s *server, cfg config, label string, budget int) (flow, error) {
	posts := max(1, budget/postedEvents/cfg.clients) // of each client
	name := fmt.Sprintf("bench.order.%s.%s", label, uuid.NewString()[:8])
	count, done, err := s.countEvents(ctx, name)
	if err != nil {
		return flow{}, err
	}
	defer done()
	return streaming(ctx, cfg.clients, count, func(ctx context.Context, i int, w *worker) error {
		w.conn = rig.NewConn(s.Addr, s.Timeout)
		defer w.conn.Close()
		for post := range posts {
			body := []byte{}
			for n := range postedEvents {
				body = append(body, ',')
				body = appendOrder(body, name, s.world.runs[(i+n)%len(s.world.runs)], post*postedEvents+n)
			}
			body[0] = '['
			w.buffer = s.Encode.Append(w.buffer[:0], "POST", "/events", append(body, ']'))
			if _, ok := w.send(ctx, w.buffer, 204); !ok {
				return errors.New("a batch of events was refused") // counted by its status; the round is about what was taken
			}
			w.confirmed += postedEvents
		}
		return nil
	})
}

func appendOrder(to []byte, name, run string, number int) []byte {
	return fmt.Appendf(to, `{"id":"%s","occurred":"%s","event":"%s","resource":{"prefect.resource.id":"bench.order.%d",`+
		`"prefect.resource.name":"order %d","shop":"north","priority":"normal"},"related":[{"prefect.resource.id":"prefect.flow-run.%s",`+
		`"prefect.resource.role":"flow-run"}],"payload":{"amount":12.5,"currency":"EUR","lines":[{"sku":"A-1","n":2},{"sku":"B-7","n":1}]}}`,
		rig.NewID(), time.Now().UTC().Format(rig.ISO), name, number, number, run)
}

// streaming lets all clients send and then looks until what they sent is stored, or no more of it appears.
func streaming(ctx context.Context, clients int, count func(context.Context) (int, error),
	send func(ctx context.Context, i int, w *worker) error) (flow, error) {
	sending, cancel := context.WithTimeout(ctx, streamLimit)
	defer cancel()
	var wait sync.WaitGroup
	workers := make([]*worker, clients)
	begin := time.Now()
	for i := range workers {
		w := &worker{errors: map[string]int{}}
		workers[i] = w
		wait.Go(func() {
			if err := send(sending, i, w); err != nil && len(w.errors) == 0 {
				w.fail(failure(err))
			}
		})
	}
	wait.Wait()
	if ctx.Err() != nil {
		return flow{}, ctx.Err()
	}
	result := flow{confirmed: time.Since(begin), errors: map[string]int{}}
	want := 0
	for _, w := range workers {
		want += w.confirmed
		result.latencies = append(result.latencies, w.latencies...)
		for what, n := range w.errors {
			result.errors[what] += n
		}
	}
	stored, elapsed, err := awaitStored(ctx, begin, want, count)
	if err != nil {
		return flow{}, err
	}
	result.items, result.requests, result.elapsed, result.lost = stored, stored, elapsed, want-stored
	return result, nil
}

// awaitStored returns how many were stored in the end, and the time from begin in which that many would be at the speed at which the
// first storedShare of them were. Between two looks the count is taken to grow evenly.
func awaitStored(ctx context.Context, begin time.Time, want int, count func(context.Context) (int, error)) (stored int, elapsed time.Duration, err error) {
	type look struct {
		count int
		at    time.Duration
	}
	looks := []look{{}}
	grown := time.Now()
	for {
		n, err := count(ctx)
		if err != nil {
			return 0, 0, err
		}
		now := time.Now()
		last := looks[len(looks)-1]
		if n > last.count {
			looks, grown = append(looks, look{n, now.Sub(begin)}), now
		}
		if n >= want || now.Sub(grown) > storedPatience {
			break
		}
		if err := rig.Pause(ctx, storedLook); err != nil {
			return 0, 0, err
		}
	}
	stored = min(looks[len(looks)-1].count, want)
	goal := storedShare * float64(stored)
	for i := 1; i < len(looks); i++ {
		a, b := looks[i-1], looks[i]
		if float64(b.count) < goal {
			continue
		}
		if i == 1 { // before the first look nothing is known of how the count grew
			return stored, time.Duration(float64(b.at) * float64(stored) / float64(min(b.count, stored))), nil
		}
		at := float64(a.at) + float64(b.at-a.at)*(goal-float64(a.count))/float64(b.count-a.count)
		return stored, time.Duration(at / storedShare), nil
	}
	return 0, time.Since(begin), nil
}
