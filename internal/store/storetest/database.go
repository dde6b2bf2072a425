package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"praetor/internal/store"
	"praetor/internal/store/sqlb"
)

// Database is an empty database of a test's own.
type Database struct {
	Dialect sqlb.Dialect
	// Address is the file of an SQLite database, or the URL of a PostgreSQL one.
	Address string
}

// SQLite is an empty SQLite database, for tests of what no database has a part in.
func SQLite(t testing.TB) Database {
	return Database{sqlb.SQLite, filepath.Join(t.TempDir(), "test.db")}
}

// Each runs a test on an empty database of both kinds.
func Each(t *testing.T, test func(t *testing.T, db Database)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, SQLite(t))
	})
	t.Run("postgresql", func(t *testing.T) {
		test(t, Database{sqlb.Postgres, PostgresURL(t)})
	})
}

// URL is the database's address as Prefect's settings have it.
func (d Database) URL() string {
	if d.Dialect == sqlb.SQLite {
		return "sqlite+aiosqlite:///" + d.Address
	}
	return d.Address
}

// Open opens the database, with its schema made, until the test ends. Several may open a PostgreSQL database.
func (d Database) Open(t testing.TB) *store.Store {
	t.Helper()
	return d.OpenAt(t, time.Now)
}

// OpenAt is Open with a clock of the test's own.
func (d Database) OpenAt(t testing.TB, clock func() time.Time) *store.Store {
	t.Helper()
	var s *store.Store
	var err error
	if d.Dialect == sqlb.SQLite {
		s, err = store.OpenSQLite(t.Context(), store.SQLiteOptions{Path: d.Address, Clock: clock})
	} else {
		s, err = store.OpenPostgres(t.Context(), store.PostgresOptions{URL: d.Address, Clock: clock})
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	_, err = s.Prepare(t.Context())
	require.NoError(t, err)
	return s
}

// Exec runs a statement beside any server.
func (d Database) Exec(t testing.TB, statement string) {
	t.Helper()
	driver, name := "pgx", d.Address
	if d.Dialect == sqlb.SQLite {
		driver, name = "sqlite", "file:"+d.Address+"?_pragma=busy_timeout(60000)"
	}
	db, err := sql.Open(driver, name)
	require.NoError(t, err)
	_, err = db.ExecContext(context.Background(), statement)
	require.NoError(t, errors.Join(err, db.Close()))
}

// Strings gives the first column of every row of an answer as text, read beside any server.
func (d Database) Strings(t testing.TB, query string) []string {
	t.Helper()
	driver, name := "pgx", d.Address
	if d.Dialect == sqlb.SQLite {
		driver, name = "sqlite", "file:"+d.Address+"?_pragma=busy_timeout(60000)"
	}
	db, err := sql.Open(driver, name)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	rows, err := db.QueryContext(context.Background(), query) // also in a clean-up
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	all := []string{}
	for rows.Next() {
		var v any
		require.NoError(t, rows.Scan(&v))
		all = append(all, fmt.Sprint(v))
	}
	require.NoError(t, rows.Err())
	return all
}

// Hold keeps every writer of the database waiting until release is called, which may happen more than once.
func (d Database) Hold(t testing.TB) (release func()) {
	t.Helper()
	driver, name, begin := "pgx", d.Address, "BEGIN; LOCK TABLE events, flow_run, task_run IN ACCESS EXCLUSIVE MODE"
	if d.Dialect == sqlb.SQLite {
		driver, name, begin = "sqlite", "file:"+d.Address+"?_pragma=busy_timeout(60000)", "BEGIN IMMEDIATE"
	}
	db, err := sql.Open(driver, name)
	require.NoError(t, err)
	conn, err := db.Conn(context.Background()) // also in a clean-up
	require.NoError(t, err)
	_, err = conn.ExecContext(context.Background(), begin)
	require.NoError(t, err)
	release = sync.OnceFunc(func() {
		_, err := conn.ExecContext(context.Background(), "ROLLBACK")
		require.NoError(t, errors.Join(err, conn.Close(), db.Close()))
	})
	t.Cleanup(release)
	return release
}
