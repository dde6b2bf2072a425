package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/schedule"
)

// mixed makes the schedules of many deployments: what people have, and some that are hard to follow.
func mixed(n int) []prefect.Schedule {
	zones := []string{"UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo", "Australia/Sydney", "Africa/Casablanca", "Asia/Kolkata", "Pacific/Auckland"}
	anchor := prefect.TimeOf(time.Date(2024, 3, 1, 9, 30, 0, 0, time.UTC))
	r := rand.New(rand.NewPCG(1, 2))
	list := make([]prefect.Schedule, n)
	for i := range list {
		zone := zones[r.IntN(len(zones))]
		cron := func(text string) prefect.Schedule {
			return prefect.Schedule{Cron: &prefect.CronSchedule{Cron: text, Timezone: &zone, DayOr: true}}
		}
		rule := func(text string) prefect.Schedule {
			return prefect.Schedule{RRule: &prefect.RRuleSchedule{RRule: text, Timezone: &zone}}
		}
		every := func(d time.Duration) prefect.Schedule {
			return prefect.Schedule{Interval: &prefect.IntervalSchedule{Interval: prefect.SecondsOf(d), AnchorDate: anchor, Timezone: &zone}}
		}
		minute, hour := r.IntN(60), r.IntN(24)
		list[i] = []prefect.Schedule{
			cron(fmt.Sprintf("%d %d * * *", minute, hour)),
			cron("*/5 * * * *"),
			cron(fmt.Sprintf("%d 8-18 * * mon-fri", minute)),
			cron(fmt.Sprintf("%d %d 1,15 * fri", minute, hour)),
			cron("0 0 29 2 *"),
			cron("0 0 31 2 *"),
			cron("0 6 * * 2#1"),
			every(time.Minute), every(15 * time.Minute), every(time.Hour), every(24 * time.Hour), every(7 * 24 * time.Hour),
			rule(fmt.Sprintf("FREQ=DAILY;BYHOUR=%d;BYMINUTE=%d;BYSECOND=0", hour, minute)),
			rule("DTSTART:20200101T000000\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;BYHOUR=9;BYMINUTE=0"),
			rule("FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17;BYMINUTE=0;BYSECOND=0"),
			rule("FREQ=MINUTELY;INTERVAL=10"),
			rule("DTSTART:20200101T000000\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
			rule("DTSTART:20200101T000000\nRRULE:FREQ=HOURLY;COUNT=100"),
			rule("DTSTART:20200101T000000\nRRULE:FREQ=HOURLY;BYDAY=MO,TU,WE,TH,FR;COUNT=1000000"),
			rule("DTSTART:20200101T000000\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\nEXDATE:20250101T000000"),
		}[i%20]
	}
	return list
}

// The tick of a scheduler over 10,000 deployments: the next 100 dates of each, within 100 days.
func BenchmarkTenThousandDeployments(b *testing.B) {
	list := mixed(10_000)
	from := time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)
	w := schedule.Window{From: from, To: from.AddDate(0, 0, 100), Max: 100}
	for b.Loop() {
		n := 0
		for _, s := range list {
			dates, err := schedule.Dates(s, w)
			require.NoError(b, err)
			n += len(dates)
		}
		b.ReportMetric(float64(n), "dates")
	}
}

func BenchmarkKinds(b *testing.B) {
	from := time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)
	w := schedule.Window{From: from, To: from.AddDate(0, 0, 100), Max: 100}
	for _, s := range mixed(20) {
		name := s.Kind()
		switch {
		case s.Interval != nil:
			name = s.Interval.Interval.Duration().String()
		case s.Cron != nil:
			name = s.Cron.Cron
		case s.RRule != nil:
			name = s.RRule.RRule
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := schedule.Dates(s, w)
				require.NoError(b, err)
			}
		})
	}
}
