package parameters

import (
	"net/url"
	"strconv"
	"strings"
)

// resources are the schemas that a reference may name: the whole, and those within it that have an id or an anchor.
type resources struct {
	byURI   map[string]any // without fragments
	anchors map[string]any // URI#anchor
}

func indexResources(schema any) *resources {
	r := &resources{byURI: map[string]any{"": schema}, anchors: map[string]any{}}
	r.index(schema, "")
	return r
}

func (r *resources) index(v any, base string) {
	switch v := v.(type) {
	case *Object:
		if id, ok := v.Members["$id"].(string); ok {
			base = resolve(base, id)
			if r.byURI[base] == nil {
				r.byURI[base] = v
			}
		}
		for _, k := range []string{"$anchor", "$dynamicAnchor"} {
			if anchor, ok := v.Members[k].(string); ok && r.anchors[base+"#"+anchor] == nil {
				r.anchors[base+"#"+anchor] = v
			}
		}
		for _, name := range v.Names {
			r.index(v.Members[name], base)
		}
	case []any:
		for _, item := range v {
			r.index(item, base)
		}
	}
}

// resolve gives a URI relative to another, without its fragment.
func resolve(base, reference string) string {
	reference, _, _ = strings.Cut(reference, "#")
	if reference == "" {
		return base
	}
	b, err := url.Parse(base)
	if err != nil {
		return reference
	}
	u, err := b.Parse(reference)
	if err != nil {
		return reference
	}
	return u.String()
}

// lookup gives the schema that a reference names, and the place to read it at.
func (r *resources) lookup(reference string, at place) (any, place, error) {
	_, fragment, _ := strings.Cut(reference, "#")
	at.base = resolve(at.base, reference)
	whole, ok := r.byURI[at.base]
	if !ok {
		return nil, at, unresolved("Unresolvable: " + reference)
	}
	if unescaped, err := url.PathUnescape(fragment); err == nil {
		fragment = unescaped
	}
	switch {
	case fragment == "":
		return whole, at, nil
	case !strings.HasPrefix(fragment, "/"):
		if schema, ok := r.anchors[at.base+"#"+fragment]; ok {
			return schema, at, nil
		}
		return nil, at, unresolved("NoSuchAnchor: " + repr(fragment) + " does not exist within " + repr(whole))
	}
	schema := whole
	for _, step := range strings.Split(fragment[1:], "/") {
		if schema, ok = member(schema, strings.NewReplacer("~1", "/", "~0", "~").Replace(step)); !ok {
			return nil, at, unresolved("PointerToNowhere: " + repr(fragment) + " does not exist within " + repr(whole))
		}
		if s, isObject := schema.(*Object); isObject {
			if id, ok := s.Members["$id"].(string); ok {
				at.base = resolve(at.base, id)
			}
		}
	}
	return schema, at, nil
}

func unresolved(message string) error {
	return &ValidationError{"Validation failed. Failure reason: " + message}
}

func member(v any, step string) (any, bool) {
	switch v := v.(type) {
	case *Object:
		return v.Get(step)
	case []any:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(v) {
			return v[i], true
		}
	}
	return nil, false
}
