package store

import (
	"maps"
	"slices"
	"strings"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// eventFilter writes what the filter, which is complete, asks of table events.
func eventFilter(w *sqlb.Where, f *prefect.EventFilter) {
	occurred(w, "events.occurred", f)
	if n := f.Event; n != nil {
		startsWith(w, "events.event", n.Prefix)
		for _, prefix := range n.ExcludePrefix {
			w.None(func(w *sqlb.Where) { startsWith(w, "events.event", []string{prefix}) })
		}
		if len(n.Name) > 0 {
			w.Next().In("events.event", n.Name)
		}
		noneOf(w, "events.event", n.ExcludeName)
	}
	if r := f.Resource; r != nil {
		if len(r.ID) > 0 {
			w.Next().In("events.resource_id", r.ID)
			// Table events has no index for it. The row of the resource says the same.
			involved(w, f, func(w *sqlb.Where) {
				w.Next().In("r.resource_id", r.ID)
				w.Next().Write("r.resource_role = ''")
			})
		}
		startsWith(w, "events.resource_id", r.IDPrefix)
		if len(r.Labels) > 0 {
			involved(w, f, func(w *sqlb.Where) {
				w.Next().Write("r.resource_role = ''")
				labels(w, r.Labels, false)
			})
		}
	}
	for i := range f.Related {
		relatedFilter(w, f, &f.Related[i])
	}
	for i := range f.AnyResource {
		r := &f.AnyResource[i]
		if len(r.ID) == 0 && len(r.IDPrefix) == 0 && len(r.Labels) == 0 {
			continue
		}
		involved(w, f, func(w *sqlb.Where) {
			if len(r.ID) > 0 {
				w.Next().In("r.resource_id", r.ID)
			}
			startsWith(w, "r.resource_id", r.IDPrefix)
			labels(w, r.Labels, true)
		})
	}
	if len(f.ID.ID) > 0 {
		w.Next().In("events.id", f.ID.ID)
	}
	if f.Text != nil {
		textFilter(w, searchableEvent(w.Dialect()), true, prefect.ParseTextQuery(f.Text.Query))
	}
}

func occurred(w *sqlb.Where, column string, f *prefect.EventFilter) {
	timeRange(w, column, &f.Occurred.Until.Value, &f.Occurred.Since.Value)
}

// searchableEvent is the text of an event that is searched.
func searchableEvent(d sqlb.Dialect) string {
	if d == sqlb.SQLite {
		return "lower(events.event || ' ' || events.resource || ' ' || events.related || ' ' || events.payload)"
	}
	return "lower(events.event || ' ' || events.resource::text || ' ' || events.related::text || ' ' || events.payload::text)"
}

// involved writes that a resource of the event meets what fill says of its row r. The rows repeat when the event occurred.
func involved(w *sqlb.Where, f *prefect.EventFilter, fill func(*sqlb.Where)) {
	w.Next().Write("events.id IN (SELECT r.event_id FROM event_resources r")
	inner := w.Where()
	occurred(inner, "r.occurred", f)
	fill(inner)
	w.Write(")")
}

func relatedFilter(w *sqlb.Where, f *prefect.EventFilter, r *prefect.EventRelatedFilter) {
	if len(r.ID) == 0 && len(r.Role) == 0 && len(r.ResourcesInRoles) == 0 && len(r.Labels) == 0 {
		return
	}
	involved(w, f, func(w *sqlb.Where) {
		if len(r.ID) > 0 {
			w.Next().In("r.resource_id", r.ID)
		}
		if len(r.Role) > 0 {
			w.Next().In("r.resource_role", r.Role)
		} else {
			w.Next().Write("r.resource_role <> ''")
		}
		if len(r.ResourcesInRoles) > 0 {
			ids := make([]string, len(r.ResourcesInRoles))
			for i, in := range r.ResourcesInRoles {
				ids[i] = in.ID
			}
			w.Next().In("r.resource_id", ids) // for the index
			w.Any(func(w *sqlb.Where) {
				for _, in := range r.ResourcesInRoles {
					w.All(func(w *sqlb.Where) {
						w.Next().Write("r.resource_id = ").Arg(in.ID)
						w.Next().Write("r.resource_role = ").Arg(in.Role)
					})
				}
			})
		}
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
		if negated {
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
			// Not by a path, in which some labels would mean something else.
			b.Write("(SELECT l.value FROM json_each(r.resource) l WHERE l.key = ").Arg(label).Write(")")
			like(b)
		default:
			b.Write("(r.resource ->> ").Arg(label).Write("::text)")
			like(b)
		}
	}
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
