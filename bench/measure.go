package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"praetor/bench/rig"
)

// worker is one client in a closed loop: it sends its next request when the last one is answered.
type worker struct {
	conn      *rig.Conn
	channel   *channel // of one that polls
	turn      int
	buffer    []byte
	latencies []time.Duration // of good answers
	errors    map[string]int  // by status, or by what went wrong
	asked     int             // requests, or events of a websocket
	confirmed int             // events
	limit     int             // of requests
	until     time.Time       // when the round ends; zero: never
}

// send does one timed request. The answer's text is valid until the next one. A 503 counts as an error and is asked again after
// rig.BusyPause, until the round ends: the real client does the same, but waits for seconds.
func (w *worker) send(ctx context.Context, request []byte, want ...int) (text []byte, ok bool) {
	for {
		w.asked++
		begin := time.Now()
		status, err := w.conn.Do(ctx, request)
		took := time.Since(begin)
		if err != nil {
			w.fail(failure(err))
			return nil, false
		}
		if slices.Contains(want, status) {
			return w.answered(status, took, want)
		}
		w.fail(fmt.Sprint(status))
		if status != 503 || !w.until.IsZero() && time.Since(w.until) > -rig.BusyPause || rig.Pause(ctx, rig.BusyPause) != nil {
			return nil, false
		}
	}
}

// answered notes a good answer and gives its text to those who will read it.
func (w *worker) answered(status int, took time.Duration, want []int) (text []byte, ok bool) {
	w.latencies = append(w.latencies, took)
	// Inflated outside of the timed part: it is the reader's work, not the server's. Answers that nobody reads stay as they are.
	if len(want) == 1 && status == 200 {
		return nil, true
	}
	text, err := w.conn.Text()
	if err != nil {
		w.fail(failure(err))
		return nil, false
	}
	return text, true
}

func (w *worker) fail(what string) { w.errors[what]++ }

func failure(err error) string {
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return "timeout"
	}
	return "connection"
}

// flow is what a round's load has done, seen from the clients.
type flow struct {
	items     int // of the workload's unit, done well
	requests  int // answered well; for streams, events stored
	elapsed   time.Duration
	confirmed time.Duration // streams: until the server had confirmed all events
	lost      int           // streams: confirmed, but never stored
	latencies []time.Duration
	errors    map[string]int
}

// round is a flow with what it cost.
type round struct {
	flow
	cpu, postgres, own time.Duration
	settled            time.Duration // how long the server went on working afterwards
	memory             rig.Memory
}

// repeat lets all clients do the step until the time is up. A request that is out is waited for.
func repeat(ctx context.Context, s *server, do step, items int, cfg config, length time.Duration) flow {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	workers := make([]*worker, cfg.clients)
	done := make([]int, cfg.clients)
	begin := time.Now()
	for i := range workers {
		w := &worker{conn: rig.NewConn(s.Addr, s.Timeout), turn: i * 7, errors: map[string]int{}, limit: cfg.maxRequests/cfg.clients + 1,
			until: begin.Add(length)}
		workers[i] = w
		wait.Go(func() {
			defer func() {
				w.conn.Close()
				w.closeChannel()
			}()
			for time.Since(begin) < length && w.asked < w.limit && ctx.Err() == nil {
				if do(ctx, w) {
					done[i]++
				}
			}
		})
	}
	wait.Wait()
	total := flow{elapsed: time.Since(begin), errors: map[string]int{}}
	for i, w := range workers {
		total.items += done[i] * items
		total.requests += len(w.latencies)
		total.latencies = append(total.latencies, w.latencies...)
		for what, n := range w.errors {
			total.errors[what] += n
		}
	}
	return total
}

// costs are counters of CPU time at one moment.
type costs struct{ server, postgres, own time.Duration }

func (s *server) costs() (c costs, err error) {
	if c.server, err = rig.CPUOf(s.PID()); err != nil {
		return c, errors.Join(s.Alive(), err)
	}
	if s.DB.Postmaster != 0 {
		if c.postgres, err = rig.CPUOf(s.DB.Postmaster); err != nil {
			return c, err
		}
	}
	c.own, err = rig.OwnCPU()
	return c, err
}

// A server is quiet when two looks in a row find it using little CPU: both run background loops, the reference's take 2 to 10%.
const (
	settleLook  = 250 * time.Millisecond
	settleQuiet = 0.2
	settleLimit = time.Minute
)

// settle waits until the server has done what it put off: work that is not paid in the answers is part of their cost, and must not
// fall into the other server's round.
func (s *server) settle(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	last, err := s.costs()
	if err != nil {
		return 0, err
	}
	for quiet := 0; quiet < 2 && time.Since(begin) < settleLimit; {
		if err := rig.Pause(ctx, settleLook); err != nil {
			return 0, err
		}
		now, err := s.costs()
		if err != nil {
			return 0, err
		}
		if float64(now.server-last.server) < settleQuiet*float64(settleLook) {
			quiet++
		} else {
			quiet = 0
		}
		last = now
	}
	return time.Since(begin), nil
}

// measure runs one round and adds up what it cost, up to the moment when the server is quiet again.
func (s *server) measure(ctx context.Context, load func() (flow, error)) (round, error) {
	before, err := s.costs()
	if err != nil {
		return round{}, err
	}
	var r round
	if r.flow, err = load(); err != nil {
		return round{}, errors.Join(err, s.Alive())
	}
	// Our own cost up to here only: the watching afterwards is not load.
	end, err := rig.OwnCPU()
	if err != nil {
		return round{}, err
	}
	if r.settled, err = s.settle(ctx); err != nil {
		return round{}, err
	}
	after, err := s.costs()
	if err != nil {
		return round{}, err
	}
	r.cpu, r.postgres, r.own = after.server-before.server, after.postgres-before.postgres, end-before.own
	r.memory, err = rig.MemoryOf(s.PID())
	return r, err
}

// warmUp is short: connections, statements and code that is used for the first time.
const warmUp = 500 * time.Millisecond

// play runs the workload's rounds on the servers in turn.
func (w workload) play(ctx context.Context, servers []*server, cfg config, out progress) (row, error) {
	result := row{Name: w.name, Title: w.title, Unit: w.unit, Servers: map[string]summary{}}
	var err error
	for _, s := range servers {
		if w.prepare == nil {
			break
		}
		if err := w.prepare(ctx, s, cfg); err != nil {
			return row{}, fmt.Errorf("%s, %s: %w", w.name, s.Name, err)
		}
		if _, err := s.settle(ctx); err != nil {
			return row{}, err
		}
	}
	if result.Difference, err = w.compare(ctx, servers); err != nil {
		return row{}, err
	}
	if result.Difference != "" {
		out.say("  %s: THE ANSWERS DIFFER: %s\n", w.name, result.Difference)
	}
	length := cfg.seconds / time.Duration(cfg.rounds)
	loads := make([]func(label string, length time.Duration) (flow, error), len(servers))
	for i, s := range servers {
		if loads[i], err = w.load(ctx, s, cfg); err != nil {
			return row{}, err
		}
		warm, err := s.measure(ctx, func() (flow, error) { return loads[i]("warm", min(warmUp, length)) })
		if err != nil {
			return row{}, fmt.Errorf("%s, %s: %w", w.name, s.Name, err)
		}
		if warm.requests == 0 {
			out.say("  %s: %s answers nothing well: %v\n", w.name, s.Name, warm.errors)
		}
	}
	rounds := map[string][]round{}
	for n := range cfg.rounds {
		for i, s := range servers {
			r, err := s.measure(ctx, func() (flow, error) { return loads[i](fmt.Sprint(n), length) })
			if err != nil {
				return row{}, fmt.Errorf("%s, %s: %w", w.name, s.Name, err)
			}
			rounds[s.Name] = append(rounds[s.Name], r)
		}
	}
	for _, s := range servers {
		result.Servers[s.Name] = summarize(rounds[s.Name], s.DB.Postmaster != 0)
		out.say("  %-13s %-10s %s\n", w.name, s.Name, result.Servers[s.Name].line(w.unit))
	}
	ref, ours := result.Servers["reference"], result.Servers["praetor"]
	out.say("  %-13s %-10s %s as many a second, with 1/%s of the CPU for each\n", "", "",
		times(ratio(ours.PerSecond, ref.PerSecond)), decimal(ratio(ref.CPUPer1000, ours.CPUPer1000)))
	return result, nil
}

// load prepares the workload for a server. For a stream, each round sends as many events as the last one says will fill the time.
func (w workload) load(ctx context.Context, s *server, cfg config) (func(string, time.Duration) (flow, error), error) {
	if w.stream == nil {
		do, err := w.step(s)
		return func(_ string, length time.Duration) (flow, error) {
			return repeat(ctx, s, do, w.items, cfg, length), ctx.Err()
		}, err
	}
	rate := 0.0
	return func(label string, length time.Duration) (flow, error) {
		budget := min(max(int(rate*length.Seconds()), firstEvents), cfg.maxEvents)
		f, err := w.stream(ctx, s, cfg, label, budget)
		if f.elapsed > 0 {
			rate = float64(f.items) / f.elapsed.Seconds()
		}
		return f, err
	}, nil
}

func summarize(rounds []round, postgres bool) summary {
	sum := summary{Errors: map[string]int{}}
	var all round
	for _, r := range rounds {
		all.items += r.items
		all.requests += r.requests
		all.elapsed += r.elapsed
		all.confirmed += r.confirmed
		all.lost += r.lost
		all.latencies = append(all.latencies, r.latencies...)
		all.cpu += r.cpu
		all.postgres += r.postgres
		all.own += r.own
		all.settled += r.settled
		for what, n := range r.errors {
			sum.Errors[what] += n
		}
		sum.Rounds = append(sum.Rounds, float64(r.items)/r.elapsed.Seconds())
		sum.Memory = r.memory
	}
	seconds := all.elapsed.Seconds()
	sum.PerSecond, sum.Requests = float64(all.items)/seconds, all.requests
	sum.RequestsPerSecond = float64(all.requests) / seconds
	sum.Latency = percentiles(all.latencies)
	sum.LoadCPUShare = all.own.Seconds() / seconds
	sum.SettleSeconds = all.settled.Seconds()
	if thousands := float64(all.requests) / 1000; thousands > 0 {
		sum.CPUPer1000 = all.cpu.Seconds() / thousands
		if postgres {
			cost := all.postgres.Seconds() / thousands
			sum.PostgresCPUPer1000 = &cost
		}
	}
	if all.confirmed > 0 {
		rate := float64(all.items+all.lost) / all.confirmed.Seconds()
		sum.ConfirmedPerSecond, sum.Lost = &rate, all.lost
	}
	if len(sum.Errors) == 0 {
		sum.Errors = nil
	}
	return sum
}

func percentiles(latencies []time.Duration) latency {
	if len(latencies) == 0 {
		return latency{}
	}
	slices.Sort(latencies)
	at := func(share float64) float64 {
		// The nearest rank: the least of the values that at least this share of them does not exceed.
		rank := int(share*float64(len(latencies))+0.999999) - 1
		return latencies[min(max(rank, 0), len(latencies)-1)].Seconds() * 1000
	}
	return latency{P50: at(0.50), P95: at(0.95), P99: at(0.99), Max: at(1)}
}

func errorText(errs map[string]int) string {
	if len(errs) == 0 {
		return "0"
	}
	text := ""
	for _, what := range slices.Sorted(maps.Keys(errs)) {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%d × %s", errs[what], what)
	}
	return text
}
