package prefect_test

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

func TestIntervalsAsText(t *testing.T) {
	for text, want := range map[string]prefect.Seconds{
		"PT1H": 3600, "P1D": 86400, "P1DT1H30M": 91800, "PT1.5H": 5400, "PT1,5S": 1.5, "P1Y2M3W4D": 38_880_000, "-PT1H": -3600, "+PT36H": 129600,
		"PT1M1H": 3660, "P1DT": 86400, "1 days, 01:00:00": 90000, "1 day 01:00:00": 90000, "1d01:00": 90000, "1 DAYS": 86400, "-1d": -86400,
		"01:00": 3600, "1:00:00": 3600, "100:00:00": 360000, "00:00:01,5": 1.5, "00:00:00": 0, "1d, ": 86400,
	} {
		got, ok := prefect.ParseInterval(text)
		require.True(t, ok, text)
		require.InDelta(t, float64(want), float64(got), 1e-9, text)
	}
	for _, text := range []string{
		"", "P", "PT", "pt1h", "P1H", "PT1D", "3600", "5.5", "1w", "1.5d", "1  d", "days", "01:60", "01:00:60", "12:34:5", "01:00:00Z", "PT1H ",
		"--PT1H", "P-1D", "PT1e3S", "1 day, 25:00:00", "1 days ,01:00",
	} {
		_, ok := prefect.ParseInterval(text)
		require.False(t, ok, text)
	}
}

// A schedule goes into the database and comes out again, in the words of the reference.
func TestScheduleAsStored(t *testing.T) {
	for text, kind := range map[string]string{
		`{"interval":3600.0,"anchor_date":"2024-01-01T05:00:00Z","timezone":"America/New_York"}`: "IntervalSchedule",
		`{"cron":"0 0 * * *","timezone":null,"day_or":false}`:                                    "CronSchedule",
		`{"rrule":"DTSTART:20200101T000000\nRRULE:FREQ=DAILY","timezone":"Europe/Berlin"}`:       "RRuleSchedule",
	} {
		var s prefect.Schedule
		require.NoError(t, json.Unmarshal([]byte(text), &s))
		require.Equal(t, kind, s.Kind())
		again, err := json.Marshal(s)
		require.NoError(t, err)
		require.JSONEq(t, text, string(again))
	}
}

// What the reference wrote long ago lacks what came later, and it keeps the offset that an anchor was sent with.
func TestScheduleAsStoredByOthers(t *testing.T) {
	var s prefect.Schedule
	require.NoError(t, json.Unmarshal([]byte(`{"cron":"@daily"}`), &s))
	require.True(t, s.Cron.DayOr)
	require.Empty(t, s.Timezone())

	stored := `{"interval":60,"anchor_date":"2024-01-01T00:00:00-05:00","timezone":"UTC"}`
	require.NoError(t, json.Unmarshal([]byte(stored), &s))
	require.Nil(t, s.Cron)
	require.True(t, time.Date(2024, 1, 1, 5, 0, 0, 0, time.UTC).Equal(s.Interval.AnchorDate.Time))
	again, err := json.Marshal(s)
	require.NoError(t, err)
	require.JSONEq(t, stored, string(again))
}

func TestNoSchedule(t *testing.T) {
	for _, text := range []string{`{}`, `{"timezone":"UTC"}`, `[]`, `"0 0 * * *"`, `{"interval":"PT1H"}`, `{"cron":5}`} {
		var s prefect.Schedule
		require.Error(t, json.Unmarshal([]byte(text), &s), text)
	}
	_, err := json.Marshal(prefect.Schedule{})
	require.Error(t, err)
	require.Empty(t, prefect.Schedule{}.Kind())
}
