package jinja

// loopState is the variable loop inside a loop.
type loopState struct {
	items   []any
	index   int
	depth   int
	again   Func // a recursive loop's own body
	changed any
	seen    bool
}

// String implements Object.
func (l *loopState) String() string {
	return "<LoopContext " + repr(int64(l.index+1)) + "/" + repr(int64(len(l.items))) + ">"
}

// Attr implements Object.
func (l *loopState) Attr(name string) (any, bool) {
	n, i := int64(len(l.items)), int64(l.index)
	switch name {
	case "index":
		return i + 1, true
	case "index0":
		return i, true
	case "revindex":
		return n - i, true
	case "revindex0":
		return n - i - 1, true
	case "first":
		return i == 0, true
	case "last":
		return i == n-1, true
	case "length":
		return n, true
	case "depth":
		return int64(l.depth), true
	case "depth0":
		return int64(l.depth - 1), true
	case "previtem":
		if i == 0 {
			return Undefined{Reason: "there is no previous item"}, true
		}
		return l.items[i-1], true
	case "nextitem":
		if i == n-1 {
			return Undefined{Reason: "there is no next item"}, true
		}
		return l.items[i+1], true
	case "cycle":
		return Func(func(a Args) (any, error) {
			if len(a.Positional) == 0 {
				return nil, typeError("no items for cycling given")
			}
			return a.Positional[l.index%len(a.Positional)], nil
		}), true
	case "changed":
		return Func(func(a Args) (any, error) {
			now := Tuple(a.Positional)
			if l.seen && equal(l.changed, now) {
				return false, nil
			}
			l.seen, l.changed = true, now
			return true, nil
		}), true
	}
	return nil, false
}

func (r *renderer) loop(s *loop, f *frame) error {
	iterable, err := r.eval(s.iterable, f)
	if err != nil {
		return err
	}
	return r.turns(s, f, iterable, 1)
}

func (r *renderer) turns(s *loop, f *frame, iterable any, depth int) error {
	items, err := iterate(iterable)
	if err != nil {
		return err
	}
	if items, err = r.chosen(s, f, items); err != nil {
		return err
	}
	if len(items) == 0 {
		return r.run(s.otherwise, f.inner())
	}
	state := &loopState{items: items, depth: depth}
	if s.recursive {
		state.again = func(a Args) (any, error) {
			if len(a.Positional) != 1 {
				return nil, typeError("loop() takes one argument")
			}
			if depth >= maxNesting {
				return nil, fail("RecursionError", "maximum recursion depth exceeded")
			}
			text, err := r.captured(func() error { return r.turns(s, f, a.Positional[0], depth+1) })
			return Markup(text), err
		}
	}
	for i, item := range items {
		if err := r.step(); err != nil {
			return err
		}
		state.index = i
		inner := f.inner()
		inner.vars["loop"] = state
		if err := r.assign(s.target, item, inner); err != nil {
			return err
		}
		if err := r.run(s.body, inner); err != nil {
			return err
		}
	}
	return nil
}

// chosen gives the items that pass the loop's test.
func (r *renderer) chosen(s *loop, f *frame, items []any) ([]any, error) {
	if s.test == nil {
		return items, nil
	}
	var kept []any
	for _, item := range items {
		if err := r.step(); err != nil {
			return nil, err
		}
		inner := f.inner()
		if err := r.assign(s.target, item, inner); err != nil {
			return nil, err
		}
		yes, err := r.eval(s.test, inner)
		if err != nil {
			return nil, err
		}
		if truthy(yes) {
			kept = append(kept, item)
		}
	}
	return kept, nil
}
