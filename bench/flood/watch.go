package main

import (
	"time"

	"praetor/bench/rig"
)

// sample is what was seen of the server at one moment.
type sample struct {
	at        time.Duration // since the beginning
	memory    rig.Memory
	confirmed int64
}

// watch keeps what was seen of the server: some hundred samples, whatever the number of events.
type watch struct {
	samples []sample
	peak    int64 // bytes, of any of the server's processes
	// cpu is what the processes that have ended have used, and of the running one last.
	cpu, last time.Duration
}

// look samples the server.
func (w *watch) look(server *rig.Server, at time.Duration, confirmed int64) error {
	memory, err := rig.MemoryOf(server.PID())
	if err != nil {
		return err
	}
	if w.last, err = rig.CPUOf(server.PID()); err != nil {
		return err
	}
	w.samples = append(w.samples, sample{at, memory, confirmed})
	w.peak = max(w.peak, memory.Peak)
	return nil
}

// ended notes that the process has ended.
func (w *watch) ended() { w.cpu, w.last = w.cpu+w.last, 0 }

// resident is the memory at a time, in bytes: by the last sample before that.
func (w *watch) resident(until time.Duration) (bytes int64) {
	for _, s := range w.samples {
		if s.at < until {
			bytes = s.memory.Resident
		}
	}
	return bytes
}
