package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// NewEvents gives those of the events that are not stored yet, each once.
func (tx *Tx) NewEvents(ctx context.Context, events []prefect.ReceivedEvent) ([]prefect.ReceivedEvent, error) {
	ids := make([]uuid.UUID, len(events))
	for i := range events {
		ids[i] = events[i].ID
	}
	known := make(map[uuid.UUID]bool, len(events))
	err := tx.each(ctx, tx.sql("SELECT id FROM events WHERE ").In("id", ids), func(r Row) error {
		var id uuid.UUID
		if err := r.Scan(&id); err != nil {
			return err
		}
		known[id] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	fresh := make([]prefect.ReceivedEvent, 0, len(events))
	for i := range events {
		if !known[events[i].ID] {
			known[events[i].ID] = true
			fresh = append(fresh, events[i])
		}
	}
	return fresh, nil
}

// InsertEvents stores events with their resources. One that is stored already is a *ConstraintError, whose resources would
// be stored twice.
func (tx *Tx) InsertEvents(ctx context.Context, events []prefect.ReceivedEvent) error {
	now := tx.Now()
	rows := make([][]any, 0, len(events))
	resources := make([][]any, 0, 3*len(events))
	for i := range events {
		e := &events[i]
		related := make([]string, len(e.Related))
		for j, r := range e.Related {
			related[j] = r[prefect.ResourceID]
		}
		rows = append(rows, []any{e.ID, now, now, e.Occurred, e.Event.Event, e.Resource[prefect.ResourceID], JSON{e.Resource},
			JSON{related}, JSON{relatedOrEmpty(e.Related)}, e.Payload, e.Received, now, e.Follows})
		resources = append(resources, resourceRow(e, now, e.Resource, ""))
		for _, r := range e.Related {
			resources = append(resources, resourceRow(e, now, prefect.Resource(r), r[prefect.ResourceRole]))
		}
	}
	err := tx.insert(ctx, `INSERT INTO events (id, created, updated, occurred, event, resource_id, resource, related_resource_ids,
	related, payload, received, recorded, follows)`, rows, "")
	if err != nil {
		return err
	}
	return tx.insert(ctx, "INSERT INTO event_resources (id, created, updated, occurred, resource_id, resource_role, resource, event_id)", resources, "")
}

func relatedOrEmpty(r []prefect.RelatedResource) []prefect.RelatedResource {
	if r == nil {
		return []prefect.RelatedResource{}
	}
	return r
}

// resourceRow keeps the id and the role in columns of their own, and the other labels as a document.
func resourceRow(e *prefect.ReceivedEvent, now prefect.Time, r prefect.Resource, role string) []any {
	labels := make(map[string]string, len(r))
	for k, v := range r {
		if k != prefect.ResourceID && k != prefect.ResourceRole {
			labels[k] = v
		}
	}
	return []any{uuid.New(), now, now, e.Occurred, r[prefect.ResourceID], role, JSON{labels}, e.ID}
}
