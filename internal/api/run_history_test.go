package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/store/sqlb"
)

// TestHistoriesAsLongAsTime asks for spans that no time.Duration holds.
func TestHistoriesAsLongAsTime(t *testing.T) {
	s := startServer(t, nil)
	for name, c := range map[string]struct {
		start, end string
		interval   float64
		want       int // intervals
		last       string
	}{
		"all time at once":  {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 1e300, 1, "9999-12-31T23:59:59.999999Z"},
		"all time by days":  {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 86400, 500, "0002-05-16T00:00:00Z"},
		"to the end":        {"9999-12-31T23:59:00Z", "9999-12-31T23:59:59Z", 50, 2, "9999-12-31T23:59:59.999999Z"},
		"centuries":         {"1473-03-09T09:19:49Z", "2026-11-25T00:05:58Z", 4.4809733223324325e+203, 1, "9999-12-31T23:59:59.999999Z"},
		"backwards":         {"9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", 1, 0, ""},
		"a part at the end": {"2024-01-01T00:00:00Z", "2024-01-01T00:00:02.5Z", 1, 3, "2024-01-01T00:00:03Z"},
	} {
		for _, kind := range []string{"flow_runs", "task_runs"} {
			a := s.must(t, 200, "POST", "/"+kind+"/history", object{"history_start": c.start, "history_end": c.end, "history_interval_seconds": c.interval})
			intervals, ok := a.json.([]any)
			require.True(t, ok, name)
			require.Len(t, intervals, c.want, name)
			if c.want > 0 {
				require.Equal(t, c.last, members(t, intervals[len(intervals)-1])["interval_end"], name)
			}
		}
	}
}

// TestLateness averages what lies halfway between two microseconds. PostgreSQL rounds that as the reference's answers are
// rounded; SQLite's dates know milliseconds.
func TestLateness(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		flow := s.ask(t, "POST", "/flows/", object{"name": "late"}).id(t)
		for _, start := range []string{"00.025512", "00.025513"} {
			run := s.must(t, 201, "POST", "/flow_runs/", object{"flow_id": flow, "state": object{"type": "RUNNING"}}).id(t)
			s.exec("UPDATE flow_run SET expected_start_time = '2026-01-01 00:00:00.000000', start_time = '2026-01-01 00:00:" + start + "' WHERE id = '" + run + "'")
		}
		average := s.must(t, 200, "POST", "/flow_runs/lateness", object{}).json
		if s.db.Dialect == sqlb.SQLite {
			require.InDelta(t, 0.0255125, average, 0.001)
			return
		}
		require.Equal(t, 0.025512, average)
	})
}
