package app

import (
	"context"
	"log/slog"

	"praetor/internal/bus"
	"praetor/internal/bus/memory"
	"praetor/internal/bus/postgres"
	"praetor/internal/config"
	"praetor/internal/store"
	"praetor/internal/store/sqlb"
)

// newBus makes the bus that the settings name, and the loop that carries it.
func newBus(ctx context.Context, db *store.Store, settings *config.Settings, log *slog.Logger) (bus.Bus, func(ctx, last context.Context), error) {
	// With the broker redis, too, notes travel through PostgreSQL: they tell of what it holds, and what they need works whenever that does.
	if settings.Events.MessagingBroker == config.MemoryBroker || db.Dialect() == sqlb.SQLite {
		return &memory.Bus{}, func(context.Context, context.Context) {}, nil
	}
	target, err := settings.Database.Target()
	if err != nil {
		return nil, nil, err
	}
	channel, err := db.NotifyChannel(ctx)
	if err != nil {
		return nil, nil, err
	}
	url := target.PostgresURL
	if settings.Praetor.ListenURL != "" {
		url = settings.Praetor.ListenURL
	}
	b := postgres.New(postgres.Options{URL: url, Channel: channel, Notify: db.Notify, Log: log})
	return b, b.Run, nil
}
