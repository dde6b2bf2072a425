package corpus_test

import (
	"context"
	"database/sql"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"praetor/internal/app"
	"praetor/internal/config"
	"praetor/internal/store/storetest"
	"praetor/test/corpus"
)

// server is where a corpus file is replayed.
type server struct {
	base string
	db   *sql.DB // what is stored, for reading beside the server
}

// runningServer names a server that runs already, on the dialect that PRAETOR_CORPUS_DIALECT names (sqlite unless said):
// the reference itself, to check the corpus.
const runningServer = "PRAETOR_CORPUS_URL"

// startServer starts Praetor for a file on an empty database of the dialect, unless there is a running server to use.
func startServer(t *testing.T, dialect string, file *corpus.File) server {
	t.Helper()
	if base := os.Getenv(runningServer); base != "" {
		wanted := os.Getenv("PRAETOR_CORPUS_DIALECT")
		if wanted == "" {
			wanted = "sqlite"
		}
		if wanted != dialect {
			t.Skip(runningServer + " names no server on " + dialect)
		}
		return server{base: base}
	}
	folder := t.TempDir()
	driver, source := "sqlite", filepath.Join(folder, "prefect.db")
	url := "sqlite+aiosqlite:///" + source
	if dialect == "postgres" {
		driver, source = "pgx", storetest.PostgresURL(t)
		_, rest, _ := strings.Cut(source, "://")
		url = "postgresql+asyncpg://" + rest
	}
	overrides := map[string]string{
		"PREFECT_API_DATABASE_CONNECTION_URL": url, "PREFECT_SERVER_API_HOST": "127.0.0.1", "PREFECT_SERVER_API_PORT": "0",
		"PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "315360000", // events of long ago stay
	}
	for name, value := range file.Settings {
		overrides[name] = value
	}
	loaded, err := config.Load(config.Sources{Dir: folder, Home: folder, Overrides: overrides})
	require.NoError(t, err)
	require.Empty(t, loaded.Warnings)
	ctx, stop := context.WithCancel(context.Background())
	ready, done := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		done <- app.Serve(ctx, loaded, app.Options{
			NoServices: !file.Services, // what was recorded is the answers to requests, without what time does to late runs
			Version:    "test", Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
			Ready: func(address net.Addr) { ready <- address },
		})
	}()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	select {
	case address := <-ready:
		db, err := sql.Open(driver, source)
		require.NoError(t, err)
		t.Cleanup(func() { db.Close() })
		return server{"http://" + address.String() + "/api", db}
	case err := <-done:
		done <- nil
		require.NoError(t, err)
		return server{}
	}
}
