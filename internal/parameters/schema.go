package parameters

// form is what a keyword asks of its value. It gives the message about another value, or "".
type form func(v any) string

// checkSchema tells whether a schema is one: whether its keywords have values of their forms, all the way down. Only the
// first that does not is told of.
func checkSchema(schema any) error {
	if message := schemaForm(schema); message != "" {
		return &SchemaError{message}
	}
	return nil
}

func schemaForm(v any) string {
	s, ok := v.(*Object)
	if !ok {
		if _, isBool := v.(bool); isBool {
			return ""
		}
		return repr(v) + " is not of type 'object', 'boolean'"
	}
	for _, name := range s.Names {
		if f := formOf(name); f != nil {
			if message := f(s.Members[name]); message != "" {
				return message
			}
		}
	}
	return ""
}

// formOf gives the form of a keyword, or nil for members that are none.
func formOf(name string) form {
	switch name {
	case "not", "if", "then", "else", "additionalProperties", "propertyNames", "items", "contains", "unevaluatedItems", "unevaluatedProperties":
		return schemaForm
	case "properties", "patternProperties", "dependentSchemas", "definitions", "$defs":
		return schemasByName
	case "allOf", "anyOf", "oneOf", "prefixItems":
		return schemaList
	case "$ref", "$dynamicRef", "$id", "$anchor", "$dynamicAnchor", "format":
		return typed("string")
	case "pattern":
		return patternForm
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
		return typed("number")
	case "multipleOf":
		return positive
	case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains":
		return natural
	case "uniqueItems":
		return typed("boolean")
	case "enum":
		return typed("array")
	case "required":
		return stringList
	case "dependentRequired":
		return func(v any) string { return eachMember(v, stringList) }
	case "type":
		return typeForm
	}
	return nil
}

func typed(kind string) form {
	return func(v any) string {
		if hasType(v, kind) {
			return ""
		}
		return repr(v) + " is not of type " + repr(kind)
	}
}

func eachMember(v any, f form) string {
	o, ok := v.(*Object)
	if !ok {
		return typed("object")(v)
	}
	for _, name := range o.Names {
		if message := f(o.Members[name]); message != "" {
			return message
		}
	}
	return ""
}

func eachItem(v any, f form) string {
	items, ok := v.([]any)
	if !ok {
		return typed("array")(v)
	}
	for _, item := range items {
		if message := f(item); message != "" {
			return message
		}
	}
	return ""
}

func schemasByName(v any) string { return eachMember(v, schemaForm) }

func schemaList(v any) string {
	if items, ok := v.([]any); ok && len(items) == 0 {
		return "[] should be non-empty"
	}
	return eachItem(v, schemaForm)
}

func stringList(v any) string {
	if message := eachItem(v, typed("string")); message != "" {
		return message
	}
	return firstMessage(checkUniqueItems(nil, true, list(v), nil, place{}))
}

func firstMessage(problems []*Problem) string {
	if len(problems) == 0 {
		return ""
	}
	return problems[0].Message
}

func positive(v any) string {
	if message := typed("number")(v); message != "" {
		return message
	}
	return firstMessage(boundCheck("exclusiveMinimum")(nil, Number("0"), v, nil, place{}))
}

func natural(v any) string {
	if message := typed("integer")(v); message != "" {
		return message
	}
	return firstMessage(boundCheck("minimum")(nil, Number("0"), v, nil, place{}))
}

func typeForm(v any) string {
	simple := func(v any) bool {
		switch v {
		case "array", "boolean", "integer", "null", "number", "object", "string":
			return true
		}
		return false
	}
	types, ok := v.([]any)
	if !ok {
		types = []any{v}
	}
	for _, t := range types {
		if _, isText := t.(string); !isText || !simple(t) {
			return repr(v) + " is not valid under any of the given schemas"
		}
	}
	if len(types) == 0 {
		return "[] should be non-empty"
	}
	return firstMessage(checkUniqueItems(nil, true, types, nil, place{}))
}

func patternForm(v any) string {
	if message := typed("string")(v); message != "" {
		return message
	}
	if pattern, ok := v.(string); ok {
		if _, err := compilePattern(pattern); err != nil {
			return repr(v) + " is not a 'regex'"
		}
	}
	return ""
}
