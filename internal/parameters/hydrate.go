package parameters

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/jinja"
	"praetor/internal/prefect"
	"praetor/internal/pythonjson"
)

// kindMember marks an object that stands for another value; its value says how that is made.
const kindMember = "__prefect_kind"

// HydrationError tells that a value could not be made.
type HydrationError struct{ Message string }

func (e *HydrationError) Error() string { return e.Message }

// Placeholder stands where a value is not made: because it cannot be (Err is set), or because it was not asked for.
type Placeholder struct {
	Kind string // workspace_variable or jinja; empty with Err
	Text string // the variable's name, or the template
	Err  *HydrationError
}

// String shows the placeholder in messages.
func (p Placeholder) String() string {
	if p.Err != nil {
		return p.Err.Message
	}
	return p.Kind + " " + p.Text
}

// Hydrator makes the values that others stand for.
type Hydrator struct {
	// Variables gives the values of variables by name, of those that exist; nil leaves placeholders in their place.
	Variables func(ctx context.Context, names []string) (map[string]any, error)
	// Templates asks for templates to be rendered; otherwise they are only looked at, and placeholders stand in their place.
	Templates bool
	// TemplateVariables are the names that templates know.
	TemplateVariables map[string]any
	// TemplateFilters are known to templates besides Jinja's own.
	TemplateFilters map[string]jinja.Func
}

const (
	// maxRounds bounds how often variables are asked for whose names come from other variables.
	maxRounds = 5
	// maxTemplateTime bounds the rendering of all templates of one value.
	maxTemplateTime = 2 * time.Second
)

// Hydrate gives the value with everything made that can be. In the place of the rest are placeholders. An error is one of
// Variables.
func (h *Hydrator) Hydrate(ctx context.Context, value any) (any, error) {
	limited, cancel := context.WithTimeout(ctx, maxTemplateTime)
	defer cancel()
	known := map[string]any{}
	for round := 0; ; round++ {
		r := &hydration{h: h, ctx: limited, known: known, missing: map[string]bool{}}
		made := r.value(value)
		if len(r.missing) == 0 || round == maxRounds {
			if _, gone := made.(removed); gone {
				made = NewObject()
			}
			return made, ctx.Err()
		}
		names := slices.Collect(maps.Keys(r.missing))
		for _, name := range names {
			known[name] = absent{}
		}
		found, err := h.Variables(ctx, names)
		if err != nil {
			return nil, err
		}
		maps.Copy(known, found)
	}
}

// FirstFailure tells what is wrong with the first of a value's placeholders that could not be made, or gives "".
func FirstFailure(value any) string {
	switch v := value.(type) {
	case Placeholder:
		if v.Err != nil {
			return v.Err.Message
		}
	case []any:
		for _, item := range v {
			if failure := FirstFailure(item); failure != "" {
				return failure
			}
		}
	case *Object:
		for _, name := range v.Names {
			if failure := FirstFailure(v.Members[name]); failure != "" {
				return failure
			}
		}
	}
	return ""
}

// removed stands for a member or an item that is to go, absent for a variable that does not exist.
type (
	removed struct{}
	absent  struct{}
)

// hydration is one walk over a value.
type hydration struct {
	h       *Hydrator
	ctx     context.Context // for templates
	known   map[string]any  // variables that were asked for
	missing map[string]bool
}

func (r *hydration) value(v any) any {
	switch v := v.(type) {
	case *Object:
		if kind, ok := v.Get(kindMember); ok {
			return r.special(kind, v)
		}
		made := NewObject()
		for _, name := range v.Names {
			if m := r.value(v.Members[name]); m != any(removed{}) {
				made.Set(name, m)
			}
		}
		return made
	case []any:
		made := make([]any, 0, len(v))
		for _, item := range v {
			if m := r.value(item); m != any(removed{}) {
				made = append(made, m)
			}
		}
		return made
	}
	return v
}

func failed(format string, args ...any) any {
	return Placeholder{Err: &HydrationError{fmt.Sprintf(format, args...)}}
}

func (r *hydration) special(kind any, o *Object) any {
	switch kind {
	case "none":
		if v, ok := o.Get("value"); ok {
			return r.value(v)
		}
		return failed("Missing 'value' key in __prefect object")
	case "json":
		return r.json(o)
	case "jinja":
		return r.template(o)
	case "workspace_variable":
		return r.variable(o)
	}
	v, _ := o.Get("value")
	return v
}

// inner is a member that may itself stand for another value; only an object does.
func (r *hydration) inner(o *Object, name string) (any, bool) {
	v, ok := o.Get(name)
	if _, isObject := v.(*Object); isObject {
		v = r.value(v)
	}
	return v, ok
}

func (r *hydration) json(o *Object) any {
	v, ok := r.inner(o, "value")
	if !ok {
		return removed{}
	}
	text, isText := v.(string)
	if !isText {
		return v
	}
	made, err := Parse(jsontext.Value(text))
	if prefect.IsKind(err, prefect.Invalid) {
		return failed("Invalid JSON: %v", err)
	}
	if err != nil {
		return failed("Invalid JSON: %s", pythonjson.Message(text))
	}
	return made
}

func (r *hydration) template(o *Object) any {
	v, ok := r.inner(o, "template")
	if !ok {
		return failed("Missing 'template' key in __prefect object")
	}
	template, isText := v.(string)
	if !isText {
		switch v.(type) {
		case removed, Placeholder:
			return v
		}
		return failed("Invalid jinja: a template must be a text")
	}
	t, err := jinja.Parse(template)
	if err == nil {
		err = t.Validate()
	}
	if err == nil && !r.h.Templates {
		return Placeholder{Kind: "jinja", Text: template}
	}
	text := ""
	if err == nil {
		text, err = t.Render(r.ctx, jinja.Options{Variables: r.h.TemplateVariables, Filters: r.h.TemplateFilters})
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return failed("Invalid jinja: rendering takes too long")
	case err != nil:
		return failed("Invalid jinja: %v", err)
	}
	return text
}

func (r *hydration) variable(o *Object) any {
	v, ok := r.inner(o, "variable_name")
	if !ok {
		return removed{}
	}
	switch v.(type) {
	case removed, Placeholder:
		return v
	}
	name, isText := v.(string)
	if r.h.Variables == nil {
		if !isText {
			name = repr(v)
		}
		return Placeholder{Kind: "workspace_variable", Text: name}
	}
	value, asked := r.known[name]
	if isText && !asked {
		r.missing[name] = true
	}
	if _, no := value.(absent); no || !isText || !asked {
		if !isText {
			name = repr(v)
		}
		return failed("Variable '%s' not found in workspace.", name)
	}
	return value
}
