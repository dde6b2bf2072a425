package app

import (
	"context"
	"time"

	"praetor/internal/bus"
	"praetor/internal/bus/memory"
	"praetor/internal/config"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
	"praetor/internal/service"
	"praetor/internal/store"
	"praetor/internal/store/sqlb"
)

// newEventFeed makes what hears of stored events, and passes them on to those who follow them at the hub.
func newEventFeed(db *store.Store, notes bus.Bus, hub *memory.Hub[prefect.ReceivedEvent], settings *config.Settings) *service.EventFeed {
	return &service.EventFeed{
		Store: transactions[service.EventFeedTx]{db, func(tx *store.Tx) service.EventFeedTx { return tx }},
		Tell:  notes.PublishToOthers, Followed: func() bool { return settings.Events.StreamOutEnabled && hub.Followed() }, Publish: hub.Publish, Clock: time.Now,
	}
}

// startEventFeed has the feed hear of other servers, where the database can have others. The caller stops it.
func startEventFeed(ctx context.Context, p parts, settings *config.Settings) (stop func()) {
	if p.db.Dialect() != sqlb.Postgres || !settings.Events.StreamOutEnabled {
		return func() {}
	}
	p.eventFeed.Notes = p.bus.Subscribe(bus.Events)
	loops := []lifecycle.Loop{p.eventFeed.Loop()}
	if p.streams != nil {
		loops = append(loops, p.streams.follower(&p))
	}
	group := lifecycle.Start(ctx, loops, lifecycle.Options{Clock: lifecycle.SystemClock{}, Log: p.log})
	return func() {
		group.Stop()
		p.eventFeed.Notes.Close()
	}
}
