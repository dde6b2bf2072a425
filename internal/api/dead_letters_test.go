package api_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// TestDeadLetters lists actions that were given up, has one tried again, and forgets another.
func TestDeadLetters(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		bury := func(at string) string {
			id := uuid.NewString()
			trigger := fmt.Sprintf(`{"type": "event", "id": %q, "posture": "Reactive", "threshold": 1, "within": 0}`, uuid.NewString())
			automation := fmt.Sprintf(`{"id": %q, "name": "page me", "created": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z", "trigger": %s, "actions": []}`, uuid.NewString(), trigger)
			firing := fmt.Sprintf(`{"id": %q, "trigger": %s, "trigger_states": ["Triggered"], "triggered": "2026-01-01T00:00:00Z", "triggering_labels": {}, "triggering_firings": []}`, uuid.NewString(), trigger)
			s.exec(fmt.Sprintf(`INSERT INTO praetor_triggered_actions (id, automation_id, automation, firing, triggered_event_id, action_index, action, created, attempts, not_before, failed, reason)
				VALUES ('%s', '%s', '%s', '%s', '%s', 0, '{"type": "do-nothing"}', '%[6]s', 5, '%[6]s', '%[6]s', 'nobody answered')`, id, uuid.NewString(), automation, firing, uuid.NewString(), at))
			return id
		}
		ids := func(query string) (ids []any) {
			for _, letter := range s.must(t, 200, "GET", "/praetor/dead-letters"+query, nil).json.([]any) {
				ids = append(ids, letter.(map[string]any)["id"])
			}
			return ids
		}
		require.Empty(t, ids(""))
		old, fresh := bury("2026-01-01 00:00:00.000000"), bury("2026-02-01 00:00:00.000000")
		require.Equal(t, []any{fresh, old}, ids(""))
		require.Equal(t, []any{old}, ids("?limit=1&offset=1"))
		letter := s.must(t, 200, "GET", "/praetor/dead-letters?limit=1", nil).json.([]any)[0].(map[string]any)
		require.Equal(t, "nobody answered", letter["reason"])
		require.Equal(t, "page me", letter["automation_name"])
		require.Equal(t, 5.0, letter["attempts"])
		require.Equal(t, "do-nothing", letter["action"].(map[string]any)["type"])

		s.must(t, 202, "POST", "/praetor/dead-letters/"+old+"/replay", nil)
		require.Equal(t, []any{fresh}, ids(""))
		s.must(t, 404, "POST", "/praetor/dead-letters/"+old+"/replay", nil)
		s.must(t, 204, "DELETE", "/praetor/dead-letters/"+fresh, nil)
		s.must(t, 404, "DELETE", "/praetor/dead-letters/"+fresh, nil)
		require.Empty(t, ids(""))
		s.must(t, 422, "GET", "/praetor/dead-letters?limit=0", nil)
		s.must(t, 422, "GET", "/praetor/dead-letters?limit=9999", nil)
		s.must(t, 422, "GET", "/praetor/dead-letters?offset=-1", nil)
	})
}
