package app

import (
	"time"

	"praetor/internal/automation/action"
	"praetor/internal/bus"
	"praetor/internal/config"
	"praetor/internal/notification"
	"praetor/internal/service"
	"praetor/internal/store"
)

// actionsEvery is how often actions are looked for that nobody told of, such as those that are tried again.
const actionsEvery = time.Second

// prepareActions makes the loops that take the actions of automations, if that is turned on. The caller ends what they use.
func (p *parts) prepareActions(settings *config.Settings) (end func()) {
	if !settings.Services.Triggers.Enabled {
		return func() {}
	}
	sender := notification.NewSender(settings.Praetor.PublicOnly, time.Now)
	news := p.bus.Subscribe(bus.Actions)
	actions := &service.Actions{
		Store:  transactions[service.ActionsTx]{p.db, func(tx *store.Tx) service.ActionsTx { return tx }},
		Runner: &action.Runner{Operations: p.operations, Sender: sender, Clock: time.Now, Log: p.log, UI: settings.UI.URL},
		Clock:  time.Now, Log: p.log, Every: actionsEvery, Wake: news.Ready(), Woken: func() { news.Take() },
	}
	p.actions = actions.Loops()
	return func() {
		news.Close()
		sender.Close()
	}
}
