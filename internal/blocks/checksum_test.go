package blocks

import (
	"bufio"
	"os"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

// TestChecksums compares with what the reference computed; see testdata/record_checksums.py.
func TestChecksums(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/checksums.jsonl")
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		var c struct {
			Fields   prefect.Object `json:"fields"`
			Checksum string         `json:"checksum"`
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c))
		got, err := Checksum(c.Fields)
		require.NoError(t, err)
		require.Equal(t, c.Checksum, got, "line %d: %s", n, c.Fields)
	}
	require.NoError(t, lines.Err())
}

func TestChecksumOfDuplicatesAndLoops(t *testing.T) {
	t.Parallel()
	sum := func(fields string) string {
		t.Helper()
		got, err := Checksum(prefect.Object(fields))
		require.NoError(t, err)
		return got
	}
	require.Equal(t, sum(`{"a":2,"b":1}`), sum(`{"b":0,"a":2,"b":1}`), "the last of members with one name counts")
	require.Equal(t, sum(`{}`), sum(``))
	require.Equal(t, sum(`{"x":0,"y":1E2}`), sum(`{"x":-0,"y":100.0}`))
	// Definitions may need each other.
	sum(`{"p":{"$ref":"#/definitions/A"},"definitions":{"A":{"x":{"$ref":"#/definitions/B"}},"B":{"x":{"$ref":"#/definitions/A"}}}}`)
	for _, bad := range []string{`[]`, `{`, `{}{}`, `null`} {
		_, err := Checksum(prefect.Object(bad))
		require.Error(t, err, bad)
	}
}
