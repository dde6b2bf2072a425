package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

const eventColumns = "events.occurred, events.event, events.resource, events.related, events.payload, events.id, events.follows, events.received"

func scanEvent(r Row, e *prefect.ReceivedEvent) error {
	return r.Scan(&e.Occurred, &e.Event.Event, &e.Resource, &e.Related, &e.Payload, &e.ID, &e.Follows, &e.Received)
}

// CountEvents counts the events that the filter, which is complete, selects.
func (tx *Tx) CountEvents(ctx context.Context, f *prefect.EventFilter) (int64, error) {
	what := "count(*)"
	if distinct(f) {
		what = "count(DISTINCT events.resource_id)"
	}
	b := tx.sql("SELECT " + what + " FROM events")
	eventFilter(b.Where(), f)
	return tx.int(ctx, b)
}

// Events gives a part of the events that the filter, which is complete, selects, in its order.
func (tx *Tx) Events(ctx context.Context, f *prefect.EventFilter, limit, offset int64) ([]prefect.ReceivedEvent, error) {
	if n := int64(len(f.ID.ID)); n > 0 {
		limit = min(limit, n) // as the reference does
	}
	order := eventOrder(f)
	// What is skipped, and what is sorted, costs no row.
	b := tx.sql("SELECT " + eventColumns + " FROM (")
	if distinct(f) {
		b.Write("SELECT id FROM (SELECT events.id, events.occurred, row_number() OVER (PARTITION BY events.resource_id ORDER BY " + order + ") AS place FROM events")
		eventFilter(b.Where(), f)
		b.Write(") events WHERE place = 1")
	} else {
		b.Write("SELECT events.id FROM events")
		eventFilter(b.Where(), f)
	}
	b.Write(" ORDER BY "+order).Page(limit, offset)
	b.Write(") page").Either(" CROSS JOIN events ON", " JOIN events ON").Write(" events.id = page.id ORDER BY " + order)
	return all(ctx, tx, b, scanEvent)
}

// EventsAfter gives, oldest first, those of the events that the filter selects which come after the given one: by when they occurred,
// and of those that occurred at once by their id.
func (tx *Tx) EventsAfter(ctx context.Context, f *prefect.EventFilter, at prefect.Time, id uuid.UUID, limit int64) ([]prefect.ReceivedEvent, error) {
	b := tx.sql("SELECT " + eventColumns + " FROM events")
	w := b.Where()
	eventFilter(w, f)
	w.Next().Write("events.occurred >= ").Arg(at) // for the index
	w.Next().Write("(events.occurred, events.id) > (").Arg(at).Write(", ").Arg(id).Write(")")
	return all(ctx, tx, b.Write(" ORDER BY events.occurred, events.id").Page(limit, 0), scanEvent)
}

// EventsByID gives those of the events that exist.
func (tx *Tx) EventsByID(ctx context.Context, ids []uuid.UUID) ([]prefect.ReceivedEvent, error) {
	return all(ctx, tx, tx.sql("SELECT "+eventColumns+" FROM events WHERE ").In("events.id", ids).Write(" ORDER BY events.occurred, events.id"), scanEvent)
}

func distinct(f *prefect.EventFilter) bool { return f.Resource != nil && f.Resource.Distinct }

func eventOrder(f *prefect.EventFilter) string {
	if f.Order == prefect.EventsAscending {
		return "events.occurred ASC, events.id ASC"
	}
	return "events.occurred DESC, events.id DESC"
}

// EventsStoredAfter gives the ids of the first events that were stored after the given one, by time and then by id, and when the last of
// them was. Without any it gives the time back.
func (tx *Tx) EventsStoredAfter(ctx context.Context, at prefect.Time, id uuid.UUID, limit int64) ([]uuid.UUID, prefect.Time, error) {
	var ids []uuid.UUID
	b := tx.sql("SELECT id, updated FROM events WHERE updated >= ").Arg(at).Write(" AND (updated, id) > (").Arg(at).Write(", ").Arg(id).
		Write(") ORDER BY updated, id").Page(limit, 0)
	err := tx.each(ctx, b, func(r Row) error {
		var id uuid.UUID
		err := r.Scan(&id, &at)
		ids = append(ids, id)
		return err
	})
	return ids, at, err
}
