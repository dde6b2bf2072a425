package corpus_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/test/corpus"
)

// TestCorpus replays every recorded scenario on a server and compares status
// and body field by field. Each file gets a server with an empty database.
func TestCorpus(t *testing.T) {
	paths, err := corpus.Files("data")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			for _, path := range paths {
				name := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(path, "data/"), ".gz"), ".jsonl")
				t.Run(name, func(t *testing.T) { replay(t, dialect, path) })
			}
		})
	}
}

func replay(t *testing.T, dialect, path string) {
	file, err := corpus.Load(path)
	require.NoError(t, err)
	client := corpus.NewClient(startServer(t, dialect, file.Settings), file.Headers)
	defer client.Close()
	run, err := corpus.StartReplay(t.Context(), client, dialect, file)
	require.NoError(t, err)
	for _, scenario := range file.Scenarios {
		t.Run(scenario.Name, func(t *testing.T) {
			for _, problem := range run.Scenario(t.Context(), scenario) {
				t.Error(problem)
			}
		})
	}
}

// startServer gives the API's base URL of a server on an empty database of the
// dialect. PRAETOR_CORPUS_URL (with PRAETOR_CORPUS_DIALECT, sqlite unless
// said) names one that runs already: the reference itself, to check the corpus.
func startServer(t *testing.T, dialect string, _ map[string]string) string {
	t.Helper()
	base := os.Getenv("PRAETOR_CORPUS_URL")
	wanted := os.Getenv("PRAETOR_CORPUS_DIALECT")
	if wanted == "" {
		wanted = "sqlite"
	}
	if base == "" || wanted != dialect {
		t.Skip("PRAETOR_CORPUS_URL names no server on " + dialect)
	}
	return base
}
