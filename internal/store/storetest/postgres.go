// Package storetest gives tests real databases.
package storetest

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// PostgresURL makes an empty database on the server that PRAETOR_TEST_POSTGRES names, drops it when the test ends, and
// gives its URL. Without a server the test is skipped; in CI it fails instead.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("PRAETOR_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("PRAETOR_TEST_POSTGRES is not set: CI runs no test without PostgreSQL")
		}
		t.Skip("PRAETOR_TEST_POSTGRES is not set")
	}
	name := "praetor_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	admin(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { admin(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func admin(t testing.TB, server, statement string) {
	t.Helper()
	ctx := context.Background() // also used when the test's own has ended
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(ctx, statement)
	if closeErr := conn.Close(ctx); err == nil {
		err = closeErr
	}
	if err != nil {
		t.Fatal(err)
	}
}
