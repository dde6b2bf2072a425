package automation

import (
	"context"
	"strings"

	"praetor/internal/jinja"
	"praetor/internal/parameters"
	"praetor/internal/prefect"
)

// CheckTemplate tells what is wrong with a template, or gives "".
func CheckTemplate(template string) string {
	t, err := jinja.Parse(template)
	if err == nil {
		err = t.Validate()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// MaybeTemplate tells whether a text may be a template: the texts that are none are left as they are.
func MaybeTemplate(text string) bool {
	return strings.Contains(text, "{{") || strings.Contains(text, "{%")
}

// CheckParameters tells what is wrong with the parameters of a deployment's run, which may hold templates, or gives "".
func CheckParameters(given prefect.Object) string {
	value, err := parameters.Parse(prefect.Raw(given))
	if err != nil {
		return err.Error()
	}
	o, ok := value.(*parameters.Object)
	if !ok || len(o.Names) == 0 {
		return ""
	}
	WrapTemplates(o)
	made, err := (&parameters.Hydrator{}).Hydrate(context.Background(), o)
	if err != nil {
		return err.Error()
	}
	failures := failures(made, "")
	if len(failures) == 0 {
		return ""
	}
	return "Invalid parameters: \n" + strings.Join(failures, "\n  ")
}

// failures are the placeholders that could not be made, by where they stand. As in the reference, those in lists are not told of.
func failures(made any, where string) []string {
	switch v := made.(type) {
	case parameters.Placeholder:
		if v.Err == nil {
			return nil
		}
		if where != "" {
			where = strings.TrimSuffix(where, ".") + ":"
		}
		return []string{where + " " + v.Err.Message}
	case *parameters.Object:
		var all []string
		for _, name := range v.Names {
			all = append(all, failures(v.Members[name], where+name+".")...)
		}
		return all
	}
	return nil
}

// WrapTemplates changes the texts of parameters that may be templates into objects that say so. A text that is one expression keeps
// the type of what the expression gives. Objects that stand for other values already are left alone.
func WrapTemplates(o *parameters.Object) {
	for _, name := range o.Names {
		switch v := o.Members[name].(type) {
		case *parameters.Object:
			if _, special := v.Get("__prefect_kind"); !special {
				WrapTemplates(v)
			}
		case []any:
			for i, item := range v {
				switch item := item.(type) {
				case *parameters.Object:
					WrapTemplates(item)
				case string:
					v[i] = wrapTemplate(item)
				}
			}
		case string:
			o.Members[name] = wrapTemplate(v)
		}
	}
}

func wrapTemplate(text string) any {
	if !MaybeTemplate(text) {
		return text
	}
	template := func(text string) *parameters.Object {
		o := parameters.NewObject()
		o.Set("__prefect_kind", "jinja")
		o.Set("template", text)
		return o
	}
	inner := strings.TrimSpace(text)
	if !strings.HasPrefix(inner, "{{") || !strings.HasSuffix(inner, "}}") || strings.Count(inner, "{{") != 1 {
		return template(text)
	}
	expression := ""
	if len(inner) > len("{{}}") {
		expression = strings.TrimSpace(inner[2 : len(inner)-2])
	}
	o := parameters.NewObject()
	o.Set("__prefect_kind", "json")
	o.Set("value", template("{{ "+expression+" | tojson }}"))
	return o
}
