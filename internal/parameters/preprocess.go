package parameters

import "slices"

// preprocess gives a copy of a schema in which older forms of schemas mean what they meant: properties that are not
// required may be null, a list of items is a tuple, and a block may be given by a reference to its document.
func preprocess(schema any, o Options) any {
	s, ok := clone(schema).(*Object)
	if !ok {
		return schema
	}
	preprocessProperties(s, o)
	if definitions, ok := s.Members["definitions"].(*Object); ok {
		for _, name := range slices.Clone(definitions.Names) {
			d, ok := definitions.Members[name].(*Object)
			if !ok {
				continue
			}
			preprocessProperties(d, o)
			title, titled := d.Members["title"].(string)
			if _, block := d.Members["block_type_slug"]; block && titled {
				definitions.Set(title, object("oneOf", []any{d, blockReference()}))
			}
		}
	}
	if o.IgnoreRequired {
		return withoutKey(s, "required")
	}
	return s
}

func preprocessProperties(s *Object, o Options) {
	properties, ok := s.Members["properties"].(*Object)
	if !ok {
		return
	}
	required := map[string]bool{}
	for _, name := range texts(list(s.Members["required"])) {
		required[name] = true
	}
	for _, name := range properties.Names {
		p, ok := properties.Members[name].(*Object)
		if !ok {
			continue
		}
		kind, typed := p.Members["type"]
		_, hasDefault := p.Members["default"]
		if typed && kind != "null" && !required[name] && (!hasDefault || o.AllowNullWithDefault) {
			p.Set("anyOf", []any{object("type", kind), object("type", "null")})
			p = p.without("type")
		}
		items, isList := p.Members["items"].([]any)
		if prefix, ok := p.Members["prefixItems"].([]any); isList && len(items) > 0 && (!ok || len(prefix) == 0) {
			p.Set("prefixItems", items)
			p = p.without("items")
		}
		properties.Members[name] = p
		preprocessProperties(p, o)
	}
}

// blockReference is the schema of {"$ref": the id of a block document, or an object that names one}.
func blockReference() *Object {
	id := object("type", "string", "format", "uuid")
	named := object("type", "object", "additionalProperties", object("type", "string"), "minProperties", Number("1"))
	return object("type", "object", "properties", object("$ref", object("oneOf", []any{id, named})), "required", []any{"$ref"})
}

// object makes an object of names and values by turns.
func object(pairs ...any) *Object {
	o := NewObject()
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			o.Set(name, pairs[i+1])
		}
	}
	return o
}

func clone(v any) any {
	switch v := v.(type) {
	case *Object:
		c := NewObject()
		for _, name := range v.Names {
			c.Set(name, clone(v.Members[name]))
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i := range v {
			c[i] = clone(v[i])
		}
		return c
	}
	return v
}

// withoutKey drops the members of a name from an object and the objects that are its members, at any depth.
func withoutKey(v any, name string) any {
	o, ok := v.(*Object)
	if !ok {
		return v
	}
	rest := NewObject()
	for _, n := range o.Names {
		if n != name {
			rest.Set(n, withoutKey(o.Members[n], name))
		}
	}
	return rest
}
