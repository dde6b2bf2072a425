package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"praetor/internal/automation/action"
	"praetor/internal/events"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
)

// Actions takes the actions of automations that have fired. Each is taken at least once; what it does is told with its removal,
// in one transaction. An action that fails for a reason that may pass is tried again later, and given up in the end: it is kept
// as a dead letter.
type Actions struct {
	Store  Store[ActionsTx]
	Runner *action.Runner
	Clock  Clock
	Log    *slog.Logger
	// Every is how often due actions are looked for that nobody told of.
	Every time.Duration
	// Wake receives when there are new actions. It may be nil.
	Wake <-chan struct{}
	// Woken is called when a run begins, and may be nil.
	Woken func()
}

// ActionsTx is what Actions reads and writes.
type ActionsTx interface {
	TriggeredActionDue(ctx context.Context, now prefect.Time) (bool, error)
	ClaimTriggeredAction(ctx context.Context, now, until prefect.Time) (*prefect.TriggeredAction, error)
	FinishTriggeredAction(ctx context.Context, id uuid.UUID, attempt int64) (bool, error)
	PostponeTriggeredAction(ctx context.Context, id uuid.UUID, attempt int64, at prefect.Time) error
	BuryTriggeredAction(ctx context.Context, id uuid.UUID, attempt int64, reason string) (bool, error)
	EmitEvents(ctx context.Context, events ...prefect.Event) error
}

const (
	// actionWorkers is how many actions are taken at once: a slow webhook holds up one of so many.
	actionWorkers = 4
	// actionTime bounds one attempt. Nobody else takes the action until twice that has passed.
	actionTime = time.Minute
	// maxAttempts is how often an action is tried.
	maxAttempts = 5
	// firstPause is the pause after a first failure. Each further one is four times as long.
	firstPause = time.Second
)

// Loops makes the service loops. The first looks for work; each has the next one look, too, when it finds some.
func (s *Actions) Loops() []lifecycle.Loop {
	loops := make([]lifecycle.Loop, actionWorkers)
	wake := s.Wake
	for i := range loops {
		next := lifecycle.NewWaker()
		loops[i] = lifecycle.Loop{
			Name: fmt.Sprintf("actions-%d", i+1), Interval: s.Every, Wake: wake,
			RunOnce: func(ctx context.Context) error {
				if i == 0 && s.Woken != nil {
					s.Woken()
				}
				return s.runOnce(ctx, next.Wake)
			},
		}
		if i > 0 {
			loops[i].Interval = time.Minute
		}
		wake = next
	}
	return loops
}

// RunOnce takes all actions that are due, one after the other.
func (s *Actions) RunOnce(ctx context.Context) error { return s.runOnce(ctx, func() {}) }

func (s *Actions) runOnce(ctx context.Context, more func()) error {
	for ctx.Err() == nil {
		t, err := s.claim(ctx)
		if err != nil || t == nil {
			return err
		}
		more()
		if err := s.take(ctx, t); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *Actions) claim(ctx context.Context) (t *prefect.TriggeredAction, err error) {
	now := s.Clock()
	due := false
	// Most of the time there is nothing to do, which a reader finds out without a transaction.
	err = s.Store.Read(ctx, func(tx ActionsTx) error {
		due, err = tx.TriggeredActionDue(ctx, prefect.TimeOf(now))
		return err
	})
	if err != nil || !due {
		return nil, err
	}
	err = s.Store.Write(ctx, func(tx ActionsTx) error {
		t, err = tx.ClaimTriggeredAction(ctx, prefect.TimeOf(now), prefect.TimeOf(now.Add(2*actionTime)))
		return err
	})
	return t, err
}

// take takes a claimed action and writes down what became of it. What is begun is finished, or cut off by its time.
func (s *Actions) take(ctx context.Context, t *prefect.TriggeredAction) error {
	outcome, failure := s.act(ctx, t)
	if ctx.Err() != nil {
		return s.release(ctx, t)
	}
	again := failure != nil || outcome.Temporary
	if again && t.Attempts < maxAttempts {
		s.Log.WarnContext(ctx, "an action failed and is tried again", slog.String("action", t.ID.String()), slog.Int64("attempt", t.Attempts), slog.Any("error", failure))
		return s.Store.Write(ctx, func(tx ActionsTx) error {
			return tx.PostponeTriggeredAction(ctx, t.ID, t.Attempts, prefect.TimeOf(s.Clock().Add(pauseAfter(t.Attempts))))
		})
	}
	if failure != nil {
		outcome = &action.Outcome{ActionOutcome: events.ActionOutcome{Reason: "The action failed unexpectedly: " + failure.Error()}}
	}
	return s.Store.Write(ctx, func(tx ActionsTx) error {
		mine, err := s.remove(ctx, tx, t, outcome, again)
		if err != nil || !mine {
			return err
		}
		return tx.EmitEvents(ctx, events.ActionEvents(t, &outcome.ActionOutcome, s.Clock.Now())...)
	})
}

// releaseTime bounds what is written after the server was told to stop.
const releaseTime = 5 * time.Second

// release gives up a claim because the server stops: whoever comes next takes the action up at once.
func (s *Actions) release(ctx context.Context, t *prefect.TriggeredAction) error {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	err := s.Store.Write(last, func(tx ActionsTx) error {
		return tx.PostponeTriggeredAction(last, t.ID, t.Attempts, s.Clock.Now())
	})
	return errors.Join(ctx.Err(), err)
}

func (s *Actions) remove(ctx context.Context, tx ActionsTx, t *prefect.TriggeredAction, outcome *action.Outcome, given bool) (mine bool, err error) {
	if given {
		reason := outcome.Reason
		if log, ok := outcome.Details["notification_log"].(string); ok {
			reason += ": " + log
		}
		return tx.BuryTriggeredAction(ctx, t.ID, t.Attempts, reason)
	}
	return tx.FinishTriggeredAction(ctx, t.ID, t.Attempts)
}

// act takes the action within its time, and makes an error of a panic: an action that is broken must not hold up the others.
func (s *Actions) act(ctx context.Context, t *prefect.TriggeredAction) (outcome *action.Outcome, err error) {
	ctx, cancel := context.WithTimeout(ctx, actionTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			s.Log.ErrorContext(ctx, "an action panicked", slog.String("action", t.ID.String()), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return s.Runner.Act(ctx, t)
}

func pauseAfter(attempt int64) time.Duration {
	pause := firstPause
	for range attempt - 1 {
		pause *= 4
	}
	return pause
}
