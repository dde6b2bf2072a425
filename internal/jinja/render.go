package jinja

import (
	"context"
	"strings"
)

// maxSteps bounds the work of one rendering: nodes visited and loops turned.
const maxSteps = 1_000_000

// Options say what a template can reach.
type Options struct {
	// Variables are the template's names.
	Variables map[string]any
	// Filters are known besides Jinja's own; they may be nil.
	Filters map[string]Func
}

// Render gives the template's text. What goes wrong is a *RenderError, or the context's error.
func (t *Template) Render(ctx context.Context, o Options) (string, error) {
	r := &renderer{ctx: ctx, filters: o.Filters, out: &strings.Builder{}}
	top := &frame{vars: map[string]any{}, up: &frame{vars: o.Variables, up: &frame{vars: globals()}}}
	if err := r.run(t.body, top); err != nil {
		return "", err
	}
	return r.out.String(), nil
}

type renderer struct {
	ctx     context.Context
	filters map[string]Func
	out     *strings.Builder
	steps   int
	depth   int
}

// frame holds the names of one scope.
type frame struct {
	vars map[string]any
	up   *frame
}

func (f *frame) inner() *frame { return &frame{vars: map[string]any{}, up: f} }

func (f *frame) get(name string) any {
	for ; f != nil; f = f.up {
		if v, ok := f.vars[name]; ok {
			return v
		}
	}
	return Undefined{Reason: repr(name) + " is undefined"}
}

// step counts work, and ends it when it is too much.
func (r *renderer) step() error {
	if r.steps++; r.steps > maxSteps {
		return fail("RuntimeError", "the template does too much")
	}
	if r.steps&0xfff == 0 {
		return r.ctx.Err()
	}
	return nil
}

func (r *renderer) write(s string) error {
	if r.out.Len()+len(s) > maxText {
		return fail("OverflowError", "the output is too long")
	}
	r.out.WriteString(s)
	return nil
}

// captured runs fn and gives what it writes instead of putting it out.
func (r *renderer) captured(fn func() error) (string, error) {
	outer := r.out
	r.out = &strings.Builder{}
	err := fn()
	text := r.out.String()
	r.out = outer
	return text, err
}

func (r *renderer) run(body []stmt, f *frame) error {
	for _, s := range body {
		if err := r.step(); err != nil {
			return err
		}
		if err := r.statement(s, f); err != nil {
			return err
		}
	}
	return nil
}

func (r *renderer) statement(s stmt, f *frame) error {
	switch s := s.(type) {
	case *output:
		for _, part := range s.parts {
			v, err := r.eval(part, f)
			if err != nil {
				return err
			}
			if err := r.write(str(v)); err != nil {
				return err
			}
		}
		return nil
	case *condition:
		yes, err := r.eval(s.test, f)
		if err != nil {
			return err
		}
		if truthy(yes) {
			return r.run(s.then, f)
		}
		return r.run(s.otherwise, f)
	case *loop:
		return r.loop(s, f)
	case *assignment:
		v, err := r.eval(s.value, f)
		if err != nil {
			return err
		}
		return r.assign(s.target, v, f)
	case *blockAssignment:
		return r.assignBlock(s, f)
	case *scope:
		return r.scope(s, f)
	case *macro:
		f.vars[s.name] = r.macro(s, f)
		return nil
	case *callBlock:
		return r.callBlock(s, f)
	case *filterBlock:
		text, err := r.captured(func() error { return r.run(s.body, f.inner()) })
		if err != nil {
			return err
		}
		v, err := r.applyAll(s.filters, text, f)
		if err != nil {
			return err
		}
		return r.write(str(v))
	case *group:
		return r.run(s.body, f.inner())
	}
	return typeError("no loader for this environment specified")
}

func (r *renderer) assign(target expr, v any, f *frame) error {
	switch t := target.(type) {
	case *variable:
		f.vars[t.name] = v
		return nil
	case *member:
		holder, err := r.eval(t.value, f)
		if err != nil {
			return err
		}
		ns, ok := holder.(*namespace)
		if !ok {
			return fail("TemplateRuntimeError", "cannot assign attribute on non-namespace object")
		}
		ns.vars.Set(t.name, v)
		return nil
	case *tupleOf:
		items, err := iterate(v)
		if err != nil {
			return err
		}
		switch {
		case len(items) < len(t.items):
			return fail("ValueError", "not enough values to unpack (expected %d, got %d)", len(t.items), len(items))
		case len(items) > len(t.items):
			return fail("ValueError", "too many values to unpack (expected %d)", len(t.items))
		}
		for i, inner := range t.items {
			if err := r.assign(inner, items[i], f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *renderer) assignBlock(s *blockAssignment, f *frame) error {
	text, err := r.captured(func() error { return r.run(s.body, f.inner()) })
	if err != nil {
		return err
	}
	v, err := r.applyAll(s.filters, text, f)
	if err != nil {
		return err
	}
	return r.assign(s.target, v, f)
}

func (r *renderer) scope(s *scope, f *frame) error {
	inner := f.inner()
	for i, target := range s.targets {
		v, err := r.eval(s.values[i], f)
		if err != nil {
			return err
		}
		if err := r.assign(target, v, inner); err != nil {
			return err
		}
	}
	return r.run(s.body, inner)
}

func (r *renderer) applyAll(filters []filtered, v any, f *frame) (any, error) {
	var err error
	for i := range filters {
		if v, err = r.filter(&filters[i], v, f); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// macro makes a function of a macro: its text is what a call gives.
func (r *renderer) macro(m *macro, f *frame) Func {
	return func(a Args) (any, error) {
		if r.depth++; r.depth > maxNesting {
			return nil, fail("RecursionError", "maximum recursion depth exceeded")
		}
		defer func() { r.depth-- }()
		inner := f.inner()
		if len(a.Positional) > len(m.params) {
			return nil, typeError("macro %s takes not more than %d argument(s)", repr(m.name), len(m.params))
		}
		caller, hasCaller := a.Named["caller"]
		if hasCaller {
			inner.vars["caller"] = caller
		}
		for i, p := range m.params {
			switch given, named := a.Named[p]; {
			case i < len(a.Positional):
				inner.vars[p] = a.Positional[i]
			case named:
				inner.vars[p] = given
			case i >= len(m.params)-len(m.defaults):
				v, err := r.eval(m.defaults[i-len(m.params)+len(m.defaults)], inner)
				if err != nil {
					return nil, err
				}
				inner.vars[p] = v
			default:
				inner.vars[p] = Undefined{Reason: "parameter " + repr(p) + " was not provided"}
			}
		}
		return r.captured(func() error { return r.run(m.body, inner) })
	}
}

func (r *renderer) callBlock(s *callBlock, f *frame) error {
	callee, err := r.eval(s.call.callee, f)
	if err != nil {
		return err
	}
	args, err := r.arguments(&s.call.args, f)
	if err != nil {
		return err
	}
	args.Named["caller"] = r.macro(&s.macro, f)
	v, err := r.call(callee, args)
	if err != nil {
		return err
	}
	return r.write(str(v))
}
