package rig

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
)

// API is the slow, careful client: it makes the world and looks at answers, and is never part of what is timed.
type API struct {
	Conn   *Conn
	Encode Encoder
	// Busy counts answers 503 that were tried again: the reference's "database is locked".
	Busy int
}

// busyTries and BusyPause bound how long a busy server is asked again: 30 s.
const (
	busyTries = 120
	BusyPause = 250 * time.Millisecond
)

// Call sends in as JSON and decodes the answer into out; either may be nil. A status outside want is an error, except 503, which is
// tried again. Without want, any 2xx will do.
func (a *API) Call(ctx context.Context, method, path string, in, out any, want ...int) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	request := a.Encode.Request(method, path, body)
	for try := 1; ; try++ {
		status, err := a.Conn.Do(ctx, request)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		text, err := a.Conn.Text()
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		if status == 503 && try < busyTries {
			a.Busy++
			if err := Pause(ctx, BusyPause); err != nil {
				return err
			}
			continue
		}
		good := status/100 == 2
		if len(want) > 0 {
			good = slices.Contains(want, status)
		}
		if !good {
			return fmt.Errorf("%s %s: status %d: %.300s", method, path, status, text)
		}
		if out == nil {
			return nil
		}
		if err := json.Unmarshal(text, out); err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		return nil
	}
}

// Pause waits, and ends early with the context.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
