package corpus_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/test/corpus"
)

// TestCorpus replays every recorded scenario on a server and compares status
// and body field by field. Each file gets a server with an empty database. In short, as for the race detector, to which one request after the
// other shows little, a file is on one of the databases, and each fourth one is replayed: whole, as a scenario may count what those before it stored.
func TestCorpus(t *testing.T) {
	paths, err := corpus.Files("data")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			for i, path := range paths {
				name := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(path, "data/"), ".gz"), ".jsonl")
				// What is judged before anything is stored is judged alike. What PostgreSQL cannot keep, the API's own tests try.
				alike := strings.HasPrefix(name, "validation/")
				if dialect == "postgres" && alike {
					continue
				}
				if testing.Short() && (i%4 != 0 || !alike && (dialect == "postgres") != (i%8 == 0)) {
					continue
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					replay(t, dialect, path)
				})
			}
		})
	}
}

func replay(t *testing.T, dialect, path string) {
	file, err := corpus.Load(path)
	require.NoError(t, err)
	server := startServer(t, dialect, file)
	client := corpus.NewClient(server.base, file.Headers)
	defer client.Close()
	run, problems := corpus.StartReplay(t.Context(), client, dialect, file)
	for _, problem := range problems {
		t.Error("setup,", problem)
	}
	for _, scenario := range file.Scenarios {
		t.Run(scenario.Name, func(t *testing.T) {
			judge(t, file.Name, scenario.Name, run.Scenario(t.Context(), scenario))
		})
	}
}
