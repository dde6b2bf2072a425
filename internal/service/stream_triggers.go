package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"praetor/internal/automation"
	"praetor/internal/automation/trigger"
	"praetor/internal/bus/redisstream"
	"praetor/internal/prefect"
)

// StreamTriggers holds the events of a stream against automations, together with other servers of either kind: each event is evaluated by
// one of them, after the event that it follows.
type StreamTriggers struct {
	Evaluator interface {
		Evaluate(ctx context.Context, events []prefect.ReceivedEvent) error
	}
	Order redisstream.Order
	Clock Clock

	looked time.Time // for lost followers
}

const (
	// lostEvery is how often to look for events that have waited too long, and maxLost how many are taken at once.
	lostEvery = 5 * time.Second
	maxLost   = 100
	// maxFollowers bounds how many times in a row those that have waited for what was evaluated are evaluated. What lies deeper waits for
	// the next look at lost followers. The reference's number.
	maxFollowers = 20
	// settling bounds what is said of events when the time for handling them is up.
	settling = 3 * time.Second
)

// Handle evaluates the events of messages.
func (s *StreamTriggers) Handle(ctx context.Context, messages []redisstream.Message) (out redisstream.Outcome, err error) {
	events := make([]prefect.ReceivedEvent, 0, len(messages))
	places := make(map[uuid.UUID][]string, len(messages))
	for i := range messages {
		m := &messages[i]
		if m.Attribute("event") == automation.LogEvent {
			continue // too many to be held against automations
		}
		e, err := redisstream.ReadEvent(m.Data)
		if err != nil {
			out.Fail(m, err)
			continue
		}
		if places[e.ID] == nil {
			events = append(events, e)
		}
		places[e.ID] = append(places[e.ID], m.ID)
	}
	taken, err := s.evaluate(ctx, events, false)
	for _, id := range taken {
		for _, place := range places[id] {
			out.Leave(place)
		}
	}
	return out, err
}

// Idle evaluates events that have waited in vain for those that they follow.
func (s *StreamTriggers) Idle(ctx context.Context) error {
	now := s.Clock()
	if now.Sub(s.looked) < lostEvery {
		return nil
	}
	s.looked = now
	for {
		lost, err := s.Order.Lost(ctx, now.Add(-trigger.Lookback), maxLost)
		if err != nil || len(lost) == 0 {
			return err
		}
		if _, err := s.evaluate(ctx, lost, true); err != nil {
			return err
		}
	}
}

// evaluate evaluates events that nobody else has evaluated, and then those that have waited for them. Lost ones wait for nothing any more.
// It gives the ids of those that somebody else is evaluating. Followers are forgotten when all are done: after a failure the events come
// again, are known, and lead to what is left.
func (s *StreamTriggers) evaluate(ctx context.Context, events []prefect.ReceivedEvent, lost bool) (taken []uuid.UUID, err error) {
	var all []prefect.ReceivedEvent
	for depth := 0; len(events) > 0 && depth < maxFollowers; depth++ {
		others, done, followers, err := s.step(ctx, events, lost)
		if err != nil {
			return nil, err
		}
		all = append(all, done...)
		if depth == 0 {
			taken = others
		}
		events = followers
	}
	return taken, s.Order.Forget(ctx, all)
}

// step evaluates those of the events that are ready. It gives the ids of those that somebody else is evaluating, the events that are done,
// and those that are ready next.
func (s *StreamTriggers) step(ctx context.Context, events []prefect.ReceivedEvent, lost bool) (others []uuid.UUID, done, next []prefect.ReceivedEvent, err error) {
	ids := idsOf(events)
	seen, mine, err := s.Order.Claim(ctx, ids)
	if err != nil {
		return nil, nil, nil, err
	}
	var claimed []prefect.ReceivedEvent
	for i := range events {
		switch {
		case seen[i]:
			done = append(done, events[i])
		case mine[i]:
			claimed = append(claimed, events[i])
		default:
			others = append(others, ids[i])
		}
	}
	settled := false
	last := context.WithoutCancel(ctx)
	defer func() {
		if !settled {
			last, cancel := context.WithTimeout(last, settling)
			defer cancel()
			_ = s.Order.Release(last, idsOf(claimed)) // else they are free after a while
		}
	}()
	ready, early, err := s.sort(ctx, claimed, lost)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(ready) > 0 {
		if err := s.Evaluator.Evaluate(ctx, ready); err != nil {
			return nil, nil, nil, fmt.Errorf("evaluating events: %w", err)
		}
	}
	// What was evaluated is said to be, though the time is up.
	settled = true
	last, cancel := context.WithTimeout(last, settling)
	defer cancel()
	done = append(done, ready...)
	if next, err = s.Order.Finish(last, idsOf(done)); err != nil {
		return nil, nil, nil, err
	}
	for i := range early {
		waits, err := s.Order.Park(last, &early[i])
		if err != nil {
			return nil, nil, nil, err
		}
		if !waits {
			next = append(next, early[i])
		}
	}
	return others, done, next, nil
}

// sort tells which events may be evaluated now, in that order, and which are early: the event that they follow has not come yet.
func (s *StreamTriggers) sort(ctx context.Context, events []prefect.ReceivedEvent, lost bool) (ready, early []prefect.ReceivedEvent, err error) {
	leaders := make([]uuid.UUID, 0, len(events))
	for i := range events {
		if leader := events[i].Follows; leader != nil {
			leaders = append(leaders, *leader)
		}
	}
	known := map[uuid.UUID]bool{}
	if len(leaders) > 0 && !lost {
		seen, err := s.Order.Seen(ctx, leaders)
		if err != nil {
			return nil, nil, err
		}
		for i, id := range leaders {
			known[id] = known[id] || seen[i]
		}
	}
	now := s.Clock()
	for i := range events {
		e := &events[i]
		if lost || e.Follows == nil || *e.Follows == e.ID || known[*e.Follows] || now.Sub(e.Received.Time) >= trigger.Lookback {
			known[e.ID] = true
			ready = append(ready, *e)
		} else {
			early = append(early, *e)
		}
	}
	return ready, early, nil
}

func idsOf(events []prefect.ReceivedEvent) []uuid.UUID {
	ids := make([]uuid.UUID, len(events))
	for i := range events {
		ids[i] = events[i].ID
	}
	return slices.Clip(ids)
}
