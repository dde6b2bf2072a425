package sqlite_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/store/sqlite"
)

// TestContainsText holds our function against what SQLite's own say.
func TestContainsText(t *testing.T) {
	c := open(t)
	ours := prepare(t, c, "SELECT "+sqlite.ContainsText+"(?, ?, ?)")
	theirs := prepare(t, c, "SELECT ?2 = '' OR instr(lower(?1 || ' ' || ?3), ?2) > 0")
	ask := func(s *sqlite.Stmt, texts ...string) int64 {
		defer s.Reset()
		var args sqlite.Args
		for _, text := range texts {
			args.Text(text)
		}
		require.NoError(t, s.Bind(&args))
		row, err := s.Step()
		require.NoError(t, err)
		require.True(t, row)
		return s.Int(0)
	}
	texts := []string{"", "a", "A needle in the hay", `{"Key": "VALUE", "n": 1}`, "needle", "NEEDL", "eedle needle", "éÉ", "x[y", "aaaaab", strings.Repeat("ab", 500) + "Z"}
	terms := []string{"", "a", "b", "needle", "e n", "l e", "y a", " ", "{", `"value"`, "é", "É", "aab", "z", "abz", "zz", "[", strings.Repeat("ab", 600)}
	for _, first := range texts {
		for _, second := range texts {
			for _, term := range terms {
				require.Equal(t, ask(theirs, first, term, second), ask(ours, term, first, second), "%q in %q and %q", term, first, second)
			}
		}
	}
}
