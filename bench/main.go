// Command bench measures Praetor side by side with the reference, in one run on one machine: the same world is written to both
// through HTTP, then both get the same requests in short rounds that take turns, so that what else the machine does hits both.
// It prints as it goes and writes results.json and table.md; with -readme the table replaces the one in that file.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"praetor/bench/rig"
)

// config is the command line.
type config struct {
	praetor, reference string // commands that understand `server start --host H --port P`
	databases          []string
	postgres           string // a URL of a database in which other databases may be made
	out, readme        string
	only               map[string]bool // workloads by name; empty: all
	clients, rounds    int
	starts             int
	seconds            time.Duration // per workload and server, over all its rounds
	timeout            time.Duration // of one request; the real client waits 60 s
	idle               time.Duration
	maxRequests        int // per round
	maxEvents          int // per round
	compress           bool
	size               size
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	cfg, err := parse(os.Args[1:], os.Stderr)
	if err == nil {
		err = run(ctx, cfg, progress{os.Stdout})
	}
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string, usage io.Writer) (config, error) {
	cfg := config{only: map[string]bool{}}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.StringVar(&cfg.praetor, "praetor", "bin/praetor", "Praetor's command")
	flags.StringVar(&cfg.reference, "reference", ".venv/bin/prefect", "the reference's command")
	db := flags.String("db", "both", "sqlite, postgresql or both")
	flags.StringVar(&cfg.postgres, "postgres", os.Getenv("PRAETOR_TEST_POSTGRES"),
		"URL of a PostgreSQL where databases may be made (default: $PRAETOR_TEST_POSTGRES)")
	flags.StringVar(&cfg.out, "out", "bench/out", "where results, servers' logs and SQLite files go")
	flags.StringVar(&cfg.readme, "readme", "", "file whose text between the bench marks is replaced by the table")
	only := flags.String("only", "", "workloads to run, by name, with commas: "+strings.Join(workloadNames(), ","))
	flags.IntVar(&cfg.clients, "clients", 8, "clients at the same time, each with one connection")
	flags.IntVar(&cfg.rounds, "rounds", 2, "rounds of each workload on each server")
	flags.IntVar(&cfg.starts, "starts", 3, "starts that are timed, on a fresh and on an existing database")
	seconds := flags.Float64("seconds", 5, "seconds of each workload on each server, shared by its rounds")
	flags.DurationVar(&cfg.timeout, "timeout", 30*time.Second, "a request unanswered for so long is an error")
	flags.DurationVar(&cfg.idle, "idle", 5*time.Second, "how long each server's CPU use without requests is watched")
	flags.IntVar(&cfg.maxRequests, "max-requests", 500_000, "requests of a round at most")
	flags.IntVar(&cfg.maxEvents, "max-events", 50_000, "events of a round at most")
	flags.BoolVar(&cfg.compress, "compress", true, "accept gzip and deflate websockets, as the real client does")
	flags.IntVar(&cfg.size.flows, "flows", 50, "flows in the world")
	flags.IntVar(&cfg.size.runs, "runs", 2_000, "flow runs in the world")
	flags.IntVar(&cfg.size.tasks, "tasks", 5_000, "task runs in the world")
	flags.IntVar(&cfg.size.logs, "logs", 20_000, "log lines in the world")
	flags.IntVar(&cfg.size.events, "events", 20_000, "stored events that are read and counted")
	if err := flags.Parse(args); err != nil {
		return config{}, err
	}
	cfg.seconds = time.Duration(*seconds * float64(time.Second))

	var err error
	if cfg.databases, err = rig.Databases(*db); err != nil {
		return config{}, err
	}
	known := map[string]bool{}
	for _, name := range workloadNames() {
		known[name] = true
	}
	for name := range strings.SplitSeq(*only, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !known[name] {
			return config{}, fmt.Errorf("-only %s: no such workload", name)
		}
		cfg.only[name] = true
	}
	return cfg, cfg.check(*db)
}

// check refuses what would waste a long run: it fails before anything is started.
func (cfg config) check(db string) error {
	switch {
	case flagsBelow(1, cfg.clients, cfg.rounds, cfg.starts, cfg.maxRequests, cfg.maxEvents, cfg.size.flows, cfg.size.runs):
		return errors.New("-clients, -rounds, -starts, -max-requests, -max-events, -flows and -runs must be at least 1")
	case flagsBelow(logBatch, cfg.size.logs), cfg.size.tasks < 1, cfg.size.events < 1000:
		return fmt.Errorf("-logs must be at least %d, -tasks at least 1 and -events at least 1000", logBatch)
	case db != "sqlite" && cfg.postgres == "":
		return errors.New("-postgres or PRAETOR_TEST_POSTGRES must name a PostgreSQL, or use -db sqlite")
	case cfg.readme == "":
		return nil
	case len(cfg.only) > 0 || db != "both":
		return errors.New("-readme wants the whole table: leave out -only and -db")
	}
	text, err := os.ReadFile(cfg.readme)
	if err != nil {
		return err
	}
	_, err = replaceTable(string(text), "")
	return err
}

func flagsBelow(least int, values ...int) bool {
	for _, v := range values {
		if v < least {
			return true
		}
	}
	return false
}

// progress is where the run tells how it goes.
type progress struct{ to io.Writer }

func (p progress) say(format string, args ...any) {
	_, _ = fmt.Fprintf(p.to, format, args...) // nobody listens: the results are in their files
}

func run(ctx context.Context, cfg config, out progress) error {
	if err := os.MkdirAll(cfg.out, 0o755); err != nil {
		return err
	}
	res := results{Started: time.Now().UTC().Truncate(time.Second), Settings: describe(cfg)}
	var err error
	if res.Machine, err = rig.Machine(); err != nil {
		return err
	}
	if res.Versions, err = versions(ctx, cfg); err != nil {
		return err
	}
	for _, db := range cfg.databases {
		part, err := measureDatabase(ctx, cfg, db, out)
		if err != nil {
			return fmt.Errorf("%s: %w", db, err)
		}
		res.Databases = append(res.Databases, part)
		// A long run that fails on the second database keeps what it knows of the first.
		if err := res.write(cfg); err != nil {
			return err
		}
	}
	out.say("\n")
	res.marks(out)
	return nil
}
