// Command tick times one tick of the scheduler over many deployments, side by side with the reference: both get a database of their
// own with the same deployments, of which nothing is planned yet, and both plan twice. It prints what each has planned, how long that took,
// the CPU time of the process and PostgreSQL's own, and how the two compare.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"praetor/bench/rig"
	"praetor/internal/prefect"
	"praetor/internal/service"
	"praetor/internal/store"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tick:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	n := flag.Int("deployments", 10_000, "how many deployments")
	python := flag.String("python", ".venv/bin/python", "a Python that has the reference; empty: without it")
	postgres := flag.String("postgres", os.Getenv("PRAETOR_TEST_POSTGRES"), "a URL of a database in which others may be made; empty: SQLite only")
	flag.Parse()
	kinds := []string{"sqlite", "postgresql"}
	if *postgres == "" {
		kinds = kinds[:1]
	}
	for _, kind := range kinds {
		if err := compare(ctx, kind, *postgres, *python, *n); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

// tick is one tick of one side.
type tick struct {
	Took          float64 `json:"took"` // seconds
	CPU           float64 `json:"cpu"`  // seconds of the process
	Runs          int64   `json:"runs"` // planned by then
	cpuOfPostgres float64 // seconds, for all ticks
}

// tickNames are the two ticks that are measured: in the second, all is planned.
func tickNames() []string { return []string{"first tick", "next tick"} }

// compare has both sides tick on one kind of database.
func compare(ctx context.Context, kind, postgres, python string, n int) (err error) {
	dir, err := os.MkdirTemp("", "tick")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, err := rig.OpenDatabase(ctx, postgres, kind, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(context.WithoutCancel(ctx))) }()
	ticks := map[string][]tick{}
	for _, who := range []string{"praetor", "reference"} {
		if who == "reference" && python == "" {
			continue
		}
		address, err := db.Fresh(ctx, who, 0)
		if err != nil {
			return err
		}
		if err := fill(ctx, kind, plain(address), n); err != nil {
			return err
		}
		before, err := postgresCPU(db)
		if err != nil {
			return err
		}
		if who == "praetor" {
			ticks[who], err = ours(ctx, kind, plain(address))
		} else {
			ticks[who], err = theirs(ctx, address, python, dir)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", who, err)
		}
		after, err := postgresCPU(db)
		if err != nil {
			return err
		}
		ticks[who][0].cpuOfPostgres = after - before
		tell(kind, who, n, ticks[who])
	}
	for i, theirs := range ticks["reference"] {
		ours := ticks["praetor"][i]
		fmt.Printf("%-10s  %-9s  %s: %.1f times as fast, with 1/%.1f of the CPU\n", kind, "", tickNames()[i], theirs.Took/ours.Took, theirs.CPU/max(ours.CPU, 1e-6))
	}
	return nil
}

func tell(kind, who string, n int, ticks []tick) {
	fmt.Printf("%-10s  %-9s  %d deployments:", kind, who, n)
	for i, t := range ticks {
		fmt.Printf(" %s %.2f s (CPU %.2f s), %d runs are planned", tickNames()[i], t.Took, t.CPU, t.Runs)
		if i == 0 {
			fmt.Printf(", %.0f a second;", float64(t.Runs)/t.Took)
		}
	}
	if kind == "postgresql" {
		fmt.Printf("; PostgreSQL's CPU %.2f s", ticks[0].cpuOfPostgres)
	}
	fmt.Println()
}

// postgresCPU is what PostgreSQL has used, in seconds, if it is on this machine.
func postgresCPU(db rig.Database) (float64, error) {
	if db.Postmaster == 0 {
		return 0, nil
	}
	used, err := rig.CPUOf(db.Postmaster)
	return used.Seconds(), err
}

// plain is an address as the store takes it.
func plain(address string) string {
	if file, isSQLite := strings.CutPrefix(address, rig.SQLiteScheme); isSQLite {
		return file
	}
	return strings.Replace(address, rig.PostgresScheme, "postgres://", 1)
}

func open(ctx context.Context, kind, address string) (*store.Store, error) {
	if kind == "sqlite" {
		return store.OpenSQLite(ctx, store.SQLiteOptions{Path: address, Clock: time.Now})
	}
	return store.OpenPostgres(ctx, store.PostgresOptions{URL: address, Clock: time.Now})
}

// fill makes the schema and the deployments, each with one schedule.
func fill(ctx context.Context, kind, address string, n int) error {
	db, err := open(ctx, kind, address)
	if err != nil {
		return err
	}
	if _, err := db.Prepare(ctx); err != nil {
		return err
	}
	err = db.Write(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		flow, _, err := tx.CreateFlow(ctx, &prefect.Flow{ID: uuid.New(), Created: now, Updated: now, Name: "a flow", Tags: []string{}, Labels: &prefect.Labels{}})
		if err != nil {
			return err
		}
		for i := range n {
			d := &prefect.Deployment{
				ID: uuid.New(), Created: now, Updated: now, Name: fmt.Sprint("deployment ", i), FlowID: flow.ID, Tags: []string{"team"}, Status: prefect.DeploymentNotReady,
				Parameters: prefect.Object(`{"source": "s3://bench/in.parquet"}`), Labels: prefect.Labels{},
			}
			if _, err := tx.InsertDeployment(ctx, d); err != nil {
				return err
			}
			if err := tx.InsertSchedules(ctx, []prefect.DeploymentSchedule{{
				ID: uuid.New(), Created: now, Updated: now, DeploymentID: d.ID, Schedule: schedule(i), Active: true, Parameters: prefect.Object("{}"),
			}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = db.Close()
	}
	return err
}

// schedule is one of a mix: by the hour and by the day for the most part, and some more often.
func schedule(i int) prefect.Schedule {
	minute, hour, zone := i*7%60, i*11%24, []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"}[i/10%4]
	cron := func(text string) prefect.Schedule {
		return prefect.Schedule{Cron: &prefect.CronSchedule{Cron: text, Timezone: &zone, DayOr: true}}
	}
	every := func(d time.Duration) prefect.Schedule {
		anchor := prefect.TimeOf(time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC))
		return prefect.Schedule{Interval: &prefect.IntervalSchedule{Interval: prefect.SecondsOf(d), AnchorDate: anchor, Timezone: &zone}}
	}
	rule := func(text string) prefect.Schedule {
		return prefect.Schedule{RRule: &prefect.RRuleSchedule{RRule: text, Timezone: &zone}}
	}
	return []prefect.Schedule{
		cron(fmt.Sprintf("%d %d * * *", minute, hour)), cron(fmt.Sprintf("%d * * * *", minute)), cron("*/15 * * * *"),
		cron(fmt.Sprintf("%d 8-18 * * mon-fri", minute)), cron("0 6 1 * *"), every(time.Hour), every(24 * time.Hour), every(10 * time.Minute),
		rule(fmt.Sprintf("FREQ=DAILY;BYHOUR=%d;BYMINUTE=%d;BYSECOND=0", hour, minute)),
		rule("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYHOUR=9;BYMINUTE=0;BYSECOND=0"),
	}[i%10]
}

// transactions hands out the store's transactions as what the scheduler needs.
type transactions struct{ *store.Store }

func (s transactions) Read(ctx context.Context, fn func(service.SchedulerTx) error) error {
	return s.Store.Read(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func (s transactions) Write(ctx context.Context, fn func(service.SchedulerTx) error) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx) })
}

// ours ticks twice: the second time, all is planned.
func ours(ctx context.Context, kind, address string) (ticks []tick, err error) {
	db, err := open(ctx, kind, address)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	scheduler := &service.Scheduler{ // with the settings' defaults
		Store: transactions{db}, Clock: time.Now, Log: slog.Default(), MaxRuns: 100, MinRuns: 3, MaxTime: 100 * 24 * time.Hour, MinTime: time.Hour,
		Deployments: 100, Runs: 500,
	}
	for range tickNames() {
		before, err := rig.OwnCPU()
		if err != nil {
			return nil, err
		}
		begin := time.Now()
		if err := scheduler.RunOnce(ctx); err != nil {
			return nil, err
		}
		took := time.Since(begin)
		after, err := rig.OwnCPU()
		if err != nil {
			return nil, err
		}
		runs, err := count(ctx, db)
		if err != nil {
			return nil, err
		}
		ticks = append(ticks, tick{Took: took.Seconds(), CPU: (after - before).Seconds(), Runs: runs})
	}
	return ticks, nil
}

// script has the reference tick as often, in a process that has started already.
const script = `
import asyncio, json, resource, time
from prefect.server.services.scheduler import schedule_deployments
from prefect.server.database import provide_database_interface
import sqlalchemy as sa
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
async def main():
    db = provide_database_interface()
    async def count():
        async with db.session_context() as session:
            return (await session.execute(sa.select(sa.func.count()).select_from(db.FlowRun))).scalar()
    await count()
    told = []
    for _ in range(2):
        begin, used = time.monotonic(), cpu()
        await schedule_deployments()
        told.append({"took": time.monotonic() - begin, "cpu": cpu() - used, "runs": await count()})
    print(json.dumps(told))
asyncio.run(main())
`

func theirs(ctx context.Context, address, python, home string) (ticks []tick, err error) {
	cmd := exec.CommandContext(ctx, python, "-c", script)
	cmd.Env = append(rig.CleanEnvironment(), "PREFECT_HOME="+home, "PREFECT_API_DATABASE_CONNECTION_URL="+address, "PREFECT_API_DATABASE_TIMEOUT=600", "PREFECT_LOGGING_LEVEL=ERROR")
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(text, &ticks)
	}
	if err == nil && len(ticks) != len(tickNames()) {
		err = fmt.Errorf("%d ticks are told of", len(ticks))
	}
	return ticks, err
}

func count(ctx context.Context, db *store.Store) (n int64, err error) {
	err = db.Read(ctx, func(tx *store.Tx) error {
		n, err = tx.CountFlowRuns(ctx, &store.Filters{})
		return err
	})
	return n, err
}
