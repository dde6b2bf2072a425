package main

import (
	"fmt"
	"strings"
)

// table is the Markdown of a run: what was measured on what, then one part for each database.
func (r results) table() string {
	var b strings.Builder
	core := "cores"
	if r.Machine.Cores == 1 {
		core = "core"
	}
	fmt.Fprintf(&b, "Measured %s on %d %s (%s, %.0f GB), servers, databases and load together; %d clients, each sending its next request when "+
		"the last is answered, with the real client's headers; %g s a workload and server in %d rounds that take turns. "+
		"World: %s flows, %s flow runs, %s task runs, %s log lines, %s events, written through each server's API. %s; %s.\n",
		r.Started.Format("2006-01-02"), r.Machine.Cores, core, r.Machine.CPU, float64(r.Machine.Memory)/1e9, r.Settings.Clients,
		r.Settings.Seconds, r.Settings.Rounds, thousands(r.Settings.Flows), thousands(r.Settings.Runs), thousands(r.Settings.Tasks),
		thousands(r.Settings.Logs), thousands(r.Settings.Events), "Prefect "+r.Versions["reference"], r.Versions["praetor"])
	for _, db := range r.Databases {
		title := map[string]string{"sqlite": "SQLite", "postgresql": "PostgreSQL"}[db.Database]
		fmt.Fprintf(&b, "\n**%s**\n\n", strings.TrimSpace(title+" "+db.Version))
		db.writeWorkloads(&b)
		db.writeServers(&b)
	}
	b.WriteString("\nTimes of answers in ms: median / 95% / 99%. CPU: the server's seconds for 1,000 requests or events, with what it does " +
		"after answering")
	b.WriteString("; in brackets PostgreSQL's own. Events count when they are stored; their times are those of the pong or the answer " +
		"that confirms them. Errors: answers other than asked for, and requests without an answer; a 503 is asked again after a quarter of a second.\n")
	return b.String()
}

func (d databaseResults) writeWorkloads(b *strings.Builder) {
	b.WriteString("| workload | Prefect, a second | Praetor, a second | times | Prefect, ms | Praetor, ms | Prefect, CPU s | Praetor, CPU s | less CPU | Prefect, errors | Praetor, errors |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, w := range d.Workloads {
		ref, ours := w.Servers["reference"], w.Servers["praetor"]
		title := w.Title
		if w.Difference != "" {
			title += " (the answers differ)"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", title,
			ref.rate(w.Unit), ours.rate(w.Unit), times(ratio(ours.PerSecond, ref.PerSecond)),
			ref.Latency.cell(), ours.Latency.cell(), ref.cpuCell(), ours.cpuCell(), times(ratio(ref.CPUPer1000, ours.CPUPer1000)),
			ref.errorCell(), ours.errorCell())
	}
}

func (d databaseResults) writeServers(b *strings.Builder) {
	b.WriteString("\n| server | start, fresh database | start, existing one | stop | idle CPU | memory idle | after the load | peak |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, name := range []string{"reference", "praetor"} {
		r := d.Servers[name]
		label := map[string]string{"reference": "Prefect", "praetor": "Praetor"}[name]
		fmt.Fprintf(b, "| %s | %s | %s | %s | %.1f%% | %.0f MB | %.0f MB | %.0f MB |\n", label,
			seconds(median(r.FreshStarts)), seconds(median(r.ExistingStarts)), seconds(median(r.Stops)), 100*r.IdleCPUShare,
			megabytes(r.IdleResident), megabytes(r.Memory.Resident), megabytes(r.Memory.Peak))
	}
}

// rate adds the requests where the unit is another.
func (s summary) rate(unit string) string {
	text := decimal(s.PerSecond) + " " + unit
	switch unit {
	case "requests":
		return decimal(s.PerSecond)
	case "flow runs":
		text += fmt.Sprintf(" (%s requests)", decimal(s.RequestsPerSecond))
	}
	return text
}

func (l latency) cell() string {
	if l.Max == 0 {
		return "-"
	}
	return decimal(l.P50) + " / " + decimal(l.P95) + " / " + decimal(l.P99)
}

func (s summary) cpuCell() string {
	if s.Requests == 0 {
		return "-"
	}
	text := decimal(s.CPUPer1000)
	if s.PostgresCPUPer1000 != nil {
		text += " (" + decimal(*s.PostgresCPUPer1000) + ")"
	}
	return text
}

func (s summary) errorCell() string {
	text := errorText(s.Errors)
	if s.Lost > 0 {
		text += fmt.Sprintf("; %s events lost", thousands(s.Lost))
	}
	return text
}

func seconds(v float64) string {
	if v < 1 {
		return fmt.Sprintf("%.0f ms", v*1000)
	}
	return fmt.Sprintf("%.1f s", v)
}

func times(v float64) string {
	if v == 0 {
		return "-"
	}
	return decimal(v) + "×"
}

// decimal keeps three digits that say something.
func decimal(v float64) string {
	switch {
	case v >= 1000:
		return thousands(int(v + 0.5))
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	case v >= 0.1:
		return fmt.Sprintf("%.3f", v)
	default:
		return fmt.Sprintf("%.4f", v)
	}
}

func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
