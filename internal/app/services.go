package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"praetor/internal/api"
	"praetor/internal/bus"
	"praetor/internal/concurrency"
	"praetor/internal/config"
	"praetor/internal/lifecycle"
	"praetor/internal/service"
	"praetor/internal/store"
	"praetor/internal/workpool"
)

// loops gives the background services that the settings turn on.
func loops(p parts, settings *config.Settings) []lifecycle.Loop {
	s := &settings.Services
	var on []lifecycle.Loop
	add := func(enabled bool, loop func() lifecycle.Loop) {
		if enabled {
			on = append(on, loop())
		}
	}
	late := &service.LateRuns{
		Store:        transactions[service.LateRunsTx]{p.db, func(tx *store.Tx) service.LateRunsTx { return tx }},
		Orchestrator: p.orchestrator, Clock: time.Now, Every: s.LateRuns.Every, After: s.LateRuns.After,
	}
	add(s.LateRuns.Enabled, late.Loop)
	plan := newScheduler(p, &s.Scheduler)
	add(s.Scheduler.Enabled, plan.Loop)
	add(s.Scheduler.Enabled, plan.RecentLoop)
	pauses := &service.PauseExpirations{
		Store:        transactions[service.PauseExpirationsTx]{p.db, func(tx *store.Tx) service.PauseExpirationsTx { return tx }},
		Orchestrator: p.orchestrator, Clock: time.Now, Every: s.PauseExpirations.Every,
	}
	add(s.PauseExpirations.Enabled, pauses.Loop)
	on = append(on, p.actions...)
	repossessor := &service.Repossessor{Slots: p.slots, Every: s.Repossessor.Every}
	add(s.Repossessor.Enabled, repossessor.Loop)
	reconciler := &service.SlotReconciler{Slots: &concurrency.Reconciler{
		Slots: p.slots, Write: transactions[concurrency.ReconcileTx]{p.db, func(tx *store.Tx) concurrency.ReconcileTx { return tx }}.Write,
	}}
	add(s.Repossessor.Enabled, reconciler.Loop)
	cancellations := &service.CancellationCleanup{
		Store:        transactions[service.CancellationCleanupTx]{p.db, func(tx *store.Tx) service.CancellationCleanupTx { return tx }},
		Orchestrator: p.orchestrator, Clock: time.Now, Every: s.CancellationCleanup.Every, Timeout: s.CancellationCleanup.CancellingTimeout,
		Tell: func(pools []string) { p.bus.Publish(bus.Cleanups, pools...) },
	}
	add(s.CancellationCleanup.Enabled, cancellations.Loop)
	add(s.Foreman.Enabled, newForeman(p, &s.Foreman).Loop)
	cleanups := &service.CleanupReconciler{
		Store:    transactions[workpool.CleanupTx]{p.db, func(tx *store.Tx) workpool.CleanupTx { return tx }},
		Cleanups: workpool.Cleanups{Lease: settings.WorkerChannel.CleanupLease, MaxDeliveries: settings.WorkerChannel.CleanupMaxDeliveries},
		Tell:     cancellations.Tell, Clock: time.Now, Every: s.CleanupReconciler.Every, Batch: s.CleanupReconciler.BatchSize,
	}
	add(s.CleanupReconciler.Enabled, cleanups.Loop)
	vacuum, kinds := newVacuum(p, settings), s.Vacuum.Kinds()
	add(kinds[config.VacuumFlowRuns], vacuum.RunsLoop)
	add(kinds[config.VacuumEvents] && s.EventPersister.Enabled, vacuum.EventsLoop)
	add(kinds[config.VacuumOrphans], vacuum.OrphansLoop)
	on = append(on, triggerLoops(p, settings)...)
	if p.streams != nil {
		on = append(on, p.streams.consumers(&p, settings)...)
	}
	return on
}

func newForeman(p parts, s *config.Foreman) *service.Foreman {
	return &service.Foreman{
		Store: transactions[service.ForemanTx]{p.db, func(tx *store.Tx) service.ForemanTx { return tx }}, Clock: time.Now, Every: s.Every,
		Missed: s.InactivityHeartbeatMultiple, Heartbeat: s.FallbackHeartbeatInterval,
		DeploymentPoll: s.DeploymentLastPolledTimeout, QueuePoll: s.WorkQueueLastPolledTimeout,
	}
}

func newVacuum(p parts, settings *config.Settings) *service.Vacuum {
	s := &settings.Services.Vacuum
	return &service.Vacuum{
		Store: transactions[service.VacuumTx]{p.db, func(tx *store.Tx) service.VacuumTx { return tx }}, Clock: time.Now,
		Every: s.Every, OrphansEvery: s.OrphansEvery, Runs: s.RetentionPeriod, Events: settings.Events.RetentionPeriod, Overrides: s.Overrides(), Batch: s.BatchSize,
	}
}

func newScheduler(p parts, s *config.Scheduler) *service.Scheduler {
	return &service.Scheduler{
		Store: transactions[service.SchedulerTx]{p.db, func(tx *store.Tx) service.SchedulerTx { return tx }}, Clock: time.Now, Log: p.log,
		Every: s.Every, RecentEvery: s.RecentEvery, MaxRuns: s.MaxRuns, MinRuns: s.MinRuns, MaxTime: s.MaxScheduledTime, MinTime: s.MinScheduledTime,
		Deployments: s.DeploymentBatchSize, Runs: s.InsertBatchSize,
	}
}

// startServices starts the background services; the caller stops them.
func startServices(ctx context.Context, p parts, services []lifecycle.Loop) (stop func()) {
	group := lifecycle.Start(ctx, services, lifecycle.Options{Clock: lifecycle.SystemClock{}, Log: p.log})
	return group.Stop
}

// ErrNoServices says that the settings turn all background services off.
var ErrNoServices = errors.New("no services are enabled")

// Services runs the background services alone, on the configured database, until ctx ends.
func Services(ctx context.Context, settings *config.Settings, o Options) error {
	db, err := OpenStore(ctx, settings)
	if err != nil {
		return err
	}
	p, err := newParts(ctx, db, settings, o)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	p.operations = api.NewOperations(p.apiOptions(settings, o))
	endActions := p.prepareActions(settings)
	defer endActions()
	services := loops(p, settings)
	if len(services) == 0 {
		return errors.Join(ErrNoServices, p.streams.close(), db.Close())
	}
	stopBus := run(context.WithoutCancel(ctx), p.carry)
	stopOutbox := p.moveEvents(context.WithoutCancel(ctx))
	stopServices := startServices(ctx, p, services)
	o.Log.Info("services run", slog.String("database", db.Dialect().String()))
	if o.Ready != nil {
		o.Ready(nil)
	}
	<-ctx.Done()
	stopServices()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), settings.Praetor.ShutdownGrace)
	defer cancel()
	stopOutbox(last)
	stopBus()
	return errors.Join(p.streams.close(), db.Close())
}
