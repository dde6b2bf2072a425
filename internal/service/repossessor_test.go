package service_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/concurrency"
	"praetor/internal/prefect"
	"praetor/internal/service"
)

// TestRepossessor gives back the slots of more leases than it takes at once, and of none that lives.
func TestRepossessor(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		limit := prefect.ConcurrencyLimitV2{ID: uuid.New(), Name: "db", Limit: 500, Active: true}
		w.exec(`INSERT INTO concurrency_limit_v2 (id, updated, name, "limit", active, active_slots, denied_slots, slot_decay_per_second,
			avg_slot_occupancy_seconds) VALUES ('%s', '2026-11-25 12:00:00.000000', 'db', 500, TRUE, 7, 0, 0, 2)`, limit.ID)
		slots := &concurrency.Slots{Store: transactions[concurrency.Tx]{w.store}, Leases: concurrency.DatabaseLeases{}}
		take := func(ttl time.Duration) {
			_, err := slots.Acquire(w.Context(), []prefect.ConcurrencyLimitV2{limit}, 1, concurrency.Concurrency, &concurrency.Terms{TTL: ttl})
			require.NoError(w, err)
		}
		for range 230 {
			take(time.Minute)
		}
		take(time.Hour)
		service := &service.Repossessor{Slots: slots}
		active := func() string {
			return w.strings(`SELECT active_slots FROM concurrency_limit_v2 WHERE id = '%s'`, limit.ID)[0]
		}
		require.NoError(w, service.RunOnce(w.Context()))
		require.Equal(w, fmt.Sprint(7+231), active())
		w.clock.Advance(2 * time.Minute)
		require.NoError(w, service.RunOnce(w.Context()))
		require.Equal(w, fmt.Sprint(7+1), active(), "what was taken without a lease stays taken")
		require.Equal(w, []string{"1"}, w.strings("SELECT COUNT(*) FROM praetor_leases"))
	})
}
