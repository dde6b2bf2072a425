package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"praetor/bench/rig"
)

// size is how much is in the world.
type size struct {
	flows, runs, tasks, logs, events int
}

const (
	logBatch   = 100 // what the real client sends at once at most is bounded by bytes; this is its usual size under load
	eventBatch = 100
	// taskPortion is how many task runs are written before they are waited for: the reference drops events above a backlog of 10,000.
	taskPortion = 2500
	// worldDays is the time over which the world's runs were expected to start, up to the time of the bench.
	worldDays = 30
)

// world is what one server was filled with: the same for both but for the ids, which servers choose.
type world struct {
	size  size
	now   time.Time
	flows []string
	runs  []string // number i of one server is number i of the other
	// events says that the stored events are there: only those who read them need them.
	events bool
}

// server is one of the two that are compared, with what it was filled with.
type server struct {
	*rig.Server
	world world
}

// seeded is how the filling went.
type seeded struct {
	Seconds  float64 `json:"seconds"`
	Requests int     `json:"requests"`
	// Busy counts answers 503 that were tried again.
	Busy int `json:"answered_503"`
}

// object is a JSON object that is written only.
type object = map[string]any

func worldTags(i int) []string {
	return []string{[]string{"dev", "prod"}[i%2], fmt.Sprintf("team-%d", i%5)}
}

func flowName(i int) string { return fmt.Sprintf("bench-flow-%02d", i) }

// expectedStart spreads the runs evenly: a tenth of them lies ahead.
func (w world) expectedStart(i int) time.Time {
	whole := worldDays * 24 * time.Hour
	return w.now.Add(-whole*9/10 + time.Duration(i)*(whole/time.Duration(w.size.runs)))
}

// worldState is the state that run i is brought to; those ahead stay scheduled.
func (w world) worldState(i int) object {
	if w.expectedStart(i).After(w.now) {
		return nil
	}
	// Of 20 runs: 13 completed, 3 failed, 1 crashed, 1 cancelled, 2 running. 7 is prime to 20, 2 and 5, so that states mix with tags.
	switch n := i * 7 % 20; {
	case n < 13:
		return object{"type": "COMPLETED", "name": "Completed"}
	case n < 16:
		return object{"type": "FAILED", "name": "Failed", "message": "Flow run encountered an exception: ValueError: no such file"}
	case n == 16:
		return object{"type": "CRASHED", "name": "Crashed", "message": "Flow run process exited with status 137"}
	case n == 17:
		return object{"type": "CANCELLED", "name": "Cancelled"}
	default:
		return object{"type": "RUNNING", "name": "Running"}
	}
}

// fillers is how many clients fill the server. On SQLite one does it alone: several make the reference wait for its own locks, in the
// end for longer than any client waits.
func (s *server) fillers(cfg config) int {
	if s.DB.Kind == "sqlite" {
		return 1
	}
	return cfg.clients
}

// seed fills the server through HTTP.
func (s *server) seed(ctx context.Context, cfg config, now time.Time) (seeded, error) {
	clients := s.fillers(cfg)
	w := world{size: cfg.size, now: now, flows: make([]string, cfg.size.flows), runs: make([]string, cfg.size.runs)}
	begin := time.Now()
	var total seeded
	stages := []struct {
		count int
		do    func(context.Context, *rig.API, int) (requests int, err error)
	}{
		{w.size.flows, w.makeFlow},
		{w.size.runs, w.makeRun},
		{w.size.logs / logBatch, w.makeLogs},
	}
	for _, stage := range stages {
		part, err := s.each(ctx, clients, stage.count, stage.do)
		if err != nil {
			return seeded{}, fmt.Errorf("filling %s: %w", s.Name, err)
		}
		total.Requests += part.Requests
		total.Busy += part.Busy
	}
	for from := 0; from < w.size.tasks; from += taskPortion {
		until := min(from+taskPortion, w.size.tasks)
		part, err := s.each(ctx, clients, (until-from+eventBatch-1)/eventBatch, func(ctx context.Context, client *rig.API, i int) (int, error) {
			first := from + i*eventBatch
			return 1, w.makeTasks(ctx, client, first, min(first+eventBatch, until))
		})
		if err == nil {
			err = s.awaitTasks(ctx, until)
		}
		if err != nil {
			return seeded{}, fmt.Errorf("filling %s: %w", s.Name, err)
		}
		total.Requests += part.Requests
	}
	s.world = w
	total.Seconds = time.Since(begin).Seconds()
	return total, nil
}

// each calls do for every number below count, with some clients at the same time.
func (s *server) each(ctx context.Context, clients, count int, do func(context.Context, *rig.API, int) (int, error)) (seeded, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	numbers := make(chan int)
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		total seeded
	)
	for range clients {
		wait.Go(func() {
			client := s.API()
			defer client.Conn.Close()
			for i := range numbers {
				requests, err := do(ctx, client, i)
				if err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				total.Requests += requests
				mu.Unlock()
			}
			mu.Lock()
			total.Busy += client.Busy
			mu.Unlock()
		})
	}
feed:
	for i := range count {
		select {
		case numbers <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(numbers)
	wait.Wait()
	return total, context.Cause(ctx)
}

type identified struct {
	ID string `json:"id"`
}

func (w world) makeFlow(ctx context.Context, client *rig.API, i int) (int, error) {
	var flow identified
	err := client.Call(ctx, "POST", "/flows/", object{"name": flowName(i), "tags": worldTags(i), "labels": object{}}, &flow, 200, 201)
	w.flows[i] = flow.ID
	return 1, err
}

func (w world) makeRun(ctx context.Context, client *rig.API, i int) (int, error) {
	var run identified
	err := client.Call(ctx, "POST", "/flow_runs/", object{
		"flow_id":      w.flows[i%len(w.flows)],
		"name":         fmt.Sprintf("run-%06d", i),
		"flow_version": "e7279766e8bf63b840bf5b4b32e43469",
		"tags":         worldTags(i),
		"parameters":   object{"n": i, "source": fmt.Sprintf("s3://bench/in/%06d.parquet", i), "retry": false},
		"state": object{"type": "SCHEDULED", "name": "Scheduled", "state_details": object{
			"scheduled_time": w.expectedStart(i).Format(time.RFC3339),
		}},
	}, &run, 201)
	if err != nil {
		return 1, err
	}
	w.runs[i] = run.ID
	state := w.worldState(i)
	if state == nil {
		return 1, nil
	}
	var answer struct {
		Status string `json:"status"`
	}
	// Forced: straight to where the run shall be, past the rules that would have it wait or run first.
	err = client.Call(ctx, "POST", "/flow_runs/"+run.ID+"/set_state", object{"state": state, "force": true}, &answer, 200, 201)
	if err == nil && answer.Status != "ACCEPT" {
		err = fmt.Errorf("flow run %d: a forced state was answered with %q", i, answer.Status)
	}
	return 2, err
}

func (w world) makeLogs(ctx context.Context, client *rig.API, batch int) (int, error) {
	run := batch % len(w.runs)
	lines := make([]object, logBatch)
	for i := range lines {
		lines[i] = logLine(w.runs[run], i, w.expectedStart(run).Add(time.Duration(i)*time.Second))
	}
	return 1, client.Call(ctx, "POST", "/logs/", lines, nil, 201)
}

func logLine(run string, i int, at time.Time) object {
	levels := []int{10, 20, 20, 20, 30, 20, 20, 20, 20, 40}
	return object{
		"name": "prefect.flow_runs", "level": levels[i%len(levels)],
		"message":     fmt.Sprintf("Loaded part %d of the day's orders: 1,024 rows, 3 rejected, 0.42 s", i),
		"timestamp":   at.Format(time.RFC3339Nano),
		"flow_run_id": run, "task_run_id": nil,
	}
}

// makeTasks records the task runs from first to before until as the client does, by events; one event each, of their end.
func (w world) makeTasks(ctx context.Context, client *rig.API, first, until int) error {
	var body []byte
	for i := first; i < until; i++ {
		run := i % len(w.runs)
		parent := rig.FlowRun{
			ID: w.runs[run], Name: fmt.Sprintf("run-%06d", run),
			Flow: w.flows[run%len(w.flows)], FlowName: flowName(run % len(w.flows)),
		}
		task := rig.NewTaskRun(parent, i, w.now.Add(-time.Duration(i)*time.Second))
		body = append(body, ',')
		body = task.AppendEvent(body, rig.TaskCompleted)
	}
	body[0] = '['
	status, err := client.Conn.Do(ctx, client.Encode.Request("POST", "/events", append(body, ']')))
	if err == nil && status != 204 {
		err = fmt.Errorf("POST /events: status %d", status)
	}
	return err
}

// awaitTasks waits until the recorder has made the task runs of the world out of their events, for as long as it gets on.
func (s *server) awaitTasks(ctx context.Context, want int) error {
	client := s.API()
	defer client.Conn.Close()
	const patience = time.Minute
	seen, since := 0, time.Now()
	for {
		var count int
		if err := client.Call(ctx, "POST", "/task_runs/count", object{}, &count); err != nil {
			return err
		}
		if count >= want {
			return nil
		}
		if count > seen {
			seen, since = count, time.Now()
		}
		if time.Since(since) > patience {
			return errors.Join(fmt.Errorf("%d of %d task runs are recorded, none more in %s", count, want, patience), s.Alive())
		}
		if err := rig.Pause(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
}
