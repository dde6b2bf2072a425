package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// second is how many microseconds a second has.
const second = 1_000_000

// maxEventCounts bounds how many names or resources are counted: those with the most events.
const maxEventCounts = 10_000

// CountEventsByName counts the events that the filter, which is complete, selects by their name, those with the most first.
func (tx *Tx) CountEventsByName(ctx context.Context, f *prefect.EventFilter) ([]prefect.EventCount, error) {
	q, err := tx.eventQuery(ctx, f)
	if err != nil {
		return nil, err
	}
	if q.byNameAndTime() {
		if names, ok, err := tx.namesOf(ctx, q); err != nil || ok {
			if err != nil {
				return nil, err
			}
			return tx.countNames(ctx, f, names)
		}
	}
	b := tx.sql("SELECT events.event, events.event, count(*), min(events.occurred), max(events.occurred) FROM events")
	q.write(b.Where())
	return all(ctx, tx, b.Write(" GROUP BY events.event ORDER BY 3 DESC, 1").Page(maxEventCounts, 0), scanEventCount)
}

// byNameAndTime tells whether the filter asks for nothing but names and the time.
func (q *eventQuery) byNameAndTime() bool {
	return q.Resource == nil && len(q.Related) == 0 && len(q.AnyResource) == 0 && len(q.ID.ID) == 0 && q.Text == nil
}

// namesOf gives the names of the events that the filter selects, of all that there are. ok is false where there are too many names.
func (tx *Tx) namesOf(ctx context.Context, q *eventQuery) (names []string, ok bool, err error) {
	if !q.lookedUp && !q.byName() {
		err = tx.lookUpNames(ctx, q)
	}
	return q.names, q.lookedUp, err
}

// countNames counts events of the names: to count what lies between two places of an index costs a tenth of what grouping it does.
func (tx *Tx) countNames(ctx context.Context, f *prefect.EventFilter, names []string) ([]prefect.EventCount, error) {
	b := tx.sql("SELECT n.value")
	for _, what := range []string{"count(*)", "min(events.occurred)", "max(events.occurred)"} {
		b.Write(", (SELECT " + what + " FROM events")
		w := b.Where()
		w.Next().Write("events.event = n.value")
		occurred(w, "events.occurred", f)
		b.Write(")")
	}
	slices.Sort(names)
	b.Write(" FROM ").Either("json_each(", "unnest(").Arg(sqlb.List{Values: slices.Compact(names)}).Either(") n", "::text[]) n(value)")
	counts := []prefect.EventCount{}
	err := tx.each(ctx, b, func(r Row) error {
		var c prefect.EventCount
		var first, last *prefect.Time
		if err := r.Scan(&c.Value, &c.Count, &first, &last); err != nil || c.Count == 0 {
			return err
		}
		c.Label, c.StartTime, c.EndTime = c.Value, *first, *last
		counts = append(counts, c)
		return nil
	})
	// Those with the most first, and among equals by name: as they lie already.
	slices.SortStableFunc(counts, func(a, b prefect.EventCount) int { return cmp.Compare(b.Count, a.Count) })
	return counts, err
}

// CountEventsByResource is CountEventsByName for the resources that the events are about. Each is labelled with the newest of its names.
func (tx *Tx) CountEventsByResource(ctx context.Context, f *prefect.EventFilter) ([]prefect.EventCount, error) {
	q, err := tx.eventQuery(ctx, f)
	if err != nil {
		return nil, err
	}
	if q.byNameAndTime() {
		if q.whole, err = tx.mostEvents(ctx, &eventQuery{EventFilter: f}); err != nil {
			return nil, err
		}
	}
	b := tx.sql("WITH counted AS (SELECT events.resource_id AS value, count(*) AS number, min(events.occurred) AS oldest, max(events.occurred) AS latest FROM events")
	q.write(b.Where())
	b.Write(" GROUP BY events.resource_id ORDER BY number DESC, value").Page(maxEventCounts, 0)
	// Names are looked up for what is answered only, where an index leads to them.
	b.Write(`) SELECT value, coalesce((SELECT coalesce(r.resource ->> `).Either(`'$."prefect.resource.name"'`, `'prefect.resource.name'`).
		Write(`, r.resource ->> `).Either(`'$."prefect.name"'`, `'prefect.name'`).
		Write(`) FROM event_resources r WHERE r.resource_id = value AND r.occurred = latest AND r.resource_role = '' LIMIT 1), value) AS label, number, oldest, latest ` +
			`FROM counted ORDER BY number DESC, label, value`)
	return all(ctx, tx, b, scanEventCount)
}

func scanEventCount(r Row, c *prefect.EventCount) error {
	return r.Scan(&c.Value, &c.Label, &c.Count, &c.StartTime, &c.EndTime)
}

// CountEventsByTime counts the events that the filter, which is complete, selects by when they occurred: in spans of so many
// microseconds, one of which begins at the pivot. The answer tells the number of events by the number of the span, counted from the
// pivot on. SQLite looks at whole seconds, as the reference does there.
func (tx *Tx) CountEventsByTime(ctx context.Context, f *prefect.EventFilter, pivot prefect.Time, span int64) (map[int64]int64, error) {
	q, err := tx.eventQuery(ctx, f)
	if err != nil {
		return nil, err
	}
	if q.byNameAndTime() && (!q.byName() || q.lookedUp) {
		first, end := floorDiv(f.Occurred.Since.Value.UnixMicro()-pivot.UnixMicro(), span), floorDiv(f.Occurred.Until.Value.UnixMicro()-pivot.UnixMicro(), span)+1
		if end <= first { // the time ends before it begins
			return map[int64]int64{}, nil
		}
		if (end-first)*max(int64(len(q.names)), 1) <= maxSpanSearches {
			return tx.countSpans(ctx, q, pivot, span, first, end)
		}
	}
	b := tx.sql("SELECT ")
	if tx.dialect == sqlb.SQLite {
		// Times are texts: the part of them that the span needs is cheaper to group by than anything computed.
		b.Write("substr(events.occurred, 1, ").Arg(timePrefix(span)).Write(")")
	} else {
		b.Write("date_bin(").Arg(span).Write("::bigint * interval '1 microsecond', events.occurred, ").Arg(pivot).Write("::timestamptz)")
	}
	b.Write(", count(*) FROM events")
	q.write(b.Where())
	counts := map[int64]int64{}
	return counts, tx.each(ctx, b.Write(" GROUP BY 1"), func(r Row) error {
		at, n, err := tx.scanSpan(r)
		if err != nil {
			return err
		}
		counts[floorDiv(at.UnixMicro()-pivot.UnixMicro(), span)] += n
		return nil
	})
}

// maxSpanSearches bounds the searches of an index that counting by time takes.
const maxSpanSearches = 20_000

// countSpans counts the events of each span from number first on, up to before number end, as so many parts of an index: that costs a
// tenth of what grouping them does.
func (tx *Tx) countSpans(ctx context.Context, q *eventQuery, pivot prefect.Time, span, first, end int64) (map[int64]int64, error) {
	since, until := q.Occurred.Since.Value.UnixMicro(), q.Occurred.Until.Value.UnixMicro()+1
	begin := func(number int64) int64 {
		at := pivot.UnixMicro() + number*span
		if tx.dialect == sqlb.SQLite {
			at = -floorDiv(-at, second) * second // the first whole second in the span
		}
		return min(max(at, since), until)
	}
	texts := make([]string, 0, end-first+1)
	for number := first; number <= end; number++ {
		texts = append(texts, time.UnixMicro(begin(number)).UTC().Format("2006-01-02 15:04:05.000000"))
	}
	b := tx.sql("SELECT place, (SELECT count(*) FROM events")
	w := b.Where()
	w.Next().Write("events.occurred >= span.since")
	w.Next().Write("events.occurred < span.until")
	if q.byName() {
		w.Next().In("events.event", q.names)
	}
	b.Write(") FROM (SELECT place, since, until FROM (SELECT ")
	b.Either("key AS place, value AS since, lead(value) OVER (ORDER BY key) AS until FROM json_each(",
		"place, value::timestamp AT TIME ZONE 'UTC' AS since, lead(value::timestamp AT TIME ZONE 'UTC') OVER (ORDER BY place) AS until FROM unnest(")
	b.Arg(sqlb.List{Values: texts}).Either(")", "::text[]) WITH ORDINALITY span(value, place)").Write(") span WHERE until IS NOT NULL) span")
	counts := make(map[int64]int64, end-first)
	number := first
	return counts, tx.each(ctx, b.Write(" ORDER BY place"), func(r Row) error {
		var place, n int64
		err := r.Scan(&place, &n)
		if n > 0 {
			counts[number] = n
		}
		number++
		return err
	})
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// mostEvents tells SQLite whether a good part of all events lies in the filter's time, and has its names if they were looked up: then what
// holds all that is asked for is better gone through as a whole than rows are looked up one by one.
func (tx *Tx) mostEvents(ctx context.Context, q *eventQuery) (bool, error) {
	if tx.dialect != sqlb.SQLite {
		return false, nil
	}
	last, err := tx.manyEvents(ctx)
	if err != nil {
		return false, err
	}
	const part = 8
	b := tx.sql("SELECT count(*) FROM (SELECT 1 FROM events")
	w := b.Where()
	occurred(w, "events.occurred", q.EventFilter)
	if q.lookedUp {
		w.Next().In("events.event", q.names)
	}
	n, err := tx.int(ctx, b.Write(" LIMIT ").Arg(last/part+1).Write(")"))
	return n > last/part, err
}

// scanSpan reads when a span begins, or, on SQLite, what its times have in common, and the number of its events.
func (tx *Tx) scanSpan(r Row) (at prefect.Time, n int64, err error) {
	if tx.dialect != sqlb.SQLite {
		err = r.Scan(&at, &n)
		return at, n, err
	}
	const rest = "0000-00-00 00:00:00"
	var text string
	if err = r.Scan(&text, &n); err == nil {
		at, err = prefect.ParseStoredTime(text + rest[min(len(text), len(rest)):])
	}
	return at, n, err
}

// timePrefix is how much of a time's text tells spans of so many microseconds apart.
func timePrefix(span int64) int {
	switch {
	case span%(24*3600*second) == 0:
		return len("2006-01-02")
	case span%(3600*second) == 0:
		return len("2006-01-02 15")
	case span%(60*second) == 0:
		return len("2006-01-02 15:04")
	}
	return len("2006-01-02 15:04:05")
}
