package jinja

// The bounds that Prefect's server puts on templates.
const (
	maxRange    = 100
	maxLoops    = 10
	maxLoopDeep = 2
)

// get gives an argument by position or by name.
func (a Args) get(i int, name string) (any, bool) {
	if i < len(a.Positional) {
		return a.Positional[i], true
	}
	v, ok := a.Named[name]
	return v, ok
}

func (a Args) or(i int, name string, otherwise any) any {
	if v, ok := a.get(i, name); ok {
		return v
	}
	return otherwise
}

func (a Args) text(i int, name, otherwise string) string {
	v := a.or(i, name, otherwise)
	if s, ok := v.(Textual); ok {
		return s.Text()
	}
	return str(v)
}

func (a Args) flag(i int, name string, otherwise bool) bool {
	return truthy(a.or(i, name, otherwise))
}

// integer gives a whole number, within the bounds that keep lists and texts small.
func (a Args) integer(i int, name string, otherwise int64) (int64, error) {
	v, ok := a.get(i, name)
	if !ok || v == nil {
		return otherwise, nil
	}
	n, _, isFloat, ok := number(v)
	if !ok || isFloat {
		return 0, typeError("%s object cannot be interpreted as an integer", repr(typeName(v)))
	}
	return n, nil
}

// globals are the names that every template knows.
func globals() map[string]any {
	return map[string]any{
		"range": Func(rangeOf), "dict": Func(dictCall), "namespace": Func(newNamespace), "cycler": Func(newCycler), "joiner": Func(newJoiner),
	}
}

func rangeOf(a Args) (any, error) {
	var bounds [3]int64
	if n := len(a.Positional); n == 0 || n > 3 {
		return nil, typeError("range expected at least 1 argument, got %d", n)
	}
	for i := range a.Positional {
		n, err := a.integer(i, "", 0)
		if err != nil {
			return nil, err
		}
		bounds[i] = n
	}
	start, stop, step := bounds[0], bounds[1], int64(1)
	switch len(a.Positional) {
	case 1:
		start, stop = 0, bounds[0]
	case 3:
		step = bounds[2]
	}
	if step == 0 {
		return nil, fail("ValueError", "range() arg 3 must not be zero")
	}
	items := []any{}
	for n := start; step > 0 && n < stop || step < 0 && n > stop; n += step {
		if len(items) == maxRange {
			return nil, fail("OverflowError", "Range too big. The sandbox blocks ranges larger than MAX_TEMPLATE_RANGE=%d.", maxRange)
		}
		items = append(items, n)
	}
	return items, nil
}

func dictCall(a Args) (any, error) {
	d := NewDict()
	if len(a.Positional) > 0 {
		if given, ok := a.Positional[0].(*Dict); ok {
			for _, k := range given.keys {
				d.Set(k, given.at(k))
			}
		} else {
			pairs, err := iterate(a.Positional[0])
			if err != nil {
				return nil, err
			}
			for _, p := range pairs {
				pair, ok := sequence(p)
				if !ok || len(pair) != 2 || !hashable(pair[0]) {
					return nil, typeError("cannot convert dictionary update sequence element to a sequence")
				}
				d.Set(pair[0], pair[1])
			}
		}
	}
	for _, name := range sortedNames(a.Named) {
		d.Set(name, a.Named[name])
	}
	return d, nil
}

// namespace is the one value whose attributes a template may set.
type namespace struct{ vars *Dict }

func newNamespace(a Args) (any, error) {
	d, err := dictCall(a)
	if err != nil {
		return nil, err
	}
	return &namespace{d.(*Dict)}, nil
}

// String implements Object.
func (n *namespace) String() string { return "<Namespace " + repr(n.vars) + ">" }

// Attr implements Object.
func (n *namespace) Attr(name string) (any, bool) { return n.vars.Get(name) }

// cycler goes through its items again and again.
type cycler struct {
	items []any
	at    int
}

func newCycler(a Args) (any, error) {
	if len(a.Positional) == 0 {
		return nil, fail("RuntimeError", "at least one item has to be provided")
	}
	return &cycler{items: a.Positional}, nil
}

// String implements Object.
func (c *cycler) String() string { return "<Cycler>" }

// Attr implements Object.
func (c *cycler) Attr(name string) (any, bool) {
	switch name {
	case "current":
		return c.items[c.at], true
	case "next":
		return Func(func(Args) (any, error) {
			v := c.items[c.at]
			c.at = (c.at + 1) % len(c.items)
			return v, nil
		}), true
	case "reset":
		return Func(func(Args) (any, error) { c.at = 0; return nil, nil }), true
	}
	return nil, false
}

func newJoiner(a Args) (any, error) {
	separator, used := a.text(0, "sep", ", "), false
	return Func(func(Args) (any, error) {
		if used {
			return separator, nil
		}
		used = true
		return "", nil
	}), nil
}
