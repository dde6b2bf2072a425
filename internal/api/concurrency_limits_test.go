package api_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestGlobalConcurrencyLimits(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		made := s.must(t, 201, "POST", "/v2/concurrency_limits/", object{"name": "Db", "limit": 2})
		require.Equal(t, 2.0, made.field(t, "avg_slot_occupancy_seconds"))
		s.must(t, 409, "POST", "/v2/concurrency_limits/", object{"name": "Db", "limit": 1})
		for _, bad := range []object{{}, {"name": "a/b", "limit": 1}, {"name": "a", "limit": -1}, {"name": "a", "limit": 1, "more": 1}} {
			s.must(t, 422, "POST", "/v2/concurrency_limits/", bad)
		}
		byName := s.must(t, 200, "GET", "/v2/concurrency_limits/Db", nil)
		require.Equal(t, byName.json, s.must(t, 200, "GET", "/v2/concurrency_limits/"+made.id(t), nil).json)
		require.NotContains(t, byName.json, "denied_slots")
		s.must(t, 404, "GET", "/v2/concurrency_limits/db", nil)

		s.must(t, 200, "POST", "/v2/concurrency_limits/increment", object{"names": []string{"Db", "unknown"}, "slots": 2})
		full := s.must(t, http.StatusLocked, "POST", "/v2/concurrency_limits/increment", object{"names": []string{"Db"}, "slots": 1})
		wait, err := strconv.ParseFloat(full.header.Get("Retry-After"), 64)
		require.NoError(t, err)
		require.LessOrEqual(t, wait, 30*1.3)
		s.must(t, 422, "POST", "/v2/concurrency_limits/increment", object{"names": []string{"Db"}, "slots": 3})
		s.must(t, 422, "POST", "/v2/concurrency_limits/increment", object{"names": []string{"Db"}, "slots": 1, "mode": "rate_limit"})
		s.must(t, 200, "POST", "/v2/concurrency_limits/increment", object{"names": []string{}, "slots": 1})
		s.must(t, 422, "POST", "/v2/concurrency_limits/increment", object{"names": []string{"Db"}, "slots": 0})
		s.must(t, 200, "POST", "/v2/concurrency_limits/decrement", object{"names": []string{"Db"}, "slots": 1, "occupancy_seconds": 6})
		require.Equal(t, 1.0, s.must(t, 200, "GET", "/v2/concurrency_limits/Db", nil).field(t, "active_slots"))

		s.must(t, 204, "PATCH", "/v2/concurrency_limits/Db", object{"active": false})
		s.must(t, 200, "POST", "/v2/concurrency_limits/increment", object{"names": []string{"Db"}, "slots": 5})
		require.Equal(t, 1.0, s.must(t, 200, "GET", "/v2/concurrency_limits/Db", nil).field(t, "active_slots"), "a limit that is off counts nothing")
		require.Len(t, s.must(t, 200, "POST", "/v2/concurrency_limits/filter", nil).json, 1)
		s.must(t, 204, "DELETE", "/v2/concurrency_limits/Db", nil)
		s.must(t, 404, "PATCH", "/v2/concurrency_limits/Db", object{"limit": 1})
	})
}

func TestLeases(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.must(t, 201, "POST", "/v2/concurrency_limits/", object{"name": "a", "limit": 1})
		lease := s.must(t, 200, "POST", "/v2/concurrency_limits/increment-with-lease", object{
			"names": []string{"a"}, "slots": 1, "lease_duration": 60, "holder": object{"type": "flow_run", "id": uuid.NewString()},
		}).field(t, "lease_id").(string)
		s.must(t, 204, "POST", "/v2/concurrency_limits/leases/"+lease+"/renew", object{"lease_duration": 60})
		s.must(t, 422, "POST", "/v2/concurrency_limits/leases/"+lease+"/renew", object{"lease_duration": 1})
		s.must(t, 410, "POST", "/v2/concurrency_limits/leases/"+uuid.NewString()+"/renew", nil)
		s.must(t, 204, "POST", "/v2/concurrency_limits/decrement-with-lease", object{"lease_id": lease})
		s.must(t, 204, "POST", "/v2/concurrency_limits/decrement-with-lease", object{"lease_id": lease})
		s.must(t, 410, "POST", "/v2/concurrency_limits/leases/"+lease+"/renew", nil)
		require.Equal(t, 0.0, s.must(t, 200, "GET", "/v2/concurrency_limits/a", nil).field(t, "active_slots"))
	})
}

// TestSlotsUnderContention takes slots from many clients at once: never more of them than the limit are held.
func TestSlotsUnderContention(t *testing.T) {
	const limit, clients, rounds = 3, 8, 10
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.must(t, 201, "POST", "/v2/concurrency_limits/", object{"name": "a", "limit": limit})
		var mu sync.Mutex
		held, most := 0, 0
		var all sync.WaitGroup
		for range clients {
			all.Go(func() {
				for range rounds {
					if s.ask(t, "POST", "/v2/concurrency_limits/increment", object{"names": []string{"a"}, "slots": 1}).status != 200 {
						continue
					}
					mu.Lock()
					held++
					most = max(most, held)
					mu.Unlock()
					mu.Lock()
					held--
					mu.Unlock()
					s.ask(t, "POST", "/v2/concurrency_limits/decrement", object{"names": []string{"a"}, "slots": 1})
				}
			})
		}
		all.Wait()
		require.LessOrEqual(t, most, limit)
		require.Equal(t, 0.0, s.must(t, 200, "GET", "/v2/concurrency_limits/a", nil).field(t, "active_slots"))
	})
}

func TestTagLimits(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		first, second := uuid.NewString(), uuid.NewString()
		made := s.must(t, 201, "POST", "/concurrency_limits/", object{"tag": "db", "concurrency_limit": 2})
		again := s.must(t, 200, "POST", "/concurrency_limits/", object{"tag": "db", "concurrency_limit": 1})
		require.Equal(t, made.id(t), again.id(t))
		require.Equal(t, 1.0, again.field(t, "concurrency_limit"))
		// One of the older kind, as an earlier release left it.
		s.exec(`INSERT INTO concurrency_limit (id, created, updated, tag, concurrency_limit, active_slots)
			VALUES ('11111111-2222-4333-8444-555555555555', '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', 'old', 1, '[]')`)

		take := func(status int, holder string) *answer {
			return s.must(t, status, "POST", "/concurrency_limits/increment", object{"names": []string{"db", "old", "none"}, "task_run_id": holder})
		}
		require.Len(t, take(200, first).json, 2)
		full := take(http.StatusLocked, second)
		require.Equal(t, "10", full.header.Get("Retry-After"))
		for _, tag := range []string{"db", "old"} {
			require.Equal(t, []any{first}, s.must(t, 200, "GET", "/concurrency_limits/tag/"+tag, nil).field(t, "active_slots"))
		}
		require.Len(t, s.must(t, 200, "POST", "/concurrency_limits/filter", nil).json, 2)
		s.must(t, 200, "POST", "/concurrency_limits/decrement", object{"names": []string{"db", "old"}, "task_run_id": first})
		take(200, second)

		s.must(t, 200, "POST", "/concurrency_limits/tag/db/reset", object{"slot_override": []string{first}})
		require.Equal(t, []any{first}, s.must(t, 200, "GET", "/concurrency_limits/"+made.id(t), nil).field(t, "active_slots"))
		s.must(t, 200, "POST", "/concurrency_limits/tag/db/reset", nil)
		require.Equal(t, []any{}, s.must(t, 200, "GET", "/concurrency_limits/tag/db", nil).field(t, "active_slots"))

		s.must(t, 200, "POST", "/concurrency_limits/", object{"tag": "db", "concurrency_limit": 0})
		s.must(t, http.StatusLocked, "POST", "/concurrency_limits/increment", object{"names": []string{"db"}, "task_run_id": first})
		s.must(t, 200, "DELETE", "/concurrency_limits/tag/db", nil)
		s.must(t, 200, "DELETE", "/concurrency_limits/11111111-2222-4333-8444-555555555555", nil)
		s.must(t, 404, "GET", "/concurrency_limits/tag/db", nil)
		s.must(t, 404, "DELETE", "/concurrency_limits/tag/old", nil)
		s.must(t, 404, "POST", "/concurrency_limits/tag/old/reset", nil)
	})
}
