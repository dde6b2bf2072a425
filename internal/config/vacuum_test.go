package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatVacuumDeletes(t *testing.T) {
	for text, want := range map[string]map[string]bool{
		"events": {"events": true}, "true": {"events": true, "flow_runs": true, "orphans": true}, "False": {"events": true}, "": {"events": true},
		"orphans": {"orphans": true}, "flow_runs, events": {"events": true, "flow_runs": true, "orphans": true},
	} {
		got := Vacuum{Enabled: text}.Kinds()
		for _, kind := range []string{VacuumEvents, VacuumFlowRuns, VacuumOrphans} {
			require.Equal(t, want[kind], got[kind], "%s in %q", kind, text)
		}
	}
	_, err := Load(Sources{Environ: []string{"PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED=events,logs"}, Dir: t.TempDir(), Home: t.TempDir()})
	require.ErrorContains(t, err, "a list of events, flow_runs and orphans")
}

func TestEventsAreKeptByTheirNames(t *testing.T) {
	require.Equal(t, map[string]time.Duration{"a": time.Hour, "b": 36 * time.Hour}, Vacuum{EventRetention: `{"a": 3600, "b": "P1DT12H"}`}.Overrides())
	for _, bad := range []string{"", "[]", `{"a": 0}`, `{"a": "soon"}`, `{"a": null}`} {
		_, err := Load(Sources{Environ: []string{"PREFECT_SERVER_SERVICES_DB_VACUUM_EVENT_RETENTION_OVERRIDES=" + bad}, Dir: t.TempDir(), Home: t.TempDir()})
		require.ErrorContains(t, err, "a JSON object of durations", bad)
	}
}
