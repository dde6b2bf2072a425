package store

import (
	"context"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// maxEventCounts bounds how many names or resources are counted: those with the most events.
const maxEventCounts = 10_000

// CountEventsByName counts the events that the filter, which is complete, selects by their name, those with the most first.
func (tx *Tx) CountEventsByName(ctx context.Context, f *prefect.EventFilter) ([]prefect.EventCount, error) {
	q, err := tx.eventQuery(ctx, f)
	if err != nil {
		return nil, err
	}
	b := tx.sql("SELECT events.event, events.event, count(*), min(events.occurred), max(events.occurred) FROM events")
	q.write(b.Where())
	return all(ctx, tx, b.Write(" GROUP BY events.event ORDER BY 3 DESC, 1").Page(maxEventCounts, 0), scanEventCount)
}

// CountEventsByResource is CountEventsByName for the resources that the events are about. Each is labelled with the newest of its names.
func (tx *Tx) CountEventsByResource(ctx context.Context, f *prefect.EventFilter) ([]prefect.EventCount, error) {
	q, err := tx.eventQuery(ctx, f)
	if err != nil {
		return nil, err
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
		since := at.UnixMicro() - pivot.UnixMicro()
		number := since / span
		if since%span < 0 {
			number--
		}
		counts[number] += n
		return nil
	})
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
	const second = 1_000_000
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
