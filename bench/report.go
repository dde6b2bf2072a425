package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/bench/rig"
)

// results is everything that a run has found out, as results.json holds it.
type results struct {
	Started   time.Time         `json:"started"`
	Machine   rig.Hardware      `json:"machine"`
	Versions  map[string]string `json:"versions"`
	Settings  settings          `json:"settings"`
	Databases []databaseResults `json:"databases"`
}

// settings is the part of the command line that the numbers depend on.
type settings struct {
	Clients  int     `json:"clients"`
	Rounds   int     `json:"rounds"`
	Seconds  float64 `json:"seconds"`
	Compress bool    `json:"compress"`
	Flows    int     `json:"flows"`
	Runs     int     `json:"flow_runs"`
	Tasks    int     `json:"task_runs"`
	Logs     int     `json:"logs"`
	Events   int     `json:"events"`
}

func describe(cfg config) settings {
	return settings{
		Clients: cfg.clients, Rounds: cfg.rounds, Seconds: cfg.seconds.Seconds(), Compress: cfg.compress,
		Flows: cfg.size.flows, Runs: cfg.size.runs, Tasks: cfg.size.tasks, Logs: cfg.size.logs, Events: cfg.size.events,
	}
}

type databaseResults struct {
	Database  string                    `json:"database"`
	Version   string                    `json:"version,omitempty"` // PostgreSQL's, with what its commits wait for
	Servers   map[string]*serverResults `json:"servers"`
	Workloads []row                     `json:"workloads"`
}

// serverResults is what is known of a server beside its workloads. Times are in seconds.
type serverResults struct {
	FreshStarts    []float64  `json:"fresh_starts"`
	ExistingStarts []float64  `json:"existing_starts"`
	Stops          []float64  `json:"stops"`
	StopAfterLoad  float64    `json:"stop_after_load"`
	Seed           seeded     `json:"seed"`
	IdleCPUShare   float64    `json:"idle_cpu_share"` // of one core
	IdleResident   int64      `json:"idle_resident_bytes"`
	Memory         rig.Memory `json:"memory_after_load"`
}

func (r serverResults) line() string {
	return fmt.Sprintf("start %.3f s fresh, %.3f s existing; stop %.3f s; idle %.1f%% CPU, %.0f MB; after the load %.0f MB, peak %.0f MB",
		median(r.FreshStarts), median(r.ExistingStarts), median(r.Stops), 100*r.IdleCPUShare,
		megabytes(r.IdleResident), megabytes(r.Memory.Resident), megabytes(r.Memory.Peak))
}

// row is one workload on both servers.
type row struct {
	Name       string             `json:"name"`
	Title      string             `json:"title"`
	Unit       string             `json:"unit"`
	Difference string             `json:"difference,omitempty"` // in what the servers' answers differ
	Servers    map[string]summary `json:"servers"`
}

// summary is one workload on one server, over all its rounds.
type summary struct {
	PerSecond         float64   `json:"per_second"` // in the workload's unit
	Rounds            []float64 `json:"rounds_per_second"`
	Requests          int       `json:"requests"` // answered well; events stored
	RequestsPerSecond float64   `json:"requests_per_second"`
	// ConfirmedPerSecond is the speed at which a stream's events were confirmed; Lost were confirmed and never stored.
	ConfirmedPerSecond *float64       `json:"confirmed_per_second,omitempty"`
	Lost               int            `json:"lost"`
	Latency            latency        `json:"latency_ms"`
	Errors             map[string]int `json:"errors,omitempty"`
	CPUPer1000         float64        `json:"cpu_seconds_per_1000"` // requests; events of a stream
	PostgresCPUPer1000 *float64       `json:"postgres_cpu_seconds_per_1000,omitempty"`
	LoadCPUShare       float64        `json:"load_generator_cpu_share"` // of one core
	SettleSeconds      float64        `json:"settle_seconds"`
	Memory             rig.Memory     `json:"memory"`
}

// latency is in milliseconds: of an answer, or of the pong that confirms events.
type latency struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func (s summary) line(unit string) string {
	text := fmt.Sprintf("%9.1f %s/s", s.PerSecond, unit)
	if s.ConfirmedPerSecond != nil {
		text += fmt.Sprintf(" (confirmed %.1f/s, lost %d)", *s.ConfirmedPerSecond, s.Lost)
	}
	text += fmt.Sprintf("; p50 %.1f p95 %.1f p99 %.1f ms; CPU %.3f s/1,000", s.Latency.P50, s.Latency.P95, s.Latency.P99, s.CPUPer1000)
	if s.PostgresCPUPer1000 != nil {
		text += fmt.Sprintf(" + PostgreSQL %.3f", *s.PostgresCPUPer1000)
	}
	return text + fmt.Sprintf("; %.0f MB; load %.0f%% of a core; errors %s", megabytes(s.Memory.Resident), 100*s.LoadCPUShare, errorText(s.Errors))
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }

// write leaves results.json and table.md, and the table in the README when that is wanted and whole.
func (r results) write(cfg config) error {
	text, err := json.Marshal(r, jsontext.WithIndent("  "), json.Deterministic(true))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(cfg.out, "results.json"), append(text, '\n'), 0o644); err != nil {
		return err
	}
	table := r.table()
	if err := os.WriteFile(filepath.Join(cfg.out, "table.md"), []byte(table), 0o644); err != nil {
		return err
	}
	if cfg.readme == "" || len(r.Databases) < len(cfg.databases) {
		return nil
	}
	old, err := os.ReadFile(cfg.readme)
	if err != nil {
		return err
	}
	changed, err := replaceTable(string(old), table)
	if err != nil {
		return fmt.Errorf("%s: %w", cfg.readme, err)
	}
	return os.WriteFile(cfg.readme, []byte(changed), 0o644)
}

const (
	tableStart = "<!-- bench:start -->"
	tableEnd   = "<!-- bench:end -->"
)

// replaceTable puts the table between the two marks, which must be there once and in order.
func replaceTable(text, table string) (string, error) {
	start, end := strings.Index(text, tableStart), strings.Index(text, tableEnd)
	if start < 0 || end < start || strings.Count(text, tableStart) != 1 || strings.Count(text, tableEnd) != 1 {
		return "", errors.New("the text must hold " + tableStart + " and, after it, " + tableEnd + ", each once")
	}
	return text[:start+len(tableStart)] + "\n" + strings.TrimSpace(table) + "\n" + text[end:], nil
}

// The marks that a full run is held against.
const (
	markSpeed = 20.0 // times the reference's requests per second, on PostgreSQL
	markCPU   = 20.0 // times less CPU per request
	markPeak  = 60e6 // bytes resident
)

// marks prints what misses the marks.
func (r results) marks(out progress) {
	missed := 0
	miss := func(format string, args ...any) {
		missed++
		out.say("misses the mark: "+format+"\n", args...)
	}
	for _, db := range r.Databases {
		for _, w := range db.Workloads {
			ref, ours := w.Servers["reference"], w.Servers["praetor"]
			if speed := ratio(ours.PerSecond, ref.PerSecond); db.Database == "postgresql" && speed < markSpeed {
				miss("%s, %s: %.1f times the reference's speed, not %.0f", db.Database, w.Name, speed, markSpeed)
			}
			if less := ratio(ref.CPUPer1000, ours.CPUPer1000); less < markCPU {
				miss("%s, %s: 1/%.1f of the reference's CPU, not 1/%.0f", db.Database, w.Name, less, markCPU)
			}
			if len(ours.Errors) > 0 || ours.Lost > 0 {
				miss("%s, %s: errors %s, lost events %d", db.Database, w.Name, errorText(ours.Errors), ours.Lost)
			}
			if w.Difference != "" {
				miss("%s, %s: the answers differ", db.Database, w.Name)
			}
		}
		if peak := db.Servers["praetor"].Memory.Peak; float64(peak) > markPeak {
			miss("%s: %.0f MB at the peak, not %.0f", db.Database, megabytes(peak), markPeak/1e6)
		}
	}
	if missed == 0 {
		out.say("every mark is met\n")
	}
}

// ratio is 0 when there is nothing to compare with.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
