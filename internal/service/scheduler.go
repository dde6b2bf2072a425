package service

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"praetor/internal/deployment"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
)

// Scheduler plans the runs of deployments. It looks at all deployments every so often, and more often at those that were changed.
// What it plans has an idempotency key, so that no date of a schedule is planned twice, whoever else plans.
type Scheduler struct {
	Store Store[SchedulerTx]
	Clock Clock
	Log   *slog.Logger
	// Every and RecentEvery are the intervals of the two loops.
	Every, RecentEvery time.Duration
	// MaxRuns and MaxTime are how many runs of a schedule are planned in one go and how far ahead at most. No more are planned than
	// needed to have MinRuns and to reach MinTime.
	MaxRuns, MinRuns int64
	MaxTime, MinTime time.Duration
	// Deployments are read, and Runs stored, in pages of so many.
	Deployments, Runs int64
}

// SchedulerTx is what Scheduler reads and writes.
type SchedulerTx interface {
	// DeploymentsShortOfRuns gives the first deployments, by their ids and after one of them, that have a schedule of which fewer than
	// minRuns are planned, or none at until or later.
	DeploymentsShortOfRuns(ctx context.Context, after uuid.UUID, until prefect.Time, minRuns, limit int64) ([]prefect.Deployment, error)
	// DeploymentsChangedSince is the same for deployments that were changed at a time or later, or whose schedules were.
	DeploymentsChangedSince(ctx context.Context, since prefect.Time, after uuid.UUID, limit int64) ([]prefect.Deployment, error)
	// HoldDeployments keeps everybody else from changing deployments, and from planning their runs, until the transaction ends; those
	// that somebody else holds are left out, and so are paused ones. It gives when each was changed last, and each of their active
	// schedules.
	HoldDeployments(ctx context.Context, ids []uuid.UUID) (updated map[uuid.UUID]prefect.Time, err error)
	// InsertPlannedRuns stores runs with their states, and tells how many are new: those are left out of whose idempotency keys their
	// flows have runs.
	InsertPlannedRuns(ctx context.Context, runs []prefect.FlowRun) (inserted int64, err error)
}

// Loop makes the service the loop that looks at all deployments.
func (s *Scheduler) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "scheduler", Interval: s.Every, RunOnce: s.RunOnce}
}

// RecentLoop makes the service the loop that looks at the deployments that were changed.
func (s *Scheduler) RecentLoop() lifecycle.Loop {
	var last time.Time
	return lifecycle.Loop{Name: "recent-deployments-scheduler", Interval: s.RecentEvery, RunOnce: func(ctx context.Context) error {
		began, since := s.Clock(), s.Clock().Add(-s.RecentEvery)
		if !last.IsZero() && last.Before(since) {
			since = last // the last run took long, or failed
		}
		err := s.PlanChanged(ctx, since)
		if err == nil {
			last = began
		}
		return err
	}}
}

// RunOnce plans what deployments are short of.
func (s *Scheduler) RunOnce(ctx context.Context) error {
	return s.plan(ctx, func(tx SchedulerTx, after uuid.UUID, limit int64) ([]prefect.Deployment, error) {
		return tx.DeploymentsShortOfRuns(ctx, after, prefect.TimeOf(s.Clock().Add(s.MinTime)), s.MinRuns, limit)
	})
}

// recentMargin is how much earlier than asked for changes are looked for: clocks differ, and transactions take their time.
const recentMargin = time.Second

// PlanChanged plans for the deployments that were changed at a time or later.
func (s *Scheduler) PlanChanged(ctx context.Context, since time.Time) error {
	return s.plan(ctx, func(tx SchedulerTx, after uuid.UUID, limit int64) ([]prefect.Deployment, error) {
		return tx.DeploymentsChangedSince(ctx, prefect.TimeOf(since.Add(-recentMargin)), after, limit)
	})
}

// pagesAtOnce is how many pages are stored beside each other, while the next is read and planned.
const pagesAtOnce = 2

// plan plans for the deployments that read gives, page by page. A page that cannot be stored does not hold the others up.
func (s *Scheduler) plan(ctx context.Context, read func(tx SchedulerTx, after uuid.UUID, limit int64) ([]prefect.Deployment, error)) (err error) {
	size := max(s.Deployments, 1)
	failed := make(chan error, maxErrors)
	var storing errgroup.Group
	storing.SetLimit(pagesAtOnce)
	defer func() {
		_ = storing.Wait() // the errors are in failed
		close(failed)
		for e := range failed {
			err = errors.Join(err, e)
		}
	}()
	for last := uuid.Nil; ; {
		page, err := list(ctx, s.Store, func(tx SchedulerTx) ([]prefect.Deployment, error) { return read(tx, last, size) })
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		runs := s.runs(ctx, page)
		storing.Go(func() error {
			if err := s.store(ctx, page, runs); err != nil {
				select {
				case failed <- err:
				default: // enough is told
				}
			}
			return nil
		})
		if int64(len(page)) < size {
			return nil
		}
		last = page[len(page)-1].ID
	}
}

// runs are what the schedules of deployments plan. A schedule that cannot be followed keeps no other from it.
func (s *Scheduler) runs(ctx context.Context, deployments []prefect.Deployment) (runs []prefect.FlowRun) {
	for i := range deployments {
		d := &deployments[i]
		now := s.Clock.Now()
		made, err := deployment.Plan(d, deployment.Horizon{
			From: now.Time, To: now.Time.Add(s.MaxTime), Until: now.Time.Add(s.MinTime), Min: s.MinRuns, Max: s.MaxRuns,
		}, now)
		if err != nil {
			s.Log.WarnContext(ctx, "a schedule cannot be followed", slog.String("deployment", d.ID.String()), slog.Any("error", err))
		}
		runs = append(runs, made...)
	}
	return runs
}

// store stores runs, so many in a transaction.
func (s *Scheduler) store(ctx context.Context, read []prefect.Deployment, runs []prefect.FlowRun) error {
	seen := map[uuid.UUID]prefect.Time{}
	for i := range read {
		seen[read[i].ID] = read[i].Updated
		for j := range read[i].Schedules {
			seen[read[i].Schedules[j].ID] = read[i].Schedules[j].Updated
		}
	}
	var failed []error
	for some := range slices.Chunk(runs, int(max(s.Runs, 1))) {
		err := s.storeUnchanged(ctx, seen, some)
		if ids := deploymentsOf(some); err != nil && len(ids) > 1 && ctx.Err() == nil {
			err = nil
			for _, id := range ids { // what is wrong with one is no fault of the others
				err = errors.Join(err, s.storeUnchanged(ctx, seen, runsOf(some, id)))
			}
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// storeUnchanged stores runs in a transaction, but for those whose deployment or schedule is not as it was seen: who changed it has
// taken back the runs that were planned until then.
func (s *Scheduler) storeUnchanged(ctx context.Context, seen map[uuid.UUID]prefect.Time, runs []prefect.FlowRun) error {
	return s.Store.Write(ctx, func(tx SchedulerTx) error {
		updated, err := tx.HoldDeployments(ctx, deploymentsOf(runs))
		if err != nil {
			return err
		}
		same := func(id uuid.UUID) bool { at, ok := updated[id]; return ok && at.Equal(seen[id].Time) }
		good := make([]prefect.FlowRun, 0, len(runs))
		for i := range runs {
			if same(*runs[i].DeploymentID) && same(*runs[i].CreatedBy.ID) {
				good = append(good, runs[i])
			}
		}
		_, err = tx.InsertPlannedRuns(ctx, good)
		return err
	})
}

func runsOf(runs []prefect.FlowRun, deploymentID uuid.UUID) (of []prefect.FlowRun) {
	for i := range runs {
		if *runs[i].DeploymentID == deploymentID {
			of = append(of, runs[i])
		}
	}
	return of
}

// deploymentsOf are the deployments of runs that are in the order of their deployments.
func deploymentsOf(runs []prefect.FlowRun) (ids []uuid.UUID) {
	for i := range runs {
		if id := *runs[i].DeploymentID; len(ids) == 0 || ids[len(ids)-1] != id {
			ids = append(ids, id)
		}
	}
	return ids
}
