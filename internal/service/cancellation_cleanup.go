package service

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"praetor/internal/lifecycle"
	"praetor/internal/orchestration"
	"praetor/internal/prefect"
)

// CancellationCleanup ends what belongs to cancelled flow runs, their tasks and subflows; and the flow runs that nobody has ended in
// time after they were told to end.
type CancellationCleanup struct {
	Store        Store[CancellationCleanupTx]
	Orchestrator Orchestrator
	Clock        Clock
	Every        time.Duration
	// Timeout is how long a run may be cancelling.
	Timeout time.Duration
	// Tell hears of pools whose workers are to take infrastructure down.
	Tell func(pools []string)
}

// CancellationCleanupTx is what CancellationCleanup reads and writes.
type CancellationCleanupTx interface {
	orchestration.Tx
	// UnfinishedTaskRuns gives task runs that go on although their flow run was cancelled, at a time or later: those whose ids come
	// after one, in the order of their ids.
	UnfinishedTaskRuns(ctx context.Context, cancelledSince prefect.Time, after uuid.UUID, limit int64) ([]prefect.UnfinishedChild, error)
	// UnfinishedSubflows gives subflows that go on although the flow run of their parent task was cancelled, in the order of their ids
	// and after one; but for those that a worker was told to end.
	UnfinishedSubflows(ctx context.Context, after uuid.UUID, limit int64) ([]prefect.UnfinishedChild, error)
	// CancellingFlowRuns gives the flow runs that were told to end at a time or before, in that order; those after a run alone when one
	// is given.
	CancellingFlowRuns(ctx context.Context, before prefect.Time, after *prefect.CancellingRun, limit int64) ([]prefect.CancellingRun, error)
	// AskForCleanup asks the workers of a run's pool, once for an id, to take down what runs it, and gives the pool, if there is one.
	AskForCleanup(ctx context.Context, id, flowRunID, stateID uuid.UUID, kind prefect.CleanupKind) (*uuid.UUID, error)
}

const (
	cancellationPage = 200
	// cancelledFor is for how long tasks of a cancelled run are looked for.
	cancelledFor = 24 * time.Hour
)

// Loop makes the service a loop.
func (s *CancellationCleanup) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "cancellation-cleanup", Interval: s.Every, RunOnce: s.RunOnce}
}

// RunOnce ends all that there is to end now.
func (s *CancellationCleanup) RunOnce(ctx context.Context) error {
	return errors.Join(s.endCancelling(ctx), s.cancelTasks(ctx), s.cancelSubflows(ctx))
}

func (s *CancellationCleanup) cancelTasks(ctx context.Context) error {
	since := prefect.TimeOf(s.Clock().Add(-cancelledFor))
	return eachOf(ctx, cancellationPage, func(after *prefect.UnfinishedChild, limit int64) ([]prefect.UnfinishedChild, error) {
		return list(ctx, s.Store, func(tx CancellationCleanupTx) ([]prefect.UnfinishedChild, error) {
			return tx.UnfinishedTaskRuns(ctx, since, idOf(after), limit)
		})
	}, func(run *prefect.UnfinishedChild) error {
		_, err := s.Orchestrator.SetTaskRunState(ctx, run.ID, s.told(prefect.Cancelled), orchestration.Options{Force: true})
		return err
	})
}

func (s *CancellationCleanup) cancelSubflows(ctx context.Context) error {
	return eachOf(ctx, cancellationPage, func(after *prefect.UnfinishedChild, limit int64) ([]prefect.UnfinishedChild, error) {
		return list(ctx, s.Store, func(tx CancellationCleanupTx) ([]prefect.UnfinishedChild, error) {
			return tx.UnfinishedSubflows(ctx, idOf(after), limit)
		})
	}, func(run *prefect.UnfinishedChild) error {
		to := s.told(prefect.Cancelled)
		if run.Deployed {
			to = s.told(prefect.Cancelling) // its worker has to end it
		}
		still := func(run *prefect.FlowRun) bool {
			return run.State != nil && !run.State.IsTerminal() && (run.DeploymentID == nil || run.State.Type != prefect.Cancelling)
		}
		_, err := s.Orchestrator.SetFlowRunState(ctx, run.ID, to, orchestration.Options{OnlyIf: still})
		return err
	})
}

// told is a state that a run has because of its parent's.
func (s *CancellationCleanup) told(kind prefect.StateType) prefect.State {
	state := prefect.NewState(kind, "", s.Clock())
	message := "The parent flow run was cancelled."
	state.Message = &message
	return state
}

// endCancelling cancels the runs that nobody has ended in time.
func (s *CancellationCleanup) endCancelling(ctx context.Context) error {
	before := prefect.TimeOf(s.Clock().Add(-s.Timeout))
	return eachOf(ctx, cancellationPage, func(after *prefect.CancellingRun, limit int64) ([]prefect.CancellingRun, error) {
		return list(ctx, s.Store, func(tx CancellationCleanupTx) ([]prefect.CancellingRun, error) {
			return tx.CancellingFlowRuns(ctx, before, after, limit)
		})
	}, func(run *prefect.CancellingRun) error {
		return s.endCancellingRun(ctx, run)
	})
}

// endCancellingRun cancels a run and asks a worker of its pool to take down what runs it, in one transaction: nobody looks at the run
// again once it is cancelled.
func (s *CancellationCleanup) endCancellingRun(ctx context.Context, run *prefect.CancellingRun) error {
	still := func(now *prefect.FlowRun) bool { return now.State != nil && now.State.ID == run.StateID }
	var result *orchestration.Result
	var pool *uuid.UUID
	err := s.Store.Write(ctx, func(tx CancellationCleanupTx) (err error) {
		ended := prefect.NewState(prefect.Cancelled, "", s.Clock())
		message := "Nobody ended the flow run in time after it was told to cancel."
		ended.Message = &message
		pool = nil
		result, err = s.Orchestrator.SetFlowRunStateIn(ctx, tx, run.ID, ended, orchestration.Options{OnlyIf: still})
		if err != nil || !result.Written || result.State == nil || result.State.Type != prefect.Cancelled {
			return err
		}
		kind := prefect.CancellingTimeout
		id := uuid.NewSHA1(uuid.NameSpaceURL, []byte("prefect:"+string(kind)+":"+run.ID.String()+":"+result.State.ID.String()))
		pool, err = tx.AskForCleanup(ctx, id, run.ID, result.State.ID, kind)
		return err
	})
	if err != nil {
		return err
	}
	result.Done(ctx)
	if pool != nil {
		s.Tell([]string{pool.String()})
	}
	return nil
}

func idOf(run *prefect.UnfinishedChild) uuid.UUID {
	if run == nil {
		return uuid.Nil
	}
	return run.ID
}
