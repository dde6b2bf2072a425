package app

import (
	"time"

	"praetor/internal/automation"
	"praetor/internal/bus"
	"praetor/internal/config"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
	"praetor/internal/service"
	"praetor/internal/store"
)

// newEvaluator makes what holds events against automations, and says what becomes of events: stored hears of them, and the evaluator is
// woken.
func newEvaluator(db *store.Store, notes bus.Bus, stored func([]prefect.ReceivedEvent), emitted func(), s *streams, settings *config.Settings, o Options) (*automation.Evaluator, lifecycle.Waker) {
	// Who evaluates events, or publishes them, needs nobody else to do so.
	evaluates, queued := settings.Services.Triggers.Enabled && !o.NoServices || settings.Events.MessagingBroker == config.RedisBroker, lifecycle.NewWaker()
	db.HandleEvents(eventHandling(func(events []prefect.ReceivedEvent) {
		stored(events)
		if evaluates {
			queued.Wake()
		} else {
			notes.PublishToOthers(bus.EventQueue)
		}
	}, emitted, settings, o.Log))
	options := automation.Options{Triggered: func() { notes.Publish(bus.Actions) }, Swept: settings.Events.ExpiredBucketBuffer}
	if s != nil {
		options.Unread = s.unread
	}
	return automation.NewEvaluator(transactions[automation.Tx]{db, func(tx *store.Tx) automation.Tx { return tx }}, time.Now, o.Log, options), queued
}

// triggersEvery is how often the queue of events is looked at where no note tells of it.
const triggersEvery = time.Second

// triggerLoops gives the loops of the evaluator.
func triggerLoops(p parts, settings *config.Settings) []lifecycle.Loop {
	if !settings.Services.Triggers.Enabled {
		return nil
	}
	if p.streams != nil {
		return p.streams.triggerLoops(&p, settings)
	}
	triggers := &service.Triggers{Evaluator: p.evaluator, Every: triggersEvery, Waker: p.queued, Notes: p.bus.Subscribe(bus.EventQueue)}
	proactive := &service.ProactiveTriggers{Evaluator: p.evaluator, Every: settings.Events.ProactiveGranularity}
	return []lifecycle.Loop{triggers.Loop(), triggers.NotesLoop(), proactive.Loop()}
}
