package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// reference is what testdata/record.py saw the reference do.
type reference struct {
	Settings []struct {
		Names   []string `json:"names"`
		Default string   `json:"default"`
	} `json:"settings"`
	Cases []referenceCase `json:"cases"`
}

type referenceCase struct {
	Environ map[string]string `json:"environ"`
	Files   map[string]string `json:"files"`
	Want    map[string]string `json:"want"`
	Refused string            `json:"refused"` // the setting for whose sake it did not start
}

func readReference(t *testing.T) reference {
	t.Helper()
	text, err := os.ReadFile("testdata/reference.json")
	require.NoError(t, err)
	var r reference
	require.NoError(t, json.Unmarshal(text, &r))
	require.NotEmpty(t, r.Settings)
	require.NotEmpty(t, r.Cases)
	return r
}

// canonical is the value of a setting as the reference's recorder writes it.
func canonical(t *testing.T, row setting, s *Settings) string {
	t.Helper()
	switch at := row.at(s).(type) {
	case *string:
		return *at
	case *bool:
		return strconv.FormatBool(*at)
	case *int:
		return strconv.Itoa(*at)
	case *int64:
		return strconv.FormatInt(*at, 10)
	case **int:
		if *at == nil {
			return ""
		}
		return strconv.Itoa(**at)
	case *time.Duration:
		return strconv.FormatFloat(at.Seconds(), 'f', -1, 64)
	}
	t.Fatalf("setting %s has a type that the test does not know", row.names[0])
	return ""
}

func rowOf(t *testing.T, name string) setting {
	t.Helper()
	all := table()
	i := slices.IndexFunc(all, func(row setting) bool { return row.names[0] == name })
	require.GreaterOrEqual(t, i, 0, "no setting %s", name)
	return all[i]
}

func TestEverySettingOfTheReferenceHasItsNamesAndDefault(t *testing.T) {
	known := map[string]setting{}
	for _, row := range table() {
		require.NotContains(t, known, row.names[0], "twice in the table")
		known[row.names[0]] = row
	}
	ignored := map[string]unusedSetting{}
	for _, u := range unused() {
		require.NotContains(t, known, u.names[0], "used and unused")
		require.NotEmpty(t, u.why)
		ignored[u.names[0]] = u
	}
	theirs := map[string]bool{}
	for _, want := range readReference(t).Settings {
		name := want.Names[0]
		theirs[name] = true
		if u, ok := ignored[name]; ok {
			require.Equal(t, want.Names, u.names)
			continue
		}
		row, ok := known[name]
		require.True(t, ok, "%s is neither in the table nor in the list of unused settings", name)
		require.Equal(t, want.Names, row.names)
		if name == "PREFECT_HOME" || name == addressName || name == "PREFECT_SERVER_UI_API_URL" {
			continue // theirs are worked out from others: TestReadsWhatTheReferenceReads
		}
		ours, wanted := &Settings{}, &Settings{}
		require.NoError(t, assign(row, ours, finding{row.start, name, fromDefault}))
		require.NoError(t, assign(row, wanted, finding{want.Default, name, fromDefault}))
		require.Equal(t, canonical(t, row, wanted), canonical(t, row, ours), name)
	}
	for name := range ignored {
		require.True(t, theirs[name], "%s is no setting of the reference", name)
	}
	// The first is read past the settings by the reference; the second is a setting of its clients that its server reads too.
	own := []string{"PREFECT_SERVER_ENCRYPTION_KEY", "PREFECT_API_URL", "PREFECT_UI_URL"}
	for name := range known {
		// Those of Redis are its package prefect_redis's.
		require.True(t, theirs[name] || strings.HasPrefix(name, "PRAETOR_") || strings.HasPrefix(name, "PREFECT_REDIS_MESSAGING_") || slices.Contains(own, name), "%s is no setting of the reference", name)
	}
}

func TestReadsWhatTheReferenceReads(t *testing.T) {
	for i, c := range readReference(t).Cases {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			home, dir := t.TempDir(), t.TempDir()
			for name, content := range c.Files {
				path := filepath.Join(dir, name)
				if rest, ok := strings.CutPrefix(name, "~/"); ok {
					path = filepath.Join(home, rest)
				}
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
				require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			}
			var environ []string
			for name, value := range c.Environ {
				environ = append(environ, name+"="+value)
			}
			s, err := Load(Sources{Environ: environ, Dir: dir, Home: home})
			if c.Refused != "" {
				require.Error(t, err, "the reference refuses %s", describe(c))
				return
			}
			require.NoError(t, err, describe(c))
			for name, want := range c.Want {
				want = strings.ReplaceAll(want, "$HOME", home)
				if name == addressName {
					address := s.Database
					address.ConnectionURL = want
					wanted, err := address.Target()
					require.NoError(t, err)
					got, err := s.Database.Target()
					require.NoError(t, err)
					require.Equal(t, wanted, got, describe(c))
					continue
				}
				require.Equal(t, want, canonical(t, rowOf(t, name), s), describe(c))
			}
		})
	}
}

// describe names a case.
func describe(c referenceCase) string {
	text, err := json.Marshal([]any{c.Environ, c.Files}, json.Deterministic(true))
	if err != nil {
		return err.Error()
	}
	return string(text)
}
