package trigger_test

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/automation/trigger"
	"praetor/internal/prefect"
)

// scenario is a line of testdata/scenarios.jsonl.gz: see testdata/record.py, which recorded it from the reference.
type scenario struct {
	Name    string          `json:"name"`
	Trigger prefect.Trigger `json:"trigger"`
	Steps   []step          `json:"steps"`
}

type step struct {
	At    float64 `json:"at"`
	Event *struct {
		Event    string                    `json:"event"`
		Occurred float64                   `json:"occurred"`
		Resource prefect.Resource          `json:"resource"`
		Related  []prefect.RelatedResource `json:"related"`
	} `json:"event"`
	Proactive bool `json:"proactive"`
	Sweep     bool `json:"sweep"`

	Firings []firing    `json:"firings"`
	Buckets []bucket    `json:"buckets"`
	Half    [][2]uint64 `json:"half"`
}

type firing struct {
	Trigger uint64            `json:"trigger"`
	Labels  map[string]string `json:"labels"`
	Event   *int              `json:"event"`
	Firings []firing          `json:"firings"`
}

type bucket struct {
	Trigger uint64   `json:"trigger"`
	Key     []string `json:"key"`
	Start   float64  `json:"start"`
	End     float64  `json:"end"`
	Count   int64    `json:"count"`
	Event   *int     `json:"event"`
}

func readScenarios(t *testing.T) []scenario {
	t.Helper()
	f, err := os.Open("testdata/scenarios.jsonl.gz")
	require.NoError(t, err)
	defer f.Close()
	lines, err := gzip.NewReader(f)
	require.NoError(t, err)
	var all []scenario
	for in := bufio.NewScanner(lines); in.Scan(); {
		var s scenario
		require.NoError(t, json.Unmarshal(in.Bytes(), &s))
		all = append(all, s)
	}
	return all
}

var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func at(seconds float64) prefect.Time {
	return prefect.TimeOf(epoch.Add(time.Duration(math.Round(seconds*1e6)) * time.Microsecond))
}

func since(t prefect.Time) float64 { return math.Round(t.Sub(epoch).Seconds()*1e6) / 1e6 }

func number(id uuid.UUID) uint64 { return binary.BigEndian.Uint64(id[8:]) }

func numbered(n uint64) (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}

// stage plays a scenario.
type stage struct {
	automation *trigger.Automation
	evaluator  *trigger.Evaluator
	now        prefect.Time
	fired      []firing
	// When each proactive trigger is due, and how far the events lag behind the time, as the reference reckons it.
	due              map[uuid.UUID]prefect.Time
	newest, observed prefect.Time
}

func newStage(s *scenario) *stage {
	g := &stage{
		automation: trigger.Compile(&prefect.Automation{ID: numbered(1000), AutomationCore: prefect.AutomationCore{Trigger: s.Trigger}}),
		due:        map[uuid.UUID]prefect.Time{},
	}
	g.evaluator = &trigger.Evaluator{
		State: trigger.NewState(), NewID: prefect.NewID,
		Now: func() prefect.Time {
			now := g.now
			g.now = now.Add(time.Microsecond)
			return now
		},
		Fired: func(_ *trigger.Automation, f *prefect.Firing) { g.fired = append(g.fired, tell(f)) },
	}
	return g
}

func tell(f *prefect.Firing) firing {
	told := firing{Trigger: number(f.Trigger.ID()), Labels: f.TriggeringLabels}
	if f.TriggeringEvent != nil {
		i := int(number(f.TriggeringEvent.ID)) - 10000
		told.Event = &i
	}
	for i := range f.TriggeringFirings {
		told.Firings = append(told.Firings, tell(&f.TriggeringFirings[i]))
	}
	slices.SortFunc(told.Firings, func(a, b firing) int { return int(a.Trigger) - int(b.Trigger) })
	return told
}

func (g *stage) play(i int, s *step) {
	g.now, g.fired = at(s.At), []firing{}
	switch {
	case s.Event != nil:
		e := &prefect.ReceivedEvent{Received: g.now, Event: prefect.Event{
			ID: numbered(10000 + uint64(i)), Occurred: at(s.Event.Occurred), Event: s.Event.Event, Resource: s.Event.Resource, Related: s.Event.Related,
		}}
		if occurred := earlier(e.Occurred, g.now); occurred.After(g.newest.Time) {
			g.newest = occurred
		}
		g.observed = g.now
		for _, t := range g.automation.Events {
			if t.Covers(e) {
				g.evaluator.React(t, e)
			}
		}
	case s.Proactive:
		for _, t := range g.automation.Events {
			if t.Posture != prefect.Proactive || g.due[t.ID].After(g.now.Time) {
				continue
			}
			asOf := g.now
			if !g.newest.IsZero() {
				asOf = asOf.Add(g.newest.Sub(g.observed.Time))
			}
			g.due[t.ID] = g.evaluator.Elapse(t, asOf, prefect.Time{})
		}
	default:
		g.evaluator.State.Sweep(g.now)
	}
}

func earlier(a, b prefect.Time) prefect.Time {
	if b.Before(a.Time) {
		return b
	}
	return a
}

func (g *stage) buckets() []bucket {
	all := []bucket{}
	for _, b := range g.evaluator.State.Buckets() {
		told := bucket{Trigger: number(b.TriggerID), Key: b.Key, Start: since(b.Start), End: since(b.End), Count: b.Count}
		if b.LastEvent != nil {
			i := int(number(b.LastEvent.ID)) - 10000
			told.Event = &i
		}
		all = append(all, told)
	}
	slices.SortFunc(all, func(a, b bucket) int {
		if a.Trigger != b.Trigger {
			return int(a.Trigger) - int(b.Trigger)
		}
		return slices.Compare(a.Key, b.Key)
	})
	return all
}

func (g *stage) half() [][2]uint64 {
	all := [][2]uint64{}
	for _, c := range g.evaluator.State.Children() {
		all = append(all, [2]uint64{number(c.ParentID), number(c.ChildID)})
	}
	slices.SortFunc(all, func(a, b [2]uint64) int { return slices.Compare(a[:], b[:]) })
	return all
}

// TestTriggersAreTheReferences plays what was recorded from the reference: after each step the same has fired, and the same windows and
// half-done firings are left.
func TestTriggersAreTheReferences(t *testing.T) {
	scenarios := readScenarios(t)
	require.Greater(t, len(scenarios), 300)
	for i := range scenarios {
		s := &scenarios[i]
		t.Run(s.Name, func(t *testing.T) {
			g := newStage(s)
			for i := range s.Steps {
				g.play(i, &s.Steps[i])
				slices.SortFunc(g.fired, compareFirings)
				slices.SortFunc(s.Steps[i].Firings, compareFirings)
				require.Equal(t, s.Steps[i].Firings, g.fired, "step %d at %v", i, s.Steps[i].At)
				require.Equal(t, s.Steps[i].Buckets, g.buckets(), "step %d at %v", i, s.Steps[i].At)
				require.Equal(t, s.Steps[i].Half, g.half(), "step %d at %v", i, s.Steps[i].At)
			}
		})
	}
}

// compareFirings orders what fired in one step: for that the reference has no order of its own.
func compareFirings(a, b firing) int {
	texts := [2]string{}
	for i, f := range []firing{a, b} {
		text, err := json.Marshal(f, json.Deterministic(true))
		if err != nil {
			panic(err)
		}
		texts[i] = string(text)
	}
	return strings.Compare(texts[0], texts[1])
}
