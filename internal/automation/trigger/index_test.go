package trigger_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/automation/trigger"
	"praetor/internal/prefect"
)

// TestIndexFindsWhatCovers holds the index against a look at every trigger of the recorded scenarios, for their events.
func TestIndexFindsWhatCovers(t *testing.T) {
	scenarios := readScenarios(t)
	var automations []*trigger.Automation
	for i := range scenarios {
		automations = append(automations, trigger.Compile(&prefect.Automation{AutomationCore: prefect.AutomationCore{Trigger: scenarios[i].Trigger}}))
	}
	ix := trigger.NewIndex(automations)
	seen := map[string]bool{}
	for i := range scenarios {
		for _, s := range scenarios[i].Steps {
			if s.Event == nil || seen[fmt.Sprint(*s.Event)] {
				continue
			}
			seen[fmt.Sprint(*s.Event)] = true
			e := &prefect.ReceivedEvent{Event: prefect.Event{Event: s.Event.Event, Resource: s.Event.Resource, Related: s.Event.Related}}
			var covering []*trigger.Event
			for _, a := range automations {
				for _, t := range a.Events {
					if t.Covers(e) {
						covering = append(covering, t)
					}
				}
			}
			require.Equal(t, covering, ix.Find(e), "%+v", s.Event)
			require.True(t, len(covering) == 0 || ix.Wants(e.Event.Event))
		}
	}
	require.Greater(t, len(seen), 500)
}

// failing is an automation for the failure of one flow's runs, and an event of such.
func failing(n int) *trigger.Automation {
	return trigger.Compile(&prefect.Automation{AutomationCore: prefect.AutomationCore{Trigger: prefect.Trigger{Event: &prefect.EventTrigger{
		ID: numbered(uint64(n)), Expect: []string{"prefect.flow-run.Failed"}, Posture: prefect.Reactive, Threshold: 1,
		Match: prefect.ResourceSpecification{"prefect.resource.id": {Values: []string{"prefect.flow-run.*"}, One: true}},
		MatchRelated: prefect.RelatedSpecification{All: []prefect.ResourceSpecification{{
			"prefect.resource.role": {Values: []string{"flow"}, One: true},
			"prefect.resource.id":   {Values: []string{fmt.Sprint("prefect.flow.", n)}},
		}}},
	}}}})
}

func failure(n int) *prefect.ReceivedEvent {
	return &prefect.ReceivedEvent{Event: prefect.Event{
		Event: "prefect.flow-run.Failed", Resource: prefect.Resource{"prefect.resource.id": "prefect.flow-run.1", "prefect.resource.name": "x"},
		Related: []prefect.RelatedResource{
			{"prefect.resource.id": fmt.Sprint("prefect.flow.", n), "prefect.resource.role": "flow"},
			{"prefect.resource.id": "prefect.deployment.1", "prefect.resource.role": "deployment"}, {"prefect.resource.id": "prefect.tag.x", "prefect.resource.role": "tag"},
		},
	}}
}

// BenchmarkFind shows that an event costs what it matches, however many automations there are.
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{10, 200, 2000} {
		var all []*trigger.Automation
		for i := range n {
			all = append(all, failing(i))
		}
		ix := trigger.NewIndex(all)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if found := ix.Find(failure(rand.IntN(n))); len(found) != 1 {
					b.Fatal(found)
				}
			}
		})
	}
}
