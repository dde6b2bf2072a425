package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConflictsWithStoredData(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		a := s.must(t, 409, "POST", "/flow_runs/", object{"flow_id": nobody})
		require.Contains(t, a.field(t, "detail"), "Data integrity conflict", "clients look for these words")
		require.Equal(t, "0", s.must(t, 200, "POST", "/flow_runs/count", nil).body, "nothing half written")

		a = s.must(t, 404, "POST", "/flow_runs/", object{"flow_id": nobody, "work_pool_name": "none"})
		require.Equal(t, `Work pool "none" not found.`, a.field(t, "detail"))
		a = s.must(t, 404, "POST", "/flow_runs/", object{"flow_id": nobody, "work_pool_name": "none", "work_queue_name": "q"})
		require.Equal(t, "Work pool queue 'none/q' not found.", a.field(t, "detail"))
	})
}
