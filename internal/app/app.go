// Package app wires the server together: it builds the store, the use cases and the HTTP server, and knows the order in
// which they start and stop. It holds no logic of its own.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"praetor/internal/api"
	"praetor/internal/automation"
	"praetor/internal/blocks"
	"praetor/internal/bus"
	"praetor/internal/bus/memory"
	"praetor/internal/concurrency"
	"praetor/internal/config"
	"praetor/internal/events"
	"praetor/internal/lifecycle"
	"praetor/internal/orchestration"
	"praetor/internal/prefect"
	"praetor/internal/service"
	"praetor/internal/store"
	"praetor/internal/taskqueue"
)

// Options are what Serve needs besides the settings.
type Options struct {
	Version string
	Log     *slog.Logger
	// Ready is called once requests are answered, with the address; nil where services run alone. It may be nil.
	Ready func(addr net.Addr)
	// NoServices has Serve run no background services: others do, on the same database.
	NoServices bool
}

// Serve runs the server until ctx ends, then finishes what is in flight within the grace period.
func Serve(ctx context.Context, settings *config.Settings, o Options) error {
	// The port comes first: a second server must not touch the database before it finds out.
	address := net.JoinHostPort(settings.API.Host, strconv.Itoa(settings.API.Port))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	db, err := OpenStore(ctx, settings)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	p, err := newParts(ctx, db, settings, o)
	if err != nil {
		return errors.Join(err, listener.Close(), db.Close())
	}
	handler, intake, err := newHandler(ctx, p, settings, o)
	if err != nil {
		return errors.Join(err, listener.Close(), db.Close())
	}
	p.operations = handler.Operations
	// Until last ends, what is under way goes on after ctx has ended.
	last, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	stopBus := run(last, p.carry)
	// What is submitted by requests in flight must still be stored: the intake ends after them.
	stopIntake := run(last, intake.Run)
	stopOutbox := p.moveEvents(last)
	lenient := api.Lenient{Listener: listener}
	server := &http.Server{
		Handler:           handler.HTTP,
		ConnState:         lenient.Track,
		BaseContext:       func(net.Listener) context.Context { return last },
		ReadHeaderTimeout: 10 * time.Second, // a slow sender of headers holds a connection no longer
		IdleTimeout:       settings.API.KeepaliveTimeout,
		MaxHeaderBytes:    64 << 10, // the reference's HTTP server takes as much
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	stopFeed := startEventFeed(ctx, p, settings)
	stopHearing := startHearing(last, p, handler)
	stopServices := func() {}
	if !o.NoServices {
		endActions := p.prepareActions(settings)
		defer endActions()
		stopServices = startServices(ctx, p, loops(p, settings))
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(lenient) }()
	o.Log.Info("listening", slog.String("address", listener.Addr().String()), slog.String("database", db.Dialect().String()))
	if o.Ready != nil {
		o.Ready(listener.Addr())
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(last, settings.Praetor.ShutdownGrace)
	defer cancel()
	forget := context.AfterFunc(grace, cutOff)
	defer forget()
	stopServices()
	stopFeed()
	handler.CloseSockets()
	p.slots.Queue.Stop()
	if server.Shutdown(grace) != nil {
		o.Log.WarnContext(ctx, "requests were cut off: they outlasted the grace period", slog.Duration("grace", settings.Praetor.ShutdownGrace))
		err = errors.Join(err, server.Close())
	}
	handler.WaitForSockets()
	stopHearing()
	stopIntake()
	stopOutbox(grace)
	stopBus()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, p.streams.close(), db.Close())
}

// parts are what the API and the services share in one process.
type parts struct {
	db           *store.Store
	slots        *concurrency.Slots
	orchestrator *orchestration.Orchestrator
	bus          bus.Bus
	carry        func(ctx, last context.Context) // runs the bus
	tasks        *taskqueue.Queue
	eventHub     *memory.Hub[prefect.ReceivedEvent]
	eventFeed    *service.EventFeed
	emitted      lifecycle.Waker // wakes the outbox of events
	vault        *blocks.Vault
	operations   *api.Operations  // for what acts without a request
	actions      []lifecycle.Loop // that take the actions of automations; see prepareActions
	evaluator    *automation.Evaluator
	queued       lifecycle.Waker // wakes the evaluator, or who publishes events
	streams      *streams        // nil: the broker is not redis
	log          *slog.Logger
}

func newParts(ctx context.Context, db *store.Store, settings *config.Settings, o Options) (parts, error) {
	slots, err := newSlots(ctx, db, settings)
	if err != nil {
		return parts{}, err
	}
	vault, err := blocks.NewVault(settings.EncryptionKey)
	if err != nil {
		return parts{}, err
	}
	notes, carry, err := newBus(ctx, db, settings, o.Log)
	if err != nil {
		return parts{}, err
	}
	streams, err := newStreams(settings, o)
	if err != nil {
		return parts{}, err
	}
	hub := api.NewEventHub(settings.Praetor.SocketBacklogBytes)
	feed := newEventFeed(db, notes, hub, settings)
	emitted := lifecycle.NewWaker()
	evaluator, queued := newEvaluator(db, notes, feed.Stored, emitted.Wake, streams, settings, o)
	orchestrator, tasks := newOrchestrator(db, slots, settings), newTaskQueue(db, notes, settings, o)
	orchestrator.Enqueue = tasks.Enqueued
	return parts{
		db: db, slots: slots, orchestrator: orchestrator, bus: notes, carry: carry, tasks: tasks, eventHub: hub, eventFeed: feed, vault: vault, log: o.Log,
		evaluator: evaluator, queued: queued, emitted: emitted, streams: streams,
	}, nil
}

// apiOptions are what the API is made of, but for what only requests need.
func (p *parts) apiOptions(settings *config.Settings, o Options) api.Options {
	return api.Options{
		Store: p.db, Orchestrator: p.orchestrator, Slots: p.slots, Bus: p.bus, Vault: p.vault, Settings: settings, Clock: time.Now, Log: o.Log, Version: o.Version,
	}
}

// newHandler makes what answers the requests, and the intake of the events that they bring.
func newHandler(ctx context.Context, p parts, settings *config.Settings, o Options) (*api.Handler, *events.Intake, error) {
	if settings.RegisterBlocksOnStart {
		if err := p.db.Write(ctx, func(tx *store.Tx) error { return blocks.Register(ctx, tx) }); err != nil {
			return nil, nil, fmt.Errorf("the block types cannot be registered: %w", err)
		}
	}
	intake := events.NewIntake(transactions[events.Tx]{p.db, func(tx *store.Tx) events.Tx { return tx }}, o.Log)
	if !settings.Services.TaskRunRecorder.Enabled {
		intake.IgnoreTaskRuns()
	}
	options := p.apiOptions(settings, o)
	if p.streams != nil {
		options.DeadMessages = p.streams.broker
	}
	options.Events, options.EventHub, options.Tasks, options.Logs = intake, p.eventHub, p.tasks, api.NewLogHub(settings.Praetor.SocketBacklogBytes)
	handler, err := api.NewHandler(options)
	return handler, intake, err
}

// run starts a loop and gives the function that stops it and waits for its end. The loop finishes what it has begun, but
// for what outlasts last.
func run(last context.Context, loop func(ctx, last context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(last)
	done := make(chan struct{})
	go func() {
		defer close(done)
		loop(ctx, last)
	}()
	return func() {
		cancel()
		<-done
	}
}

func newOrchestrator(db *store.Store, slots *concurrency.Slots, settings *config.Settings) *orchestration.Orchestrator {
	return &orchestration.Orchestrator{
		Store: transactions[orchestration.Tx]{db, func(tx *store.Tx) orchestration.Tx { return tx }}, Slots: slots, Clock: time.Now,
		Settings: orchestration.Settings{
			TagConcurrencySlotWait:        settings.Tasks.TagConcurrencySlotWait,
			DeploymentConcurrencySlotWait: settings.Deployments.ConcurrencySlotWait,
			InitialDeploymentLease:        settings.Concurrency.InitialDeploymentLeaseDuration,
			MaxCacheKeyLength:             settings.Tasks.MaxCacheKeyLength,
		},
	}
}

// OpenStore opens the configured database and makes its schema if it is empty.
func OpenStore(ctx context.Context, settings *config.Settings) (*store.Store, error) {
	db, err := Connect(ctx, settings)
	if err != nil {
		return nil, err
	}
	if !settings.Database.MigrateOnStart {
		err = db.Check(ctx)
	} else {
		_, err = db.Prepare(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Connect opens the configured database and looks at nothing in it.
func Connect(ctx context.Context, settings *config.Settings) (*store.Store, error) {
	target, err := settings.Database.Target()
	if err != nil {
		return nil, err
	}
	if target.PostgresURL == "" {
		if target.SQLite != ":memory:" {
			if err := os.MkdirAll(filepath.Dir(target.SQLite), 0o700); err != nil {
				return nil, fmt.Errorf("the database's folder cannot be made: %w", err)
			}
		}
		return store.OpenSQLite(ctx, store.SQLiteOptions{Path: target.SQLite, Readers: settings.Praetor.SQLiteReaders, Clock: time.Now})
	}
	return store.OpenPostgres(ctx, store.PostgresOptions{
		URL:              target.PostgresURL,
		MaxConns:         settings.Database.MaxConns(),
		StatementTimeout: settings.Database.Timeout,
		NoStatementCache: target.NoStatementCache,
		Clock:            time.Now,
	})
}
