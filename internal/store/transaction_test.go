package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

// A transaction whose last statement brings the commit along is stored as a whole, or not at all.
func TestCommitWithTheLastStatement(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *store.Store) {
		made := writeFlowRuns(t, s, 1, func(int, *prefect.FlowRun) {})[0]
		again := *made
		again.ID = prefect.NewID()
		insert := func(run *prefect.FlowRun) (stored *prefect.FlowRun, err error) {
			err = s.Write(t.Context(), func(tx *store.Tx) error {
				if _, err := tx.InsertFlowRun(t.Context(), run); err != nil {
					return err
				}
				stored, err = tx.CommitWithFlowRun(t.Context(), run.ID)
				return err
			})
			return stored, err
		}
		stored, err := insert(&again)
		require.NoError(t, err)
		require.Equal(t, again.ID, stored.ID)

		_, err = insert(made) // its id is there already
		require.True(t, store.IsUnique(err), "%v", err)
		orphan := again
		orphan.ID, orphan.FlowID = prefect.NewID(), prefect.NewID()
		_, err = insert(&orphan)
		require.True(t, store.IsReference(err), "%v", err)

		require.NoError(t, s.Read(t.Context(), func(tx *store.Tx) error {
			count, err := tx.CountFlowRuns(t.Context(), &store.Filters{})
			require.Equal(t, int64(2), count)
			return err
		}))
		third := again
		third.ID = prefect.NewID()
		_, err = insert(&third)
		require.NoError(t, err, "the connection can be used again")
	})
}
