package store

import (
	"maps"
	"slices"
	"strings"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
	"praetor/internal/store/sqlite"
)

// eventQuery is a filter, which is complete, with what is known of how to go about it.
type eventQuery struct {
	*prefect.EventFilter
	// names are those that the filter selects, of all that there are, once they were looked up.
	names    []string
	lookedUp bool
	// walk says that so many events are selected that it is best to go through them in their order: no index but that is to serve. Only
	// SQLite is told.
	walk bool
	// byPrefix says that prefixes of ids of the events' own resources are to be found by the index on name, id and time: there are few names,
	// and behind each of them the ids lie in their order.
	byPrefix bool
	// whole says that an index is to be gone through as a whole, not from one time to another. Only SQLite is told.
	whole bool
	// few says that other criteria leave few events, so that the resources of each are best looked at. Only SQLite is told.
	few bool
	// bytewise says that the database orders texts by their bytes.
	bytewise bool
}

// byName tells whether the filter selects events by their name.
func (q *eventQuery) byName() bool {
	n := q.Event
	return n != nil && len(n.Prefix)+len(n.ExcludePrefix)+len(n.Name)+len(n.ExcludeName) > 0
}

// prefixOnly tells whether the filter asks of the events' own resources that their ids have prefixes, which an index can hold.
func (q *eventQuery) prefixOnly() bool {
	r := q.Resource
	return r != nil && q.bytewise && ranged(r.IDPrefix) && len(r.ID) == 0 && len(r.Labels) == 0
}

// byID tells whether the filter has ids of events or resources, or how these begin.
func (q *eventQuery) byID() bool {
	r := q.Resource
	return len(q.ID.ID) > 0 || r != nil && (len(r.ID) > 0 || ranged(r.IDPrefix)) ||
		slices.ContainsFunc(q.Related, func(r prefect.EventRelatedFilter) bool { return len(r.ID)+len(r.ResourcesInRoles) > 0 }) ||
		slices.ContainsFunc(q.AnyResource, func(r prefect.EventAnyResourceFilter) bool { return len(r.ID) > 0 || ranged(r.IDPrefix) })
}

// scans tells whether the filter asks for what no index holds, so that all events of its time are looked at.
func (q *eventQuery) scans() bool {
	r := q.Resource
	return q.Text != nil || r != nil && len(r.Labels) > 0 && len(r.ID) == 0 ||
		slices.ContainsFunc(q.Related, func(r prefect.EventRelatedFilter) bool {
			return len(r.ID) == 0 && len(r.ResourcesInRoles) == 0 && len(r.Role)+len(r.Labels) > 0
		}) ||
		slices.ContainsFunc(q.AnyResource, func(r prefect.EventAnyResourceFilter) bool { return len(r.ID) == 0 && len(r.Labels) > 0 })
}

// write writes what the filter asks of table events.
func (q *eventQuery) write(w *sqlb.Where) {
	f := q.EventFilter
	at := "events.occurred"
	byPrefix := q.byPrefix && !q.walk
	if (byPrefix || q.whole) && w.Dialect() == sqlb.SQLite {
		at = "+events.occurred" // for the index in which the id comes first
	}
	occurred(w, at, f)
	switch {
	case q.lookedUp:
		if q.walk {
			w.Avoid("events.event")
		}
		if byPrefix || q.byName() {
			w.Next().In("events.event", q.names)
		}
	case f.Event != nil:
		eventNames(w, "events.event", f.Event)
	}
	if r := f.Resource; r != nil {
		q.resource(w, r, byPrefix)
	}
	for i := range f.Related {
		q.related(w, &f.Related[i])
	}
	for i := range f.AnyResource {
		r := &f.AnyResource[i]
		if len(r.ID) > 0 || len(r.IDPrefix) > 0 || len(r.Labels) > 0 {
			q.involved(w, r.ID, r.IDPrefix, func(w *sqlb.Where) { labels(w, r.Labels, true) })
		}
	}
	if len(f.ID.ID) > 0 {
		w.Next().In("events.id", f.ID.ID)
	}
	if f.Text != nil {
		textFilter(w, searchableEvent(w.Dialect()), true, prefect.ParseTextQuery(f.Text.Query))
	}
}

// resource writes what the filter asks of an event's own resource.
func (q *eventQuery) resource(w *sqlb.Where, r *prefect.EventResourceFilter, byPrefix bool) {
	if len(r.ID) > 0 {
		w.Next().In("events.resource_id", r.ID)
	}
	byTime := q.walk || q.lookedUp && !q.byPrefix
	if byPrefix || byTime && q.bytewise && ranged(r.IDPrefix) {
		column := "events.resource_id"
		if byTime && w.Dialect() == sqlb.SQLite {
			column = "+" + column
		}
		between(w, column, r.IDPrefix)
	}
	startsWith(w, "events.resource_id", r.IDPrefix)
	unindexed := len(r.IDPrefix) > 0 && w.Dialect() == sqlb.SQLite && !byPrefix && (!byTime || !q.prefixOnly())
	if len(r.ID) > 0 || len(r.Labels) > 0 || unindexed {
		// Table events has no index for the ids alone. The row of the resource says the same.
		q.involved(w, r.ID, r.IDPrefix, func(w *sqlb.Where) {
			w.Next().Write("r.resource_role = ''")
			labels(w, r.Labels, false)
		})
	}
}

// between writes that the column lies where all prefixes lie, and on SQLite where one of them does, since its LIKE passes over the case.
func between(w *sqlb.Where, column string, prefixes []string) {
	first, last := literal(prefixes[0]), literal(prefixes[0])
	for _, p := range prefixes[1:] {
		first, last = min(first, literal(p)), max(last, literal(p))
	}
	within(w, column, first, last)
	if len(prefixes) > 1 && w.Dialect() == sqlb.SQLite {
		oneOf(w, "+"+strings.TrimPrefix(column, "+"), prefixes)
	}
}

// within writes that the column lies between what begins with the first text and what begins with the last one.
func within(w *sqlb.Where, column, first, last string) {
	w.Next().Write(column + " >= ").Arg(first)
	w.Next().Write(column + " < ").Arg(last + "\U0010FFFF")
}

// oneOf writes that the column lies in one of the ranges of the prefixes.
func oneOf(w *sqlb.Where, column string, prefixes []string) {
	w.Any(func(w *sqlb.Where) {
		for _, p := range prefixes {
			w.All(func(w *sqlb.Where) { within(w, column, literal(p), literal(p)) })
		}
	})
}

// eventNames writes what the filter asks of a name.
func eventNames(w *sqlb.Where, column string, n *prefect.EventNameFilter) {
	startsWith(w, column, n.Prefix)
	for _, prefix := range n.ExcludePrefix {
		w.None(func(w *sqlb.Where) { startsWith(w, column, []string{prefix}) })
	}
	if len(n.Name) > 0 {
		w.Next().In(column, n.Name)
	}
	noneOf(w, column, n.ExcludeName)
}

func occurred(w *sqlb.Where, column string, f *prefect.EventFilter) {
	timeRange(w, column, &f.Occurred.Until.Value, &f.Occurred.Since.Value)
}

// searchableEvent are the columns of an event whose text is searched.
func searchableEvent(d sqlb.Dialect) []string {
	columns := []string{"events.event", "events.resource", "events.related", "events.payload"}
	if d != sqlb.SQLite {
		for i := range columns {
			columns[i] += "::text"
		}
	}
	return columns
}

// involved writes that a resource of the event has one of the ids, an id with one of the prefixes, and what fill says of its row r.
// The rows repeat when the event occurred. PostgreSQL finds out by itself whether to go from the resources to the events or the other
// way; SQLite is told.
func (q *eventQuery) involved(w *sqlb.Where, ids, prefixes []string, fill func(*sqlb.Where)) {
	if w.Dialect() == sqlb.SQLite && (q.walk || q.few && len(ids) == 0 && !ranged(prefixes)) {
		w.Next().Write("EXISTS (SELECT 1 FROM event_resources r WHERE r.event_id = events.id")
		inner := w.And()
		inner.Avoid("r.resource_id")
		q.resourceIDs(inner, ids, prefixes, "+r.resource_id")
		fill(inner)
		w.Write(")")
		return
	}
	w.Next().Write("events.id IN (SELECT r.event_id FROM event_resources r")
	inner := w.Where()
	at := "r.occurred"
	if w.Dialect() == sqlb.SQLite && len(ids) == 0 && ranged(prefixes) {
		at = "+r.occurred" // of two ranges SQLite would not know which is the smaller
	}
	occurred(inner, at, q.EventFilter)
	q.resourceIDs(inner, ids, prefixes, "r.resource_id")
	fill(inner)
	w.Write(")")
}

// resourceIDs writes what is asked of the id of the row r. Where texts are ordered by their bytes, prefixes are ranges, too, which an index
// of the column holds, and so, on SQLite, mind their case.
func (q *eventQuery) resourceIDs(w *sqlb.Where, ids, prefixes []string, column string) {
	if len(ids) > 0 {
		w.Next().In("r.resource_id", ids)
	}
	if q.bytewise && ranged(prefixes) {
		oneOf(w, column, prefixes)
	}
	startsWith(w, "r.resource_id", prefixes)
}

// literal is what a prefix begins with before its first wildcard.
func literal(prefix string) string {
	if i := strings.IndexAny(prefix, "%_"); i >= 0 {
		return prefix[:i]
	}
	return prefix
}

// ranged tells whether there are prefixes, and each says how ids begin.
func ranged(prefixes []string) bool {
	return len(prefixes) > 0 && !slices.ContainsFunc(prefixes, func(p string) bool { return literal(p) == "" })
}

func (q *eventQuery) related(w *sqlb.Where, r *prefect.EventRelatedFilter) {
	if len(r.ID) == 0 && len(r.Role) == 0 && len(r.ResourcesInRoles) == 0 && len(r.Labels) == 0 {
		return
	}
	ids := r.ID
	for _, in := range r.ResourcesInRoles {
		if len(r.ID) == 0 {
			ids = append(ids, in.ID) // for the index
		}
	}
	q.involved(w, ids, nil, func(w *sqlb.Where) {
		if len(r.Role) > 0 {
			w.Next().In("r.resource_role", r.Role)
		} else {
			w.Next().Write("r.resource_role <> ''")
		}
		w.Any(func(w *sqlb.Where) {
			for _, in := range r.ResourcesInRoles {
				w.All(func(w *sqlb.Where) {
					w.Next().Write("r.resource_id = ").Arg(in.ID)
					w.Next().Write("r.resource_role = ").Arg(in.Role)
				})
			}
		})
		labels(w, r.Labels, true)
	})
}

// labels writes what a specification asks of the row r of a resource. The id and the role are columns of their own; where role is
// false, none is looked for.
func labels(w *sqlb.Where, spec prefect.ResourceSpecification, role bool) {
	for _, label := range slices.Sorted(maps.Keys(spec)) {
		values := spec[label].Values
		switch {
		case label == prefect.ResourceID:
			if !unset(spec[label]) {
				w.Any(func(w *sqlb.Where) { patterns(w, "r.resource_id", "", values) })
			}
		case label == prefect.ResourceRole && role:
			if !unset(spec[label]) {
				w.Next().In("r.resource_role", values)
			}
		case len(values) == 0:
			w.Next().Write("FALSE")
		default:
			w.Any(func(w *sqlb.Where) { patterns(w, "", label, values) })
		}
	}
}

// unset tells whether the values of a label with a column of its own do not restrict it.
func unset(v prefect.LabelValues) bool { return len(v.Values) == 0 || v.One && v.Values[0] == "" }

// patterns writes that a column, or else a label of the row r, is like one of the patterns.
func patterns(w *sqlb.Where, column, label string, values []string) {
	for _, value := range values {
		pattern, negated := strings.CutPrefix(value, "!")
		b := w.Next()
		if column == "" && b.Dialect() == sqlb.SQLite {
			b.Write("(")
		} else if negated {
			b.Write("NOT ")
		}
		like := func(b *sqlb.Builder) { b.Write(" LIKE ").Arg(likePattern(pattern)).Write(` ESCAPE '\'`) }
		switch {
		case column != "" && !negated && !strings.ContainsAny(pattern, "*?"):
			b.Write(column).Write(" = ").Arg(pattern) // an index holds it
		case column != "":
			b.Write(column)
			like(b)
		case b.Dialect() == sqlb.SQLite:
			// Not by a path, in which some labels would mean something else. To unpack a document costs twenty times what it costs to
			// look whether the text is in it at all.
			for _, text := range []string{longestLiteral(pattern), label} { // the rarer one first
				if sqlb.Plain(text) && (text == label || !negated) {
					b.Write(sqlite.ContainsText + "(").Arg(strings.ToLower(text)).Write(", r.resource) AND ")
				}
			}
			if negated {
				b.Write("NOT ")
			}
			b.Write("(SELECT l.value FROM json_each(r.resource) l WHERE l.key = ").Arg(label).Write(")")
			like(b)
			b.Write(")")
		default:
			b.Write("(r.resource ->> ").Arg(label).Write("::text)")
			like(b)
		}
	}
}

// longestLiteral is the longest part of a pattern without wildcards.
func longestLiteral(pattern string) string {
	longest := ""
	for _, part := range strings.FieldsFunc(pattern, func(r rune) bool { return r == '*' || r == '?' }) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

func likePattern(pattern string) string {
	return strings.NewReplacer("*", "%", "?", "_", `\`, `\\`, "%", `\%`, "_", `\_`).Replace(pattern)
}

// startsWith writes that the column starts with one of the prefixes, in which "%" and "_" are wildcards, as they are to the
// reference.
func startsWith(w *sqlb.Where, column string, prefixes []string) {
	if len(prefixes) == 0 {
		return
	}
	like := make([]string, len(prefixes))
	for i, p := range prefixes {
		like[i] = p + "%"
	}
	switch b := w.Next().Either("", column+" LIKE ANY("); {
	case b.Dialect() != sqlb.SQLite:
		b.Arg(sqlb.List{Values: like}).Write(")")
	case len(like) == 1:
		b.Write(column).Write(" LIKE ").Arg(like[0])
	default:
		b.Write("EXISTS (SELECT 1 FROM json_each(").Arg(sqlb.List{Values: like}).Write(") p WHERE " + column + " LIKE p.value)")
	}
}
