package app

import (
	"context"
	"time"

	"praetor/internal/api"
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

// startHearing has the task workers and the followers that are connected here hear of what other servers do.
func startHearing(ctx context.Context, p parts, handler *api.Handler) (stop func()) {
	loops := append([]lifecycle.Loop{p.tasks.Loop()}, handler.Loops...)
	return lifecycle.Start(ctx, loops, lifecycle.Options{Clock: lifecycle.SystemClock{}, Log: p.log}).Stop
}
