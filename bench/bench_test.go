package main

import (
	"context"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
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

// The same request finds the same events on both servers, whatever the time of day: all lie in whole hours before the bench.
func TestStoredEventsLieInTheHoursThatAreAskedFor(t *testing.T) {
	w := world{size: size{events: 1000}, now: time.Date(2044, 5, 6, 7, 0, 0, 0, time.UTC), runs: []string{"a", "b"}}
	names, paged := map[string]int{}, 0
	for i := range w.size.events {
		var event struct {
			Event    string    `json:"event"`
			Occurred time.Time `json:"occurred"`
			Payload  struct {
				Order int `json:"order"`
			} `json:"payload"`
		}
		require.NoError(t, json.Unmarshal(w.appendStored(nil, i), &event))
		require.True(t, event.Occurred.Before(w.now) && event.Occurred.After(w.now.Add(-storedHours*time.Hour)), event.Occurred)
		require.Equal(t, i, event.Payload.Order)
		names[event.Event]++
		if event.Occurred.After(w.now.Add(-pageHours * time.Hour)) {
			paged++
		}
	}
	require.Len(t, names, 5)
	require.InDelta(t, w.size.events*pageHours/storedHours, paged, 1)
}

func TestPollBodyNamesEveryQueueOnce(t *testing.T) {
	var body struct {
		Names  []string `json:"work_queue_names"`
		Before string   `json:"scheduled_before"`
	}
	require.NoError(t, json.Unmarshal(pollBody(time.Date(2044, 5, 6, 7, 8, 9, 123456000, time.UTC)), &body))
	require.Len(t, body.Names, polledQueues)
	require.Equal(t, queueName(99), body.Names[99])
	require.Equal(t, "2044-05-06 07:08:09.123456+00:00", body.Before)
}
