package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"praetor/internal/concurrency"
	"praetor/internal/concurrency/filelease"
	"praetor/internal/concurrency/redislease"
	"praetor/internal/config"
	"praetor/internal/store"
)

func newSlots(ctx context.Context, db *store.Store, settings *config.Settings) (*concurrency.Slots, error) {
	leases, err := newLeases(ctx, settings)
	return &concurrency.Slots{
		Store: transactions[concurrency.Tx]{db, func(tx *store.Tx) concurrency.Tx { return tx }}, Leases: leases,
		Queue: &concurrency.Queue{Hold: settings.Praetor.SlotHold, Most: settings.Praetor.MaxHeldRequests, Clock: time.Now},
		Waits: concurrency.Waits{Tag: settings.Tasks.TagConcurrencySlotWait, Other: settings.Concurrency.MaximumSlotWait},
	}, err
}

// newLeases opens the configured storage of leases. Connections to Redis end with the process.
func newLeases(ctx context.Context, settings *config.Settings) (concurrency.LeaseStorage, error) {
	switch settings.Concurrency.LeaseStorage {
	case config.MemoryLeases:
		return concurrency.NewMemoryLeases(), nil
	case config.FileLeases:
		folder := filepath.Join(settings.Home, "concurrency_leases")
		leases, err := filelease.New(folder, time.Now)
		if err != nil {
			return nil, fmt.Errorf("the folder of the leases cannot be made: %w", err)
		}
		return leases, nil
	case config.RedisLeases:
		options, err := redisOptions(settings.Redis)
		if err != nil {
			return nil, err
		}
		leases := redislease.New(options)
		if err := leases.Ping(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("the leases are to be kept in Redis, which does not answer at %s: %w", options.Addr, err), leases.Close())
		}
		return leases, nil
	}
	return concurrency.DatabaseLeases{}, nil
}

func redisOptions(r config.Redis) (*redis.Options, error) {
	if r.URL != "" {
		options, err := redis.ParseURL(r.URL)
		if err != nil { // the message of the parser may repeat the password
			return nil, errors.New("PREFECT_REDIS_MESSAGING_URL is not understood: allowed are redis://, rediss:// and unix:// addresses")
		}
		return options, nil
	}
	options := &redis.Options{Addr: net.JoinHostPort(r.Host, strconv.Itoa(r.Port)), DB: r.DB}
	if r.Password != "" {
		options.Username, options.Password = r.Username, r.Password
	}
	if r.SSL {
		options.TLSConfig = &tls.Config{ServerName: r.Host, MinVersion: tls.VersionTLS12}
	}
	return options, nil
}
