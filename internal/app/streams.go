package app

import (
	"context"
	"time"

	"github.com/google/uuid"

	"praetor/internal/automation"
	"praetor/internal/bus"
	"praetor/internal/bus/redisstream"
	"praetor/internal/config"
	"praetor/internal/events"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
	"praetor/internal/service"
	"praetor/internal/store"
)

// streams are what this server has to do with the streams of the broker redis.
type streams struct{ broker *redisstream.Broker }

// newStreams makes the streams, if the broker is redis. A Redis that does not answer yet is no reason not to start: events wait for it.
func newStreams(settings *config.Settings, o Options) (*streams, error) {
	if settings.Events.MessagingBroker != config.RedisBroker {
		return nil, nil
	}
	options, err := redisOptions(settings.Redis)
	if err != nil {
		return nil, err
	}
	r := &settings.Redis
	return &streams{redisstream.New(redisstream.Options{
		Redis: options, Log: o.Log, Clock: time.Now, Block: r.Block, MinIdle: r.MinIdle, MaxRetries: r.MaxRetries, TrimEvery: r.TrimEvery, TrimIdle: r.TrimIdle,
	})}, nil
}

// close ends the connections, if there are any.
func (s *streams) close() error {
	if s == nil {
		return nil
	}
	return s.broker.Close()
}

// publishEvery is how often the queue is looked at for what other servers have left in it.
const publishEvery = 5 * time.Second

// publisher is the loop that publishes what is queued.
func (s *streams) publisher(p *parts) lifecycle.Loop {
	publisher := &service.EventPublisher{
		Store: transactions[service.EventPublisherTx]{p.db, func(tx *store.Tx) service.EventPublisherTx { return tx }}, Stream: s.broker,
	}
	return lifecycle.Loop{Name: "event-publisher", Interval: publishEvery, Wake: p.queued, RunOnce: publisher.RunOnce}
}

// The most messages that a consumer handles at once.
const (
	eventsAtOnce  = 250
	actionsAtOnce = 50
)

// consumers are the loops that keep events and record task runs, as far as the settings turn them on.
func (s *streams) consumers(p *parts, settings *config.Settings) []lifecycle.Loop {
	streamed := events.NewStreamed(transactions[events.Tx]{p.db, func(tx *store.Tx) events.Tx { return tx }}, p.log)
	var on []lifecycle.Loop
	if settings.Services.EventPersister.Enabled {
		on = append(on, s.consumer(redisstream.Persisters, service.StreamedEvents(streamed.Keep)).Loop())
	}
	if settings.Services.TaskRunRecorder.Enabled {
		on = append(on, s.consumer(redisstream.Recorders, service.StreamedEvents(streamed.Record)).Loop())
	}
	return on
}

func (s *streams) consumer(group string, handle func(context.Context, []redisstream.Message) (redisstream.Outcome, error)) *redisstream.Consumer {
	return &redisstream.Consumer{Broker: s.broker, Topic: redisstream.Events, Group: group, Batch: eventsAtOnce, Handle: handle}
}

// triggerLoops are the loops that hold events and the time against automations, and take the actions that other servers trigger.
func (s *streams) triggerLoops(p *parts, settings *config.Settings) []lifecycle.Loop {
	triggers := &service.StreamTriggers{Evaluator: p.evaluator, Order: redisstream.Order{Broker: s.broker}, Clock: time.Now}
	events := s.consumer(redisstream.Triggers, triggers.Handle)
	events.Idle = triggers.Idle
	taken := &service.StreamActions{
		Store: transactions[service.StreamActionsTx]{p.db, func(tx *store.Tx) service.StreamActionsTx { return tx }}, Clock: time.Now,
		Triggered: func() { p.bus.Publish(bus.Actions) },
	}
	actions := &redisstream.Consumer{Broker: s.broker, Topic: redisstream.Actions, Group: redisstream.Actors, Batch: actionsAtOnce, Handle: taken.Handle}
	proactive := &service.ProactiveTriggers{Evaluator: streamedEvaluator{p.evaluator}, Every: settings.Events.ProactiveGranularity}
	return []lifecycle.Loop{events.Loop(), actions.Loop(), proactive.Loop()}
}

// unread is when the oldest event was received that no server has held against automations yet; zero: there is none.
func (s *streams) unread(ctx context.Context) (prefect.Time, error) {
	oldest, err := s.broker.Oldest(ctx, redisstream.Events, redisstream.Triggers)
	if err != nil || oldest == nil {
		return prefect.Time{}, err
	}
	e, _ := redisstream.ReadEvent(oldest.Data) // what cannot be read tells of no presence
	return e.Received, nil
}

// streamedEvaluator has no queue in the database: events come through a stream.
type streamedEvaluator struct{ *automation.Evaluator }

// React implements service.ProactiveTriggers' Evaluator.
func (streamedEvaluator) React(context.Context) (int, error) { return 0, nil }

// follower is the loop that passes the events which other servers publish on to those who follow events here.
func (s *streams) follower(p *parts) lifecycle.Loop {
	f := &redisstream.Follower{Broker: s.broker, Topic: redisstream.Events, Take: func(messages []redisstream.Message) {
		if !p.eventFeed.Followed() {
			return
		}
		found := make([]prefect.ReceivedEvent, 0, len(messages))
		for i := range messages {
			id, err := uuid.Parse(messages[i].Attribute("id"))
			if err == nil && p.eventFeed.Knows(id) {
				continue
			}
			if e, err := redisstream.ReadEvent(messages[i].Data); err == nil {
				found = append(found, e)
			}
		}
		p.eventFeed.Received(found)
	}}
	return f.Loop()
}
