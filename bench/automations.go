package main

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"praetor/bench/rig"
)

// matchedLimit is the longest that a round's events may take to be held against the automations.
const matchedLimit = 4 * time.Minute

// soldShops is how many shops have events, so that each event is for one automation, and each number of automations has as much to count.
const soldShops = 10

// streamMatchedEvents posts events while there are that many automations, each of which waits for the events of one shop and counts them.
// The clock ends when the last event has been held against them: an automation that waits for an event which is posted after all others
// has switched another one off.
func streamMatchedEvents(automations int) func(ctx context.Context, s *server, cfg config, label string, budget int) (flow, error) {
	return func(ctx context.Context, s *server, cfg config, label string, budget int) (flow, error) {
		client := s.API()
		defer func() { client.Conn.Close() }()
		if err := client.MakeAutomations(ctx, automations); err != nil {
			return flow{}, err
		}
		end := "bench.end." + uuid.NewString()
		flag, err := s.makeFlag(ctx, client, end)
		if err != nil {
			return flow{}, err
		}
		posts := max(1, budget/postedEvents/cfg.clients) // of each client
		begin := time.Now()
		all := func(context.Context) (int, error) { return posts * postedEvents * cfg.clients, nil }
		result, err := streaming(ctx, cfg.clients, all, func(ctx context.Context, i int, w *worker) error {
			w.conn = rig.NewConn(s.Addr, s.Timeout)
			defer w.conn.Close()
			for post := range posts {
				body := []byte{}
				for n := range postedEvents {
					body = append(body, ',')
					body = rig.AppendSale(body, uuid.New(), (i+post*postedEvents+n)%soldShops)
				}
				body[0] = '['
				w.buffer = s.Encode.Append(w.buffer[:0], "POST", "/events", append(body, ']'))
				if _, ok := w.send(ctx, w.buffer, 204); !ok {
					return errors.New("a batch of events was refused")
				}
				w.confirmed += postedEvents
			}
			return nil
		})
		if err != nil {
			return flow{}, err
		}
		client.Conn.Close() // the server has closed it, too, as it was idle for so long
		client = s.API()
		last := []object{{
			"id": uuid.NewString(), "occurred": time.Now().UTC().Format(rig.ISO), "event": end, "payload": object{}, "related": []object{},
			"resource": object{"prefect.resource.id": "bench.end"},
		}}
		if err := client.Call(ctx, "POST", "/events", last, nil, 204); err != nil {
			return flow{}, err
		}
		if err := awaitFlag(ctx, client, flag, begin); err != nil {
			return flow{}, err
		}
		result.elapsed = time.Since(begin)
		return result, nil
	}
}

// makeFlag makes an automation that the event switches off, and gives its id.
func (s *server) makeFlag(ctx context.Context, client *rig.API, event string) (string, error) {
	flag := identified{}
	trigger := object{"type": "event", "posture": "Reactive", "expect": []string{"bench.never"}}
	body := object{"name": "bench flag", "actions": []object{{"type": "do-nothing"}}, "trigger": trigger}
	if err := client.Call(ctx, "POST", "/automations/", body, &flag, 201); err != nil {
		return "", err
	}
	body["name"], body["actions"] = "bench end", []object{{"type": "pause-automation", "source": "selected", "automation_id": flag.ID}}
	body["trigger"] = object{"type": "event", "posture": "Reactive", "expect": []string{event}}
	return flag.ID, client.Call(ctx, "POST", "/automations/", body, nil, 201)
}

// awaitFlag waits until the automation is switched off.
func awaitFlag(ctx context.Context, client *rig.API, id string, begin time.Time) error {
	for {
		flag := struct {
			Enabled bool `json:"enabled"`
		}{}
		if err := client.Call(ctx, "GET", "/automations/"+id, nil, &flag, 200); err != nil || !flag.Enabled {
			return err
		}
		if time.Since(begin) > matchedLimit {
			return errors.New("the last event was not held against automations")
		}
		if err := rig.Pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}
