package api_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// TestTheAPIIsTheReferences compares our OpenAPI document with what testdata/describe.py kept of the reference's: methods,
// paths, parameters, and the names of the properties of bodies and answers, as deep as they go.
func TestTheAPIIsTheReferences(t *testing.T) {
	text, err := os.ReadFile("testdata/reference_api.json")
	require.NoError(t, err)
	var theirs apiNames
	require.NoError(t, json.Unmarshal(text, &theirs))
	s := startServer(t, nil)
	ours := describe(t, s.must(t, 200, "GET", "/openapi.json", nil).json)

	known := differences()
	for _, name := range slices.Sorted(maps.Keys(theirs.Operations)) {
		_, isLater := later()[name]
		operation, there := ours.Operations[name]
		switch {
		case isLater && there:
			t.Errorf("%s is there: take it off the list of what comes later", name)
		case isLater:
			requireAbsent(t, s, name)
		case !there:
			t.Errorf("%s is missing", name)
		default:
			for _, difference := range compareOperations(&theirs, ours, theirs.Operations[name], operation) {
				difference = name + " " + difference
				if known[difference] == "" {
					t.Error(difference)
				}
				delete(known, difference)
			}
		}
	}
	require.Empty(t, known, "these differences are no more")
	for name := range ours.Operations {
		if strings.Contains(name, " /praetor/") {
			continue // an operation of our own
		}
		require.Contains(t, theirs.Operations, name, "the reference has no such operation")
	}
	for name := range later() {
		require.Contains(t, theirs.Operations, name, "an operation of the list is none of the reference's")
	}
}

// requireAbsent asks for an operation, as well as one can without knowing its parameters, and wants to hear that there is none.
func requireAbsent(t *testing.T, s *server, name string) {
	t.Helper()
	method, path, _ := strings.Cut(name, " ")
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = nobody
		}
	}
	a := s.ask(t, method, strings.Join(parts, "/"), object{})
	require.True(t, a.status == 404 && a.field(t, "detail") == "Not Found" || a.status == 405, "%s is on the list and answers %d: %s", name, a.status, a.body)
}

// apiNames are an API's operations by method and path, and the names in them.
type apiNames struct {
	Operations map[string]*operationNames `json:"operations"`
	Schemas    map[string]*node           `json:"schemas"`
}

type operationNames struct {
	Parameters []string         `json:"parameters"`
	Body       *node            `json:"body"`
	Answers    map[string]*node `json:"answers"` // by status
}

// node is what a schema says of names: see testdata/describe.py.
type node struct {
	Refs       []string         `json:"refs"`
	Properties map[string]*node `json:"properties"`
	Items      *node            `json:"items"`
	Values     *node            `json:"values"`
}

// describe takes the names out of an OpenAPI document.
func describe(t *testing.T, document any) *apiNames {
	t.Helper()
	names := &apiNames{Operations: map[string]*operationNames{}, Schemas: map[string]*node{}}
	for path, operations := range members(t, document, "paths") {
		for method, operation := range members(t, operations) {
			o := &operationNames{Answers: map[string]*node{}}
			parameters, _ := members(t, operation)["parameters"].([]any)
			for _, p := range parameters {
				o.Parameters = append(o.Parameters, fmt.Sprintf("%s %s", members(t, p)["in"], members(t, p)["name"]))
			}
			if body := members(t, operation)["requestBody"]; body != nil {
				o.Body = contentNames(t, body)
			}
			for status, answer := range members(t, operation, "responses") {
				if strings.HasPrefix(status, "2") {
					o.Answers[status] = contentNames(t, answer)
				}
			}
			names.Operations[strings.ToUpper(method)+" "+path] = o
		}
	}
	for name, schema := range members(t, document, "components", "schemas") {
		names.Schemas[name] = schemaNames(t, schema)
	}
	return names
}

// members is the object at a path inside a document.
func members(t *testing.T, value any, path ...string) object {
	t.Helper()
	m, ok := value.(object)
	require.True(t, ok, "no object: %v", value)
	if len(path) == 0 {
		return m
	}
	return members(t, m[path[0]], path[1:]...)
}

func contentNames(t *testing.T, holder any) *node {
	t.Helper()
	if members(t, holder)["content"] == nil {
		return nil
	}
	return schemaNames(t, members(t, holder, "content", "application/json")["schema"])
}

func schemaNames(t *testing.T, schema any) *node {
	t.Helper()
	n := &node{}
	m, ok := schema.(object)
	if !ok {
		return n // a boolean
	}
	if ref, ok := m["$ref"].(string); ok {
		n.Refs = []string{strings.TrimPrefix(ref, "#/components/schemas/")}
	}
	if properties, ok := m["properties"].(object); ok {
		n.Properties = map[string]*node{}
		for name, inner := range properties {
			n.Properties[name] = schemaNames(t, inner)
		}
	}
	if items := m["items"]; items != nil {
		n.Items = schemaNames(t, items)
	}
	if values := m["additionalProperties"]; values != nil {
		n.Values = schemaNames(t, values)
	}
	for _, word := range []string{"anyOf", "oneOf", "allOf"} {
		parts, _ := m[word].([]any)
		for _, part := range parts {
			n.merge(schemaNames(t, part))
		}
	}
	return n
}

func (n *node) merge(other *node) {
	n.Refs = append(n.Refs, other.Refs...)
	for name, inner := range other.Properties {
		if n.Properties == nil {
			n.Properties = map[string]*node{}
		}
		if n.Properties[name] == nil {
			n.Properties[name] = &node{}
		}
		n.Properties[name].merge(inner)
	}
	for _, pair := range []struct {
		into **node
		from *node
	}{{&n.Items, other.Items}, {&n.Values, other.Values}} {
		if pair.from == nil {
			continue
		}
		if *pair.into == nil {
			*pair.into = &node{}
		}
		(*pair.into).merge(pair.from)
	}
}

// compareOperations says in what two operations differ.
func compareOperations(theirNames, ourNames *apiNames, theirs, ours *operationNames) (differences []string) {
	slices.Sort(ours.Parameters)
	if !slices.Equal(theirs.Parameters, ours.Parameters) {
		differences = append(differences, fmt.Sprintf("takes the parameters %q, not %q", ours.Parameters, theirs.Parameters))
	}
	c := &comparison{theirs: theirNames, ours: ourNames, seen: map[string]bool{}}
	c.compare("body", theirs.Body, ours.Body)
	for status, answer := range theirs.Answers {
		ourAnswer, ok := ours.Answers[status]
		if !ok {
			differences = append(differences, fmt.Sprintf("answers %q, not %s", slices.Sorted(maps.Keys(ours.Answers)), status))
		}
		c.compare("answer", answer, ourAnswer)
	}
	return append(differences, c.differences...)
}

// comparison walks through two schemas side by side.
type comparison struct {
	theirs, ours *apiNames
	seen         map[string]bool // pairs of names of schemas that are compared already or about to be
	differences  []string
}

func (c *comparison) compare(place string, theirs, ours *node) {
	theirs, theirRefs := resolved(c.theirs, theirs)
	ours, ourRefs := resolved(c.ours, ours)
	if pair := theirRefs + " " + ourRefs; theirRefs != "" && ourRefs != "" {
		if c.seen[pair] {
			return
		}
		c.seen[pair] = true
	}
	for _, name := range slices.Sorted(maps.Keys(theirs.Properties)) {
		if ours.Properties[name] == nil {
			c.differences = append(c.differences, place+"."+name+" is missing")
			continue
		}
		c.compare(place+"."+name, theirs.Properties[name], ours.Properties[name])
	}
	for _, name := range slices.Sorted(maps.Keys(ours.Properties)) {
		if theirs.Properties[name] == nil {
			c.differences = append(c.differences, place+"."+name+" is none of the reference's")
		}
	}
	if theirs.Items != nil || ours.Items != nil {
		c.compare(place+"[]", theirs.Items, ours.Items)
	}
	if theirs.Values != nil || ours.Values != nil {
		c.compare(place+".*", theirs.Values, ours.Values)
	}
}

// resolved puts what a node's references name in their place, and gives the names.
func resolved(names *apiNames, n *node) (whole *node, refs string) {
	whole = &node{}
	if n == nil {
		return whole, ""
	}
	todo, done := []*node{n}, []string{}
	for len(todo) > 0 {
		part := todo[0]
		todo = todo[1:]
		whole.merge(&node{Properties: part.Properties, Items: part.Items, Values: part.Values})
		for _, ref := range part.Refs {
			if !slices.Contains(done, ref) {
				done = append(done, ref)
				todo = append(todo, names.Schemas[ref])
			}
		}
	}
	slices.Sort(done)
	return whole, strings.Join(done, "|")
}
