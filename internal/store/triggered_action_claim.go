package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

const triggeredActionColumns = `id, automation_id, automation, firing, triggering_event, triggered_event_id, action_index, action, created, attempts, not_before`

func scanTriggeredAction(r Row, a *prefect.TriggeredAction) error {
	return r.Scan(&a.ID, &a.AutomationID, &a.Automation, &a.Firing, &a.TriggeringEvent, &a.TriggeredEventID, &a.ActionIndex, &a.Action, &a.Created,
		&a.Attempts, &a.NotBefore)
}

// TriggeredActionDue tells whether an action is due.
func (tx *Tx) TriggeredActionDue(ctx context.Context, now prefect.Time) (due bool, err error) {
	err = tx.each(ctx, tx.sql("SELECT 1 FROM praetor_triggered_actions WHERE failed IS NULL AND not_before <= ").Arg(now).Write(" LIMIT 1"), func(Row) error {
		due = true
		return nil
	})
	return due, err
}

// ClaimTriggeredAction gives the action that has been due for the longest, or nil. Nobody else is given it until the given time
// unless it is postponed: whoever claimed it may be gone by then. Its attempts count this one. An action that cannot be read, such
// as one of a newer server, is buried, so that it does not stand in the way of the others.
func (tx *Tx) ClaimTriggeredAction(ctx context.Context, now, until prefect.Time) (*prefect.TriggeredAction, error) {
	claimed, err := one(ctx, tx, tx.sql("UPDATE praetor_triggered_actions SET attempts = attempts + 1, not_before = ").Arg(until).
		Write(" WHERE id = (SELECT id FROM praetor_triggered_actions WHERE failed IS NULL AND not_before <= ").Arg(now).
		Write(" ORDER BY not_before LIMIT 1").Either("", " FOR UPDATE SKIP LOCKED").Write(") RETURNING id, attempts"), func(r Row, a *prefect.TriggeredAction) error {
		return r.Scan(&a.ID, &a.Attempts)
	})
	if err != nil || claimed == nil {
		return nil, err
	}
	var unreadable error
	found, err := one(ctx, tx, tx.sql("SELECT "+triggeredActionColumns+" FROM praetor_triggered_actions WHERE id = ").Arg(claimed.ID),
		func(r Row, a *prefect.TriggeredAction) error {
			unreadable = scanTriggeredAction(r, a)
			return nil
		})
	if unreadable == nil {
		return found, err
	}
	_, err = tx.BuryTriggeredAction(ctx, claimed.ID, claimed.Attempts, "The action cannot be read: "+unreadable.Error())
	return nil, err
}

// FinishTriggeredAction forgets an action that is done. It tells whether the action was still the caller's, of that attempt.
func (tx *Tx) FinishTriggeredAction(ctx context.Context, id uuid.UUID, attempt int64) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("DELETE FROM praetor_triggered_actions WHERE failed IS NULL AND id = ").Arg(id).Write(" AND attempts = ").Arg(attempt))
	return n > 0, err
}

// PostponeTriggeredAction has an action tried again at that time, if it is still the caller's.
func (tx *Tx) PostponeTriggeredAction(ctx context.Context, id uuid.UUID, attempt int64, at prefect.Time) error {
	return tx.queue(ctx, tx.sql("UPDATE praetor_triggered_actions SET ").Set("not_before", at).Write(" WHERE failed IS NULL AND id = ").Arg(id).
		Write(" AND attempts = ").Arg(attempt))
}

// BuryTriggeredAction keeps an action that is given up, with the reason, as a dead letter. It tells whether the action was still
// the caller's.
func (tx *Tx) BuryTriggeredAction(ctx context.Context, id uuid.UUID, attempt int64, reason string) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("UPDATE praetor_triggered_actions SET ").Set("failed", tx.Now()).Set("reason", reason).
		Write(" WHERE failed IS NULL AND id = ").Arg(id).Write(" AND attempts = ").Arg(attempt))
	return n > 0, err
}

const deadLetterColumns = `id, automation_id, automation, action_index, action, triggered_event_id, created, attempts, failed, reason`

func scanDeadLetter(r Row, d *prefect.DeadLetter) error {
	var a struct {
		Name string `json:"name"`
	}
	err := r.Scan(&d.ID, &d.AutomationID, &a, &d.ActionIndex, &d.Action, &d.TriggeredEventID, &d.Created, &d.Attempts, &d.Failed, &d.Reason)
	d.AutomationName = a.Name
	return err
}

// DeadLetters gives the actions that were given up, the latest first.
func (tx *Tx) DeadLetters(ctx context.Context, limit, offset int64) ([]prefect.DeadLetter, error) {
	return all(ctx, tx, tx.sql("SELECT "+deadLetterColumns+" FROM praetor_triggered_actions WHERE failed IS NOT NULL ORDER BY failed DESC, id").
		Page(limit, offset), scanDeadLetter)
}

// ReplayDeadLetter has an action tried again that was given up, as if for the first time. It tells whether there is such a one.
func (tx *Tx) ReplayDeadLetter(ctx context.Context, id uuid.UUID) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("UPDATE praetor_triggered_actions SET ").Set("failed", nil).Set("reason", nil).Set("attempts", int64(0)).
		Set("not_before", tx.Now()).Write(" WHERE failed IS NOT NULL AND id = ").Arg(id))
	return n > 0, err
}

// DeleteDeadLetter forgets an action that was given up. It tells whether there is such a one.
func (tx *Tx) DeleteDeadLetter(ctx context.Context, id uuid.UUID) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("DELETE FROM praetor_triggered_actions WHERE failed IS NOT NULL AND id = ").Arg(id))
	return n > 0, err
}
