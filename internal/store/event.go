package store

import (
	"bytes"
	"context"
	"slices"

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

//nolint:gochecknoglobals // Go has no constant slices
var (
	eventBulk = []bulkColumn{
		{"id", kindUUID}, {"created", kindTime}, {"updated", kindTime}, {"occurred", kindTime}, {"event", kindText}, {"resource_id", kindText},
		{"resource", kindJSONB}, {"related_resource_ids", kindJSONB}, {"related", kindJSONB}, {"payload", kindJSONB}, {"received", kindTime},
		{"recorded", kindTime}, {"follows", kindUUID},
	}
	eventResourceBulk = []bulkColumn{
		{"id", kindUUID}, {"created", kindTime}, {"updated", kindTime}, {"occurred", kindTime}, {"resource_id", kindText}, {"resource_role", kindText},
		{"resource", kindJSON}, {"event_id", kindUUID},
	}
)

// InsertEvents stores events with their resources, and queues them for automations. Once that is committed, others are told.
// One that is stored already is a *ConstraintError: its resources would be stored twice. No event costs a round trip.
func (tx *Tx) InsertEvents(ctx context.Context, events []prefect.ReceivedEvent) error {
	if len(events) == 0 {
		return nil
	}
	tx.stored = append(tx.stored, events...)
	if tx.events.Unkept {
		return tx.queueEvents(ctx, events, func(e *prefect.ReceivedEvent) any { return JSON{e} })
	}
	if err := tx.keepEvents(ctx, events); err != nil {
		return err
	}
	return tx.queueEvents(ctx, events, func(*prefect.ReceivedEvent) any { return nil })
}

// KeepEvents is InsertEvents for events that somebody else holds against automations: they are stored and told of, and not queued.
func (tx *Tx) KeepEvents(ctx context.Context, events []prefect.ReceivedEvent) error {
	if len(events) == 0 {
		return nil
	}
	tx.stored = append(tx.stored, events...)
	return tx.keepEvents(ctx, events)
}

// keepEvents writes Prefect's own tables.
func (tx *Tx) keepEvents(ctx context.Context, events []prefect.ReceivedEvent) error {
	now := tx.Now()
	rows := tx.bulkInsert("events", eventBulk, "")
	// In the order of their ids: of two servers that are sent the same events, one then waits for the other, and not each for each.
	for _, e := range byID(events) {
		related := make([]string, len(e.Related))
		for j, r := range e.Related {
			related[j] = r[prefect.ResourceID]
		}
		err := rows.row(ctx, e.ID, now, now, e.Occurred, e.Event.Event, e.Resource[prefect.ResourceID], JSON{e.Resource},
			JSON{related}, JSON{relatedOrEmpty(e.Related)}, e.Payload, e.Received, now, e.Follows)
		if err != nil {
			return err
		}
	}
	if err := rows.queue(ctx); err != nil {
		return err
	}
	resources := tx.bulkInsert("event_resources", eventResourceBulk, "")
	for i := range events {
		e := &events[i]
		if err := resources.row(ctx, resourceRow(e, now, e.Resource, "")...); err != nil {
			return err
		}
		for _, r := range e.Related {
			if err := resources.row(ctx, resourceRow(e, now, prefect.Resource(r), r[prefect.ResourceRole])...); err != nil {
				return err
			}
		}
	}
	return resources.queue(ctx)
}

func byID(events []prefect.ReceivedEvent) []*prefect.ReceivedEvent {
	sorted := make([]*prefect.ReceivedEvent, len(events))
	for i := range events {
		sorted[i] = &events[i]
	}
	slices.SortFunc(sorted, func(a, b *prefect.ReceivedEvent) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return sorted
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
	return []any{prefect.NewID(), now, now, e.Occurred, r[prefect.ResourceID], role, JSON{labels}, e.ID}
}
