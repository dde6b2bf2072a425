package service

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
)

// Vacuum deletes what is older than it is to be kept, and what deletions have left behind. It has three loops, each with a switch of
// its own; every batch is a transaction.
type Vacuum struct {
	Store Store[VacuumTx]
	Clock Clock
	// Every is the interval for flow runs and events, OrphansEvery that for orphans.
	Every, OrphansEvery time.Duration
	// Runs is how long flow runs are kept after their end, and Events how long events are; Overrides shortens that by the events' name.
	Runs, Events time.Duration
	Overrides    map[string]time.Duration
	// Batch is how many rows a transaction deletes.
	Batch int64
}

// VacuumTx is what Vacuum reads and writes. Each method does a part of what there is to do, as the limit says, and tells how much.
type VacuumTx interface {
	// DeleteEndedFlowRuns deletes flow runs that ended before a time and are no others' subflows, with their task runs and states.
	DeleteEndedFlowRuns(ctx context.Context, before prefect.Time, limit int64) ([]uuid.UUID, error)
	// DeleteOfRuns deletes rows that belong to the flow runs; with orphaned, only of those runs that are not there.
	DeleteOfRuns(ctx context.Context, table prefect.RunTable, runs []uuid.UUID, orphaned bool, limit int64) (int64, error)
	// RunsNamed gives the next flow runs, by their ids and after one of them, that rows of a table belong to.
	RunsNamed(ctx context.Context, table prefect.RunTable, after uuid.UUID, limit int64) ([]prefect.NamedRun, error)
	// MendArtifactCollections has collections whose newest artifact is gone name the one before it, or forgets them.
	MendArtifactCollections(ctx context.Context, limit int64) (int64, error)
	// DeleteEvents deletes events that occurred before a time, with their resources; those of a name alone unless it is empty.
	DeleteEvents(ctx context.Context, name string, before prefect.Time, limit int64) (int64, error)
	// DeleteEventResources deletes resources of events that occurred before a time.
	DeleteEventResources(ctx context.Context, before prefect.Time, limit int64) (int64, error)
}

// RunsLoop makes the service the loop that deletes old flow runs.
func (s *Vacuum) RunsLoop() lifecycle.Loop {
	return lifecycle.Loop{Name: "vacuum-flow-runs", Interval: s.Every, RunOnce: s.DeleteRuns}
}

// EventsLoop makes the service the loop that deletes old events.
func (s *Vacuum) EventsLoop() lifecycle.Loop {
	return lifecycle.Loop{Name: "vacuum-events", Interval: s.Every, RunOnce: s.DeleteEvents}
}

// OrphansLoop makes the service the loop that deletes what belongs to nothing any more.
func (s *Vacuum) OrphansLoop() lifecycle.Loop {
	return lifecycle.Loop{Name: "vacuum-orphans", Interval: s.OrphansEvery, RunOnce: s.DeleteOrphans}
}

// DeleteRuns deletes old flow runs with their logs and artifacts.
func (s *Vacuum) DeleteRuns(ctx context.Context) error {
	before := prefect.TimeOf(s.Clock().Add(-s.Runs))
	for {
		var runs []uuid.UUID
		err := s.Store.Write(ctx, func(tx VacuumTx) (err error) {
			runs, err = tx.DeleteEndedFlowRuns(ctx, before, s.Batch)
			return err
		})
		if err != nil || len(runs) == 0 {
			return err
		}
		// What is not deleted here because of a failure is an orphan, and found as such.
		for _, table := range []prefect.RunTable{prefect.LogTable, prefect.ArtifactTable} {
			if err := s.all(ctx, func(tx VacuumTx) (int64, error) { return tx.DeleteOfRuns(ctx, table, runs, false, s.Batch) }); err != nil {
				return err
			}
		}
	}
}

// DeleteEvents deletes old events.
func (s *Vacuum) DeleteEvents(ctx context.Context) error {
	now := s.Clock()
	var failed error
	for _, name := range slices.Sorted(maps.Keys(s.Overrides)) {
		before := prefect.TimeOf(now.Add(-min(s.Overrides[name], s.Events)))
		failed = errors.Join(failed, s.all(ctx, func(tx VacuumTx) (int64, error) { return tx.DeleteEvents(ctx, name, before, s.Batch) }))
	}
	before := prefect.TimeOf(now.Add(-s.Events))
	return errors.Join(
		failed,
		s.all(ctx, func(tx VacuumTx) (int64, error) { return tx.DeleteEvents(ctx, "", before, s.Batch) }),
		s.all(ctx, func(tx VacuumTx) (int64, error) { return tx.DeleteEventResources(ctx, before, s.Batch) }),
	)
}

// DeleteOrphans deletes the logs and artifacts of flow runs that are gone, and mends the collections of artifacts.
func (s *Vacuum) DeleteOrphans(ctx context.Context) error {
	return errors.Join(
		s.deleteOrphansIn(ctx, prefect.LogTable),
		s.deleteOrphansIn(ctx, prefect.ArtifactTable),
		s.all(ctx, func(tx VacuumTx) (int64, error) { return tx.MendArtifactCollections(ctx, s.Batch) }),
	)
}

func (s *Vacuum) deleteOrphansIn(ctx context.Context, table prefect.RunTable) error {
	for last := uuid.Nil; ; {
		named, err := list(ctx, s.Store, func(tx VacuumTx) ([]prefect.NamedRun, error) { return tx.RunsNamed(ctx, table, last, s.Batch) })
		if err != nil || len(named) == 0 {
			return err
		}
		var gone []uuid.UUID
		for _, run := range named {
			if !run.Exists {
				gone = append(gone, run.ID)
			}
		}
		if len(gone) > 0 {
			err := s.all(ctx, func(tx VacuumTx) (int64, error) { return tx.DeleteOfRuns(ctx, table, gone, true, s.Batch) })
			if err != nil {
				return err
			}
		}
		last = named[len(named)-1].ID
	}
}

// all does a thing, in a transaction each time, until there is no more to do.
func (s *Vacuum) all(ctx context.Context, do func(VacuumTx) (int64, error)) error {
	for {
		var done int64
		err := s.Store.Write(ctx, func(tx VacuumTx) (err error) {
			done, err = do(tx)
			return err
		})
		if err != nil || done < s.Batch {
			return err
		}
	}
}
