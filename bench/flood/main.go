// Command flood sends events to Praetor over many websockets, as fast as it takes them, kills it in the middle and starts it again, and
// then looks whether every event that was confirmed is stored, and how the memory of the server went. It ends with 1 if events are lost.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"praetor/bench/rig"
)

// config is the command line.
type config struct {
	praetor, postgres, out string
	databases              []string
	length                 time.Duration
	sockets, automations   int
	port                   int
	kill, compress         bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	cfg, err := parse(os.Args[1:])
	for _, kind := range cfg.databases {
		if err == nil {
			err = flood(ctx, cfg, kind, os.Stdout)
		}
	}
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "flood:", err)
		os.Exit(1)
	}
}

func parse(args []string) (config, error) {
	cfg := config{}
	flags := flag.NewFlagSet("flood", flag.ContinueOnError)
	flags.StringVar(&cfg.praetor, "praetor", "bin/praetor", "Praetor's command")
	flags.StringVar(&cfg.postgres, "postgres", os.Getenv("PRAETOR_TEST_POSTGRES"), "URL of a PostgreSQL where databases may be made")
	flags.StringVar(&cfg.out, "out", "bench/out/flood", "where the server's logs and SQLite files go")
	db := flags.String("db", "both", "sqlite, postgresql or both")
	flags.DurationVar(&cfg.length, "for", 5*time.Minute, "how long events are sent, on each database")
	flags.IntVar(&cfg.sockets, "sockets", 50, "clients, each with a websocket; every second one reports task runs")
	flags.IntVar(&cfg.automations, "automations", 200, "automations that wait for the events of the other clients")
	// Clients that try to connect to a port of those that the system gives to clients might get it themselves.
	flags.IntVar(&cfg.port, "port", 4741, "port of the server: none of those that the system gives to clients")
	flags.BoolVar(&cfg.kill, "kill", true, "kill the server in the middle, and start it again")
	flags.BoolVar(&cfg.compress, "compress", true, "offer deflate, as the real client does")
	if err := flags.Parse(args); err != nil {
		return config{}, err
	}
	var err error
	if cfg.databases, err = rig.Databases(*db); err != nil {
		return config{}, err
	}
	switch {
	case cfg.sockets < 1, cfg.automations < 1, cfg.length < time.Second:
		return config{}, errors.New("-sockets and -automations must be at least 1, -for at least 1s")
	case *db != "sqlite" && cfg.postgres == "":
		return config{}, errors.New("-postgres or PRAETOR_TEST_POSTGRES must name a PostgreSQL, or use -db sqlite")
	}
	return cfg, nil
}

// flood does all of it on one kind of database. Lost events are an error.
func flood(ctx context.Context, cfg config, kind string, out io.Writer) (err error) {
	root, err := filepath.Abs(filepath.Join(cfg.out, kind))
	if err != nil {
		return err
	}
	data := filepath.Join(root, "data")
	if err := errors.Join(os.RemoveAll(root), os.MkdirAll(data, 0o755)); err != nil { // what an earlier run left
		return err
	}
	db, err := rig.OpenDatabase(ctx, cfg.postgres, kind, data)
	if err != nil {
		return err
	}
	server := &rig.Server{Name: "praetor", Command: cfg.praetor, DB: db, Dir: filepath.Join(root, "praetor"), Timeout: 30 * time.Second}
	defer func() {
		err = errors.Join(err, server.Kill())
		cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), rig.KillLimit) // also after an interrupt
		defer cancel()
		err = errors.Join(err, db.Close(cleanup))
	}()
	if server.URL, err = db.Fresh(ctx, server.Name, 0); err != nil {
		return err
	}
	server.Addr = fmt.Sprint("127.0.0.1:", cfg.port)
	server.Encode = rig.Encoder{Host: server.Addr, Compress: cfg.compress}
	if _, err := server.Restart(ctx); err != nil {
		return err
	}
	senders, err := prepare(ctx, cfg, server)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) } // nobody may listen
	say("%s: %d websockets, %d automations, %s\n", kind, cfg.sockets, cfg.automations, cfg.length)
	r, err := send(ctx, cfg, server, senders, say)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	if _, err := server.Stop(); err != nil {
		return err
	}
	if err := r.check(ctx, server.URL, senders, say); err != nil {
		return err
	}
	say("%s\n", r.line(kind))
	if r.lost != 0 {
		return fmt.Errorf("%s: %d events that were confirmed are not stored", kind, r.lost)
	}
	return nil
}

// prepare makes the automations, and the flow runs whose task runs are reported.
func prepare(ctx context.Context, cfg config, server *rig.Server) ([]*sender, error) {
	client := server.API()
	defer client.Conn.Close()
	if err := client.MakeAutomations(ctx, cfg.automations); err != nil {
		return nil, err
	}
	var flow, run struct {
		ID string `json:"id"`
	}
	if err := client.Call(ctx, "POST", "/flows/", map[string]any{"name": "flood"}, &flow, 200, 201); err != nil {
		return nil, err
	}
	senders := make([]*sender, cfg.sockets)
	for i := range senders {
		s := &sender{server: server, socket: i, shops: cfg.automations}
		if senders[i] = s; i%2 == 0 {
			continue
		}
		s.parent = &rig.FlowRun{Name: fmt.Sprint("flood-", i), Flow: flow.ID, FlowName: "flood"}
		body := map[string]any{"flow_id": flow.ID, "name": s.parent.Name, "state": map[string]any{"type": "RUNNING", "name": "Running"}}
		if err := client.Call(ctx, "POST", "/flow_runs/", body, &run, 201); err != nil {
			return nil, err
		}
		s.parent.ID = run.ID
	}
	return senders, nil
}

// result is what a flood has shown.
type result struct {
	watch

	length                  time.Duration
	confirmed, lost, queued int64
	elapsed                 time.Duration // until the last event was confirmed
	killed, back            time.Duration // when the server was killed, and how long its start took
	taskRuns                int64         // of the confirmed, those of task runs
	cuts, overdue, pongs    int
	waited, longest         time.Duration // for pongs
}

// send lets all clients send for the length of the flood, watches the server meanwhile, and kills it in the middle.
func send(ctx context.Context, cfg config, server *rig.Server, senders []*sender, say func(string, ...any)) (*result, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	begin := time.Now()
	sending, stop := context.WithDeadline(ctx, begin.Add(cfg.length))
	defer stop()
	var wait sync.WaitGroup
	for _, s := range senders {
		wait.Go(func() {
			if err := s.run(ctx, sending); err != nil {
				fail(err)
			}
		})
	}
	done := make(chan struct{})
	go func() {
		wait.Wait()
		close(done)
	}()
	r := &result{length: cfg.length}
	if err := r.follow(ctx, cfg, server, senders, begin, done, say); err != nil {
		fail(err)
	}
	<-done
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	r.elapsed = time.Since(begin)
	r.ended()
	reasons := map[string]int{}
	for _, s := range senders {
		r.confirmed += s.confirmed.Load()
		if s.parent != nil {
			r.taskRuns += s.confirmed.Load()
		}
		for why, n := range s.cuts {
			reasons[why] += n
			r.cuts += n
		}
		r.overdue += s.overdue
		r.pongs += s.pongs
		r.waited += s.waited
		r.longest = max(r.longest, s.longest)
	}
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		say("  cut %d times: %s\n", reasons[why], why)
	}
	return r, nil
}

// follow samples the server each second until all clients are done, kills it in the middle and starts it again.
func (r *result) follow(ctx context.Context, cfg config, server *rig.Server, senders []*sender, begin time.Time, done <-chan struct{},
	say func(string, ...any)) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	told, grown, before := 0, time.Duration(0), int64(0)
	for {
		if err := server.Alive(); err != nil {
			return err
		}
		at, confirmed := time.Since(begin), int64(0)
		for _, s := range senders {
			confirmed += s.confirmed.Load()
		}
		if err := r.look(server, at, confirmed); err != nil {
			return errors.Join(server.Alive(), err)
		}
		if confirmed > before {
			grown, before = at, confirmed
		}
		if at-grown > cutLimit {
			return fmt.Errorf("no event was confirmed in %s: %d in all", cutLimit, confirmed)
		}
		if tenth := min(10, int(10*at/cfg.length)); tenth > told {
			told = tenth
			say("  %3d%%  %d events, %.0f MB\n", 10*tenth, confirmed, megabytes(r.samples[len(r.samples)-1].memory.Resident))
		}
		if cfg.kill && r.killed == 0 && at >= cfg.length/2 {
			r.killed = at
			if err := server.Kill(); err != nil {
				return err
			}
			r.ended()
			var err error
			if r.back, err = server.Restart(ctx); err != nil {
				return err
			}
		}
		select {
		case <-ticker.C:
		case <-done:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// check counts what is stored.
func (r *result) check(ctx context.Context, address string, senders []*sender, say func(string, ...any)) error {
	db, err := openStored(ctx, address)
	if err != nil {
		return err
	}
	defer db.close()
	for _, s := range senders {
		lost, err := db.missing(ctx, s.socket, s.confirmed.Load(), say)
		if err != nil {
			return err
		}
		r.lost += lost
	}
	r.queued, err = db.queued(ctx)
	return err
}

func (r *result) line(kind string) string {
	return fmt.Sprintf("%s: %.1f events/s, %d confirmed in %.0f s, %d of task runs; a pong after %.1f s, the last after %.1f s; CPU %.3f s/1,000; memory %.0f MB at 10%%, %.0f MB at 50%%, %.0f MB at 100%%, peak %.0f MB; "+
		"killed after %.0f s, back after %.3f s, %d connections cut, %d pings overdue; %d events wait for automations; lost %d",
		kind, float64(r.confirmed)/r.elapsed.Seconds(), r.confirmed, r.elapsed.Seconds(), r.taskRuns,
		r.waited.Seconds()/float64(max(r.pongs, 1)), r.longest.Seconds(), r.cpu.Seconds()/float64(max(r.confirmed, 1))*1000,
		megabytes(r.resident(r.length/10)), megabytes(r.resident(r.length/2)), megabytes(r.resident(r.length)), megabytes(r.peak),
		r.killed.Seconds(), r.back.Seconds(), r.cuts, r.overdue, r.queued, r.lost)
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }
