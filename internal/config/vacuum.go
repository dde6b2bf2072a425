package config

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// What Vacuum deletes.
const (
	VacuumEvents   = "events"
	VacuumFlowRuns = "flow_runs"
	VacuumOrphans  = "orphans"
)

// Kinds tells what is deleted when it is old. Whoever has flow runs deleted has what belonged to them deleted.
func (v Vacuum) Kinds() map[string]bool {
	kinds, _ := vacuumKinds(v.Enabled) // it was checked when it was read
	return kinds
}

func vacuumKinds(text string) (kinds map[string]bool, ok bool) {
	kinds = map[string]bool{}
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "1":
		kinds[VacuumEvents], kinds[VacuumFlowRuns] = true, true
	case "false", "0", "":
		kinds[VacuumEvents] = true // as it was before there was a choice
	default:
		for kind := range strings.SplitSeq(text, ",") {
			switch kind = strings.TrimSpace(kind); kind {
			case "":
			case VacuumEvents, VacuumFlowRuns, VacuumOrphans:
				kinds[kind] = true
			default:
				return nil, false
			}
		}
	}
	kinds[VacuumOrphans] = kinds[VacuumOrphans] || kinds[VacuumFlowRuns]
	return kinds, true
}

// Overrides tells how long events of some names are kept, where that is shorter than for others.
func (v Vacuum) Overrides() map[string]time.Duration {
	overrides, _ := retentions(v.EventRetention) // it was checked when it was read
	return overrides
}

// retentions reads an object whose members are durations, as numbers of seconds or as texts.
func retentions(text string) (map[string]time.Duration, bool) {
	var given map[string]jsontext.Value
	if err := json.Unmarshal([]byte(text), &given); err != nil {
		return nil, false
	}
	all := make(map[string]time.Duration, len(given))
	for name, value := range given {
		written := string(value)
		if value.Kind() == '"' {
			if err := json.Unmarshal(value, &written); err != nil {
				return nil, false
			}
		}
		d, ok := parseDuration(written)
		if !ok || d <= 0 {
			return nil, false
		}
		all[name] = d
	}
	return all, true
}
