package store

import (
	"bytes"
	"cmp"
	"context"
	"slices"

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
	if total == 0 || limit == 0 {
		return []prefect.ReceivedEvent{}, nil
	}
	q, err := tx.eventQuery(ctx, f)
	if err != nil {
		return nil, err
	}
	order := eventOrder(f)
	b := tx.sql("")
	// What is skipped, and what is sorted, costs no row.
	page := func(from string) {
		b.Write("SELECT " + eventColumns + " FROM (SELECT events.id FROM " + from)
	}
	if distinct(f) {
		page("(SELECT events.id, events.occurred, row_number() OVER (PARTITION BY events.resource_id ORDER BY " + order + ") AS place FROM events")
		q.write(b.Where())
		b.Write(") events WHERE place = 1")
	} else {
		walk, err := tx.walkEvents(ctx, total, limit+offset)
		if err != nil {
			return nil, err
		}
		q.walk = walk && tx.dialect == sqlb.SQLite
		if !walk && tx.dialect != sqlb.SQLite {
			// PostgreSQL would guess how many are selected, and may walk through the whole table for the few that there are.
			b.Write("WITH found AS MATERIALIZED (SELECT events.id, events.occurred FROM events")
			q.write(b.Where())
			b.Write(") ")
			page("found events")
		} else {
			page("events")
			q.write(b.Where())
		}
	}
	b.Write(" ORDER BY "+order).Page(limit, offset)
	b.Write(") page").Either(" CROSS JOIN events ON", " JOIN events ON").Write(" events.id = page.id ORDER BY " + order)
	return all(ctx, tx, b, scanEvent)
}

// walkEvents tells whether it is best to walk through the events in their order, up to where the page is full. Of n events, total are
// selected, evenly spread: to search for them and sort costs total, to walk costs n*rows/total.
func (tx *Tx) walkEvents(ctx context.Context, total, rows int64) (bool, error) {
	last, err := tx.manyEvents(ctx)
	return float64(total)*float64(total) > float64(last)*float64(max(rows, 1)), err
}

// maxEventNames is up to how many names of events are looked up before a search for some of them.
const maxEventNames = 500

// eventQuery prepares a query. No index holds a prefix of a name, as it is meant, nor an id without a name: of the few names that there
// usually are, those which the filter selects are looked up, and these an index holds.
func (tx *Tx) eventQuery(ctx context.Context, f *prefect.EventFilter) (*eventQuery, error) {
	q := &eventQuery{EventFilter: f, bytewise: tx.bytewise}
	q.few = q.byID()
	n := f.Event
	switch {
	case !q.byName() && !q.prefixOnly():
		return q, nil
	case q.byName() && len(n.Prefix)+len(n.ExcludePrefix)+len(n.ExcludeName) == 0:
		q.names, q.lookedUp = n.Name, true
	default:
		if err := tx.lookUpNames(ctx, q); err != nil {
			return nil, err
		}
	}
	var err error
	if q.lookedUp && q.prefixOnly() {
		if q.byPrefix, err = tx.prefixFirst(ctx, q); err != nil {
			return nil, err
		}
	}
	if q.scans() && q.lookedUp && q.byName() && !q.few && tx.dialect == sqlb.SQLite {
		var most bool
		most, err = tx.mostEvents(ctx, q)
		q.few = !most
	}
	return q, err
}

// prefixFirst tells whether it is best to find events by prefixes of ids, at all times, rather than to look at all events of the filter's
// time.
func (tx *Tx) prefixFirst(ctx context.Context, q *eventQuery) (bool, error) {
	last, err := tx.manyEvents(ctx)
	if err != nil {
		return false, err
	}
	// An entry of the index costs a tenth of what a row does that must be looked up.
	const part, ratio = 8, 10
	atMost := func(limit int64, where func(*sqlb.Where)) (int64, error) {
		b := tx.sql("SELECT count(*) FROM (SELECT 1 FROM events")
		where(b.Where())
		return tx.int(ctx, b.Write(" LIMIT ").Arg(limit).Write(") found"))
	}
	during, err := atMost(last/part+1, func(w *sqlb.Where) { occurred(w, "events.occurred", q.EventFilter) })
	if err != nil || during > last/part {
		return true, err
	}
	n, err := atMost(during*ratio+1, func(w *sqlb.Where) {
		w.Next().In("events.event", q.names)
		between(w, "events.resource_id", q.Resource.IDPrefix)
	})
	return n <= during*ratio, err
}

// manyEvents tells about how many events there are.
func (tx *Tx) manyEvents(ctx context.Context) (int64, error) {
	return tx.int(ctx, tx.sql("SELECT ").Either("coalesce(max(rowid), 0) FROM events", "greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'events'::regclass"))
}

// lookUpNames finds the names of events that the filter selects, unless there are too many names.
func (tx *Tx) lookUpNames(ctx context.Context, q *eventQuery) error {
	b := tx.sql("WITH RECURSIVE names(name, place) AS (SELECT min(event), 1 FROM events UNION ALL "+
		"SELECT (SELECT min(event) FROM events WHERE event > name), place + 1 FROM names WHERE name IS NOT NULL AND place <= ").Arg(maxEventNames).
		Either("", "::bigint").Write(") SELECT name, CASE WHEN TRUE")
	if q.Event != nil {
		eventNames(b.And(), "name", q.Event)
	}
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
	return err
}

// EventsAfter gives, oldest first, those of the events that the filter selects which come after the given one: by when they occurred,
// and of those that occurred at once by their id.
func (tx *Tx) EventsAfter(ctx context.Context, f *prefect.EventFilter, at prefect.Time, id uuid.UUID, limit int64) ([]prefect.ReceivedEvent, error) {
	b := tx.sql("SELECT " + eventColumns + " FROM events")
	w := b.Where()
	(&eventQuery{EventFilter: f, walk: true, bytewise: tx.bytewise}).write(w)
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

// FirstEvents gives the first of the events that the filter, which is complete, selects, in its order, and how many it selects.
func (tx *Tx) FirstEvents(ctx context.Context, f *prefect.EventFilter, limit int64) ([]prefect.ReceivedEvent, int64, error) {
	if tx.dialect == sqlb.SQLite && (&eventQuery{EventFilter: f}).scans() && len(f.ID.ID) == 0 && !distinct(f) && limit > 0 {
		return tx.scanEvents(ctx, f, limit)
	}
	total, err := tx.CountEvents(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	events, err := tx.Events(ctx, f, total, limit, 0)
	return events, total, err
}

// scanEvents is FirstEvents on SQLite for what no index holds: counting looks at all events, and finds the first ones on the way.
// PostgreSQL counts with several processes at once, which costs less than what it would have to do to find the first ones by the same.
func (tx *Tx) scanEvents(ctx context.Context, f *prefect.EventFilter, limit int64) (events []prefect.ReceivedEvent, total int64, err error) {
	q, err := tx.eventQuery(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	order := eventOrder(f)
	type place struct {
		occurred string // as it is stored: in the order of time
		id       uuid.UUID
	}
	var first []place
	keep := func(n int64) {
		slices.SortFunc(first, func(a, b place) int {
			if f.Order != prefect.EventsAscending {
				a, b = b, a
			}
			return cmp.Or(cmp.Compare(a.occurred, b.occurred), bytes.Compare(a.id[:], b.id[:]))
		})
		first = first[:min(int64(len(first)), n)]
	}
	b := tx.sql("SELECT events.occurred, events.id FROM events")
	q.write(b.Where())
	err = tx.each(ctx, b, func(r Row) error {
		var p place
		if err := r.Scan(&p.occurred, &p.id); err != nil {
			return err
		}
		total++
		if first = append(first, p); int64(len(first)) >= 4*limit {
			keep(limit)
		}
		return nil
	})
	if err != nil || total == 0 {
		return []prefect.ReceivedEvent{}, 0, err
	}
	keep(limit)
	ids := make([]uuid.UUID, len(first))
	for i := range first {
		ids[i] = first[i].id
	}
	b = tx.sql("SELECT "+eventColumns+" FROM events WHERE ").In("events.id", ids)
	events, err = all(ctx, tx, b.Write(" ORDER BY "+order), scanEvent)
	return events, total, err
}
