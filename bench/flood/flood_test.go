package main

import (
	"io"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"praetor/bench/rig"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/store/storetest"
)

func TestEventIDsAreInOrder(t *testing.T) {
	last := ""
	for socket := range 3 {
		for _, number := range []int64{0, 1, 255, 256, 1 << 20, 1 << 40} {
			id := eventID(socket, number)
			require.Greater(t, id.String(), last)
			require.EqualValues(t, 8, id.Version())
			last = id.String()
		}
	}
}

func TestMemoryAtATime(t *testing.T) {
	w := watch{}
	require.Zero(t, w.resident(time.Second))
	for i := range 11 {
		w.samples = append(w.samples, sample{at: time.Duration(i) * time.Second, memory: rig.Memory{Resident: int64(i)}})
	}
	require.EqualValues(t, 0, w.resident(time.Second))
	require.EqualValues(t, 5, w.resident(5900*time.Millisecond))
	require.EqualValues(t, 10, w.resident(time.Minute))
}

// TestFlood is a small one: the server is killed and started again, and nothing that was confirmed is lost. What was never stored is
// found to be missing.
func TestFlood(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := t.TempDir()
	praetor := filepath.Join(dir, "praetor")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", praetor, "praetor/cmd/praetor")
	text, err := build.CombinedOutput()
	require.NoError(t, err, string(text))
	cfg, err := parse([]string{"-db", "sqlite", "-praetor", praetor, "-out", dir, "-for", "2s", "-sockets", "4", "-automations", "3", "-port", "4742"})
	require.NoError(t, err)
	require.NoError(t, flood(t.Context(), cfg, "sqlite", io.Discard))
}

// TestMissingEvents stores the events of two sockets but for a few, and finds out how many those are.
func TestMissingEvents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		const first = portion + 20
		var events []prefect.ReceivedEvent
		keep := func(socket int, number int64) {
			now := prefect.TimeOf(time.Now())
			events = append(events, prefect.ReceivedEvent{Received: now, Event: prefect.Event{
				ID: eventID(socket, number), Occurred: now, Event: "bench.sale", Resource: prefect.Resource{prefect.ResourceID: "bench.shop.1"}, Payload: prefect.Object("{}"),
			}})
		}
		for number := range int64(first) {
			if number != 7 && number < first-2 {
				keep(0, number)
			}
		}
		keep(1, 0)
		s := db.Open(t)
		s.HandleEvents(store.Events{Queued: store.QueuedAlways})
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error { return tx.InsertEvents(t.Context(), events) }))
		look, err := openStored(t.Context(), db.URL())
		require.NoError(t, err)
		defer look.close()
		for _, c := range []struct {
			socket          int
			confirmed, lost int64
		}{{0, 7, 0}, {0, 8, 1}, {0, first - 2, 1}, {0, first, 3}, {1, 1, 0}, {1, 2, 1}, {2, 5, 5}, {2, 0, 0}} {
			lost, err := look.missing(t.Context(), c.socket, c.confirmed, func(string, ...any) {})
			require.NoError(t, err)
			require.Equal(t, c.lost, lost, "%+v", c)
		}
		queued, err := look.queued(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, len(events), queued)
	})
}
