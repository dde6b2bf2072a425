package automation

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"praetor/internal/events"
	"praetor/internal/prefect"
)

// Changes is what a change of an automation needs of a transaction.
type Changes interface {
	InsertAutomation(ctx context.Context, a *prefect.Automation) error
	UpdateAutomation(ctx context.Context, a *prefect.Automation) error
	DeleteAutomations(ctx context.Context, ids []uuid.UUID) ([]prefect.Automation, error)
	RelateAutomation(ctx context.Context, automation uuid.UUID, resource string, owned bool) error
	UnrelateDeployments(ctx context.Context, automation uuid.UUID) error
	NotifyAutomation(ctx context.Context, automation uuid.UUID, what string) error
	EmitEvents(ctx context.Context, events ...prefect.Event) error
}

// Create stores a new automation, which belongs to owner, if that is not empty. Its triggers get ids of their own: those of a client
// might be those of another automation.
func Create(ctx context.Context, tx Changes, core *prefect.AutomationCore, owner string, now prefect.Time) (*prefect.Automation, error) {
	core.Trigger.ResetIDs()
	a := &prefect.Automation{ID: prefect.NewID(), Created: now, Updated: now, AutomationCore: *core}
	if err := tx.InsertAutomation(ctx, a); err != nil {
		return nil, err
	}
	if err := relate(ctx, tx, a); err != nil {
		return nil, err
	}
	if owner != "" {
		if err := tx.RelateAutomation(ctx, a.ID, owner, true); err != nil {
			return nil, err
		}
	}
	return a, tell(ctx, tx, events.Created, a, now)
}

// Replace puts what the update says in the place of what the automation said. Firings that have begun are forgotten, as the triggers get
// new ids.
func Replace(ctx context.Context, tx Changes, a *prefect.Automation, update *prefect.AutomationUpdate, now prefect.Time) error {
	update.Trigger.ResetIDs()
	update.Apply(&a.AutomationCore)
	a.Updated = now
	if err := tx.UpdateAutomation(ctx, a); err != nil {
		return err
	}
	if err := tx.UnrelateDeployments(ctx, a.ID); err != nil {
		return err
	}
	if err := relate(ctx, tx, a); err != nil {
		return err
	}
	return tell(ctx, tx, events.Updated, a, now)
}

// Switch switches an automation on or off. With nil it stays as it is, and counts as changed. What makes no sense is a violation.
func Switch(ctx context.Context, tx Changes, a *prefect.Automation, enabled *bool, now prefect.Time) ([]prefect.Violation, error) {
	// The reference takes a body that says nothing for one that would switch it on, when it looks for sense.
	after := a.AutomationCore
	if after.Enabled = true; enabled != nil {
		after.Enabled = *enabled
	}
	if violations := after.Violations(); len(violations) > 0 {
		return violations, nil
	}
	if enabled != nil {
		a.Enabled = *enabled
	}
	a.Updated = now
	if err := tx.UpdateAutomation(ctx, a); err != nil {
		return nil, err
	}
	return nil, tell(ctx, tx, events.Updated, a, now)
}

// Delete deletes the automation of that id and tells whether there was one.
func Delete(ctx context.Context, tx Changes, id uuid.UUID, now prefect.Time) (bool, error) {
	deleted, err := tx.DeleteAutomations(ctx, []uuid.UUID{id})
	if err != nil || len(deleted) == 0 {
		return false, err
	}
	return true, tell(ctx, tx, events.Deleted, &deleted[0], now)
}

// relate notes the deployments that the automation runs.
func relate(ctx context.Context, tx Changes, a *prefect.Automation) error {
	var noted []uuid.UUID
	for _, action := range a.Actions {
		run, ok := action.Is.(*prefect.RunDeployment)
		if !ok || run.Source != prefect.Selected || run.DeploymentID == nil || slices.Contains(noted, *run.DeploymentID) {
			continue
		}
		noted = append(noted, *run.DeploymentID)
		if err := tx.RelateAutomation(ctx, a.ID, "prefect.deployment."+run.DeploymentID.String(), false); err != nil {
			return err
		}
	}
	return nil
}

// tell emits the event of a change, and lets the servers of the reference on the same database know.
func tell(ctx context.Context, tx Changes, what events.Action, a *prefect.Automation, now prefect.Time) error {
	if err := tx.NotifyAutomation(ctx, a.ID, string(what)); err != nil {
		return err
	}
	return tx.EmitEvents(ctx, events.AutomationEvent(what, a, now))
}

// Owned is what the deletion of a resource's automations needs of a transaction besides.
type Owned interface {
	Changes
	RelatedAutomations(ctx context.Context, resource string, owned bool, created prefect.Time) ([]prefect.Automation, error)
}

// DeleteOwned deletes the automations that belong to a resource and are not newer than created.
func DeleteOwned(ctx context.Context, tx Owned, resource string, created prefect.Time) error {
	owned, err := tx.RelatedAutomations(ctx, resource, true, created)
	if err != nil || len(owned) == 0 {
		return err
	}
	ids := make([]uuid.UUID, len(owned))
	for i := range owned {
		ids[i] = owned[i].ID
		if err := tx.NotifyAutomation(ctx, ids[i], string(events.Deleted)); err != nil {
			return err
		}
	}
	_, err = tx.DeleteAutomations(ctx, ids)
	return err
}
