package store_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

// On SQLite tags are looked for in the text of their document first: what looks like a tag there and is none must not be found.
func TestTagFilters(t *testing.T) {
	lists := [][]string{
		{}, {"dev"}, {"dev", "team-1"}, {"team-1", "dev"}, {"devil"}, {`x"dev`}, {`x "dev`}, {`["dev`}, {`"dev"`}, {`\`, "dev"}, {`\dev`},
		{", ", "a"}, {"a", "b"}, {","}, {" "}, {"a "}, {" dev"}, {"dev "}, {"a", ", dev"}, {"ä"}, {"a/b"}, {"tab\t"}, {"日本", "dev"}, {"DEV"}, {"[]"}, {""},
	}
	wanted := [][]string{
		{"dev"}, {"team-1"}, {"dev", "team-1"}, {"x"}, {`x"dev`}, {", "}, {","}, {" "}, {"a "}, {"a"}, {"ä"}, {"a/b"}, {`\`}, {"tab\t"}, {"日本"}, {"[]"}, {""},
		{", dev"}, {`"dev"`}, {"a", "b", "c", "d", "e", "f", "g", "h", "dev"},
	}
	onBothDatabases(t, func(t *testing.T, s *store.Store) {
		runs := writeFlowRuns(t, s, len(lists), func(i int, run *prefect.FlowRun) { run.Tags = lists[i] })
		ask := func(f *prefect.TagsFilter) (found []uuid.UUID) {
			require.NoError(t, s.Read(t.Context(), func(tx *store.Tx) (err error) {
				found, err = tx.FlowRunIDs(t.Context(), &store.Filters{FlowRuns: &prefect.FlowRunFilter{Tags: f}}, 1000)
				return err
			}))
			return found
		}
		for _, tags := range wanted {
			var all, some []uuid.UUID
			for i, list := range lists {
				holds := func(tag string) bool { return slices.Contains(list, tag) }
				if slices.ContainsFunc(tags, holds) {
					some = append(some, runs[i].ID)
				}
				if !slices.ContainsFunc(tags, func(tag string) bool { return !holds(tag) }) {
					all = append(all, runs[i].ID)
				}
			}
			require.ElementsMatch(t, all, ask(&prefect.TagsFilter{All: &tags}), "all of %q", tags)
			require.ElementsMatch(t, some, ask(&prefect.TagsFilter{Any: &tags}), "any of %q", tags)
		}
		require.Empty(t, ask(&prefect.TagsFilter{Any: &[]string{}}))
		require.Len(t, ask(&prefect.TagsFilter{All: &[]string{}}), len(lists))
	})
}
