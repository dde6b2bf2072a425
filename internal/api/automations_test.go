package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

func automation(trigger object, more object) object {
	body := object{"name": "a", "trigger": trigger, "actions": []any{object{"type": "do-nothing"}}}
	for name, value := range more {
		body[name] = value
	}
	return body
}

// TestBadAutomations shows what is wrong with an automation as the reference does: of each form that a trigger or an action may have,
// unless its type says which one is meant and the others would have no end.
func TestBadAutomations(t *testing.T) {
	reactive := object{"posture": "Reactive"}
	onBothDatabases(t, func(t *testing.T, s *server) {
		for name, c := range map[string]struct {
			body object
			loc  []any
			kind string
			n    int // of problems
		}{
			"no trigger":       {object{"name": "a", "actions": []any{}}, []any{"body", "trigger"}, "missing", 1},
			"an empty trigger": {automation(object{}, nil), []any{"body", "trigger", "EventTrigger", "posture"}, "missing", 6},
			"a short window": {
				automation(object{"posture": "Proactive", "within": 5}, nil), []any{"body", "trigger", "EventTrigger"}, "value_error", 4,
			},
			"too many required": {
				automation(object{"type": "compound", "triggers": []any{reactive}, "within": 3, "require": 2}, nil), []any{"body", "trigger", "EventTrigger", "type"}, "literal_error", 4,
			},
			"a strange action": {
				automation(reactive, object{"actions": []any{object{"type": "nope"}}}), []any{"body", "actions", 0.0, "DoNothing", "type"}, "literal_error", 21,
			},
			"a broken template": {
				automation(reactive, object{"actions": []any{object{"type": "send-notification", "block_document_id": nobody, "body": "{{ x"}}}),
				[]any{"body", "actions", 0.0, "DoNothing", "type"}, "literal_error", 18,
			},
			"an unknown member": {automation(reactive, object{"more": 1}), []any{"body", "more"}, "extra_forbidden", 1},
			"a loop": {
				automation(object{"posture": "Reactive", "expect": []string{"prefect.flow-run.*"}}, object{"actions": []any{object{"type": "run-deployment", "source": "inferred"}}}),
				[]any{"body"}, "value_error", 1,
			},
		} {
			t.Run(name, func(t *testing.T) {
				problems := s.must(t, 422, "POST", "/automations/", c.body).field(t, "exception_detail").([]any)
				require.Len(t, problems, c.n)
				require.Equal(t, c.loc, problems[0].(object)["loc"])
				require.Equal(t, c.kind, problems[0].(object)["type"])
			})
		}
		deep := reactive
		for range 40 {
			deep = object{"type": "sequence", "triggers": []any{deep}, "within": nil}
		}
		s.must(t, 422, "POST", "/automations/", automation(deep, nil))
		require.Equal(t, "0", s.must(t, 200, "POST", "/automations/count", object{}).body, "nothing is stored of what was refused")
	})
}

func TestDryRun(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		begin := time.Now().UTC().Add(-time.Hour)
		at := func(seconds int) string {
			return begin.Add(time.Duration(seconds) * time.Second).Format(time.RFC3339Nano)
		}
		event := func(name string, seconds int) {
			s.must(t, 204, "POST", "/events", []any{object{
				"id": prefect.NewID().String(), "event": name, "occurred": at(seconds), "resource": object{"prefect.resource.id": "thing.1"}, "related": []any{}, "payload": object{},
			}})
		}
		for i, name := range []string{"a", "b", "a", "a", "b"} {
			event(name, 10*i)
		}
		run := func(trigger object) []any {
			report := s.must(t, 200, "POST", "/praetor/automations/dry-run", object{"trigger": trigger, "since": at(-1), "until": at(100)})
			require.Equal(t, true, report.field(t, "complete"))
			return report.field(t, "firings").([]any)
		}
		twice := run(object{"posture": "Reactive", "expect": []string{"a"}, "threshold": 2, "within": 12})
		require.Len(t, twice, 1)
		require.Equal(t, "2 events, at least 2", twice[0].(object)["reason"])
		absent := run(object{"posture": "Proactive", "after": []string{"b"}, "expect": []string{"a"}, "for_each": []string{"prefect.resource.id"}, "within": 15})
		require.Len(t, absent, 1, "the first b has an a behind it")
		require.Contains(t, absent[0].(object)["reason"], "0 events by")
		order := run(object{"type": "sequence", "within": nil, "triggers": []any{
			object{"posture": "Reactive", "expect": []string{"a"}}, object{"posture": "Reactive", "expect": []string{"b"}},
		}})
		require.Len(t, order, 2)
		require.Len(t, order[0].(object)["firings"], 2)

		id := s.must(t, 201, "POST", "/automations/", automation(object{"posture": "Reactive", "expect": []string{"b"}}, nil)).id(t)
		require.Len(t, s.must(t, 200, "POST", "/praetor/automations/dry-run", object{"automation_id": id, "since": at(-1)}).field(t, "firings"), 2)
		for _, bad := range []object{
			{"since": at(0)}, {"since": at(0), "automation_id": id, "trigger": object{"posture": "Reactive"}}, {"since": at(7200), "automation_id": id},
			{"since": at(-40 * 86400), "automation_id": id},
		} {
			s.must(t, 422, "POST", "/praetor/automations/dry-run", bad)
		}
		s.must(t, 404, "POST", "/praetor/automations/dry-run", object{"since": at(0), "automation_id": nobody})
	})
}
