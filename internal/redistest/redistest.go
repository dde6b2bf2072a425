// Package redistest gives tests databases of a real Redis.
package redistest

import (
	"os"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// Empty empties a database of the Redis that PRAETOR_TEST_REDIS names, and gives a client of it; without the variable the test is
// skipped. Packages are tested beside each other: each names a database of its own.
func Empty(t testing.TB, database int) (*redis.Options, *redis.Client) {
	t.Helper()
	address := os.Getenv("PRAETOR_TEST_REDIS")
	if address == "" {
		t.Skip("PRAETOR_TEST_REDIS is not set")
	}
	options, err := redis.ParseURL(address)
	require.NoError(t, err)
	options.DB = database
	client := redis.NewClient(options)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	require.NoError(t, client.FlushDB(t.Context()).Err())
	return options, client
}
