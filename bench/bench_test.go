package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReplaceTable(t *testing.T) {
	text, err := replaceTable("# Title\n"+tableStart+"\nold\n"+tableEnd+"\nafter\n", "new\n\n")
	require.NoError(t, err)
	require.Equal(t, "# Title\n"+tableStart+"\nnew\n"+tableEnd+"\nafter\n", text)
	again, err := replaceTable(text, "new")
	require.NoError(t, err)
	require.Equal(t, text, again)
	for _, broken := range []string{"", tableStart, tableEnd + tableStart, tableStart + tableStart + tableEnd} {
		_, err := replaceTable(broken, "new")
		require.Error(t, err, broken)
	}
}

func TestParseStat(t *testing.T) {
	p, err := parseStat([]byte("42 (a) b (c)) S 7 42 42 0 -1 4194304 1 2 3 4 150 50 10 5 20 0 3 0 100 1 1\n"))
	require.NoError(t, err)
	require.Equal(t, process{parent: 7, cpu: 2150 * time.Millisecond}, p)
	for _, broken := range []string{"", "42 (name) S 7", "42 (name) S x 42 42 0 -1 4194304 1 2 3 4 150 50 10 5 20"} {
		_, err := parseStat([]byte(broken))
		require.Error(t, err, broken)
	}
}

func TestPercentilesAreNearestRanks(t *testing.T) {
	var latencies []time.Duration
	for i := 200; i > 0; i-- {
		latencies = append(latencies, time.Duration(i)*time.Millisecond)
	}
	require.Equal(t, latency{P50: 100, P95: 190, P99: 198, Max: 200}, percentiles(latencies))
	require.Equal(t, latency{P50: 7, P95: 7, P99: 7, Max: 7}, percentiles([]time.Duration{7 * time.Millisecond}))
	require.Equal(t, latency{}, percentiles(nil))
}

// What is confirmed and never stored counts as lost, and the time that a server holds back its last few does not count.
func TestAwaitStored(t *testing.T) {
	begin := time.Now().Add(-time.Second)
	counts := []int{0, 960, 960, 1000}
	count := func(context.Context) (n int, err error) {
		n, counts = counts[0], append(counts[1:], counts[len(counts)-1])
		return n, nil
	}
	stored, elapsed, err := awaitStored(t.Context(), begin, 1000, count)
	require.NoError(t, err)
	require.Equal(t, 1000, stored)
	// 960 were stored within 1.2 s: at that speed 1,000 take 1.25 s, whatever the last 40 took.
	require.InDelta(t, 1.25, elapsed.Seconds(), 0.1)
}
