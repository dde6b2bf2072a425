package schedule_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/schedule"
	"praetor/internal/schedule/rrule"
	"praetor/internal/schedule/zone"
)

func ptr(s string) *string { return &s }

func cronIn(text, zone string) prefect.Schedule {
	return prefect.Schedule{Cron: &prefect.CronSchedule{Cron: text, Timezone: &zone, DayOr: true}}
}

func ruleIn(text, zone string) prefect.Schedule {
	return prefect.Schedule{RRule: &prefect.RRuleSchedule{RRule: text, Timezone: &zone}}
}

func every(seconds float64) prefect.Schedule {
	return prefect.Schedule{Interval: &prefect.IntervalSchedule{Interval: prefect.Seconds(seconds), AnchorDate: prefect.TimeOf(noon())}}
}

func noon() time.Time { return time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC) }

func count(t *testing.T, s prefect.Schedule, w schedule.Window) int {
	t.Helper()
	dates, err := schedule.Dates(s, w)
	require.NoError(t, err)
	return len(dates)
}

func TestWindow(t *testing.T) {
	for _, s := range []prefect.Schedule{every(60), cronIn("* * * * *", "UTC"), ruleIn("FREQ=MINUTELY", "UTC")} {
		dates, err := schedule.Dates(s, schedule.Window{From: noon(), To: noon().Add(2 * time.Minute)})
		require.NoError(t, err)
		require.Equal(t, []time.Time{noon(), noon().Add(time.Minute), noon().Add(2 * time.Minute)}, dates, "both ends count")
		require.Equal(t, 1, count(t, s, schedule.Window{From: noon()}), "without an end only the next one")
		require.Equal(t, 5, count(t, s, schedule.Window{From: noon(), Max: 5}))
		require.Equal(t, 2, count(t, s, schedule.Window{From: noon(), To: noon().Add(time.Minute), Max: 5}))
		require.Equal(t, 1000, count(t, s, schedule.Window{From: noon(), To: noon().AddDate(1, 0, 0)}))
		require.Equal(t, 1002, count(t, s, schedule.Window{From: noon(), Max: 1_000_000}), "what the reference tries at most")
		require.Zero(t, count(t, s, schedule.Window{From: noon(), To: noon().Add(-time.Hour)}))

		// A scheduler plans at least so many, and at least so far.
		require.Equal(t, 3, count(t, s, schedule.Window{From: noon(), Max: 100, Min: 3, Until: noon()}))
		require.Equal(t, 31, count(t, s, schedule.Window{From: noon(), Max: 100, Min: 3, Until: noon().Add(30 * time.Minute)}))
		require.Equal(t, 100, count(t, s, schedule.Window{From: noon(), Max: 100, Min: 3, Until: noon().Add(300 * time.Minute)}))
	}
}

// The dates are in the zone of the schedule, and it is that text which keeps two servers from planning a run twice.
func TestIdempotencyKey(t *testing.T) {
	deployment, id := uuid.MustParse("11111111-1111-4111-8111-111111111111"), uuid.MustParse("22222222-2222-4222-8222-222222222222")
	for _, c := range []struct {
		s    prefect.Schedule
		from time.Time
		want string
	}{
		{cronIn("0 9 * * *", "America/New_York"), noon(), "2026-03-07 09:00:00-05:00"},
		{cronIn("0 9 * * *", "America/New_York"), noon().AddDate(0, 0, 1), "2026-03-08 09:00:00-04:00"},
		{cronIn("0 9 * * *", ""), noon(), "2026-03-08 09:00:00+00:00"},
		{every(0.25), noon().Add(time.Millisecond), "2026-03-07 12:00:00.250000+00:00"},
		{ruleIn("FREQ=DAILY", "Asia/Kathmandu"), noon(), "2026-03-08 00:00:00+05:45"},
		{ruleIn("DTSTART:19710101T000000\nRRULE:FREQ=DAILY", "Africa/Monrovia"), time.Date(1971, 5, 1, 0, 0, 0, 0, time.UTC), "1971-05-01 00:00:00-00:44:30"},
	} {
		dates, err := schedule.Dates(c.s, schedule.Window{From: c.from})
		require.NoError(t, err)
		require.Equal(t, "scheduled "+deployment.String()+" "+id.String()+" "+c.want, schedule.IdempotencyKey(deployment, id, dates[0]))
	}
}

func TestSchedulesThatMakeNoSense(t *testing.T) {
	w := schedule.Window{From: noon(), To: noon().AddDate(0, 0, 1)}
	for _, s := range []prefect.Schedule{
		cronIn("bad", "UTC"), ruleIn("bad", "UTC"), every(0), every(-1), every(math.NaN()), every(math.Inf(1)), every(1e20), every(1e-7), cronIn("* * * * *", "Nowhere"),
	} {
		dates, err := schedule.Dates(s, w)
		require.Error(t, err, s)
		require.Empty(t, dates)
		require.NotEmpty(t, schedule.Violations(s), s)
	}
	_, err := schedule.Dates(cronIn("* * * * *", "Nowhere"), w)
	require.ErrorIs(t, err, zone.ErrUnknown)
}

// Nothing that a user may store keeps a scheduler busy.
func TestSearchesAreBounded(t *testing.T) {
	w := schedule.Window{From: noon(), To: noon().AddDate(0, 0, 100), Max: 100}
	most := 0
	for _, s := range []prefect.Schedule{
		every(1e-6), every(999_999_999 * 86_400), cronIn("0 0 30 2 *", "UTC"), cronIn("* * * * * * 1970", "UTC"), cronIn("0 0 31 2 5#5", "UTC"),
		ruleIn("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "UTC"), ruleIn("FREQ=SECONDLY;BYYEARDAY=400", "UTC"), ruleIn("FREQ=SECONDLY;COUNT=1000000000000000000", "UTC"),
		ruleIn("FREQ=SECONDLY;INTERVAL=7;BYDAY=MO,TU,WE;BYHOUR=1,2,3;COUNT=1000000000", "UTC"), ruleIn("DTSTART:00010101T000000\nRRULE:FREQ=MINUTELY;COUNT=10", "UTC"),
		ruleIn("DTSTART:00010101T000000\nRRULE:FREQ=YEARLY;BYEASTER=-400;BYMONTH=2", "UTC"),
	} {
		_, err := schedule.Dates(s, w)
		if err != nil {
			require.NotErrorIs(t, err, rrule.ErrTooManySteps)
			continue
		}
		most = max(most, count(t, s, w))
	}
	require.Equal(t, 100, most)

	rules := strings.Repeat("EXRULE:FREQ=SECONDLY;BYSECOND=1,2\n", 100)
	dates, err := schedule.Dates(ruleIn("DTSTART:20200101T000000\nRRULE:FREQ=SECONDLY;BYSECOND=1,2\nRDATE:20260307T120000,20280101T000000\n"+rules, "UTC"), schedule.Window{From: noon(), Max: 5})
	require.ErrorIs(t, err, rrule.ErrTooManySteps)
	require.Equal(t, []time.Time{noon()}, dates, "what was found is given")
}

func TestTheCalendarEnds(t *testing.T) {
	from := time.Date(9999, 12, 30, 12, 0, 0, 0, time.UTC)
	for _, zone := range []string{"UTC", "America/New_York", "Pacific/Auckland"} {
		for _, s := range []prefect.Schedule{cronIn("0 * * * *", zone), ruleIn("DTSTART:99990101T000000\nRRULE:FREQ=HOURLY", zone), every(3600), every(86400), every(100_000 * 86_400)} {
			dates, err := schedule.Dates(s, schedule.Window{From: from, Max: 1000})
			require.NoError(t, err)
			for _, d := range dates {
				require.LessOrEqual(t, d.UTC().Year(), 9999)
			}
		}
	}
}

func TestViolations(t *testing.T) {
	for _, c := range []struct {
		s              prefect.Schedule
		field, message string
	}{
		{every(0), "interval", "interval must be positive"},
		{every(8.64e13), "interval", "interval must not exceed 999,999,999 days"},
		{cronIn("bad", "Nowhere"), "cron", `Invalid cron string: "bad"`},
		{cronIn("R * * * *", "UTC"), "cron", `Random and Hashed expressions are unsupported, received: "R * * * *"`},
		{cronIn("* * * * *", "Nowhere"), "", `Invalid timezone: "Nowhere" (give a name of the IANA database, such as America/New_York)`},
		{cronIn(strings.Repeat("1,", 4000)+"1 * * * *", "UTC"), "cron", `Invalid cron string "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,..."` + "\nMax length is 6500, got 8009"},
		{ruleIn("bad rrule string", "UTC"), "rrule", `Invalid RRule string "bad rrule string": not enough values to unpack (expected 2, got 1)`},
		{ruleIn("FREQ=DAILY", ""), "timezone", `Invalid timezone: "" (give a name of the IANA database, such as America/New_York)`},
		{ruleIn("FREQ=DAILY", "Foo/UTC"), "timezone", `Invalid timezone: "Foo/UTC" (give a name of the IANA database, such as America/New_York)`},
		{ruleIn("DTSTART:20200101\nRDATE:"+strings.Repeat("20200101,", 800)+"20200101", "UTC"), "rrule", `Invalid RRule string "DTSTART:20200101` + "\n" + `RDATE:20200101,20200101..."` + "\nMax length is 6500, got 7231"},
		{ruleIn("RDATE:"+strings.Repeat("20200101,", 719)+"20200101", "UTC"), "rrule", `Invalid RRule string "RDATE:20200101,20200101,20200101,2020010..."` + "\nMax length is 6500, got 6509"},
	} {
		require.Equal(t, []prefect.Violation{{Field: c.field, Message: c.message}}, schedule.Violations(c.s))
	}
	for _, s := range []prefect.Schedule{
		every(1e-6), every(8.64e13 - 1), cronIn("@daily", ""), cronIn("0 0 30 2 *", "EST5EDT"), ruleIn("FREQ=DAILY", "UTC"),
		{RRule: &prefect.RRuleSchedule{RRule: "FREQ=DAILY"}}, {Cron: &prefect.CronSchedule{Cron: "* * * * *"}},
		ruleIn("RDATE:"+strings.Repeat("20200101,", 718)+"20200101", "UTC"),
	} {
		require.Empty(t, schedule.Violations(s), s)
		stored := schedule.Normalize(s, noon())
		require.Empty(t, schedule.Violations(stored), "what is stored can be read")
	}
}

func TestNormalize(t *testing.T) {
	now := time.Date(2026, 3, 7, 12, 34, 56, 789_000, time.UTC)
	sent := prefect.Schedule{Interval: &prefect.IntervalSchedule{Interval: 60}}
	require.Equal(t, prefect.Schedule{Interval: &prefect.IntervalSchedule{Interval: 60, AnchorDate: prefect.TimeOf(now), Timezone: ptr("UTC")}}, schedule.Normalize(sent, now))
	require.Nil(t, sent.Interval.Timezone, "what was sent stays as it is")

	sent = cronIn("@daily", "")
	require.Equal(t, sent, schedule.Normalize(sent, now))

	for text, want := range map[string]string{
		"FREQ=DAILY":                          "DTSTART:20200101T000000\nFREQ=DAILY",
		"FREQ=MINUTELY;INTERVAL=5":            "DTSTART:20260307T073000\nFREQ=MINUTELY;INTERVAL=5",
		"FREQ=SECONDLY":                       "DTSTART:20260307T073456\nFREQ=SECONDLY",
		"FREQ=MINUTELY;COUNT=5":               "DTSTART:20200101T000000\nFREQ=MINUTELY;COUNT=5",
		"RRULE:FREQ=MINUTELY\nRDATE:20270101": "DTSTART:20200101T000000\nRRULE:FREQ=MINUTELY\nRDATE:20270101",
		"dtstart:20250101\nrrule:FREQ=DAILY":  "dtstart:20250101\nrrule:FREQ=DAILY",
		"bad":                                 "bad",
	} {
		require.Equal(t, want, schedule.Normalize(ruleIn(text, "America/New_York"), now).RRule.RRule)
	}
	past := time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	require.Equal(t, "DTSTART:20200101T000000\nFREQ=MINUTELY", schedule.Normalize(ruleIn("FREQ=MINUTELY", "UTC"), past).RRule.RRule)
}

// Whatever a user stores, planning neither panics nor takes long, and gives dates within the window.
func FuzzDates(f *testing.F) {
	for _, s := range mixed(20) {
		switch {
		case s.Cron != nil:
			f.Add(uint8(0), s.Cron.Cron, "UTC", 60.0, int64(1_772_884_800))
		case s.RRule != nil:
			f.Add(uint8(1), s.RRule.RRule, "Europe/Dublin", 60.0, int64(1_772_884_800))
		default:
			f.Add(uint8(2), "", "America/New_York", float64(s.Interval.Interval), int64(1_772_884_800))
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, text, zone string, seconds float64, from int64) {
		if from %= 250_000_000_000; from < -62_000_000_000 {
			from = 0
		}
		var s prefect.Schedule
		switch kind % 3 {
		case 0:
			s = cronIn(text, zone)
		case 1:
			s = ruleIn(text, zone)
		default:
			s = every(seconds)
			s.Interval.Timezone = &zone
		}
		w := schedule.Window{From: time.Unix(from, 0), To: time.Unix(from, 0).AddDate(0, 0, 100), Max: 50}
		dates, err := schedule.Dates(s, w)
		require.LessOrEqual(t, len(dates), 50)
		for _, d := range dates {
			require.False(t, d.Before(w.From.Add(-25*time.Hour)) || d.After(w.To.Add(25*time.Hour)), d) // clocks that are changed
		}
		if err == nil && schedule.Violations(s) == nil {
			again, err := schedule.Dates(schedule.Normalize(s, w.From), w)
			require.NoError(t, err)
			require.Equal(t, dates, again, "what is stored is due when what was sent is")
		}
	})
}
