package jinja

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

func sortedNames(named map[string]any) []string { return slices.Sorted(maps.Keys(named)) }

// listFilter gives the filters that look at many values. Those that call other filters and tests need the renderer.
func (r *renderer) listFilter(name string) Func {
	onItems := func(fn func([]any, Args) (any, error)) Func {
		return func(a Args) (any, error) {
			items, err := iterate(a.or(0, "", nil))
			if err != nil {
				return nil, err
			}
			return fn(items, a)
		}
	}
	switch name {
	case "batch":
		return onItems(batch)
	case "slice":
		return onItems(columns)
	case "dictsort":
		return dictSort
	case "items":
		return func(a Args) (any, error) {
			switch d := a.or(0, "", nil).(type) {
			case *Dict:
				return d.items(), nil
			case Undefined:
				return []any{}, nil
			}
			return nil, typeError("Can only get item pairs from a mapping.")
		}
	case "first", "last":
		return onItems(func(items []any, _ Args) (any, error) { return end(name, items), nil })
	case "groupby":
		return onItems(groupBy)
	case "join":
		return onItems(join)
	case "list":
		return onItems(func(items []any, _ Args) (any, error) { return append([]any{}, items...), nil })
	case "map":
		return onItems(r.mapped)
	case "max", "min":
		return onItems(func(items []any, a Args) (any, error) { return extreme(name, items, a) })
	case "random":
		return onItems(func(items []any, _ Args) (any, error) { return pick(items), nil })
	case "reverse":
		return reversed
	case "select", "reject":
		return onItems(func(items []any, a Args) (any, error) { return r.selected(items, name == "select", nil, rest(a, 1)) })
	case "selectattr", "rejectattr":
		return onItems(func(items []any, a Args) (any, error) {
			key, ok := a.get(1, "attribute")
			if !ok {
				return nil, fail("FilterArgumentError", "Missing parameter for attribute name")
			}
			return r.selected(items, name == "selectattr", attributeGetter(key, nil), rest(a, 2))
		})
	case "sort":
		return onItems(func(items []any, a Args) (any, error) {
			return sorted(items, a.or(3, "attribute", nil), a.flag(2, "case_sensitive", false), a.flag(1, "reverse", false))
		})
	case "sum":
		return onItems(sum)
	case "unique":
		return onItems(unique)
	}
	return nil
}

// rest drops the first n arguments.
func rest(a Args, n int) Args {
	return Args{Positional: a.Positional[min(n, len(a.Positional)):], Named: a.Named}
}

// attributeGetter reads "a.b.0" from a value. otherwise stands for what is undefined, unless it is nil.
func attributeGetter(path any, otherwise any) func(any) any {
	if path == nil {
		return func(v any) any { return v }
	}
	keys := []any{path}
	if s, ok := textOf(path); ok {
		keys = nil
		for _, part := range strings.Split(s, ".") {
			if n, err := strconv.ParseInt(part, 10, 64); err == nil {
				keys = append(keys, n)
			} else {
				keys = append(keys, part)
			}
		}
	}
	return func(v any) any {
		for _, k := range keys {
			v = getItem(v, k)
		}
		if _, undefined := v.(Undefined); undefined && otherwise != nil {
			return otherwise
		}
		return v
	}
}

// folded is a value as it is compared when case means nothing.
func folded(v any, caseSensitive bool) any {
	if s, ok := textOf(v); ok && !caseSensitive {
		return strings.ToLower(s)
	}
	return v
}

// sorted orders the items by an attribute, or several with commas between.
func sorted(items []any, attribute any, caseSensitive, reverse bool) (any, error) {
	var getters []func(any) any
	if s, ok := textOf(attribute); ok {
		for _, path := range strings.Split(s, ",") {
			getters = append(getters, attributeGetter(path, nil))
		}
	} else {
		getters = append(getters, attributeGetter(attribute, nil))
	}
	var failure error
	made := slices.Clone(items)
	slices.SortStableFunc(made, func(a, b any) int {
		for _, get := range getters {
			n, err := compare(folded(get(a), caseSensitive), folded(get(b), caseSensitive), "<")
			if err != nil && failure == nil {
				failure = err
			}
			if n != 0 {
				if reverse {
					return -n
				}
				return n
			}
		}
		return 0
	})
	return made, failure
}

func batch(items []any, a Args) (any, error) {
	n, err := a.integer(1, "linecount", 1)
	if err != nil || n < 1 || n > maxItems {
		return nil, fail("ValueError", "linecount must be between 1 and %d", maxItems)
	}
	made := []any{}
	for len(items) > 0 {
		k := min(int(n), len(items))
		row := slices.Clone(items[:k])
		if fill := a.or(2, "fill_with", nil); fill != nil {
			for len(row) < int(n) {
				row = append(row, fill)
			}
		}
		made, items = append(made, row), items[k:]
	}
	return made, nil
}

func columns(items []any, a Args) (any, error) {
	n, err := a.integer(1, "slices", 1)
	if err != nil || n < 1 || n > maxItems {
		return nil, fail("ValueError", "slices must be between 1 and %d", maxItems)
	}
	each, more := len(items)/int(n), len(items)%int(n)
	made := []any{}
	for i := range int(n) {
		k := each
		if i < more {
			k++
		}
		column := slices.Clone(items[:k])
		items = items[k:]
		if fill := a.or(2, "fill_with", nil); fill != nil && i >= more && more > 0 {
			column = append(column, fill)
		}
		made = append(made, column)
	}
	return made, nil
}

func dictSort(a Args) (any, error) {
	d, ok := a.or(0, "", nil).(*Dict)
	if !ok {
		return nil, typeError("dictsort needs a mapping")
	}
	position := int64(0)
	switch by := a.text(2, "by", "key"); by {
	case "key":
	case "value":
		position = 1
	default:
		return nil, fail("FilterArgumentError", `You can only sort by either "key" or "value"`)
	}
	return sorted(d.items(), position, a.flag(1, "case_sensitive", false), a.flag(3, "reverse", false))
}

func end(name string, items []any) any {
	switch {
	case len(items) == 0:
		return Undefined{Reason: "No " + name + " item, sequence was empty."}
	case name == "last":
		return items[len(items)-1]
	}
	return items[0]
}

// pair is one group of groupby: a tuple whose parts have names.
type pair struct{ Tuple }

// String implements Object.
func (p pair) String() string { return repr(p.Tuple) }

// Attr implements Object.
func (p pair) Attr(name string) (any, bool) {
	switch name {
	case "grouper":
		return p.Tuple[0], true
	case "list":
		return p.Tuple[1], true
	}
	return nil, false
}

func groupBy(items []any, a Args) (any, error) {
	key, caseSensitive := a.or(1, "attribute", nil), a.flag(3, "case_sensitive", false)
	get := attributeGetter(key, a.or(2, "default", nil))
	keyed := make([]any, len(items))
	for i, item := range items {
		keyed[i] = Tuple{folded(get(item), caseSensitive), item}
	}
	ordered, err := sorted(keyed, int64(0), true, false)
	if err != nil {
		return nil, err
	}
	groups := []any{}
	var last any
	for _, k := range ordered.([]any) {
		k := k.(Tuple)
		if n := len(groups); n > 0 && equal(last, k[0]) {
			group := groups[n-1].(Tuple)
			group[1] = append(group[1].([]any), k[1])
			continue
		}
		last = k[0]
		groups = append(groups, Tuple{get(k[1]), []any{k[1]}})
	}
	for i, g := range groups {
		groups[i] = pair{g.(Tuple)}
	}
	return groups, nil
}

func join(items []any, a Args) (any, error) {
	get := attributeGetter(a.or(2, "attribute", nil), nil)
	values := make([]any, len(items))
	for i, item := range items {
		values[i] = str(get(item))
	}
	return joinWith(a.text(1, "d", ""), values)
}

// mapped is the filter map: an attribute of each item, or another filter's result.
func (r *renderer) mapped(items []any, a Args) (any, error) {
	made := make([]any, len(items))
	if path, ok := a.Named["attribute"]; ok && len(a.Positional) == 1 {
		get := attributeGetter(path, a.Named["default"])
		for i, item := range items {
			made[i] = get(item)
		}
		return made, nil
	}
	name, ok := a.get(1, "filter")
	if !ok {
		return nil, fail("FilterArgumentError", "map requires a filter argument")
	}
	args := rest(a, 2)
	for i, item := range items {
		if err := r.step(); err != nil {
			return nil, err
		}
		v, err := r.apply(str(name), item, args)
		if err != nil {
			return nil, err
		}
		made[i] = v
	}
	return made, nil
}

// selected keeps the items that pass a test, or that do not. Without a test, the value's truth decides.
func (r *renderer) selected(items []any, want bool, get func(any) any, a Args) (any, error) {
	if get == nil {
		get = func(v any) any { return v }
	}
	kept := []any{}
	for _, item := range items {
		if err := r.step(); err != nil {
			return nil, err
		}
		v := get(item)
		yes := truthy(v)
		if name, ok := a.get(0, "test"); ok {
			var err error
			if yes, err = r.check(str(name), v, rest(a, 1)); err != nil {
				return nil, err
			}
		}
		if yes == want {
			kept = append(kept, item)
		}
	}
	return kept, nil
}

func extreme(name string, items []any, a Args) (any, error) {
	if len(items) == 0 {
		return Undefined{Reason: "No aggregated item, sequence was empty."}, nil
	}
	caseSensitive, get := a.flag(1, "case_sensitive", false), attributeGetter(a.or(2, "attribute", nil), nil)
	best := items[0]
	for _, item := range items[1:] {
		n, err := compare(folded(get(item), caseSensitive), folded(get(best), caseSensitive), "<")
		if err != nil {
			return nil, err
		}
		if name == "max" && n > 0 || name == "min" && n < 0 {
			best = item
		}
	}
	return best, nil
}

func reversed(a Args) (any, error) {
	v := a.or(0, "", nil)
	items, err := iterate(v)
	if err != nil {
		return nil, fail("FilterArgumentError", "argument must be iterable")
	}
	made := slices.Clone(items)
	slices.Reverse(made)
	if _, isText := textOf(v); isText {
		return joinedTexts(made), nil
	}
	return made, nil
}

func sum(items []any, a Args) (any, error) {
	get := attributeGetter(a.or(1, "attribute", nil), nil)
	total := a.or(2, "start", int64(0))
	var err error
	for _, item := range items {
		if total, err = arithmetic("+", total, get(item)); err != nil {
			return nil, err
		}
	}
	return total, nil
}

func unique(items []any, a Args) (any, error) {
	caseSensitive, get := a.flag(1, "case_sensitive", false), attributeGetter(a.or(2, "attribute", nil), nil)
	seen := map[any]bool{}
	made := []any{}
	for _, item := range items {
		key := folded(get(item), caseSensitive)
		if !hashable(key) {
			return nil, typeError("unhashable type: %s", repr(typeName(key)))
		}
		if key = hashed(key); !seen[key] {
			seen[key] = true
			made = append(made, item)
		}
	}
	return made, nil
}
