package concurrency

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

func TestSettle(t *testing.T) {
	start := prefect.TimeOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	waits := Waits{Tag: 10 * time.Second, Other: 30 * time.Second}
	for name, c := range map[string]struct {
		limit          prefect.ConcurrencyLimitV2
		after          time.Duration
		active, denied int64
	}{
		"slots without decay stay":           {prefect.ConcurrencyLimitV2{ActiveSlots: 5}, time.Hour, 5, 0},
		"slots decay by whole ones":          {prefect.ConcurrencyLimitV2{ActiveSlots: 5, SlotDecayPerSecond: 0.5}, 3 * time.Second, 4, 0},
		"no slots are left in the end":       {prefect.ConcurrencyLimitV2{ActiveSlots: 5, DeniedSlots: 3, SlotDecayPerSecond: 1e9}, 1e6 * time.Hour, 0, 0},
		"denied slots decay with the others": {prefect.ConcurrencyLimitV2{ActiveSlots: 5, DeniedSlots: 9, SlotDecayPerSecond: 2}, 2 * time.Second, 1, 5},
		"denied slots fade as slots are used": {
			prefect.ConcurrencyLimitV2{ActiveSlots: 1, DeniedSlots: 9, AvgSlotOccupancySeconds: 2}, 4 * time.Second, 1, 7},
		"a long use counts as the longest wait": {
			prefect.ConcurrencyLimitV2{DeniedSlots: 9, AvgSlotOccupancySeconds: 3600}, time.Minute, 0, 7},
		"which is a tag's own for a tag": {
			prefect.ConcurrencyLimitV2{Name: "tag:a", DeniedSlots: 9, AvgSlotOccupancySeconds: 3600}, time.Minute, 0, 3},
		"a use of no time counts as a short one": {prefect.ConcurrencyLimitV2{DeniedSlots: 9}, 500 * time.Millisecond, 0, 4},
		"a clock that went back changes nothing": {prefect.ConcurrencyLimitV2{ActiveSlots: 5, DeniedSlots: 1, SlotDecayPerSecond: 1}, -time.Hour, 5, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.limit.Updated = start
			waits.settle(&c.limit, start.Add(c.after))
			require.Equal(t, c.active, c.limit.ActiveSlots)
			require.Equal(t, c.denied, c.limit.DeniedSlots)
		})
	}
}

func TestRetryAfter(t *testing.T) {
	waits := Waits{Tag: 10 * time.Second, Other: 30 * time.Second}
	for name, c := range map[string]struct {
		limits  []prefect.ConcurrencyLimitV2
		average float64
	}{
		"as long as a slot is used":        {[]prefect.ConcurrencyLimitV2{{Active: true, Limit: 1, AvgSlotOccupancySeconds: 2}}, 2},
		"longer behind those that wait":    {[]prefect.ConcurrencyLimitV2{{Active: true, Limit: 1, DeniedSlots: 4, AvgSlotOccupancySeconds: 2}}, 10},
		"not longer than the longest":      {[]prefect.ConcurrencyLimitV2{{Active: true, Limit: 1, DeniedSlots: 400, AvgSlotOccupancySeconds: 900}}, 30},
		"nor than a tag's":                 {[]prefect.ConcurrencyLimitV2{{Active: true, Name: "tag:a", Limit: 1, AvgSlotOccupancySeconds: 900}}, 10},
		"as long as decay takes":           {[]prefect.ConcurrencyLimitV2{{Active: true, Limit: 5, DeniedSlots: 1, SlotDecayPerSecond: 0.1}}, 20},
		"by the fullest":                   {[]prefect.ConcurrencyLimitV2{{Active: true, Limit: 9, AvgSlotOccupancySeconds: 1}, {Active: true, Limit: 1, AvgSlotOccupancySeconds: 5}}, 5},
		"and not by those that are off":    {[]prefect.ConcurrencyLimitV2{{Limit: 1, AvgSlotOccupancySeconds: 29}, {Active: true, Limit: 1, AvgSlotOccupancySeconds: 3}}, 3},
		"never for limits that let all in": {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for range 200 {
				got := waits.RetryAfter(c.limits, 1)
				require.GreaterOrEqual(t, got, 0.0)
				require.LessOrEqual(t, got, c.average*1.3+1e-9)
			}
		})
	}
}

// TestClampedPoisson holds the bounds, and the median near the average.
func TestClampedPoisson(t *testing.T) {
	const average, factor, samples = 10.0, 0.3, 20_000
	below := 0
	for range samples {
		interval := ClampedPoisson(average, factor)
		require.Positive(t, interval)
		require.LessOrEqual(t, interval, average*(1+factor)+1e-9)
		if interval < average {
			below++
		}
	}
	require.InDelta(t, 0.5, float64(below)/samples, 0.1)
	require.Zero(t, ClampedPoisson(0, factor))
}
