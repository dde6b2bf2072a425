package main

import (
	"context"
	"sync/atomic"

	"github.com/go-json-experiment/json"
)

// slotsStep takes a slot of one limit with a lease and gives it back, while all other clients do the same: the limit has room for
// all, so that what is measured is how they come by its counter.
func slotsStep(s *server) (step, error) {
	const name = "bench-slots"
	create := s.Encode.Request("POST", "/v2/concurrency_limits/", mustJSON(object{"name": name, "limit": 1000}))
	take := s.Encode.Request("POST", "/v2/concurrency_limits/increment-with-lease",
		mustJSON(object{"names": []string{name}, "slots": 1, "mode": "concurrency", "lease_duration": 300}))
	var made atomic.Bool
	return func(ctx context.Context, w *worker) bool {
		if !made.Load() {
			if _, ok := w.send(ctx, create, 201, 409); !ok { // another client may have made it
				return false
			}
			made.Store(true)
		}
		text, ok := w.send(ctx, take, 200, 201)
		if !ok {
			return false
		}
		var lease struct {
			ID string `json:"lease_id"`
		}
		if err := json.Unmarshal(text, &lease); err != nil || lease.ID == "" {
			w.fail("answer without a lease")
			return false
		}
		w.buffer = s.Encode.Append(w.buffer[:0], "POST", "/v2/concurrency_limits/decrement-with-lease", mustJSON(object{"lease_id": lease.ID}))
		_, ok = w.send(ctx, w.buffer, 204, 200)
		return ok
	}, nil
}
