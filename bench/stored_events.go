package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"praetor/bench/rig"
)

const (
	// storedHours is the time over which the stored events have happened, up to the time of the bench, and pageHours the last part of it
	// that pages are asked of.
	storedHours, pageHours = 48, 6
	storedShops            = 20
	// eventPortion is how many events are written before they are waited for: the reference drops events above a backlog of 10,000.
	eventPortion = 5000
	// storedPrefix begins the names of the stored events and of no others.
	storedPrefix = "bench.stored."
)

// storeEvents fills the server with events, once.
func storeEvents(ctx context.Context, s *server, cfg config) error {
	if s.world.events {
		return nil
	}
	client := s.API()
	defer func() { client.Conn.Close() }()
	for from := 0; from < cfg.size.events; from += eventPortion {
		until := min(from+eventPortion, cfg.size.events)
		batches := (until - from + eventBatch - 1) / eventBatch
		_, err := s.each(ctx, s.fillers(cfg), batches, func(ctx context.Context, client *rig.API, i int) (int, error) {
			first := from + i*eventBatch
			body := []byte{}
			for n := first; n < min(first+eventBatch, until); n++ {
				body = s.world.appendStored(append(body, ','), n)
			}
			body[0] = '['
			status, err := client.Conn.Do(ctx, client.Encode.Request("POST", "/events", append(body, ']')))
			if err == nil && status != 204 {
				err = fmt.Errorf("POST /events: status %d", status)
			}
			return 1, err
		})
		if err != nil {
			return err
		}
		if err := s.awaitEvents(ctx, client, until); err != nil {
			return err
		}
	}
	s.world.events = true
	return nil
}

// awaitEvents waits until that many of the events are found, for as long as there are more each time.
func (s *server) awaitEvents(ctx context.Context, client *rig.API, want int) error {
	ask := object{"filter": object{"event": object{"prefix": []string{storedPrefix}}, "occurred": s.world.occurred(storedHours)}, "limit": 0}
	seen, since := 0, time.Now()
	for {
		var page struct {
			Total int `json:"total"`
		}
		if err := client.Call(ctx, "POST", "/events/filter", ask, &page, 200); err != nil || page.Total >= want {
			return err
		}
		if page.Total > seen {
			seen, since = page.Total, time.Now()
		}
		if time.Since(since) > time.Minute {
			return errors.Join(fmt.Errorf("%d of %d events are stored, none more in a minute", page.Total, want), s.Alive())
		}
		if err := rig.Pause(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
}

// occurred are the last hours before the time of the bench.
func (w world) occurred(hours int) object {
	return object{"since": w.now.Add(-time.Duration(hours) * time.Hour).Format(time.RFC3339), "until": w.now.Format(time.RFC3339)}
}

// appendStored adds event i of those that are stored. Everything in it but the id is the same on both servers, where runs have ids of
// their own.
func (w world) appendStored(to []byte, i int) []byte {
	kinds := []string{"placed", "paid", "packed", "sent", "returned"}
	at := w.now.Add(-time.Duration(i+1) * (storedHours * time.Hour / time.Duration(w.size.events+1)))
	shop := i / len(kinds) % storedShops
	return fmt.Appendf(to, `{"id":"%s","occurred":"%s","event":"%s%s","resource":{"prefect.resource.id":"bench.shop.%d",`+
		`"prefect.resource.name":"shop %d","country":"north"},"related":[{"prefect.resource.id":"prefect.flow-run.%s",`+
		`"prefect.resource.role":"flow-run"},{"prefect.resource.id":"bench.region.%d","prefect.resource.role":"region"}],`+
		`"payload":{"order":%d,"amount":12.5,"currency":"EUR"}}`,
		rig.NewID(), at.UTC().Format(rig.ISO), storedPrefix, kinds[i%len(kinds)], shop, shop, w.runs[i%len(w.runs)], shop%4, i)
}

// eventsBody asks for the last hours' events of one shop: all of them, or those of two kinds.
func (w world) eventsBody(i int) object {
	filter := object{"occurred": w.occurred(pageHours), "resource": object{"id": []string{fmt.Sprintf("bench.shop.%d", i*3%storedShops)}}}
	if filter["event"] = (object{"prefix": []string{storedPrefix}}); i%2 == 1 {
		filter["event"] = object{"name": []string{storedPrefix + "paid", storedPrefix + "sent"}}
	}
	return object{"filter": filter, "limit": 50}
}

func eventsFilterStep(s *server) (step, error) {
	var requests [][]byte
	for i := range variants {
		requests = append(requests, s.Encode.Request("POST", "/events/filter", mustJSON(s.world.eventsBody(i))))
	}
	return inTurn(requests), nil
}

// eventCounts are the ways in which events are counted.
func eventCounts() []string { return []string{"day", "event"} }

// countBody asks for how often all events, or those of some shops, have happened.
func (w world) countBody(i int) object {
	filter := object{"occurred": w.occurred(storedHours), "event": object{"prefix": []string{storedPrefix}}}
	if i%2 == 1 {
		filter["resource"] = object{"id": []string{"bench.shop.1", "bench.shop.2", "bench.shop.3"}}
	}
	return object{"filter": filter, "time_unit": "day", "time_interval": 1}
}

func eventsCountStep(s *server) (step, error) {
	var requests [][]byte
	for i := range 2 {
		for _, by := range eventCounts() {
			requests = append(requests, s.Encode.Request("POST", "/events/count-by/"+by, mustJSON(s.world.countBody(i))))
		}
	}
	return inTurn(requests), nil
}

func lookAtEvents(ctx context.Context, s *server, client *rig.API) (any, error) {
	type page struct {
		Events []struct {
			Event    string         `json:"event"`
			Occurred string         `json:"occurred"`
			Resource map[string]any `json:"resource"`
			Payload  map[string]any `json:"payload"`
		} `json:"events"`
		Total int `json:"total"`
	}
	var pages [variants]page
	for i := range pages {
		if err := client.Call(ctx, "POST", "/events/filter", s.world.eventsBody(i), &pages[i], 200); err != nil {
			return nil, err
		}
		if pages[i].Total == 0 {
			return nil, errors.New("a shop has no events: the world is too small")
		}
	}
	return pages, nil
}

func lookAtEventCounts(ctx context.Context, s *server, client *rig.API) (any, error) {
	type count struct {
		Value string `json:"value"`
		Label string `json:"label"`
		Count int    `json:"count"`
		Start string `json:"start_time"`
		End   string `json:"end_time"`
	}
	var all []count
	for i := range 2 {
		for _, by := range eventCounts() {
			var counts []count
			if err := client.Call(ctx, "POST", "/events/count-by/"+by, s.world.countBody(i), &counts, 200); err != nil {
				return nil, err
			}
			all = append(all, counts...)
		}
	}
	return all, nil
}
