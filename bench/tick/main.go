// Command tick times one tick of the scheduler over many deployments, side by side with the reference: both get a database of their
// own with the same deployments, of which nothing is planned yet, and both plan once. It prints what each planned, how long that took
// and the CPU time of the process; PostgreSQL's own comes on top.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

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
	dir, err := os.MkdirTemp("", "tick")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // nothing in it is needed
	for _, kind := range []string{"sqlite", "postgresql"} {
		for _, who := range []string{"praetor", "reference"} {
			if kind == "postgresql" && *postgres == "" || who == "reference" && *python == "" {
				continue
			}
			address, drop := filepath.Join(dir, who+".db"), func() {}
			if kind == "postgresql" {
				if address, drop, err = newDatabase(ctx, *postgres); err != nil {
					return err
				}
			}
			err := measure(ctx, kind, who, address, *python, dir, *n)
			drop()
			if err != nil {
				return fmt.Errorf("%s on %s: %w", who, kind, err)
			}
		}
	}
	return nil
}

func measure(ctx context.Context, kind, who, address, python, home string, n int) error {
	if err := fill(ctx, kind, address, n); err != nil {
		return err
	}
	var result string
	var err error
	if who == "praetor" {
		result, err = ours(ctx, kind, address)
	} else {
		result, err = theirs(ctx, kind, address, python, home)
	}
	if err != nil {
		return err
	}
	fmt.Printf("%-10s  %-9s  %d deployments: %s\n", kind, who, n, result)
	return nil
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
func ours(ctx context.Context, kind, address string) (string, error) {
	db, err := open(ctx, kind, address)
	if err != nil {
		return "", err
	}
	scheduler := &service.Scheduler{ // with the settings' defaults
		Store: transactions{db}, Clock: time.Now, Log: slog.Default(), MaxRuns: 100, MinRuns: 3, MaxTime: 100 * 24 * time.Hour, MinTime: time.Hour,
		Deployments: 100, Runs: 500,
	}
	var result strings.Builder
	for _, name := range []string{"first tick", "next tick"} {
		begin, used := time.Now(), cpu(syscall.RUSAGE_SELF)
		if err := scheduler.RunOnce(ctx); err != nil {
			return "", err
		}
		took, used := time.Since(begin), cpu(syscall.RUSAGE_SELF)-used
		runs, err := count(ctx, db)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&result, "%s %.2f s (CPU %.2f s), %d runs are planned; ", name, took.Seconds(), used.Seconds(), runs)
	}
	return strings.TrimSuffix(result.String(), "; "), db.Close()
}

// script has the reference tick as often, in a process that has started already.
const script = `
import asyncio, resource, time
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
    for name in ("first tick", "next tick"):
        begin, used = time.monotonic(), cpu()
        await schedule_deployments()
        told.append(f"{name} {time.monotonic() - begin:.2f} s (CPU {cpu() - used:.2f} s), {await count()} runs are planned")
    print("; ".join(told))
asyncio.run(main())
`

func theirs(ctx context.Context, kind, address, python, home string) (string, error) {
	name := "sqlite+aiosqlite:///" + address
	if kind == "postgresql" {
		_, rest, _ := strings.Cut(address, "://")
		name = "postgresql+asyncpg://" + rest
	}
	cmd := exec.CommandContext(ctx, python, "-c", script)
	cmd.Env = append(os.Environ(), "PREFECT_HOME="+home, "PREFECT_API_DATABASE_CONNECTION_URL="+name, "PREFECT_API_DATABASE_TIMEOUT=600", "PREFECT_LOGGING_LEVEL=ERROR")
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	return strings.TrimSpace(string(text)), err
}

func count(ctx context.Context, db *store.Store) (n int64, err error) {
	err = db.Read(ctx, func(tx *store.Tx) error {
		n, err = tx.CountFlowRuns(ctx, &store.Filters{})
		return err
	})
	return n, err
}

func cpu(who int) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(who, &used); err != nil {
		panic(err) // it has no other error than that of a wrong argument
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// newDatabase makes a database beside that of the URL.
func newDatabase(ctx context.Context, server string) (address string, drop func(), err error) {
	name := "praetor_tick_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	do := func(statement string) error {
		conn, err := pgx.Connect(context.WithoutCancel(ctx), server)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		_, err = conn.Exec(context.WithoutCancel(ctx), statement)
		return err
	}
	if err := do("CREATE DATABASE " + name); err != nil {
		return "", nil, err
	}
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, err
	}
	u.Path, u.RawQuery = "/"+name, ""
	return u.String(), func() {
		if err := do("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			fmt.Fprintln(os.Stderr, "tick: a database is left behind:", err)
		}
	}, nil
}
