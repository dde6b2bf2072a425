package store

import (
	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// group writes the criteria of one filter as one condition, joined by its operator. A filter without criteria holds for
// every row.
func group(w *sqlb.Where, op prefect.Operator, fill func(*sqlb.Where)) {
	if op == prefect.Or {
		w.Any(fill)
	} else {
		w.All(fill)
	}
}

func idFilter(w *sqlb.Where, column string, f *prefect.IDFilter) {
	if f == nil {
		return
	}
	w.All(func(w *sqlb.Where) {
		anyOf(w, column, f.Any)
		noneOf(w, column, f.NotAny)
	})
}

func nameFilter(w *sqlb.Where, column string, f *prefect.NameFilter) {
	if f == nil {
		return
	}
	w.All(func(w *sqlb.Where) {
		anyOf(w, column, f.Any)
		like(w, column, f.Like)
	})
}

// anyOf requires column to be one of the values; an empty list matches nothing, no list everything.
func anyOf[T any](w *sqlb.Where, column string, values *[]T) {
	if values != nil {
		w.Next().In(column, *values)
	}
}

// noneOf excludes the values; an empty list excludes nothing.
func noneOf[T any](w *sqlb.Where, column string, values []T) {
	if len(values) > 0 {
		w.Next().NotIn(column, values)
	}
}

// like requires column to contain the text, whatever the case; empty text does not restrict.
func like(w *sqlb.Where, column string, text *string) {
	if text != nil && *text != "" {
		w.Next().Like(column, *text)
	}
}

// isNull requires column to be null, or not to be.
func isNull(w *sqlb.Where, column string, want *bool) {
	switch {
	case want == nil:
	case *want:
		w.Next().Write(column).Write(" IS NULL")
	default:
		w.Next().Write(column).Write(" IS NOT NULL")
	}
}

// tagsAll requires every one of the tags; an empty list does not restrict.
func tagsAll(w *sqlb.Where, column string, tags *[]string) {
	if tags != nil && len(*tags) > 0 {
		w.Next().HasAll(column, *tags)
	}
}

// tagsNull requires that there are no tags at all, or some.
func tagsNull(w *sqlb.Where, column string, want *bool) {
	switch {
	case want == nil:
	case *want:
		w.Next().Write(column).Write(" = '[]'")
	default:
		w.Next().Write(column).Write(" <> '[]'")
	}
}

// timeRange requires column to lie between two instants, both included.
func timeRange(w *sqlb.Where, column string, before, after *prefect.Time) {
	if before != nil {
		w.Next().Write(column).Write(" <= ").Arg(*before)
	}
	if after != nil {
		w.Next().Write(column).Write(" >= ").Arg(*after)
	}
}

func anyIDFilter(w *sqlb.Where, column string, f *prefect.AnyIDFilter) {
	if f != nil {
		w.All(func(w *sqlb.Where) { anyOf(w, column, f.Any) })
	}
}

func anyFilter(w *sqlb.Where, column string, f *prefect.AnyFilter) {
	if f != nil {
		w.All(func(w *sqlb.Where) { anyOf(w, column, f.Any) })
	}
}

func nullableIDFilter(w *sqlb.Where, column string, f *prefect.NullableIDFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		anyOf(w, column, f.Any)
		isNull(w, column, f.IsNull)
	})
}

func valuesFilter(w *sqlb.Where, column string, f *prefect.ValuesFilter) {
	if f == nil {
		return
	}
	w.All(func(w *sqlb.Where) {
		anyOf(w, column, f.Any)
		noneOf(w, column, f.NotAny)
	})
}

func tagsFilter(w *sqlb.Where, column string, f *prefect.TagsFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		tagsAll(w, column, f.All)
		if f.Any != nil {
			w.Next().HasAny(column, *f.Any)
		}
		tagsNull(w, column, f.IsNull)
	})
}

func allTagsFilter(w *sqlb.Where, column string, f *prefect.AllTagsFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		tagsAll(w, column, f.All)
		tagsNull(w, column, f.IsNull)
	})
}

func timeFilter(w *sqlb.Where, column string, f *prefect.TimeFilter) {
	if f == nil {
		return
	}
	w.All(func(w *sqlb.Where) { timeRange(w, column, f.Before, f.After) })
}

func nullableTimeFilter(w *sqlb.Where, column string, f *prefect.NullableTimeFilter) {
	if f == nil {
		return
	}
	w.All(func(w *sqlb.Where) {
		timeRange(w, column, f.Before, f.After)
		isNull(w, column, f.IsNull)
	})
}

// stateTypes requires a state type, whose column is an enum on PostgreSQL, to be one of the values.
func stateTypes(w *sqlb.Where, column string, types *[]prefect.StateType) {
	if types != nil {
		w.Next().InEnum(column, texts(*types))
	}
}

func notStateTypes(w *sqlb.Where, column string, types []prefect.StateType) {
	if len(types) > 0 {
		w.Next().NotInEnum(column, texts(types))
	}
}

func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}
