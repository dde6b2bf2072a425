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
