package jinja

import (
	"strings"
)

func (r *renderer) eval(e expr, f *frame) (any, error) {
	if err := r.step(); err != nil {
		return nil, err
	}
	switch e := e.(type) {
	case constant:
		return e.value, nil
	case *variable:
		return f.get(e.name), nil
	case *listOf:
		return r.evalAll(e.items, f)
	case *tupleOf:
		items, err := r.evalAll(e.items, f)
		return Tuple(items), err
	case *dictOf:
		return r.dict(e, f)
	case *unary:
		v, err := r.eval(e.value, f)
		switch {
		case err != nil:
			return nil, err
		case e.op == "not":
			return !truthy(v), nil
		}
		return signed(e.op, v)
	case *binary:
		return r.binary(e, f)
	case *comparison:
		return r.comparison(e, f)
	case *choice:
		return r.choice(e, f)
	case *member:
		v, err := r.eval(e.value, f)
		if err != nil {
			return nil, err
		}
		return getAttr(v, e.name), nil
	case *item:
		v, err := r.eval(e.value, f)
		if err != nil {
			return nil, err
		}
		if s, ok := e.key.(*slice); ok {
			return r.slice(s, v, f)
		}
		key, err := r.eval(e.key, f)
		if err != nil {
			return nil, err
		}
		return getItem(v, key), nil
	case *call:
		callee, err := r.eval(e.callee, f)
		if err != nil {
			return nil, err
		}
		args, err := r.arguments(&e.args, f)
		if err != nil {
			return nil, err
		}
		return r.call(callee, args)
	case *filtered:
		v, err := r.eval(e.value, f)
		if err != nil {
			return nil, err
		}
		return r.filter(e, v, f)
	case *tested:
		return r.test(e, f)
	}
	return nil, typeError("the expression is not understood")
}

func (r *renderer) evalAll(list []expr, f *frame) ([]any, error) {
	values := make([]any, len(list))
	for i, e := range list {
		v, err := r.eval(e, f)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return values, nil
}

func (r *renderer) dict(e *dictOf, f *frame) (any, error) {
	d := NewDict()
	for i := range e.keys {
		k, err := r.eval(e.keys[i], f)
		if err != nil {
			return nil, err
		}
		if !hashable(k) {
			return nil, typeError("unhashable type: %s", repr(typeName(k)))
		}
		v, err := r.eval(e.values[i], f)
		if err != nil {
			return nil, err
		}
		d.Set(k, v)
	}
	return d, nil
}

func (r *renderer) binary(e *binary, f *frame) (any, error) {
	left, err := r.eval(e.left, f)
	if err != nil {
		return nil, err
	}
	if e.op == "and" && !truthy(left) || e.op == "or" && truthy(left) {
		return left, nil
	}
	right, err := r.eval(e.right, f)
	if err != nil || e.op == "and" || e.op == "or" {
		return right, err
	}
	if e.op == "~" {
		return arithmetic("+", str(left), str(right))
	}
	return arithmetic(e.op, left, right)
}

func (r *renderer) comparison(e *comparison, f *frame) (any, error) {
	left, err := r.eval(e.first, f)
	if err != nil {
		return nil, err
	}
	for i, op := range e.ops {
		right, err := r.eval(e.rest[i], f)
		if err != nil {
			return nil, err
		}
		yes, err := holds(op, left, right)
		if err != nil || !yes {
			return false, err
		}
		left = right
	}
	return true, nil
}

func holds(op string, a, b any) (bool, error) {
	switch op {
	case "==":
		return equal(a, b), nil
	case "!=":
		return !equal(a, b), nil
	case "in":
		return contains(b, a)
	case "not in":
		in, err := contains(b, a)
		return !in, err
	}
	n, err := compare(a, b, op)
	switch op {
	case "<":
		return n < 0, err
	case "<=":
		return n <= 0, err
	case ">":
		return n > 0, err
	}
	return n >= 0, err
}

func contains(container, v any) (bool, error) {
	if s, ok := textOf(container); ok {
		part, ok := textOf(v)
		if !ok {
			return false, typeError("'in <string>' requires string as left operand, not %s", typeName(v))
		}
		return strings.Contains(s, part), nil
	}
	if d, ok := container.(*Dict); ok {
		if !hashable(v) {
			return false, typeError("unhashable type: %s", repr(typeName(v)))
		}
		_, found := d.Get(v)
		return found, nil
	}
	if m, ok := container.(Indexed); ok {
		_, found := m.Item(v)
		return found, nil
	}
	if _, ok := container.(Undefined); !ok {
		if _, isSequence := sequence(container); !isSequence {
			return false, typeError("argument of type %s is not iterable", repr(typeName(container)))
		}
	}
	items, err := iterate(container)
	for _, item := range items {
		if equal(item, v) {
			return true, nil
		}
	}
	return false, err
}

func (r *renderer) choice(e *choice, f *frame) (any, error) {
	yes, err := r.eval(e.test, f)
	switch {
	case err != nil:
		return nil, err
	case truthy(yes):
		return r.eval(e.then, f)
	case e.otherwise == nil:
		return Undefined{Reason: "the inline if-expression evaluated to false and no else section was defined."}, nil
	}
	return r.eval(e.otherwise, f)
}

// getAttr is the value behind a dot: an attribute or method first, then an item of that name.
func getAttr(v any, name string) any {
	if u, ok := v.(Undefined); ok {
		return u
	}
	if found, ok := attribute(v, name); ok {
		return found
	}
	if found, ok := itemOf(v, name); ok {
		return found
	}
	return missing(v, name)
}

// itemOf gives what a mapping holds under a key.
func itemOf(v, key any) (any, bool) {
	switch m := v.(type) {
	case *Dict:
		return m.Get(key)
	case Indexed:
		return m.Item(key)
	}
	return nil, false
}

// getItem is the value behind brackets: an item first, then an attribute of that name.
func getItem(v, key any) any {
	if u, ok := v.(Undefined); ok {
		return u
	}
	if found, ok := itemOf(v, key); ok {
		return found
	}
	if i, _, isFloat, ok := number(key); ok && !isFloat {
		if found, ok := nth(v, i); ok {
			return found
		}
		return Undefined{Reason: repr(typeName(v)+" object") + " has no element " + repr(key)}
	}
	name, ok := textOf(key)
	if !ok {
		return Undefined{Reason: repr(typeName(v)+" object") + " has no element " + repr(key)}
	}
	if found, ok := attribute(v, name); ok {
		return found
	}
	return missing(v, name)
}

func missing(v any, name string) Undefined {
	return Undefined{Reason: repr(typeName(v)+" object") + " has no attribute " + repr(name)}
}

// nth gives an item by its position, from the end when that is negative.
func nth(v any, i int64) (any, bool) {
	items, ok := sequence(v)
	if s, isText := textOf(v); isText {
		items, ok = characters(s), true
	}
	if i < 0 {
		i += int64(len(items))
	}
	if !ok || i < 0 || i >= int64(len(items)) {
		return nil, false
	}
	return items[i], true
}

// attribute gives an object's attribute or a value's method. What begins with an underscore or would change the value is
// out of reach: it is undefined, and an error once it is used.
func attribute(v any, name string) (any, bool) {
	if strings.HasPrefix(name, "__") || changes(v, name) {
		return Undefined{"access to attribute " + repr(name) + " of " + repr(typeName(v)) + " object is unsafe.", "SecurityError"}, true
	}
	if o, ok := v.(Object); ok {
		return o.Attr(name)
	}
	if m, ok := method(v, name); ok {
		return m, true
	}
	return nil, false
}

func (r *renderer) slice(s *slice, v any, f *frame) (any, error) {
	if u, ok := v.(Undefined); ok {
		return u, nil
	}
	items, isList := sequence(v)
	t, isText := textOf(v)
	if isText {
		items = characters(t)
	} else if !isList {
		return missing(v, "slice"), nil
	}
	var bounds [3]*int64
	for i, e := range []expr{s.start, s.stop, s.step} {
		if e == nil {
			continue
		}
		bound, err := r.eval(e, f)
		if err != nil {
			return nil, err
		}
		if bound == nil {
			continue
		}
		n, _, isFloat, ok := number(bound)
		if !ok || isFloat {
			return nil, typeError("slice indices must be integers or None or have an __index__ method")
		}
		bounds[i] = &n
	}
	chosen, err := sliced(items, bounds[0], bounds[1], bounds[2])
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case Tuple:
		return Tuple(chosen), nil
	case []any:
		return chosen, nil
	case Markup:
		return Markup(joinedTexts(chosen)), nil
	}
	return joinedTexts(chosen), nil
}

func joinedTexts(items []any) string {
	var b strings.Builder
	for _, item := range items {
		b.WriteString(str(item))
	}
	return b.String()
}

// sliced is Python's items[start:stop:step].
func sliced(items []any, start, stop, step *int64) ([]any, error) {
	n, by := int64(len(items)), int64(1)
	if step != nil {
		by = *step
	}
	if by == 0 {
		return nil, fail("ValueError", "slice step cannot be zero")
	}
	low, high := int64(0), n
	if by < 0 {
		low, high = -1, n-1
	}
	clamp := func(bound *int64, otherwise int64) int64 {
		if bound == nil {
			return otherwise
		}
		b := *bound
		if b < 0 {
			b += n
		}
		return max(low, min(b, high))
	}
	from, to := clamp(start, low), clamp(stop, high)
	if by < 0 {
		from, to = clamp(start, high), clamp(stop, low)
	}
	chosen := []any{}
	for i := from; by > 0 && i < to || by < 0 && i > to; i += by {
		chosen = append(chosen, items[i])
		if by > n || by < -n {
			break // the next step leaves the list, and may not fit a number
		}
	}
	return chosen, nil
}

func (r *renderer) arguments(a *arguments, f *frame) (Args, error) {
	out := Args{Named: map[string]any{}}
	var err error
	if out.Positional, err = r.evalAll(a.positional, f); err != nil {
		return out, err
	}
	for i, name := range a.names {
		if out.Named[name], err = r.eval(a.named[i], f); err != nil {
			return out, err
		}
	}
	if a.star != nil {
		v, err := r.eval(a.star, f)
		if err != nil {
			return out, err
		}
		items, err := iterate(v)
		if err != nil {
			return out, err
		}
		out.Positional = append(out.Positional, items...)
	}
	if a.starStar != nil {
		v, err := r.eval(a.starStar, f)
		if err != nil {
			return out, err
		}
		d, ok := v.(*Dict)
		if !ok {
			return out, typeError("argument after ** must be a mapping, not %s", typeName(v))
		}
		for _, k := range d.keys {
			out.Named[str(k)] = d.at(k)
		}
	}
	return out, nil
}

func (r *renderer) call(callee any, args Args) (any, error) {
	switch c := callee.(type) {
	case Func:
		return c(args)
	case Undefined:
		return nil, undefinedError(c)
	case *loopState:
		if c.again != nil {
			return c.again(args)
		}
		return nil, typeError("The loop must have the 'recursive' marker to be called recursively.")
	case Object:
		if f, ok := c.Attr("()"); ok {
			return r.call(f, args)
		}
	}
	return nil, typeError("%s object is not callable", repr(typeName(callee)))
}
