// Package wire reads requests into typed structs as strictly, and as leniently, as the reference does, and tells what is
// wrong with them in its words: clients parse these answers.
//
// The input of an operation is one struct. Its fields are tagged `path:"name"`, `query:"name"` or `header:"name"`, and at
// most one is tagged `body:""` (the body is that model) or `body:"embed"` (the body is an object whose members are the
// struct's fields, each of which counts as a parameter). Inside, `json` names a member, `default` gives its JSON value
// when it is absent, and `v` lists constraints: required, unique, ge=, gt=, le=, lt=, min=, max= (lengths), literal=a|b
// and, as the last one, pattern=. `instead` names another member, whose value is taken where the field's own is absent,
// null, zero or empty. A blank field tagged `wire:"forbid"` makes unknown members a problem. Pointers may be null, other
// types may not. Types with an Enum method take its values only; types with a Violations method are asked once they have
// been read.
package wire

import (
	"bytes"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/pythonjson"
)

// Request is what an input is read from.
type Request struct {
	Path        func(name string) string
	Query       url.Values
	Header      http.Header
	Body        []byte
	ContentType string
}

// Problem is one thing that is wrong with a request.
type Problem struct {
	Type  string         `json:"type"`
	Loc   []any          `json:"loc"` // where: "body", "query"..., then names and indexes
	Msg   string         `json:"msg"`
	Input jsontext.Value `json:"input"`
	Ctx   jsontext.Value `json:"ctx,omitzero"`
}

// maxDepth bounds the nesting of a body: what is deeper is no request that a client makes.
const maxDepth = 500

// Decode reads the request into dest, a pointer to an input struct, and gives what is wrong with it: parameters first, then
// the body, and in it the fields in their order.
func Decode(r Request, dest any) []Problem {
	v := reflect.ValueOf(dest).Elem()
	p := inputPlan(v.Type())
	c := &call{}
	for i := range p.params {
		p.params[i].read(c, &r, v)
	}
	if p.body != nil {
		p.body.read(c, &r, v)
	}
	return c.problems
}

// Answer is the body of the 422 that tells the client what is wrong with its request.
func Answer(problems []Problem, body []byte) []byte {
	var echo jsontext.Value
	switch {
	case len(body) == 0:
		echo = jsontext.Value("null")
	case valid(body):
		echo = jsontext.Value(body).Clone()
	default:
		text := string(bytes.ToValidUTF8(body, []byte("\uFFFD")))
		echo, _ = jsontext.AppendQuote(nil, text) // the text is valid
	}
	answer, err := json.Marshal(struct {
		Message string         `json:"exception_message"`
		Detail  []Problem      `json:"exception_detail"`
		Body    jsontext.Value `json:"request_body"`
	}{"Invalid request received.", problems, echo}, jsontext.AllowDuplicateNames(true))
	if err != nil {
		return []byte(`{"exception_message":"Invalid request received.","exception_detail":[],"request_body":null}`)
	}
	return answer
}

func valid(body []byte) bool {
	return jsontext.Value(body).IsValid(jsontext.AllowDuplicateNames(true)) && depth(body) <= maxDepth
}

// call gathers what is wrong with one request.
type call struct{ problems []Problem }

// place is where a value stands, innermost part first.
type place struct {
	up    *place
	name  string
	index int // used when name is empty and up is not nil
	named bool
}

func (p *place) at(name string) *place { return &place{up: p, name: name, named: true} }
func (p *place) item(i int) *place     { return &place{up: p, index: i} }

func (p *place) loc() []any {
	var all []any
	for ; p != nil; p = p.up {
		if p.named {
			all = append(all, p.name)
		} else {
			all = append(all, p.index)
		}
	}
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

// add notes a problem. ctx is JSON text, or empty.
func (c *call) add(kind string, at *place, msg string, input jsontext.Value, ctx string) {
	if input == nil {
		input = jsontext.Value("null")
	}
	p := Problem{Type: kind, Loc: at.loc(), Msg: msg, Input: input.Clone()}
	if ctx != "" {
		p.Ctx = jsontext.Value(ctx)
	}
	c.problems = append(c.problems, p)
}

func (c *call) missing(at *place, in jsontext.Value) {
	c.add("missing", at, "Field required", in, "")
}

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
	at := (*place)(nil).at(p.source).at(p.name)
	var text string
	present := true
	switch p.source {
	case "path":
		text = r.Path(p.name)
	case "query":
		text, present = r.Query.Get(p.name), r.Query.Has(p.name)
	default:
		text = r.Header.Get(p.name)
		present = text != ""
	}
	field := v.FieldByIndex(p.index)
	switch {
	case present:
		quoted, err := jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\uFFFD"))
		if err != nil {
			c.add("string_type", at, "Input should be a valid string", nil, "")
			return
		}
		p.decode(c, quoted, field, at)
	case p.required:
		c.missing(at, nil)
	case p.fallback != nil:
		p.decode(c, p.fallback, field, at)
	}
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

func (b *body) read(c *call, r *Request, v reflect.Value) {
	at := (*place)(nil).at("body")
	raw := jsontext.Value(bytes.TrimSpace(r.Body))
	field := v.FieldByIndex(b.index)
	if len(raw) > 0 && isJSON(r.ContentType) && !valid(raw) {
		pos, msg := pythonjson.Explain(string(r.Body))
		quoted, _ := jsontext.AppendQuote(nil, msg) // our own text
		c.add("json_invalid", (*place)(nil).at("body").item(pos), "JSON decode error", jsontext.Value("{}"), `{"error":`+string(quoted)+`}`)
		return
	}
	if len(raw) > 0 && !isJSON(r.ContentType) {
		if b.embed {
			raw = nil
		} else {
			raw, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(string(r.Body), "\uFFFD")) // made valid
		}
	}
	switch {
	case b.embed:
		b.plan.parameters(c, raw, field, at)
	case len(raw) == 0 || string(raw) == "null":
		if !b.optional {
			c.missing(at, nil)
		}
	case b.sequence && raw.Kind() != '[':
		c.add("is_instance_of", at, "Input should be an instance of Sequence", raw, `{"class":"Sequence"}`)
	default:
		b.decode(c, raw, field, at)
	}
}

func isJSON(contentType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	kind = strings.TrimSpace(kind)
	return kind == "" || kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
}

// runes counts characters as Python does.
func runes(s string) int { return utf8.RuneCountInString(s) }
