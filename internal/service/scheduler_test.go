package service_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"praetor/internal/prefect"
	"praetor/internal/service"
	"praetor/internal/store"
	"praetor/internal/store/sqlb"
	"praetor/internal/store/storetest"
)

func (w *world) scheduler() *service.Scheduler {
	return &service.Scheduler{
		Store: transactions[service.SchedulerTx]{w.store}, Clock: w.clock.Now, Log: slog.New(slog.DiscardHandler), Every: time.Minute, RecentEvery: 5 * time.Second,
		MaxRuns: 100, MinRuns: 3, MaxTime: 100 * 24 * time.Hour, MinTime: time.Hour, Deployments: 100, Runs: 500,
	}
}

func every(d time.Duration) prefect.Schedule {
	return prefect.Schedule{Interval: &prefect.IntervalSchedule{Interval: prefect.SecondsOf(d), AnchorDate: prefect.TimeOf(noon.AddDate(0, -1, 0))}}
}

func cron(text string) prefect.Schedule {
	return prefect.Schedule{Cron: &prefect.CronSchedule{Cron: text, DayOr: true}}
}

func rrule(text string) prefect.Schedule {
	return prefect.Schedule{RRule: &prefect.RRuleSchedule{RRule: text}}
}

// plan makes deployments, each with schedules of its own.
func (w *world) deployments(lists ...[]prefect.Schedule) []uuid.UUID {
	w.Helper()
	now := prefect.TimeOf(w.clock.Now())
	ids := make([]uuid.UUID, len(lists))
	w.write(func(ctx context.Context, tx *store.Tx) error {
		for i, list := range lists {
			ids[i] = prefect.NewID()
			d := &prefect.Deployment{
				ID: ids[i], Created: now, Updated: now, Name: fmt.Sprint("deployment ", ids[i]), FlowID: w.flow, Tags: []string{"a tag"}, Status: prefect.DeploymentNotReady,
				Parameters: prefect.Object(`{"x":1,"y":2}`), Labels: prefect.Labels{"team": prefect.Raw(`"blue"`)},
			}
			if _, err := tx.InsertDeployment(ctx, d); err != nil {
				return err
			}
			schedules := make([]prefect.DeploymentSchedule, len(list))
			for j, schedule := range list {
				schedules[j] = prefect.DeploymentSchedule{
					ID: prefect.NewID(), Created: now, Updated: now, DeploymentID: d.ID, Schedule: schedule, Active: true, Parameters: prefect.Object(`{"y":3}`),
				}
			}
			if err := tx.InsertSchedules(ctx, schedules); err != nil {
				return err
			}
		}
		return nil
	})
	return ids
}

func (w *world) countRuns() string { return w.strings("SELECT count(*) FROM flow_run")[0] }

func TestWhatIsPlanned(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		d := w.deployments([]prefect.Schedule{every(24 * time.Hour), cron("*/20 * * * *")})[0]
		require.NoError(w, w.scheduler().RunOnce(w.Context()))

		// Three of the first, for the sake of their number; and of the second as many as reach an hour from now.
		due := "SELECT next_scheduled_start_time FROM flow_run ORDER BY next_scheduled_start_time"
		require.Len(w, w.strings("%s", due), 3+4)
		schedule := w.strings("SELECT id FROM deployment_schedule WHERE CAST(schedule AS TEXT) LIKE '%%cron%%'")[0]
		id := w.strings("SELECT id FROM flow_run WHERE idempotency_key = 'scheduled %s %s 2026-11-25 12:20:00+00:00'", d, schedule)
		require.Len(w, id, 1)
		run := w.readFlowRun(uuid.MustParse(id[0]))
		at := prefect.TimeOf(noon.Add(20 * time.Minute))
		require.Equal(w, &d, run.DeploymentID)
		require.True(w, run.AutoScheduled)
		require.Equal(w, []string{"auto-scheduled", "a tag"}, run.Tags)
		require.JSONEq(w, `{"x":1,"y":3}`, string(run.Parameters))
		require.Equal(w, prefect.Labels{
			"team": prefect.Raw(`"blue"`), "prefect.flow.id": prefect.Raw(`"` + w.flow.String() + `"`), "prefect.deployment.id": prefect.Raw(`"` + d.String() + `"`),
		}, run.Labels)
		require.Equal(w, &at, run.NextScheduledStartTime)
		require.Equal(w, &at, run.ExpectedStartTime)
		require.Equal(w, schedule, run.CreatedBy.ID.String())
		require.Equal(w, "SCHEDULE", *run.CreatedBy.Type)
		require.Equal(w, "CronSchedule", *run.CreatedBy.DisplayValue)
		require.Equal(w, prefect.Scheduled, run.State.Type)
		require.Equal(w, "Scheduled", run.State.DisplayName())
		require.Equal(w, "Flow run scheduled", *run.State.Message)
		require.Equal(w, &at, run.State.StateDetails.ScheduledTime)
		require.Equal(w, []string{run.State.ID.String()}, w.strings("SELECT id FROM flow_run_state WHERE flow_run_id = '%s'", id[0]))

		// Nothing is short of runs now. Later one of each is; and a run that has begun is not planned again.
		require.NoError(w, w.scheduler().RunOnce(w.Context()))
		require.Equal(w, "7", w.countRuns())
		w.exec("UPDATE flow_run SET state_type = 'RUNNING', state_name = 'Running' WHERE id = '%s'", id[0])
		w.clock.Advance(20 * time.Minute)
		require.NoError(w, w.scheduler().RunOnce(w.Context()))
		require.Equal(w, "9", w.countRuns())
		require.NoError(w, w.scheduler().PlanChanged(w.Context(), noon))
		require.Equal(w, "9", w.countRuns())
	})
}

func TestRunsArePlannedWithinTheirBounds(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		w.deployments([]prefect.Schedule{every(time.Second)}, []prefect.Schedule{every(30 * 24 * time.Hour)}, []prefect.Schedule{rrule("DTSTART:20200101T000000\nRRULE:FREQ=DAILY;COUNT=3")})
		s := w.scheduler()
		s.MaxTime, s.MinRuns = 70*24*time.Hour, 5
		require.NoError(w, s.RunOnce(w.Context()))
		require.Equal(w, []string{"100", "2"}, w.strings("SELECT count(*) FROM flow_run GROUP BY deployment_id ORDER BY 1 DESC"), "MaxRuns, MaxTime, and none")
	})
}

func TestNothingIsPlannedOfWhatRests(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		ids := w.deployments([]prefect.Schedule{every(time.Hour)}, []prefect.Schedule{every(time.Hour)}, nil)
		w.exec("UPDATE deployment SET paused = TRUE WHERE id = '%s'", ids[0])
		w.exec("UPDATE deployment_schedule SET active = FALSE WHERE deployment_id = '%s'", ids[1])
		require.NoError(w, w.scheduler().RunOnce(w.Context()))
		require.NoError(w, w.scheduler().PlanChanged(w.Context(), noon))
		require.Equal(w, "0", w.countRuns())
	})
}

func TestABadScheduleKeepsNoOtherFromBeingPlanned(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		ids := w.deployments([]prefect.Schedule{cron("0 0 * * *"), every(time.Hour)}, []prefect.Schedule{every(time.Hour)})
		w.exec(`UPDATE deployment_schedule SET schedule = '{"cron": "never", "timezone": "Nowhere/At_All", "day_or": true}' WHERE deployment_id = '%s' AND CAST(schedule AS TEXT) LIKE '%%cron%%'`, ids[0])
		require.NoError(w, w.scheduler().RunOnce(w.Context()))
		require.Equal(w, []string{"3", "3"}, w.strings("SELECT count(*) FROM flow_run GROUP BY deployment_id"))
	})
}

func TestChangedDeploymentsArePlannedSoon(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		w.deployments([]prefect.Schedule{every(time.Hour)})
		w.clock.Advance(time.Minute)
		s := w.scheduler()
		require.NoError(w, s.PlanChanged(w.Context(), w.clock.Now()))
		require.Equal(w, "0", w.countRuns(), "it was changed too long ago")
		fresh := w.deployments([]prefect.Schedule{every(time.Hour)})[0]
		w.clock.Advance(5 * time.Second)
		require.NoError(w, s.PlanChanged(w.Context(), w.clock.Now().Add(-5*time.Second)))
		require.Equal(w, []string{fresh.String()}, w.strings("SELECT DISTINCT deployment_id FROM flow_run"))
	})
}

// interrupted is a store in which something happens between the reading and the writing.
type interrupted struct {
	transactions[service.SchedulerTx]
	happens func()
}

func (s interrupted) Write(ctx context.Context, fn func(service.SchedulerTx) error) error {
	s.happens()
	return s.transactions.Write(ctx, fn)
}

func TestAChangeInBetweenIsRespected(t *testing.T) {
	for name, change := range map[string]string{
		"the deployment is changed": "UPDATE deployment SET updated = '2026-11-25 12:00:01.000000+00:00'",
		"it is paused":              "UPDATE deployment SET paused = TRUE",
		"the schedule is changed":   "UPDATE deployment_schedule SET updated = '2026-11-25 12:00:01.000000+00:00'",
		"it is deleted":             "DELETE FROM deployment_schedule",
		"it rests":                  "UPDATE deployment_schedule SET active = FALSE",
	} {
		t.Run(name, func(t *testing.T) {
			onBothDatabases(t, func(w *world) {
				w.deployments([]prefect.Schedule{every(time.Hour)})
				s := w.scheduler()
				if w.db.Dialect == sqlb.SQLite {
					change = strings.ReplaceAll(change, "+00:00", "")
				}
				s.Store = interrupted{transactions[service.SchedulerTx]{w.store}, func() { w.exec("%s", change) }}
				require.NoError(w, s.RunOnce(w.Context()))
				require.Equal(w, "0", w.countRuns())
			})
		})
	}
}

func TestSeveralSchedulersPlanNoDateTwice(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		w.deployments(mix(150)...)
		s := w.scheduler()
		s.Deployments, s.Runs = 20, 50
		var group errgroup.Group
		for i := range 4 {
			group.Go(func() error {
				if i%2 == 0 {
					return s.RunOnce(w.Context())
				}
				return s.PlanChanged(w.Context(), noon)
			})
		}
		require.NoError(w, group.Wait())
		// What one left to another that then failed would be planned by the next tick; here it is all there.
		require.NoError(w, s.RunOnce(w.Context()))
		require.Equal(w, []string{"540"}, w.strings("SELECT count(*) FROM flow_run"))
		require.Equal(w, []string{"540"}, w.strings("SELECT count(*) FROM flow_run_state s JOIN flow_run r ON r.id = s.flow_run_id AND r.state_id = s.id"))
		require.Equal(w, []string{"540"}, w.strings("SELECT count(DISTINCT idempotency_key) FROM flow_run"))
	})
}

// mix gives each of so many deployments a schedule: what people have, by the hour and the day for the most part.
func mix(n int) [][]prefect.Schedule {
	lists := make([][]prefect.Schedule, n)
	for i := range lists {
		minute, hour := i*7%60, i*11%24
		lists[i] = []prefect.Schedule{[]prefect.Schedule{
			cron(fmt.Sprintf("%d %d * * *", minute, hour)), cron(fmt.Sprintf("%d * * * *", minute)), cron("*/15 * * * *"),
			cron(fmt.Sprintf("%d 8-18 * * mon-fri", minute)), cron("0 6 1 * *"), every(time.Hour), every(24 * time.Hour), every(10 * time.Minute),
			rrule(fmt.Sprintf("FREQ=DAILY;BYHOUR=%d;BYMINUTE=%d;BYSECOND=0", hour, minute)), rrule("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYHOUR=9;BYMINUTE=0;BYSECOND=0"),
		}[i%10]}
	}
	return lists
}

// The tick of a scheduler over 10,000 deployments: of which nothing is planned yet; and of which all is planned that need be.
func BenchmarkTenThousandDeployments(b *testing.B) {
	for _, kind := range []string{"sqlite", "postgresql"} {
		open := func(b *testing.B) *world {
			db := storetest.SQLite(b)
			if kind == "postgresql" {
				db = storetest.Database{Dialect: sqlb.Postgres, Address: storetest.PostgresURL(b)}
			}
			w := newWorld(b, db)
			w.deployments(mix(10_000)...)
			if kind == "postgresql" {
				w.exec("ANALYZE")
			}
			return w
		}
		b.Run(kind+"/first", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				w := open(b)
				s := w.scheduler()
				b.StartTimer()
				require.NoError(b, s.RunOnce(b.Context()))
				b.StopTimer()
				var runs float64
				_, err := fmt.Sscan(w.countRuns(), &runs)
				require.NoError(b, err)
				b.ReportMetric(runs, "runs")
				b.StartTimer()
			}
		})
		b.Run(kind+"/next", func(b *testing.B) {
			w := open(b)
			s := w.scheduler()
			require.NoError(b, s.RunOnce(b.Context()))
			for b.Loop() {
				w.clock.Advance(time.Minute)
				require.NoError(b, s.RunOnce(b.Context()))
			}
		})
	}
}
