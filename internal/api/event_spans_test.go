package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

func TestEventSpans(t *testing.T) {
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339Nano, text)
		require.NoError(t, err)
		return parsed
	}
	now := at("2026-03-10T12:30:15.5Z") // a Tuesday
	for name, c := range map[string]struct {
		since, until string
		unit         prefect.TimeUnit
		interval     float64
		starts       []string // of the spans
		problem      string
	}{
		"days":                     {"2026-03-01T05:00:00Z", "2026-03-03T00:00:00Z", "day", 1, []string{"2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"}, ""},
		"days with the last":       {"2026-03-01T05:00:00Z", "2026-03-03T00:00:00.000001Z", "day", 1, []string{"2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"}, ""},
		"weeks begin on Mondays":   {"2026-02-25T00:00:00Z", "2026-03-05T00:00:00Z", "week", 1, []string{"2026-02-23T00:00:00Z", "2026-03-02T00:00:00Z"}, ""},
		"six hours":                {"2026-03-01T05:59:59Z", "2026-03-01T13:00:00Z", "hour", 6, []string{"2026-03-01T00:00:00Z", "2026-03-01T06:00:00Z", "2026-03-01T12:00:00Z"}, ""},
		"half a minute":            {"2026-03-01T00:00:29Z", "2026-03-01T00:01:00Z", "minute", 0.5, []string{"2026-03-01T00:00:00Z", "2026-03-01T00:00:30Z"}, ""},
		"a hundredth of a second":  {"2026-03-01T00:00:00.005Z", "2026-03-01T00:00:00.015Z", "second", 0.01, []string{"2026-03-01T00:00:00Z", "2026-03-01T00:00:00.01Z"}, ""},
		"before the epoch":         {"2024-03-30T12:00:00Z", "2024-04-01T00:00:01Z", "day", 1, []string{"2024-03-30T00:00:00Z", "2024-03-31T00:00:00Z", "2024-04-01T00:00:00Z"}, ""},
		"up to the end of the day": {"2026-03-10T00:00:00Z", "2026-04-10T00:00:00Z", "day", 1, []string{"2026-03-10T00:00:00Z"}, ""},
		"up to the next second":    {"2026-03-10T12:30:14Z", "2026-03-10T12:40:00Z", "second", 1, []string{"2026-03-10T12:30:14Z", "2026-03-10T12:30:15Z"}, ""},
		"no time at all":           {"2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "day", 1, []string{}, ""},
		"backwards":                {"2026-03-05T00:00:00Z", "2026-03-01T00:00:00Z", "day", 1, []string{}, ""},
		"all after now":            {"2027-03-05T00:00:00Z", "2027-03-06T00:00:00Z", "hour", 1, []string{}, ""},
		"too many":                 {"2026-03-01T00:00:00Z", "2026-03-01T00:16:41Z", "second", 1, nil, "1001 buckets"},
		"longer than time":         {"2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", "week", 1e9, nil, "longer than time itself"},
		"longer than all years":    {"2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", "week", 416_500, nil, "beyond the years"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &prefect.EventFilter{Occurred: prefect.EventOccurredFilter{
				Since: prefect.Some(prefect.TimeOf(at(c.since))), Until: prefect.Some(prefect.TimeOf(at(c.until))),
			}}
			spans, err := newEventSpans(f, c.unit, c.interval, now)
			if c.problem != "" {
				require.ErrorContains(t, err, c.problem)
				return
			}
			require.NoError(t, err)
			starts := []string{}
			for i, count := range spans.fill(map[int64]int64{spans.first: 7}) {
				starts = append(starts, count.StartTime.Format(time.RFC3339Nano))
				require.Equal(t, spans.length-1, count.EndTime.UnixMicro()-count.StartTime.UnixMicro())
				require.Equal(t, map[bool]int64{true: 7}[i == 0], count.Count)
			}
			require.Equal(t, c.starts, starts)
		})
	}
}

func TestAThousandEventSpans(t *testing.T) {
	since := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	f := &prefect.EventFilter{Occurred: prefect.EventOccurredFilter{
		Since: prefect.Some(prefect.TimeOf(since)), Until: prefect.Some(prefect.TimeOf(since.Add(maxEventSpans * time.Second))),
	}}
	spans, err := newEventSpans(f, "second", 1, since.Add(time.Hour))
	require.NoError(t, err)
	require.Len(t, spans.fill(nil), maxEventSpans)
}

func TestEventTokens(t *testing.T) {
	f := prefect.EventFilter{Event: &prefect.EventNameFilter{Prefix: []string{"a."}}}
	f.Complete(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	link, err := (&eventCursor{Filter: f, Count: 120, PageSize: 50}).next().link(t.Context())
	require.NoError(t, err)
	token := link[len("/events/filter/next?page-token="):]
	cursor, err := readEventToken(token)
	require.NoError(t, err)
	require.Equal(t, &eventCursor{Filter: f, Count: 120, PageSize: 50, Offset: 50}, cursor)

	twice := func(text string) string { return twiceBase64([]byte(text)) }
	const times = `{"occurred": {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}}`
	for name, bad := range map[string]string{
		"nothing":              "",
		"no base64":            "!!!",
		"base64 once":          "e30=",
		"no JSON":              twice("hello"),
		"cut off":              token[:len(token)-7],
		"no object":            twice("[1]"),
		"no filter":            twice(`{"count": 1, "page_size": 50, "offset": 50}`),
		"another filter":       twice(`{"filter": {"flow_runs": {}}, "count": 1, "page_size": 50, "offset": 50}`),
		"no offset":            twice(`{"filter": ` + times + `, "count": 1, "page_size": 50}`),
		"before the beginning": twice(`{"filter": ` + times + `, "count": 1, "page_size": 50, "offset": -1}`),
		"too large a page":     twice(`{"filter": ` + times + `, "count": 1, "page_size": 51, "offset": 0}`),
		"a count below zero":   twice(`{"filter": ` + times + `, "count": -1, "page_size": 50, "offset": 0}`),
		"a count that is none": twice(`{"filter": ` + times + `, "count": "many", "page_size": 50, "offset": 0}`),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readEventToken(bad)
			var problem *prefect.Error
			require.ErrorAs(t, err, &problem)
			require.Equal(t, prefect.Forbidden, problem.Kind)
		})
	}
}
