package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

const automationColumns = `automation.id, automation.created, automation.updated, automation.name, automation.description, automation.enabled, automation.tags,
	automation."trigger", automation.actions, automation.actions_on_trigger, automation.actions_on_resolve`

func scanAutomation(r Row, a *prefect.Automation) error {
	return r.Scan(&a.ID, &a.Created, &a.Updated, &a.Name, &a.Description, &a.Enabled, &a.Tags, &a.Trigger, &a.Actions, &a.ActionsOnTrigger, &a.ActionsOnResolve)
}

// InsertAutomation stores a new automation.
func (tx *Tx) InsertAutomation(ctx context.Context, a *prefect.Automation) error {
	return tx.queue(ctx, tx.sql(`INSERT INTO automation (id, created, updated, name, description, enabled, tags, "trigger", actions, actions_on_trigger, actions_on_resolve) VALUES `).
		Values(a.ID, a.Created, a.Updated, a.Name, a.Description, a.Enabled, JSON{a.Tags}, JSON{a.Trigger}, JSON{a.Actions}, JSON{a.ActionsOnTrigger}, JSON{a.ActionsOnResolve}))
}

// Automation gives the automation of that id, or nil.
func (tx *Tx) Automation(ctx context.Context, id uuid.UUID) (*prefect.Automation, error) {
	return one(ctx, tx, tx.sql("SELECT "+automationColumns+" FROM automation WHERE id = ").Arg(id), scanAutomation)
}

// LockAutomation is Automation in a transaction that nobody else may change it before the end of.
func (tx *Tx) LockAutomation(ctx context.Context, id uuid.UUID) (*prefect.Automation, error) {
	return one(ctx, tx, tx.sql("SELECT "+automationColumns+" FROM automation WHERE id = ").Arg(id).ForUpdate("automation"), scanAutomation)
}

// UpdateAutomation stores what there is of the automation, but for the time of its creation.
func (tx *Tx) UpdateAutomation(ctx context.Context, a *prefect.Automation) error {
	return tx.queue(ctx, tx.sql("UPDATE automation SET ").Set("updated", a.Updated).Set("name", a.Name).Set("description", a.Description).
		Set("enabled", a.Enabled).Set("tags", JSON{a.Tags}).Set(`"trigger"`, JSON{a.Trigger}).Set("actions", JSON{a.Actions}).
		Set("actions_on_trigger", JSON{a.ActionsOnTrigger}).Set("actions_on_resolve", JSON{a.ActionsOnResolve}).Write(" WHERE id = ").Arg(a.ID))
}

// DeleteAutomations deletes automations with their buckets, firings and resources, and gives those that existed.
func (tx *Tx) DeleteAutomations(ctx context.Context, ids []uuid.UUID) ([]prefect.Automation, error) {
	// Whoever evaluates an automation holds it first, and then its rows.
	if err := tx.lock(ctx, tx.sql("SELECT 1 FROM automation WHERE ").In("id", ids).Write(" ORDER BY id FOR UPDATE")); err != nil {
		return nil, err
	}
	for _, table := range []string{"automation_bucket", "automation_related_resource", "composite_trigger_child_firing"} {
		if err := tx.queue(ctx, tx.sql("DELETE FROM "+table+" WHERE ").In("automation_id", ids)); err != nil {
			return nil, err
		}
	}
	return all(ctx, tx, tx.sql("DELETE FROM automation WHERE ").In("id", ids).Write(" RETURNING ").Write(automationColumns), scanAutomation)
}

func automationFilter(w *sqlb.Where, f *prefect.AutomationFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		anyIDFilter(w, "automation.id", f.ID)
		anyFilter(w, "automation.name", f.Name)
		if f.Created != nil {
			w.All(func(w *sqlb.Where) { timeRange(w, "automation.created", f.Created.Before, nil) })
		}
		tagsFilter(w, "automation.tags", f.Tags)
	})
}

// Automations gives the automations that the filter selects.
func (tx *Tx) Automations(ctx context.Context, f *prefect.AutomationFilter, sort prefect.AutomationSort, limit, offset int64) ([]prefect.Automation, error) {
	b := tx.sql("SELECT " + automationColumns + " FROM automation")
	automationFilter(b.Where(), f)
	order := map[prefect.AutomationSort]string{
		prefect.AutomationCreatedDesc: "created DESC", prefect.AutomationUpdatedDesc: "updated DESC",
		prefect.AutomationNameAsc: "name ASC", prefect.AutomationNameDesc: "name DESC",
	}[sort]
	return all(ctx, tx, b.Write(" ORDER BY automation.").Write(order).Page(limit, offset), scanAutomation)
}

// CountAutomations counts the automations that the filter selects.
func (tx *Tx) CountAutomations(ctx context.Context, f *prefect.AutomationFilter) (int64, error) {
	b := tx.sql("SELECT count(*) FROM automation")
	automationFilter(b.Where(), f)
	return tx.int(ctx, b)
}

// RelateAutomation notes that an automation belongs to a resource (owned), or has to do with it. One that belongs to it goes on to do so.
func (tx *Tx) RelateAutomation(ctx context.Context, automation uuid.UUID, resource string, owned bool) error {
	now := tx.Now()
	return tx.queue(ctx, tx.sql("INSERT INTO automation_related_resource (id, created, updated, automation_id, resource_id, automation_owned_by_resource) VALUES ").
		Values(prefect.NewID(), now, now, automation, resource, owned).
		Write(` ON CONFLICT (automation_id, resource_id) DO UPDATE SET updated = excluded.updated,
	automation_owned_by_resource = automation_related_resource.automation_owned_by_resource OR excluded.automation_owned_by_resource`))
}

// UnrelateDeployments forgets the deployments that an automation has to do with and does not belong to.
func (tx *Tx) UnrelateDeployments(ctx context.Context, automation uuid.UUID) error {
	return tx.queue(ctx, tx.sql("DELETE FROM automation_related_resource WHERE automation_id = ").Arg(automation).
		Write(" AND resource_id LIKE 'prefect.deployment.%' AND NOT automation_owned_by_resource"))
}

// RelatedAutomations gives the automations that have to do with a resource, or with owned those that belong to it and are not newer than
// created.
func (tx *Tx) RelatedAutomations(ctx context.Context, resource string, owned bool, created prefect.Time) ([]prefect.Automation, error) {
	b := tx.sql("SELECT " + automationColumns + " FROM automation JOIN automation_related_resource r ON r.automation_id = automation.id WHERE r.resource_id = ").Arg(resource)
	if owned {
		b.Write(" AND r.automation_owned_by_resource AND automation.created <= ").Arg(created)
	}
	return all(ctx, tx, b, scanAutomation)
}

// AutomationsState tells when an automation was changed last and how many there are: what is the same has not changed, but for a change
// within the same microsecond.
func (tx *Tx) AutomationsState(ctx context.Context) (updated prefect.Time, count int64, err error) {
	err = tx.each(ctx, tx.sql("SELECT (SELECT updated FROM automation ORDER BY updated DESC LIMIT 1), count(*) FROM automation"), func(r Row) error {
		var last *prefect.Time
		if err := r.Scan(&last, &count); err != nil {
			return err
		}
		if last != nil {
			updated = *last
		}
		return nil
	})
	return updated, count, err
}

// AllAutomations gives every automation that is switched on.
func (tx *Tx) AllAutomations(ctx context.Context) ([]prefect.Automation, error) {
	return all(ctx, tx, tx.sql("SELECT "+automationColumns+" FROM automation WHERE enabled ORDER BY created, id"), scanAutomation)
}

// NotifyAutomation lets the servers of the reference that share a PostgreSQL database know that an automation was created, updated or
// deleted: they read it again.
func (tx *Tx) NotifyAutomation(ctx context.Context, automation uuid.UUID, what string) error {
	if tx.dialect == sqlb.SQLite {
		return nil
	}
	return tx.queue(ctx, tx.sql("SELECT pg_notify('prefect_automation_changes', ").Arg(`{"automation_id":"`+automation.String()+`","event_type":"`+what+`"}`).Write(")"))
}
