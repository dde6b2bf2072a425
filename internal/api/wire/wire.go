// Package wire reads requests into typed structs as strictly, and as leniently, as the reference does, and tells what is
// wrong with them in its words: clients parse these answers.
//
// The input of an operation is one struct. Its fields are tagged `path:"name"`, `query:"name"` or `header:"name"`, and at
// most one is tagged `body:""` (the body is that model) or `body:"embed"` (the body is an object whose members are the
// struct's fields, each of which counts as a parameter). Inside, `json` names a member, `default` gives its JSON value when
// it is absent, and `v` lists constraints: required, nullable (null is as good as absent), unique, ge=, gt=, le=, lt=,
// min=, max= (lengths), size= (a length that is told of as a list's), clamp (an integer that is too large is the largest),
// early (it is read before the other fields), literal=a|b and, as the last one, pattern=. `instead` names another member,
// whose value is taken where the field's own is absent, null, zero or empty. A blank field tagged `wire:"forbid"` makes
// unknown members a problem; a list of texts tagged `wire:"members"` is given the names of the fields' members that are there; `wire` names the decoder of a field whose type cannot tell it (specials). Pointers may be
// null, other types may not. Types with an Enum method take its values only; types with a Violations method are asked once
// they have been read.
//
// Raw values of the input are parts of the body itself, not copies.
package wire

import (
	"bytes"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
	"praetor/internal/pythonjson"
)

// Request is what an input is read from.
type Request struct {
	Path        func(name string) string
	Query       url.Values
	Header      http.Header
	Body        []byte
	ContentType string
	Now         time.Time // what "now" and times without a day mean
}

// Problem is one thing that is wrong with a request.
type Problem struct {
	Type  string         `json:"type"`
	Loc   []any          `json:"loc"` // where: "body", "query"..., then names and indexes
	Msg   string         `json:"msg"`
	Input jsontext.Value `json:"input"`
	Ctx   jsontext.Value `json:"ctx,omitzero"`
}

// SyntaxProblem is the type of the problem with a body that is no JSON. It comes alone.
const SyntaxProblem = "json_invalid"

// Decode reads the request into dest, a pointer to an input struct, and gives what is wrong with it: parameters first, then
// the body, and in it the fields in their order. The error is for bodies that nothing can be said about.
func Decode(r Request, dest any) ([]Problem, error) {
	v := reflect.ValueOf(dest).Elem()
	p := inputPlan(v.Type())
	c := calls.Get().(*call)
	defer c.release()
	c.now = r.Now
	var body jsontext.Value
	if p.body != nil {
		var err error
		if body, err = c.parse(&r); err != nil || len(c.problems) > 0 {
			return c.problems, err
		}
	}
	for i := range p.params {
		p.params[i].read(c, &r, v)
	}
	if p.body != nil {
		p.body.read(c, body, v)
	}
	return c.problems, nil
}

// CheckSyntax tells what is wrong with the body as a text, and nothing about its content. The reference looks at this
// before it looks at anything else of a request.
func CheckSyntax(body []byte, contentType string) ([]Problem, error) {
	c := &call{}
	_, err := c.parse(&Request{Body: body, ContentType: contentType})
	return c.problems, err
}

// errUnreadable is the answer to a body that Python cannot read at all: it is no UTF-8, nests too deep, or holds an integer
// of more digits than anything else takes.
func errUnreadable() error {
	return prefect.NewError(prefect.BadRequest, "There was an error parsing the body")
}

// parse gives the body as JSON: as it stands, or as a string where its type says that it is something else.
func (c *call) parse(r *Request) (jsontext.Value, error) {
	if len(r.Body) == 0 {
		return nil, nil
	}
	if !isJSON(r.ContentType) {
		c.foreign = true
		quoted, err := jsontext.AppendQuote(nil, bytes.ToValidUTF8(r.Body, []byte("\uFFFD")))
		return quoted, err
	}
	text := bytes.TrimPrefix(r.Body, []byte("\uFEFF"))
	found := inspect(text)
	switch found.verdict {
	case unreadable:
		return nil, errUnreadable()
	case broken:
		pos, msg := utf8.RuneCount(text[:found.surrogate]), "Unpaired surrogate at"
		if found.surrogate == 0 {
			pos, msg = pythonjson.Explain(string(text))
		}
		quoted, err := jsontext.AppendQuote(nil, msg)
		c.at("body")
		c.item(pos)
		c.add(SyntaxProblem, "JSON decode error", jsontext.Value("{}"), `{"error":`+string(quoted)+`}`)
		c.path = c.path[:0]
		return nil, err
	}
	c.infinite = found.infinite
	if found.words {
		text = withoutWords(text)
	}
	return text, nil
}

// Answer is the body of the 422 that tells the client what is wrong with its request.
func Answer(problems []Problem, body []byte, contentType string) []byte {
	echo := jsontext.Value("null")
	text := bytes.TrimPrefix(body, []byte("\uFEFF"))
	switch found := inspect(text); {
	case len(body) == 0:
	case isJSON(contentType) && found.verdict == fine:
		echo = normalized(withoutWords(text), found.infinite)
	default:
		if quoted, err := jsontext.AppendQuote(nil, bytes.ToValidUTF8(body, []byte("\uFFFD"))); err == nil { // made valid
			echo = quoted
		}
	}
	answer, err := json.Marshal(struct {
		Message string         `json:"exception_message"`
		Detail  []Problem      `json:"exception_detail"`
		Body    jsontext.Value `json:"request_body"`
	}{"Invalid request received.", problems, echo})
	if err != nil {
		return []byte(`{"exception_message":"Invalid request received.","exception_detail":[],"request_body":null}`)
	}
	return answer
}

// calls are reused: reading a request needs room for where it stands and for the members of its models.
//
//nolint:gochecknoglobals // a pool is for the whole process
var calls = sync.Pool{New: func() any { return &call{path: make([]step, 0, 16), found: make([]jsontext.Value, 0, 64)} }}

// call is the reading of one request: where in it the reader stands, and what is wrong so far.
type call struct {
	path     []step
	problems []Problem
	found    []jsontext.Value // the members of the models being read, an inner model's behind the outer's
	infinite bool             // the body holds numbers that no float is
	foreign  bool             // the body's type says that it is no JSON
	nested   int              // how deep in triggers the reader stands
	now      time.Time
}

// step is a name or, when it is not named, an index.
type step struct {
	name  string
	index int
	named bool
}

func (c *call) release() {
	clear(c.found[:cap(c.found)])
	*c = call{path: c.path[:0], found: c.found[:0]}
	calls.Put(c)
}

// at and item go a step inward; leave goes back.
func (c *call) at(name string) { c.path = append(c.path, step{name: name, named: true}) }
func (c *call) item(i int)     { c.path = append(c.path, step{index: i}) }
func (c *call) leave()         { c.path = c.path[:len(c.path)-1] }

// add notes a problem with what stands here. ctx is JSON text, or empty.
func (c *call) add(kind, msg string, input jsontext.Value, ctx string) {
	if input == nil {
		input = jsontext.Value("null")
	}
	loc := make([]any, len(c.path))
	for i, s := range c.path {
		if loc[i] = s.index; s.named {
			loc[i] = s.name
		}
	}
	p := Problem{Type: kind, Loc: loc, Msg: msg, Input: normalized(input, c.infinite)}
	if ctx != "" {
		p.Ctx = jsontext.Value(ctx)
	}
	c.problems = append(c.problems, p)
}

func (c *call) missing(in jsontext.Value) { c.add("missing", "Field required", in, "") }

// input is the compiled form of an input struct.
type input struct {
	params []param
	body   *body
}

// param is a parameter outside the body.
type param struct {
	source   string // path, query or header
	name     string
	index    []int
	required bool
	fallback jsontext.Value
	decode   decoder
}

func (p *param) read(c *call, r *Request, v reflect.Value) {
	var text string
	present := true
	switch p.source {
	case "path":
		text = r.Path(p.name)
	case "query":
		if all := r.Query[p.name]; len(all) > 0 {
			text = all[len(all)-1] // of several the last counts
		} else {
			present = false
		}
	default:
		text = r.Header.Get(p.name)
		present = text != ""
	}
	c.at(p.source)
	c.at(p.name)
	field := fieldAt(v, p.index)
	switch {
	case present:
		quoted, err := jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\uFFFD"))
		if err == nil { // made valid
			p.decode(c, quoted, field)
		}
	case p.required:
		c.missing(nil)
	case p.fallback != nil:
		p.decode(c, p.fallback, field)
	}
	c.path = c.path[:0]
}

// body is the compiled form of an input's body.
type body struct {
	index    []int
	embed    bool
	optional bool
	sequence bool
	plan     *structPlan // of an embedded body
	decode   decoder
}

func (b *body) read(c *call, raw jsontext.Value, v reflect.Value) {
	c.at("body")
	field := fieldAt(v, b.index)
	raw = bytes.Trim(raw, " \t\r\n")
	switch {
	case b.embed && c.foreign:
		b.plan.parameters(c, nil, field)
	case b.embed:
		b.plan.parameters(c, raw, field)
	case len(raw) == 0 || string(raw) == "null":
		if !b.optional {
			c.missing(nil)
		}
	case b.sequence && c.foreign:
		c.add("sequence_str", "'bytes' instances are not allowed as a Sequence value", raw, `{"type_name":"bytes"}`)
	case b.sequence && raw.Kind() == '"':
		c.add("sequence_str", "'str' instances are not allowed as a Sequence value", raw, `{"type_name":"str"}`)
	case b.sequence && raw.Kind() != '[':
		c.add("is_instance_of", "Input should be an instance of Sequence", raw, `{"class":"Sequence"}`)
	default:
		b.decode(c, raw, field)
	}
}

// isJSON tells whether a body of the type is read as JSON. One without a type is.
func isJSON(contentType string) bool {
	if contentType == "" || contentType == "application/json" {
		return true
	}
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	kind = strings.TrimSpace(kind)
	return kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
}

// runes counts characters as Python does.
func runes(s string) int { return utf8.RuneCountInString(s) }
