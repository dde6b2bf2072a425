package app

import (
	"context"
	"log/slog"

	"praetor/internal/config"
	"praetor/internal/events"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
	"praetor/internal/service"
	"praetor/internal/store"
)

// eventHandling says what becomes of the events that transactions store.
func eventHandling(stored func([]prefect.ReceivedEvent), emitted func(), settings *config.Settings, log *slog.Logger) store.Events {
	return store.Events{
		Stored:     stored,
		Emitted:    emitted,
		Unkept:     !settings.Services.EventPersister.Enabled,
		Queued:     queuedEvents(settings),
		MaxRelated: settings.Events.MaximumRelatedResources, MaxName: settings.Events.MaximumEventNameLength, MaxSize: settings.Events.MaximumSizeBytes,
		TooLarge: func(e *prefect.Event) {
			log.Warn("an event is larger than PREFECT_SERVER_EVENTS_MAXIMUM_SIZE_BYTES and is not emitted", slog.String("event", e.Event),
				slog.String("resource", e.Resource[prefect.ResourceID]), slog.Int("bytes", e.Size()))
		},
	}
}

// queuedEvents says which events automations, or the stream of a broker, are to get.
func queuedEvents(settings *config.Settings) store.Queueing {
	switch {
	case settings.Events.MessagingBroker == config.RedisBroker:
		return store.QueuedAlways
	case settings.Services.Triggers.Enabled:
		return store.QueuedForAutomations
	}
	return store.QueuedNever
}

// moveEvents starts the loop that stores emitted events among the others. The function that it gives ends the loop and moves the last
// events, unless its context ends before: then they lie in the outbox until the next start.
func (p *parts) moveEvents(ctx context.Context) (stop func(context.Context)) {
	outbox := &events.Outbox{
		Store: transactions[events.OutboxTx]{p.db, func(tx *store.Tx) events.OutboxTx { return tx }}, Log: p.log,
	}
	clock := lifecycle.SystemClock{}
	loop := (&service.EventOutbox{Outbox: outbox, Clock: clock, Emitted: p.emitted}).Loop()
	loops := []lifecycle.Loop{loop}
	if p.streams != nil {
		loops = append(loops, p.streams.publisher(p))
	}
	group := lifecycle.Start(ctx, loops, lifecycle.Options{Clock: clock, Log: p.log})
	return func(ctx context.Context) {
		group.Stop()
		if err := outbox.Move(ctx); err != nil {
			p.log.WarnContext(ctx, "events were left in the outbox", slog.Any("reason", err))
		}
	}
}
