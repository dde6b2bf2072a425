package app

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapRoom is how much the heap may grow between two collections while little lives in it. A server at rest holds some 5 MB, of
// which Go's own rule would make it collect at each further 5 MB: some hundred times a second under load.
const heapRoom = 20 << 20

// RoomForGarbage lets this process's heap grow by heapRoom, or by as much as lives in it where that is more, before it is collected. It adjusts
// itself after each collection. An operator's GOGC is left alone. It is for a process that does
// nothing but serve.
func RoomForGarbage() {
	if os.Getenv("GOGC") != "" {
		return
	}
	var adjust func(*sentinel)
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	adjust = func(*sentinel) {
		metrics.Read(sample)
		debug.SetGCPercent(percentFor(sample[0].Value.Uint64()))
		runtime.SetFinalizer(&sentinel{}, adjust) // found dead by the next collection
	}
	adjust(nil)
}

// sentinel is garbage by which a collection is noticed.
type sentinel struct{ _ [16]byte }

// percentFor is the growth to allow to a heap of so many bytes.
func percentFor(live uint64) int {
	return int(min(max(100, heapRoom*100/max(live, 1)), 1000)) //nolint:gosec // at most 1000
}
