package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/store/storetest"
)

// onBothDatabases runs the test on an empty database of each kind.
func onBothDatabases(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	run := func(t *testing.T, s *store.Store, err error) {
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		_, err = s.Prepare(t.Context())
		require.NoError(t, err)
		test(t, s)
	}
	t.Run("sqlite", func(t *testing.T) {
		s, err := store.OpenSQLite(t.Context(), store.SQLiteOptions{Path: filepath.Join(t.TempDir(), "test.db"), Clock: time.Now})
		run(t, s, err)
	})
	t.Run("postgres", func(t *testing.T) {
		s, err := store.OpenPostgres(t.Context(), store.PostgresOptions{URL: storetest.PostgresURL(t), Clock: time.Now})
		run(t, s, err)
	})
}

// writeFlowRuns stores one flow with so many runs, each changed by change, with its state in it.
func writeFlowRuns(t *testing.T, s *store.Store, count int, change func(i int, run *prefect.FlowRun)) []*prefect.FlowRun {
	t.Helper()
	now := prefect.TimeOf(time.Now())
	flow := &prefect.Flow{ID: prefect.NewID(), Created: now, Updated: now, Name: "a flow", Tags: []string{}, Labels: &prefect.Labels{}}
	runs := make([]*prefect.FlowRun, count)
	require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
		if _, _, err := tx.CreateFlow(t.Context(), flow); err != nil {
			return err
		}
		for i := range runs {
			run := &prefect.FlowRun{
				ID: prefect.NewID(), Created: now, Updated: now, Name: "a run", FlowID: flow.ID, Tags: []string{}, Labels: prefect.Labels{},
				ExpectedStartTime: &now,
			}
			state := prefect.NewState(prefect.Pending, "", now.Time)
			run.State = &state
			change(i, run)
			runs[i] = run
			if _, err := tx.InsertFlowRun(t.Context(), run); err != nil {
				return err
			}
			if run.State == nil {
				continue
			}
			if err := tx.SetFlowRunState(t.Context(), run, run.State, nil, nil); err != nil {
				return err
			}
		}
		return nil
	}))
	return runs
}
