package rrule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/schedule/rrule"
	"praetor/internal/schedule/wall"
)

func start() wall.Time { return wall.At(2020, 1, 1, 0, 0, 0) }

func parse(text string) (*rrule.Set, error) {
	return rrule.Parse(text, start(), func(name string) bool { return name == "America/New_York" })
}

func dates(t *testing.T, text string, from, to wall.Time, n int) ([]string, error) {
	t.Helper()
	set, err := parse(text)
	require.NoError(t, err, text)
	walk, err := set.Between(from, to)
	var found []string
	for err == nil && len(found) < n {
		at, more, failure := walk.Next()
		if err = failure; err != nil || !more {
			break
		}
		found = append(found, at.UTC().Format("2006-01-02T15:04:05"))
	}
	return found, err
}

func TestDates(t *testing.T) {
	for text, want := range map[string]string{
		"FREQ=DAILY;COUNT=2":                                                                                           "2020-01-01T00:00:00 2020-01-02T00:00:00",
		"RRULE:FREQ=WEEKLY;BYDAY=TU,TH;WKST=SU;COUNT=2":                                                                "2020-01-02T00:00:00 2020-01-07T00:00:00",
		"DTSTART;TZID=America/New_York:20200131T090000\nRRULE:FREQ=MONTHLY;COUNT=2":                                    "2020-01-31T09:00:00 2020-03-31T09:00:00",
		"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2":                                                        "2020-01-31T00:00:00 2020-02-28T00:00:00",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2":                                                                  "2020-02-29T00:00:00 2024-02-29T00:00:00",
		"FREQ=YEARLY;BYEASTER=-2;COUNT=2":                                                                              "2020-04-10T00:00:00 2021-04-02T00:00:00",
		"FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;COUNT=2":                                                                      "2021-01-04T00:00:00 2022-01-03T00:00:00",
		"FREQ=HOURLY;INTERVAL=10;COUNT=3":                                                                              "2020-01-01T00:00:00 2020-01-01T10:00:00 2020-01-01T20:00:00",
		"FREQ=HOURLY;BYMINUTE=0,20,40;BYSETPOS=1,-1;COUNT=3":                                                           "2020-01-01T00:00:00 2020-01-01T00:40:00 2020-01-01T01:00:00",
		"DTSTART:20200101T090000\nRRULE:FREQ=DAILY;UNTIL=20200104T090000\nEXDATE:20200102T090000":                      "2020-01-01T09:00:00 2020-01-03T09:00:00 2020-01-04T09:00:00",
		"DTSTART:20200101T090000\nRRULE:FREQ=DAILY;COUNT=3\nEXRULE:FREQ=DAILY;INTERVAL=2":                              "2020-01-02T09:00:00",
		"RDATE:20200103T000000,20200102T000000\nRDATE:20200102T000000":                                                 "2020-01-02T00:00:00 2020-01-03T00:00:00",
		"DTSTART:20200101T000000\nRRULE:FREQ=DAILY;COUNT=2\nRRULE:FREQ=DAILY;COUNT=2;BYHOUR=12\nRDATE:20200101T120000": "2020-01-01T00:00:00 2020-01-01T12:00:00 2020-01-02T00:00:00 2020-01-02T12:00:00",
		"FREQ=DAILY;UNTIL=20200102T000000Z":                                                                            "2020-01-01T00:00:00 2020-01-02T00:00:00",
	} {
		got, err := dates(t, text, wall.Min, wall.Max, 9)
		require.NoError(t, err, text)
		require.Equal(t, want, strings.Join(got, " "), text)
	}
}

// Counting goes on where a search begins, whole days at a time, and must come to what a walk from the start comes to.
func TestCountFromAnywhere(t *testing.T) {
	for _, rule := range []string{
		"FREQ=HOURLY;COUNT=3000", "FREQ=HOURLY;INTERVAL=7;BYDAY=MO,WE,SU;COUNT=400", "FREQ=MINUTELY;INTERVAL=7;BYHOUR=1,5,23;COUNT=5000", "FREQ=MINUTELY;INTERVAL=1001;COUNT=150",
		"FREQ=SECONDLY;INTERVAL=77;BYHOUR=4;BYMINUTE=1,2,3;COUNT=150", "FREQ=HOURLY;BYMINUTE=5,10,59;BYSETPOS=2,-1,1;COUNT=5000", "FREQ=DAILY;BYHOUR=1,2,3;BYSECOND=0,7;COUNT=600",
		"FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=5,6;COUNT=60", "FREQ=YEARLY;BYDAY=MO;BYHOUR=5,6;COUNT=60", "FREQ=MONTHLY;BYMONTHDAY=1,15,-1;BYMINUTE=3,4;COUNT=60", "FREQ=HOURLY;BYMONTH=3;BYMONTHDAY=3;COUNT=40",
		"FREQ=MINUTELY;INTERVAL=30;BYSECOND=0,30;COUNT=1000", "FREQ=HOURLY;COUNT=0", "FREQ=HOURLY;COUNT=-1", "FREQ=SECONDLY;INTERVAL=50000;COUNT=100;UNTIL=20200215",
	} {
		text := "DTSTART:20200110T101512\nRRULE:" + rule
		all, err := dates(t, text, wall.Min, wall.Max, 10_000)
		require.NoError(t, err)
		for _, from := range []wall.Time{
			wall.At(2020, 1, 10, 0, 0, 0), wall.At(2020, 1, 10, 10, 15, 12), wall.At(2020, 1, 10, 23, 0, 1), wall.At(2020, 1, 11, 0, 0, 0), wall.At(2020, 1, 20, 4, 2, 0),
			wall.At(2020, 2, 29, 5, 0, 0), wall.At(2020, 5, 1, 1, 2, 3), wall.At(2021, 3, 3, 12, 0, 0),
		} {
			var want []string
			for _, d := range all {
				if d >= from.UTC().Format("2006-01-02T15:04:05") {
					want = append(want, d)
				}
			}
			got, err := dates(t, text, from, wall.Max, 10_000)
			require.NoError(t, err)
			require.Equal(t, want, got, "%s from %s", rule, from.UTC())
		}
	}
}

// Rules that hardly ever or never recur end, with dates or without, within the bound.
func TestSparseRulesEnd(t *testing.T) {
	from := wall.At(2026, 1, 1, 0, 0, 0)
	for text, want := range map[string]int{
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30":               0,
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30":                0,
		"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30":             0,
		"FREQ=DAILY;BYYEARDAY=400":                          0,
		"FREQ=MINUTELY;BYWEEKNO=53;BYMONTH=6":               0,
		"FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1":               0,
		"FREQ=DAILY;INTERVAL=1000000000000000000000":        0,
		"FREQ=SECONDLY;INTERVAL=1000000000000000000000":     0,
		"FREQ=YEARLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=29": 5,
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO":       5,
		"FREQ=HOURLY;UNTIL=20210101":                        0,
		"FREQ=SECONDLY;COUNT=100000":                        0,
		"RDATE:20200101T000000":                             0,
		"FREQ=YEARLY;BYEASTER=0;BYMONTH=7":                  0,
		"FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=" + upTo(23) + ";BYMINUTE=" + upTo(59) + ";BYSECOND=" + upTo(59): 5,
	} {
		got, err := dates(t, text, from, wall.Max, 5)
		require.NoError(t, err, text)
		require.Len(t, got, want, text)
	}
}

func upTo(n int) string {
	var all []string
	for i := range n + 1 {
		all = append(all, fmt.Sprint(i))
	}
	return strings.Join(all, ",")
}

// Where one rule leaves out all that another one has, nothing but the bound ends the search.
func TestStepsAreBounded(t *testing.T) {
	got, err := dates(t, "DTSTART:20200101T000000\nRRULE:FREQ=SECONDLY\nEXRULE:FREQ=SECONDLY;BYMINUTE="+upTo(59), start(), wall.Max, 5)
	require.ErrorIs(t, err, rrule.ErrTooManySteps)
	require.Empty(t, got)
	_, err = dates(t, "DTSTART:20200101T000000\nRRULE:FREQ=SECONDLY\nEXRULE:FREQ=SECONDLY", start(), wall.At(2020, 1, 2, 0, 0, 0), 5)
	require.NoError(t, err, "a search has an end")
}

func TestBadRecurrences(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "empty string",
		" \n":                                "empty string",
		"bad rrule string":                   "not enough values to unpack (expected 2, got 1)",
		"FREQ=DAILY;A=B=C":                   "too many values to unpack (expected 2)",
		"FREQ=FOO":                           "invalid 'FREQ': FOO",
		"FREQ=DAILY;FOO=1":                   "unknown parameter 'FOO'",
		"FREQ=DAILY;INTERVAL=x":              "invalid 'INTERVAL': X",
		"FREQ=DAILY;UNTIL=xx":                "invalid 'UNTIL': XX",
		"FREQ=DAILY;BYDAY=":                  "invalid 'BYDAY': ",
		"FREQ=DAILY;BYHOUR=24":               "hour must be in 0..23",
		"FREQ=HOURLY;BYMINUTE=60":            "minute must be in 0..59",
		"FOO:1":                              "unsupported property: FOO",
		"DTSTART:foo\nRRULE:FREQ=DAILY":      "Unknown string format: FOO",
		"DTSTART:20250230\nRRULE:FREQ=DAILY": "day is out of range for month: 20250230",
		"DTSTART:20250101T250000\nRRULE:FREQ=DAILY":                        "hour must be in 0..23: 20250101T250000",
		"EXDATE:\nRRULE:FREQ=DAILY":                                        "String does not contain a date: ",
		"INTERVAL=1":                                                       "FREQ is missing",
		"DTSTART:20200101T000000":                                          "no rule",
		"FREQ=DAILY;INTERVAL=0":                                            "INTERVAL must be positive",
		"FREQ=DAILY;INTERVAL=-1":                                           "INTERVAL must be positive",
		"FREQ=HOURLY;INTERVAL=2;BYHOUR=1":                                  "INTERVAL never leads to the BYHOUR, BYMINUTE and BYSECOND",
		"FREQ=MINUTELY;INTERVAL=60;BYHOUR=1;BYMINUTE=5":                    "INTERVAL never leads to the BYHOUR, BYMINUTE and BYSECOND",
		"FREQ=DAILY;BYSETPOS=0":                                            "BYSETPOS must be 1 to 366 or -366 to -1",
		"FREQ=YEARLY;BYDAY=1MO;BYMONTH=13":                                 "no such month",
		"DTSTART:20200101T000000\nRRULE:FREQ=DAILY;UNTIL=20250101T000000Z": "UNTIL and DTSTART must both be in UTC or both be local",
	} {
		_, err := parse(text)
		require.EqualError(t, err, want, text)
	}
}
