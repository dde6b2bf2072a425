package app

import (
	"context"
	"time"

	"praetor/internal/bus"
	"praetor/internal/config"
	"praetor/internal/lifecycle"
	"praetor/internal/store"
	"praetor/internal/taskqueue"
)

// newTaskQueue makes the queue of background task runs.
func newTaskQueue(db *store.Store, notes bus.Bus, settings *config.Settings, o Options) *taskqueue.Queue {
	return taskqueue.New(taskqueue.Options{
		Store: transactions[taskqueue.Tx]{db, func(tx *store.Tx) taskqueue.Tx { return tx }}, Bus: notes, Clock: time.Now, Log: o.Log,
		Redeliver: settings.Praetor.TaskRedelivery,
	})
}

// startTaskQueue has the task workers of this server hear of runs.
func startTaskQueue(ctx context.Context, p parts) (stop func()) {
	return lifecycle.Start(ctx, []lifecycle.Loop{p.tasks.Loop()}, lifecycle.Options{Clock: lifecycle.SystemClock{}, Log: p.log}).Stop
}
