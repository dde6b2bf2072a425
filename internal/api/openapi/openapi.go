// Package openapi describes the API in an OpenAPI 3.1 document, made from the very types that requests are read into and
// answers are written from.
package openapi

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Operation is one method of one path.
type Operation struct {
	Method, Path string // the path as the route table has it: {id:uuid}
	Summary      string
	In, Out      reflect.Type // Out may be nil or an empty struct: no body
	Status       int          // the usual answer's
}

// object is a JSON object under construction. Maps encode in the order of their keys, so the document is the same each time.
type object = map[string]any

// Document describes the operations.
func Document(title, version string, operations []Operation) ([]byte, error) {
	g := &generator{schemas: object{}, names: map[string]reflect.Type{}}
	paths := map[string]object{}
	for _, o := range operations {
		path := strings.ReplaceAll(o.Path, ":uuid}", "}")
		if paths[path] == nil {
			paths[path] = object{}
		}
		paths[path][strings.ToLower(o.Method)] = g.operation(o, path)
	}
	g.schemas["ValidationProblem"] = object{
		"type": "object", "required": []string{"exception_message", "exception_detail"},
		"properties": object{
			"exception_message": object{"type": "string"},
			"exception_detail":  object{"type": "array", "items": object{"type": "object"}},
			"request_body":      object{},
		},
	}
	return json.Marshal(object{
		"openapi": "3.1.0", "info": object{"title": title, "version": version},
		"paths": paths, "components": object{"schemas": g.schemas},
	}, json.Deterministic(true))
}

type generator struct {
	schemas object
	names   map[string]reflect.Type
}

func (g *generator) operation(o Operation, path string) object {
	op := object{"summary": o.Summary, "operationId": strings.ToLower(o.Method) + strings.NewReplacer("/", "_", "{", "", "}", "", "-", "_").Replace(path)}
	parameters := g.parameters(o.In)
	if path != "/health" && path != "/version" {
		parameters = append(parameters, object{"name": "x-prefect-api-version", "in": "header", "required": false, "schema": object{"type": "string"}})
	}
	if len(parameters) > 0 {
		op["parameters"] = parameters
	}
	if body := g.body(o); body != nil {
		op["requestBody"] = body
	}
	answer := object{"description": "The usual answer"}
	if o.Out != nil && o.Status != 204 && (o.Out.Kind() != reflect.Struct || o.Out.NumField() > 0) {
		answer["content"] = object{"application/json": object{"schema": g.schema(o.Out)}}
	}
	op["responses"] = object{
		strconv.Itoa(o.Status): answer,
		"422":                  object{"description": "The request makes no sense", "content": object{"application/json": object{"schema": ref("ValidationProblem")}}},
	}
	return op
}

func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

// parameters lists the path, query and header fields of an input. Headers that no client names in the reference's document
// are left out there and here: those whose names do not begin with "x-".
func (g *generator) parameters(t reflect.Type) []object {
	var all []object
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		for _, source := range []string{"path", "query", "header"} {
			name, ok := f.Tag.Lookup(source)
			if !ok || source == "header" && !strings.HasPrefix(name, "x-") {
				continue
			}
			schema := g.field(f)
			all = append(all, object{"name": name, "in": source, "required": source == "path" || has(f, "required"), "schema": schema})
		}
		if f.Anonymous {
			all = append(all, g.parameters(f.Type)...)
		}
	}
	return all
}

func (g *generator) body(o Operation) object {
	if o.In == nil || o.In.Kind() != reflect.Struct {
		return nil
	}
	for i := range o.In.NumField() {
		f := o.In.Field(i)
		mode, ok := f.Tag.Lookup("body")
		if !ok {
			continue
		}
		var schema object
		if mode == "embed" {
			schema = g.model(f.Type)
		} else {
			schema = g.field(f)
		}
		body := object{"content": object{"application/json": object{"schema": schema}}}
		if f.Type.Kind() != reflect.Pointer && (mode != "embed" || len(required(f.Type)) > 0) {
			body["required"] = true
		}
		return body
	}
	return nil
}

// field is the schema of a field: its type's, with its constraints.
func (g *generator) field(f reflect.StructField) object {
	if f.Tag.Get("wire") == "retry_delay" {
		number := object{"type": "number"}
		return object{"anyOf": []object{number, {"type": "array", "items": number}, {"type": "null"}}}
	}
	if f.Tag.Get("wire") == "task_inputs" {
		return object{"type": "object", "additionalProperties": object{"type": "array", "items": taskInput()}}
	}
	t := f.Type
	if target, ok := optionalTarget(t); ok {
		t = target
	}
	null := t.Kind() == reflect.Pointer
	if null {
		t = t.Elem()
	}
	schema := g.schema(t)
	for _, part := range strings.Split(f.Tag.Get("v"), ",") {
		constrain(schema, part)
	}
	if i := strings.Index(f.Tag.Get("v"), "pattern="); i >= 0 {
		schema["pattern"] = f.Tag.Get("v")[i+len("pattern="):]
	}
	if null {
		schema = object{"anyOf": []object{schema, {"type": "null"}}}
	}
	if d, ok := f.Tag.Lookup("default"); ok {
		schema = withDefault(schema, d)
	}
	return schema
}

// taskInput is one source of a task's input: see package wire, which reads it.
func taskInput() object {
	form := func(kind, property string, schema object) object {
		return object{
			"type": "object", "required": []string{property},
			"properties": object{"input_type": object{"type": "string", "enum": []string{kind}, "default": kind}, property: schema},
		}
	}
	id, text := object{"type": "string", "format": "uuid"}, object{"type": "string"}
	return object{"anyOf": []object{form("task_run", "id", id), form("flow_run", "id", id), form("parameter", "name", text), form("constant", "type", text)}}
}

// withDefault adds the default; beside a reference it would be ignored by some readers, and is left out.
func withDefault(schema object, text string) object {
	if _, isRef := schema["$ref"]; !isRef {
		schema["default"] = jsontext.Value(text)
	}
	return schema
}

func constrain(schema object, part string) {
	name, bound, _ := strings.Cut(part, "=")
	n, err := strconv.ParseFloat(bound, 64)
	switch name {
	case "ge", "gt", "le", "lt", "min", "max":
		if err != nil {
			panic("openapi: the bound " + bound + " is no number")
		}
		key := map[string]string{"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum", "min": "minLength", "max": "maxLength"}[name]
		schema[key] = n
	case "unique":
		schema["uniqueItems"] = true
	case "literal":
		schema["enum"] = strings.Split(bound, "|")
	}
}

// schema describes a type. Structs with a name are described once, among the components.
func (g *generator) schema(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[prefect.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[uuid.UUID]():
		return object{"type": "string", "format": "uuid"}
	case reflect.TypeFor[jsontext.Value]():
		return object{}
	case reflect.TypeFor[prefect.GraphEntry]():
		id, node := g.schema(reflect.TypeFor[uuid.UUID]()), g.schema(reflect.TypeFor[prefect.GraphNode]())
		return object{"type": "array", "prefixItems": []object{id, node}, "minItems": 2, "maxItems": 2}
	case reflect.TypeFor[prefect.Object]():
		return object{"type": "object", "additionalProperties": true}
	case reflect.TypeFor[prefect.Labels]():
		return object{"type": "object", "additionalProperties": object{"anyOf": []object{{"type": "boolean"}, {"type": "integer"}, {"type": "number"}, {"type": "string"}}}}
	}
	if e, ok := reflect.Zero(t).Interface().(interface{ Enum() []string }); ok && t.Kind() == reflect.String {
		return object{"type": "string", "enum": e.Enum()}
	}
	if u, ok := reflect.Zero(t).Interface().(interface{ AnyOf() []any }); ok {
		var parts []object
		for _, part := range u.AnyOf() {
			parts = append(parts, g.schema(reflect.TypeOf(part)))
		}
		return object{"anyOf": parts}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return object{"anyOf": []object{g.schema(t.Elem()), {"type": "null"}}}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice:
		return object{"type": "array", "items": g.schema(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": g.schema(t.Elem())}
	case reflect.Struct:
		return g.component(t)
	case reflect.Interface:
		return object{}
	}
	panic(fmt.Sprintf("openapi: %s cannot be described", t))
}

// component gives a reference to the description of a named struct, or describes an unnamed one in place.
func (g *generator) component(t reflect.Type) object {
	if t.Name() == "" {
		return g.model(t)
	}
	name := strings.NewReplacer("[", "_", "]", "", "*", "", "/", "_", ".", "_").Replace(t.Name())
	name = strings.ReplaceAll(name, "praetor_internal_prefect_", "")
	if other, taken := g.names[name]; taken && other != t {
		name = strings.ReplaceAll(t.PkgPath(), "/", "_") + "_" + name
	}
	if _, done := g.names[name]; !done {
		g.names[name] = t
		g.schemas[name] = g.model(t)
	}
	return ref(name)
}

func (g *generator) model(t reflect.Type) object {
	properties := object{}
	open := g.properties(t, properties)
	m := object{"type": "object", "properties": properties}
	if r := required(t); len(r) > 0 {
		m["required"] = r
	}
	if !open {
		m["additionalProperties"] = false
	}
	return m
}

// properties adds the fields of a struct and tells whether others are let in.
func (g *generator) properties(t reflect.Type, into object) (open bool) {
	open = true
	eachField(t, func(f reflect.StructField, name string) {
		if f.Name == "_" {
			open = open && f.Tag.Get("wire") != "forbid"
			return
		}
		into[name] = g.field(f)
	})
	return open
}

func required(t reflect.Type) []string {
	var all []string
	eachField(t, func(f reflect.StructField, name string) {
		if f.Name != "_" && has(f, "required") {
			all = append(all, name)
		}
	})
	slices.Sort(all)
	return all
}

// eachField visits the fields of a struct with those of the structs embedded in it.
func eachField(t reflect.Type, visit func(f reflect.StructField, name string)) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, named := f.Tag.Lookup("json")
		switch {
		case f.Name == "_":
			visit(f, "")
		case f.Anonymous && !named:
			eachField(f.Type, visit)
		case named && f.IsExported():
			if name, _, _ = strings.Cut(name, ","); name != "" && name != "-" {
				visit(f, name)
			}
		}
	}
}

func has(f reflect.StructField, word string) bool {
	return slices.Contains(strings.Split(f.Tag.Get("v"), ","), word)
}

func optionalTarget(t reflect.Type) (reflect.Type, bool) {
	o, ok := reflect.New(t).Interface().(interface{ Target() any })
	if !ok {
		return nil, false
	}
	return reflect.TypeOf(o.Target()).Elem(), true
}
