package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/api"
)

func TestPrefectVersion(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		require.Equal(t, api.PrefectVersion, s.must(t, 200, "GET", "/admin/version", nil).json)
	})
}

func TestStorage(t *testing.T) {
	const (
		storing = "11111111-0000-4000-8000-000000000000"
		secret  = "22222222-0000-4000-8000-000000000000"
		unset   = `{"default_result_storage_block_id":null}`
	)
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.exec(`INSERT INTO block_type (id, name, slug) VALUES ('00000000-0000-4000-8000-000000000000', 'A type', 'a-type')`)
		for id, capabilities := range map[string]string{storing: `["read-path", "write-path"]`, secret: `[]`} {
			s.exec(`INSERT INTO block_schema (id, block_type_id, checksum, capabilities) VALUES ('` + id + `', '00000000-0000-4000-8000-000000000000', '` + id + `', '` + capabilities + `')`)
			s.exec(`INSERT INTO block_document (id, name, block_type_id, block_schema_id) VALUES ('` + id + `', '` + id + `', '00000000-0000-4000-8000-000000000000', '` + id + `')`)
		}
		set := func(status int, id any) string {
			return s.must(t, status, "PUT", "/admin/storage", object{"default_result_storage_block_id": id}).body
		}
		read := func() string { return s.must(t, 200, "GET", "/admin/storage", nil).body }

		require.JSONEq(t, unset, read())
		require.JSONEq(t, `{"detail":"Block document `+nobody+` not found."}`, set(404, nobody))
		require.JSONEq(t, `{"detail":"Block document `+secret+` cannot be used for result storage."}`, set(422, secret))
		set(422, nil)
		set(422, "no id")
		s.must(t, 422, "PUT", "/admin/storage", object{})
		require.JSONEq(t, unset, read(), "nothing is stored of what was refused")

		want := `{"default_result_storage_block_id":"` + storing + `"}`
		require.JSONEq(t, want, set(200, storing))
		require.JSONEq(t, want, read())
		require.JSONEq(t, want, set(200, storing), "the same again")

		s.must(t, 204, "DELETE", "/admin/storage", nil)
		require.JSONEq(t, unset, read())
		s.must(t, 204, "DELETE", "/admin/storage", nil)

		// What the reference keeps is read as it stands.
		s.exec(`INSERT INTO configuration (id, "key", value) VALUES ('` + secret + `', 'server-default-result-storage', '` + want + `')`)
		require.JSONEq(t, want, read())
	})
}

func TestSettings(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		a := s.must(t, 200, "GET", "/admin/settings", nil)
		at := func(path ...string) any {
			v := a.json
			for _, name := range path {
				o, ok := v.(object)
				require.True(t, ok, "%v", path)
				require.Contains(t, o, name, "%v", path)
				v = o[name]
			}
			return v
		}
		for _, c := range []struct {
			path []string
			want any
		}{
			{[]string{"server", "logging_level"}, "ERROR"},
			{[]string{"server", "api", "default_limit"}, 150.0},
			{[]string{"server", "api", "auth_string"}, nil},
			{[]string{"server", "api", "base_path"}, nil},
			{[]string{"server", "api", "csrf_token_expiration"}, "PT1H30M"},
			{[]string{"server", "api", "websocket_ping_interval"}, 20.0},
			{[]string{"server", "flow_run_graph", "max_nodes"}, 7.0},
			{[]string{"server", "events", "retention_period"}, "P3650D"},
			{[]string{"server", "events", "messaging_broker"}, "prefect.server.utilities.messaging.memory"},
			{[]string{"server", "services", "db_vacuum", "enabled"}, []any{"events"}},
			{[]string{"server", "services", "late_runs", "after_seconds"}, "PT0.5S"},
			{[]string{"server", "services", "scheduler", "loop_seconds"}, 60.0},
			{[]string{"server", "services", "foreman", "fallback_heartbeat_interval_seconds"}, 30.0},
			{[]string{"server", "tasks", "scheduling", "pending_task_timeout"}, "PT0S"},
			{[]string{"server", "database", "connection_url"}, "**********"},
			{[]string{"server", "database", "password"}, nil},
			{[]string{"server", "database", "sqlalchemy", "connect_args", "statement_cache_size"}, nil},
			{[]string{"server", "database", "sqlalchemy", "pool_size"}, 5.0},
		} {
			require.Equal(t, c.want, at(c.path...), "%v", c.path)
		}
		require.Contains(t, a.body, `"loop_seconds":60.0`, "seconds are floats")
		require.NotContains(t, a.body, "test.db", "the database's address is a secret")
	}, "PREFECT_SERVER_LOGGING_LEVEL=ERROR", "PREFECT_API_DEFAULT_LIMIT=150", "PREFECT_SERVER_FLOW_RUN_GRAPH_MAX_NODES=7",
		"PREFECT_SERVER_API_CSRF_TOKEN_EXPIRATION=01:30:00", "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS=0.5")
}
