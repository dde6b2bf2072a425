package events

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// recordTaskRuns brings the task runs up to what the events say, whatever their order and however often they come.
// Events that say nothing that can be stored, because of what is in them or because their flow run is gone, are logged
// and passed over: no repetition would make them better.
func recordTaskRuns(ctx context.Context, tx Tx, events []prefect.ReceivedEvent, log *slog.Logger) error {
	changes := readChanges(events, log)
	if len(changes) == 0 {
		return nil
	}
	book, err := openBook(ctx, tx, changes)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if err := book.enter(c); err != nil {
			log.WarnContext(ctx, "a task run's event was passed over", slog.String("event", c.state.ID.String()), slog.Any("reason", err))
		}
	}
	return tx.SaveTaskRuns(ctx, book.changed(), book.states)
}

// readChanges gives what the events say of task runs, in the order in which it happened.
func readChanges(events []prefect.ReceivedEvent, log *slog.Logger) []*taskRunChange {
	var changes []*taskRunChange
	for i := range events {
		e := &events[i].Event
		if !isTaskRunChange(e) {
			continue
		}
		c, err := readTaskRunChange(e)
		if err != nil {
			log.Warn("a task run's event was passed over", slog.String("event", e.ID.String()), slog.Any("reason", err))
			continue
		}
		changes = append(changes, c)
	}
	slices.SortStableFunc(changes, func(a, b *taskRunChange) int { return a.state.Timestamp.Compare(b.state.Timestamp.Time) })
	return changes
}

// book holds the task runs of one batch in memory.
type book struct {
	now      prefect.Time
	byID     map[uuid.UUID]*prefect.TaskRun
	byKey    map[prefect.TaskRunKey]*prefect.TaskRun
	flowRuns map[uuid.UUID]bool
	dirty    map[uuid.UUID]*prefect.TaskRun
	states   []prefect.State
}

func openBook(ctx context.Context, tx Tx, changes []*taskRunChange) (*book, error) {
	ids := make([]uuid.UUID, 0, len(changes))
	keys := make([]prefect.TaskRunKey, 0, len(changes))
	seen := map[prefect.TaskRunKey]bool{}
	flowRuns := map[uuid.UUID]bool{}
	for _, c := range changes {
		ids = append(ids, c.id)
		if key, ok := c.key(); ok && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
			flowRuns[key.FlowRunID] = false
		}
	}
	b := &book{now: tx.Now(), byID: map[uuid.UUID]*prefect.TaskRun{}, byKey: map[prefect.TaskRunKey]*prefect.TaskRun{},
		flowRuns: flowRuns, dirty: map[uuid.UUID]*prefect.TaskRun{}}
	existing, err := tx.ExistingFlowRuns(ctx, slices.Collect(maps.Keys(flowRuns)))
	if err != nil {
		return nil, err
	}
	for _, id := range existing {
		flowRuns[id] = true
	}
	runs, err := tx.LockTaskRuns(ctx, ids, keys)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		b.add(&runs[i])
	}
	return b, nil
}

func (b *book) add(run *prefect.TaskRun) {
	b.byID[run.ID] = run
	if run.FlowRunID != nil {
		b.byKey[prefect.TaskRunKey{FlowRunID: *run.FlowRunID, TaskKey: run.TaskKey, DynamicKey: run.DynamicKey}] = run
	}
}

// enter notes a change. A run is known by its keys first: a client that restarted gives the same run another id.
func (b *book) enter(c *taskRunChange) error {
	key, keyed := c.key()
	if keyed && !b.flowRuns[key.FlowRunID] {
		return fmt.Errorf("its flow run %s does not exist", key.FlowRunID)
	}
	run := b.byID[c.id]
	if keyed {
		run = cmp.Or(b.byKey[key], run)
	}
	known := run != nil
	run, changed, err := c.apply(run, b.now)
	if err != nil {
		return err
	}
	if !known {
		b.add(run)
	}
	state := c.state
	state.StateDetails.TaskRunID = &run.ID
	b.states = append(b.states, state)
	if changed {
		b.dirty[run.ID] = run
	}
	return nil
}

// changed gives the runs to store, in the order of their ids.
func (b *book) changed() []*prefect.TaskRun {
	runs := make([]*prefect.TaskRun, 0, len(b.dirty))
	for _, run := range b.dirty {
		runs = append(runs, run)
	}
	slices.SortFunc(runs, func(x, y *prefect.TaskRun) int { return slices.Compare(x.ID[:], y.ID[:]) })
	return runs
}
