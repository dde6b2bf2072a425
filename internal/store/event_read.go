package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
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
	q, err := tx.eventQuery(ctx, f)
	if err != nil {
		return 0, err
	}
	b := tx.sql("SELECT " + what + " FROM events")
	q.write(b.Where())
	return tx.int(ctx, b)
}

// Events gives a part of the events that the filter, which is complete, selects, in its order. total is about how many it selects.
func (tx *Tx) Events(ctx context.Context, f *prefect.EventFilter, total, limit, offset int64) ([]prefect.ReceivedEvent, error) {
	if n := int64(len(f.ID.ID)); n > 0 {
		limit = min(limit, n) // as the reference does
	}
	q, err := tx.eventQuery(ctx, f)
	if err != nil {
		return nil, err
	}
	order := eventOrder(f)
	if !distinct(f) {
		if q.walk, err = tx.walkEvents(ctx, total, limit+offset); err != nil {
			return nil, err
		}
	}
	// What is skipped, and what is sorted, costs no row.
	b := tx.sql("SELECT " + eventColumns + " FROM (")
	if distinct(f) {
		b.Write("SELECT id FROM (SELECT events.id, events.occurred, row_number() OVER (PARTITION BY events.resource_id ORDER BY " + order + ") AS place FROM events")
		q.write(b.Where())
		b.Write(") events WHERE place = 1")
	} else {
		b.Write("SELECT events.id FROM events")
		q.write(b.Where())
	}
	b.Write(" ORDER BY "+order).Page(limit, offset)
	b.Write(") page").Either(" CROSS JOIN events ON", " JOIN events ON").Write(" events.id = page.id ORDER BY " + order)
	return all(ctx, tx, b, scanEvent)
}

// walkEvents tells whether SQLite does best to walk through the events in their order, up to where the page is full. Of n events, total are
// selected, evenly spread: to search for them and sort costs total, to walk costs n*rows/total.
func (tx *Tx) walkEvents(ctx context.Context, total, rows int64) (bool, error) {
	if tx.dialect != sqlb.SQLite {
		return false, nil
	}
	last, err := tx.int(ctx, tx.sql("SELECT coalesce(max(rowid), 0) FROM events"))
	return float64(total)*float64(total) > float64(last)*float64(max(rows, 1)), err
}

// maxEventNames is up to how many names of events are looked up before a search for some of them.
const maxEventNames = 500

// eventQuery prepares a query. No index holds a prefix, as it is meant: of the few names that there usually are, those which have it are
// looked up, and these an index holds.
func (tx *Tx) eventQuery(ctx context.Context, f *prefect.EventFilter) (*eventQuery, error) {
	q := &eventQuery{EventFilter: f}
	if n := f.Event; n == nil || len(n.Prefix) == 0 && len(n.ExcludePrefix) == 0 && len(n.ExcludeName) == 0 && len(n.Name) == 0 {
		return q, nil
	}
	if len(f.Event.Prefix) == 0 && len(f.Event.ExcludePrefix) == 0 && len(f.Event.ExcludeName) == 0 {
		q.names, q.lookedUp = f.Event.Name, true
		return q, nil
	}
	b := tx.sql("WITH RECURSIVE names(name, place) AS (SELECT min(event), 1 FROM events UNION ALL "+
		"SELECT (SELECT min(event) FROM events WHERE event > name), place + 1 FROM names WHERE name IS NOT NULL AND place <= ").Arg(maxEventNames).
		Either("", "::bigint").Write(") SELECT name, CASE WHEN TRUE")
	eventNames(b.And(), "name", f.Event)
	b.Write(" THEN 1 ELSE 0 END FROM names WHERE name IS NOT NULL")
	count := 0
	err := tx.each(ctx, b, func(r Row) error {
		var name string
		var selected int64
		if err := r.Scan(&name, &selected); err != nil {
			return err
		}
		if count++; selected == 1 {
			q.names = append(q.names, name)
		}
		return nil
	})
	if q.lookedUp = count <= maxEventNames; q.lookedUp && q.names == nil {
		q.names = []string{}
	}
	return q, err
}

// EventsAfter gives, oldest first, those of the events that the filter selects which come after the given one: by when they occurred,
// and of those that occurred at once by their id.
func (tx *Tx) EventsAfter(ctx context.Context, f *prefect.EventFilter, at prefect.Time, id uuid.UUID, limit int64) ([]prefect.ReceivedEvent, error) {
	b := tx.sql("SELECT " + eventColumns + " FROM events")
	w := b.Where()
	(&eventQuery{EventFilter: f, walk: true}).write(w)
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
