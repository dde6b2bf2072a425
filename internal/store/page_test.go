package store_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

// The pages of one result must hold each of its rows once and in order, however the database is made to find them.
func TestPagesOfFlowRuns(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	base := prefect.TimeOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	instant := func() *prefect.Time { at := base.Add(time.Duration(rng.IntN(1e9)) * time.Microsecond); return &at }
	types := []prefect.StateType{prefect.Completed, prefect.Completed, prefect.Completed, prefect.Completed, prefect.Failed, prefect.Running, ""}
	onBothDatabases(t, func(t *testing.T, s *store.Store) {
		runs := writeFlowRuns(t, s, 150, func(i int, run *prefect.FlowRun) {
			run.Name = fmt.Sprintf("run-%03d", rng.IntN(1000)*1000+i)
			run.ExpectedStartTime, run.EndTime, run.NextScheduledStartTime = instant(), instant(), instant()
			if i%3 > 0 {
				run.StartTime = instant()
			}
			run.Tags = []string{[]string{"dev", "prod"}[i%2]}
			run.State = nil
			if kind := types[rng.IntN(len(types))]; kind != "" {
				state := prefect.NewState(kind, "", base.Time)
				run.State = &state
			}
		})
		begun := func(run *prefect.FlowRun) *prefect.Time { return cmp.Or(run.StartTime, run.ExpectedStartTime) }
		byTime := func(of func(*prefect.FlowRun) *prefect.Time, sign int) func(a, b *prefect.FlowRun) int {
			return func(a, b *prefect.FlowRun) int { return sign * of(a).Compare(of(b).Time) }
		}
		expected := func(run *prefect.FlowRun) *prefect.Time { return run.ExpectedStartTime }
		sorts := map[prefect.FlowRunSort]func(a, b *prefect.FlowRun) int{
			prefect.FlowRunStartTimeAsc: byTime(begun, 1), prefect.FlowRunStartTimeDesc: byTime(begun, -1),
			prefect.FlowRunExpectedStartTimeAsc: byTime(expected, 1), prefect.FlowRunExpectedStartTimeDesc: byTime(expected, -1),
			prefect.FlowRunEndTimeDesc:               byTime(func(run *prefect.FlowRun) *prefect.Time { return run.EndTime }, -1),
			prefect.FlowRunNextScheduledStartTimeAsc: byTime(func(run *prefect.FlowRun) *prefect.Time { return run.NextScheduledStartTime }, 1),
			prefect.FlowRunNameAsc:                   func(a, b *prefect.FlowRun) int { return cmp.Compare(a.Name, b.Name) },
			prefect.FlowRunNameDesc:                  func(a, b *prefect.FlowRun) int { return cmp.Compare(b.Name, a.Name) },
			prefect.FlowRunIDDesc:                    func(a, b *prefect.FlowRun) int { return slices.Compare(b.ID[:], a.ID[:]) },
		}
		for name, c := range map[string]struct {
			filters store.Filters
			selects func(*prefect.FlowRun) bool
		}{
			"all":    {store.Filters{}, func(*prefect.FlowRun) bool { return true }},
			"common": {ofStates(prefect.Completed), func(run *prefect.FlowRun) bool { return run.State.Is(prefect.Completed) }},
			"rare":   {ofStates(prefect.Failed), func(run *prefect.FlowRun) bool { return run.State.Is(prefect.Failed) }},
			"several": {ofStates(prefect.Running, prefect.Completed), func(run *prefect.FlowRun) bool {
				return run.State.Is(prefect.Running) || run.State.Is(prefect.Completed)
			}},
			"no states": {ofStates(), func(*prefect.FlowRun) bool { return false }},
			"either": {
				store.Filters{FlowRuns: &prefect.FlowRunFilter{
					Operator: prefect.Or, Tags: &prefect.TagsFilter{All: &[]string{"dev"}}, State: ofStates(prefect.Failed).FlowRuns.State,
				}},
				func(run *prefect.FlowRun) bool { return run.Tags[0] == "dev" || run.State.Is(prefect.Failed) },
			},
			"one flow": {store.Filters{Flows: &prefect.FlowFilter{ID: &prefect.IDFilter{Any: &[]uuid.UUID{runs[0].FlowID}}}}, func(*prefect.FlowRun) bool { return true }},
		} {
			for sort, compare := range sorts {
				var want, got []string
				chosen := slices.DeleteFunc(slices.Clone(runs), func(run *prefect.FlowRun) bool { return !c.selects(run) })
				slices.SortFunc(chosen, compare)
				for _, run := range chosen {
					want = append(want, run.Name)
				}
				const size = 7
				for offset := int64(0); ; offset += size {
					var part []prefect.FlowRun
					require.NoError(t, s.Read(t.Context(), func(tx *store.Tx) (err error) {
						part, err = tx.FlowRuns(t.Context(), &c.filters, sort, size, offset)
						return err
					}))
					for i := range part {
						got = append(got, part[i].Name)
						require.Equal(t, part[i].StateID != nil, part[i].State != nil)
					}
					if len(part) < size {
						break
					}
				}
				require.Equal(t, want, got, "%s by %s", name, sort)
			}
		}
	})
}

func ofStates(types ...prefect.StateType) store.Filters {
	return store.Filters{FlowRuns: &prefect.FlowRunFilter{State: &prefect.FlowRunFilterState{Type: &prefect.FlowRunFilterStateType{Any: &types}}}}
}
