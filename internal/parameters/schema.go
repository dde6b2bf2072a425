package parameters

import "regexp"

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
	for _, name := range keywordOrder() {
		v, ok := s.Members[name]
		if !ok {
			continue
		}
		if message := formOf(name)(v); message != "" {
			return message
		}
	}
	return ""
}

// keywordOrder lists the keywords that have a form in the order of the meta-schema's vocabularies, which is the order in
// which the reference looks at them.
func keywordOrder() [59]string {
	return [...]string{
		"$id", "$schema", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$comment", "$defs",
		"prefixItems", "items", "contains", "additionalProperties", "properties", "patternProperties", "dependentSchemas",
		"propertyNames", "if", "then", "else", "allOf", "anyOf", "oneOf", "not",
		"unevaluatedItems", "unevaluatedProperties",
		"type", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern",
		"maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "maxProperties", "minProperties", "required", "dependentRequired",
		"title", "description", "deprecated", "readOnly", "writeOnly", "examples",
		"format",
		"contentEncoding", "contentMediaType", "contentSchema",
		"definitions", "dependencies", "$recursiveAnchor", "$recursiveRef",
	}
}

// formOf gives the form of a keyword of keywordOrder.
func formOf(name string) form {
	switch name {
	case "not", "if", "then", "else", "additionalProperties", "propertyNames", "items", "contains", "unevaluatedItems", "unevaluatedProperties", "contentSchema":
		return schemaForm
	case "properties", "dependentSchemas", "definitions", "$defs":
		return schemasByName
	case "patternProperties":
		return schemasByPattern
	case "allOf", "anyOf", "oneOf", "prefixItems":
		return schemaList
	case "$id":
		return matching(`^[^#]*#?$`)
	case "$anchor", "$dynamicAnchor", "$recursiveAnchor":
		return matching(`^[A-Za-z_][-A-Za-z0-9._]*$`)
	case "$vocabulary":
		return func(v any) string { return eachMember(v, typed("boolean")) }
	case "pattern":
		return patternForm
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
		return typed("number")
	case "multipleOf":
		return positive
	case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains":
		return natural
	case "uniqueItems", "deprecated", "readOnly", "writeOnly":
		return typed("boolean")
	case "enum", "examples":
		return typed("array")
	case "required":
		return stringList
	case "dependentRequired":
		return func(v any) string { return eachMember(v, stringList) }
	case "type":
		return typeForm
	case "dependencies":
		return func(v any) string { return eachMember(v, dependencyForm) }
	}
	return typed("string")
}

// matching is the form of a text that has a pattern.
func matching(pattern string) form {
	return func(v any) string {
		text, isText := v.(string)
		switch {
		case !isText:
			return typed("string")(v)
		case !regexp.MustCompile(pattern).MatchString(text):
			return repr(v) + " does not match " + repr(pattern)
		}
		return ""
	}
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

func schemasByPattern(v any) string {
	if message := schemasByName(v); message != "" {
		return message
	}
	for _, pattern := range members(v).Names {
		if message := patternForm(pattern); message != "" {
			return message
		}
	}
	return ""
}

func dependencyForm(v any) string {
	if schemaForm(v) == "" || stringList(v) == "" {
		return ""
	}
	return noneFits(v)
}

func noneFits(v any) string { return repr(v) + " is not valid under any of the given schemas" }

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
	types, several := v.([]any)
	if !several {
		types = []any{v}
	}
	for _, t := range types {
		if _, isText := t.(string); !isText || !simple(t) {
			return noneFits(v)
		}
	}
	if len(types) == 0 || checkUniqueItems(nil, true, types, nil, place{}) != nil {
		return noneFits(v)
	}
	return ""
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
