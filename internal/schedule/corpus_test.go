package schedule_test

import (
	"bufio"
	"compress/gzip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/schedule"
	"praetor/internal/schedule/zone"
)

// entry is a line of the corpus: the zones that it was recorded in, dates of a schedule, a recurrence as it is stored, or
// a verdict on a schedule.
type entry struct {
	Zones map[string][][2]int64 `json:"zones"` // for each zone when its clocks changed, and their offset then, in seconds

	Schedule *prefect.Schedule `json:"schedule"`
	From     time.Time         `json:"from"`
	To       time.Time         `json:"to"`
	N        *int              `json:"n"`
	Dates    []string          `json:"dates"`
	Fails    string            `json:"fails"` // what the reference raised, in the end

	Normalize string    `json:"normalize"`
	Timezone  *string   `json:"timezone"`
	Now       time.Time `json:"now"`
	Becomes   string    `json:"becomes"`

	Check   *prefect.Schedule `json:"check"`
	Refused []string          `json:"refused"` // where and why
}

// corpus reads testdata/corpus.jsonl.gz, or what PRAETOR_SCHEDULE_CORPUS names.
func corpus(t *testing.T) []entry {
	t.Helper()
	path := os.Getenv("PRAETOR_SCHEDULE_CORPUS")
	if path == "" {
		path = "testdata/corpus.jsonl.gz"
	}
	f, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	packed, err := gzip.NewReader(f)
	require.NoError(t, err)
	var all []entry
	lines := bufio.NewScanner(packed)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		require.NoError(t, json.Unmarshal(lines.Bytes(), &e), lines.Text())
		all = append(all, e)
	}
	require.NoError(t, lines.Err())
	return all
}

// enough guards against a corpus that was recorded wrong. One made to look for differences may be of any size.
func enough(t *testing.T, cases, least int) {
	t.Helper()
	if os.Getenv("PRAETOR_SCHEDULE_CORPUS") == "" {
		require.GreaterOrEqual(t, cases, least)
	}
}

// sameZones gives the zones whose clocks change in the database of this machine as they did in the recorder's. Governments
// change their minds; a corpus cannot tell who is right.
func sameZones(t *testing.T, recorded map[string][][2]int64) map[string]bool {
	same := map[string]bool{"": true}
	for name, changes := range recorded {
		z, err := zone.Load(name)
		require.NoError(t, err, name)
		ok := true
		for i, c := range changes {
			at := zone.InstantOf(time.Unix(c[0], 0))
			_, offset := z.Date(at).Zone()
			ok = ok && int64(offset) == c[1]
			end := time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
			if i+1 < len(changes) {
				end = changes[i+1][0]
			}
			if next, changes := z.NextChange(at); changes && ok {
				_, offset := z.Date(next).Zone()
				ok = int64(next)/1e6 >= end || int64(offset) == c[1]
			}
		}
		if same[name] = ok; !ok {
			t.Logf("the clocks of %s change at other times than in the corpus", name)
			delete(same, name)
		}
	}
	require.GreaterOrEqual(t, len(same), 30, "record the corpus again with a new database of zones")
	return same
}

func TestDatesAreTheReferences(t *testing.T) {
	entries := corpus(t)
	same := sameZones(t, entries[0].Zones)
	cases, bad := 0, 0
	for _, e := range entries[1:] {
		if e.Schedule == nil || !same[e.Schedule.Timezone()] {
			continue
		}
		cases++
		w := schedule.Window{From: e.From, To: e.To}
		if e.N != nil {
			w.Max = *e.N
		}
		dates, err := schedule.Dates(*e.Schedule, w)
		got := make([]string, len(dates))
		for i, d := range dates {
			got[i] = strings.TrimPrefix(schedule.IdempotencyKey(uuid.Nil, uuid.Nil, d), "scheduled "+uuid.Nil.String()+" "+uuid.Nil.String()+" ")
		}
		failed := e.Fails != ""
		if e.Fails == "CroniterBadDateError" { // point 1 of DIFFERENCES.md
			got, failed = got[:min(len(got), len(e.Dates))], false
		}
		if failed != (err != nil) || !slices.Equal(got, e.Dates) {
			text, _ := json.Marshal(e.Schedule)
			if bad++; bad <= 20 {
				t.Errorf("%s from %s to %s n %v\n got %v %v\nwant %v %s", text, e.From, e.To, w.Max, got, err, e.Dates, e.Fails)
			}
		}
	}
	t.Logf("%d cases, %d differ", cases, bad)
	enough(t, cases, 2000)
}

func TestVerdictsAreTheReferences(t *testing.T) {
	cases, bad := 0, 0
	for _, e := range corpus(t)[1:] {
		if e.Check == nil {
			continue
		}
		cases++
		var field, message string
		if got := schedule.Violations(*e.Check); got != nil {
			require.Len(t, got, 1)
			field, message = got[0].Field, got[0].Message
		}
		if agrees(&e, field, message) {
			continue
		}
		if bad++; bad <= 20 {
			text, _ := json.Marshal(e.Check)
			t.Errorf("%s\n got %s %s\nwant %v %s", text, field, message, e.Refused, e.Fails)
		}
	}
	t.Logf("%d cases, %d differ", cases, bad)
	enough(t, cases, 100)
}

// agrees tells whether a verdict is the reference's, or differs as DIFFERENCES.md says.
func agrees(e *entry, field, message string) bool {
	if e.Refused != nil && field == e.Refused[0] && "Value error, "+message == e.Refused[1] {
		return true
	}
	if e.Check.Cron != nil && strings.Contains(strings.ToLower(e.Check.Cron.Cron), "r(") { // point 2
		return true
	}
	says := func(reasons ...string) bool {
		return slices.ContainsFunc(reasons, func(reason string) bool { return strings.Contains(message, `": `+reason) })
	}
	switch {
	case e.Fails != "": // points 9 and 11
		return says("FREQ is missing", "no rule", "INTERVAL must be positive")
	case e.Refused == nil: // points 9 and 10
		return message == "" || says("INTERVAL must be positive", "INTERVAL never leads", "no such month", "hour must", "minute must", "second must")
	}
	return field == e.Refused[0] && says( // point 15
		"INTERVAL must be positive", "INTERVAL never leads", "BYSETPOS must be", "several DTSTART", "duplicate value parameter", "UNTIL and DTSTART must", "date with two time zones")
}

func TestStoredRecurrencesAreTheReferences(t *testing.T) {
	cases := 0
	for _, e := range corpus(t)[1:] {
		if e.Normalize == "" {
			continue
		}
		cases++
		got := schedule.Normalize(prefect.Schedule{RRule: &prefect.RRuleSchedule{RRule: e.Normalize, Timezone: e.Timezone}}, e.Now)
		require.Equal(t, e.Becomes, got.RRule.RRule, "%q in %v at %s", e.Normalize, got.Timezone(), e.Now)
	}
	t.Logf("%d cases", cases)
	enough(t, cases, 50)
}
