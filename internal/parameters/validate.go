package parameters

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Options change what Validate and Problems ask for.
type Options struct {
	// IgnoreRequired lets properties be absent.
	IgnoreRequired bool
	// AllowNullWithDefault lets properties that have a default be null.
	AllowNullWithDefault bool
	// AsIs takes the schema at its word, without what older forms of schemas meant.
	AsIs bool
}

// ErrCircular tells that a schema refers to itself without end, or asks for more work than a value can be worth.
var ErrCircular = errors.New("the schema refers to itself without end")

// SchemaError tells that a schema is none.
type SchemaError struct{ Message string }

func (e *SchemaError) Error() string { return "Invalid schema: " + e.Message }

// ValidationError tells what is most wrong with a value, in a sentence.
type ValidationError struct{ Message string }

func (e *ValidationError) Error() string { return e.Message }

// Problem is one thing that is wrong with a value.
type Problem struct {
	Path    []any  // where in the value: names and indexes
	Keyword string // of the schema; empty where the schema is false
	Message string

	context          []*Problem // why none of several schemas fits
	instance, schema any
}

// maxSchemaDepth bounds how deep schemas are followed, maxSchemaSteps how many are in all, and maxMessages how many bytes
// of messages are made on the way: each shows the value that it is about. Python gives up at a depth like this; it knows
// no other bound.
const (
	maxSchemaDepth = 300
	maxSchemaSteps = 1_000_000
	maxMessages    = 32 << 20
)

// Validate checks a value by a schema. What is wrong is an error: a *ValidationError, a *SchemaError or ErrCircular.
func Validate(value, schema any, o Options) error {
	problems, err := check(value, schema, o, false)
	if err != nil {
		return err
	}
	p := mostRelevant(problems)
	if p == nil {
		return nil
	}
	message := "Validation failed."
	if len(p.Path) > 0 {
		message = "Validation failed for field " + repr(strings.ReplaceAll(jsonPath(p.Path), "$.", "")) + "."
	}
	return &ValidationError{message + " Failure reason: " + p.Message}
}

// Problems gives everything that is wrong with a value, which may hold placeholders. Formats count here too. A schema that
// cannot be followed is an error: a *ValidationError, a *SchemaError or ErrCircular.
func Problems(value, schema any, o Options) ([]*Problem, error) {
	return check(value, schema, o, true)
}

func check(value, schema any, o Options, formats bool) ([]*Problem, error) {
	if !o.AsIs {
		schema = preprocess(schema, o)
	} else if o.IgnoreRequired {
		schema = withoutKey(schema, "required")
	}
	if err := checkSchema(schema); err != nil {
		return nil, err
	}
	c := &checker{formats: formats, resources: indexResources(schema), patterns: map[string]*regexp.Regexp{}}
	problems := c.descend(value, schema, place{})
	return problems, c.err
}

// checker follows a schema through a value. Once err is set, what it finds has no meaning.
type checker struct {
	formats   bool
	resources *resources
	patterns  map[string]*regexp.Regexp // as far as they were needed
	steps     int
	messages  int // bytes
	err       error
}

// place is where in the schema the checker is.
type place struct {
	base  string // the URI that references are relative to
	depth int
}

// descend gives what is wrong with a value by one schema.
func (c *checker) descend(value, schema any, at place) []*Problem {
	at.depth++
	if !c.goesOn(1, at) {
		return nil
	}
	s, ok := schema.(*Object)
	if !ok {
		if schema == false {
			return []*Problem{{Message: "False schema does not allow " + repr(value), instance: value, schema: schema}}
		}
		return nil
	}
	if id, ok := s.Members["$id"].(string); ok {
		at.base = resolve(at.base, id)
	}
	var problems []*Problem
	for _, keyword := range s.Names {
		look := keywordCheck(keyword)
		if look == nil {
			continue
		}
		found := look(c, s.Members[keyword], value, s, at)
		for _, p := range found {
			if p.schema == nil {
				c.messages += len(p.Message)
			}
			p.settle(keyword, value, s)
		}
		problems = append(problems, found...)
	}
	if p, ok := value.(Placeholder); ok && p.Err != nil {
		problem := &Problem{Message: p.Err.Error()}
		problem.settle(placeholderKeyword, value, s)
		problems = append(problems, problem)
	}
	return problems
}

// goesOn counts steps and tells whether the check is to go on: it has no problem with the schema yet, and is within bounds.
func (c *checker) goesOn(steps int, at place) bool {
	c.steps += steps
	if c.err == nil && (at.depth > maxSchemaDepth || c.steps > maxSchemaSteps || c.messages > maxMessages) {
		c.err = ErrCircular
	}
	return c.err == nil
}

// placeholderKeyword marks the problem of a value that could not be hydrated.
const placeholderKeyword = "_placeholders"

// settle notes where a problem was found, unless that is known.
func (p *Problem) settle(keyword string, instance, schema any) {
	if p.schema == nil {
		p.Keyword, p.instance, p.schema = keyword, instance, schema
	}
}

// in is descend for a part of the value. What a schema that is false has against it counts as the whole's, as in Python.
func (c *checker) in(step, value, schema any, at place) []*Problem {
	problems := c.descend(value, schema, at)
	if schema == false {
		return problems
	}
	for _, p := range problems {
		p.Path = append([]any{step}, p.Path...)
	}
	return problems
}

func (c *checker) valid(value, schema any, at place) bool {
	return len(c.descend(value, schema, at)) == 0
}

func problem(format string, args ...any) []*Problem {
	return []*Problem{{Message: fmt.Sprintf(format, args...)}}
}

// jsonPath writes a path as "$.a['b c'][0]".
func jsonPath(path []any) string {
	text := "$"
	for _, step := range path {
		switch step := step.(type) {
		case int:
			text += fmt.Sprintf("[%d]", step)
		case string:
			if plainProperty(step) {
				text += "." + step
			} else {
				text += "['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(step) + "']"
			}
		}
	}
	return text
}

// plainProperty tells whether a name may follow a dot: a letter, then letters, digits and underscores.
func plainProperty(name string) bool {
	for i, r := range name {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return false
		}
	}
	return name != ""
}
