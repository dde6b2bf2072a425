package jinja

import (
	"fmt"
	"slices"
	"strings"
)

type parser struct {
	tokens []token
	at     int
	// wanted are the tags that would end the blocks that are open, innermost last, and tags those blocks' own.
	wanted [][]string
	tags   []string
	depth  int
}

// maxNesting bounds how deep expressions and blocks nest: the parser calls itself.
const maxNesting = 200

// Template is a template that has been read.
type Template struct{ body []stmt }

// Parse reads a template; what is wrong with it is a *SyntaxError.
func Parse(source string) (t *Template, err error) {
	tokens, err := lex(source)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	defer func() {
		if r := recover(); r != nil {
			syntax, ok := r.(*SyntaxError)
			if !ok {
				panic(r)
			}
			t, err = nil, syntax
		}
	}()
	body := p.statements()
	if !strings.Contains(source, "{{") && !strings.Contains(source, "{%") {
		body = []stmt{&output{[]expr{constant{source}}}} // Prefect's server leaves such a text as it is, comments included
	}
	return &Template{body}, nil
}

func (p *parser) now() token { return p.tokens[p.at] }

func (p *parser) look() token { return p.tokens[min(p.at+1, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != eof {
		p.at++
	}
	return t
}

// fail ends the parsing: Parse gives the error.
func (p *parser) fail(format string, args ...any) {
	panic(&SyntaxError{fmt.Sprintf(format, args...), p.now().line})
}

func (p *parser) enter() {
	if p.depth++; p.depth > maxNesting {
		p.fail("too much nesting")
	}
}

func (p *parser) leave() { p.depth-- }

func (t token) is(op string) bool { return t.kind == operator && t.value == op }

func (t token) isName(names ...string) bool { return t.kind == name && slices.Contains(names, t.value) }

func (p *parser) skip(op string) bool {
	if p.now().is(op) {
		p.at++
		return true
	}
	return false
}

func (p *parser) skipName(n string) bool {
	if p.now().isName(n) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(op string) {
	if !p.skip(op) {
		p.expected(op)
	}
}

func (p *parser) expectKind(k kind) token {
	if p.now().kind != k {
		p.expected(k.describe())
	}
	return p.next()
}

func (p *parser) expected(what string) {
	if p.now().kind == eof {
		p.fail("unexpected end of template, expected %s.", repr(what))
	}
	p.fail("expected token %s, got %s", repr(what), repr(p.now().describe()))
}

// statements reads up to a tag that ends the innermost block, which is not consumed, or to the end.
func (p *parser) statements() []stmt {
	p.enter()
	defer p.leave()
	var body []stmt
	var out output
	flush := func() {
		if len(out.parts) > 0 {
			body = append(body, &output{out.parts})
			out.parts = nil
		}
	}
	for {
		switch t := p.now(); t.kind {
		case eof:
			if len(p.wanted) > 0 {
				p.unknown("")
			}
			flush()
			return body
		case data:
			out.parts = append(out.parts, constant{t.value})
			p.at++
		case variableBegin:
			p.at++
			out.parts = append(out.parts, p.tuple(true, nil))
			p.expectKind(variableEnd)
		case blockBegin:
			p.at++
			if n := len(p.wanted); n > 0 && p.now().isName(p.wanted[n-1]...) {
				flush()
				return body
			}
			flush()
			body = append(body, p.statement()...)
			p.expectKind(blockEnd)
		default:
			p.fail("unexpected %s", repr(t.describe()))
		}
	}
}

// block reads the body of a statement up to one of the tags, whose name it consumes and gives.
func (p *parser) block(tags ...string) ([]stmt, string) {
	p.skip(":")
	p.expectKind(blockEnd)
	p.wanted = append(p.wanted, tags)
	body := p.statements()
	p.wanted = p.wanted[:len(p.wanted)-1]
	return body, p.next().value
}

// unknown fails because of a tag that fits nowhere, or because the template ends inside a block.
func (p *parser) unknown(tag string) {
	message := "Unexpected end of template."
	var wanted []string
	for _, tags := range p.wanted {
		wanted = append(wanted, tags...)
	}
	if tag != "" {
		message = "Encountered unknown tag " + repr(tag) + "."
		if slices.Contains(wanted, tag) {
			message = "Encountered unknown tag " + repr(tag) + ". You probably made a nesting mistake."
		}
	}
	if n := len(p.wanted); n > 0 {
		tags := make([]string, len(p.wanted[n-1]))
		for i, t := range p.wanted[n-1] {
			tags[i] = repr(t)
		}
		message += " Jinja was looking for the following tags: " + strings.Join(tags, " or ") + "."
		message += " The innermost block that needs to be closed is " + repr(p.tags[len(p.tags)-1]) + "."
	}
	p.fail("%s", message)
}

func (p *parser) statement() []stmt {
	t := p.now()
	if t.kind != name {
		p.fail("tag name expected")
	}
	p.tags = append(p.tags, t.value)
	defer func() { p.tags = p.tags[:len(p.tags)-1] }()
	p.at++
	switch t.value {
	case "for":
		return []stmt{p.forLoop()}
	case "if":
		return []stmt{p.ifElse()}
	case "set":
		return []stmt{p.set()}
	case "with":
		return []stmt{p.with()}
	case "macro":
		return []stmt{p.macro()}
	case "call":
		return []stmt{p.callBlock()}
	case "filter":
		return []stmt{p.filterBlock()}
	case "print":
		return []stmt{p.print()}
	case "block":
		p.expectKind(name)
		body, _ := p.block("endblock")
		if p.now().kind == name {
			p.at++
		}
		return []stmt{&group{body}}
	case "autoescape":
		p.expression()
		body, _ := p.block("endautoescape")
		return []stmt{&group{body}}
	case "extends", "include", "import", "from":
		for p.now().kind != blockEnd && p.now().kind != eof {
			p.at++
		}
		return []stmt{&loaded{}}
	}
	p.at--
	p.tags = p.tags[:len(p.tags)-1]
	defer func() { p.tags = append(p.tags, "") }()
	p.unknown(t.value)
	return nil
}

func (p *parser) forLoop() stmt {
	l := &loop{target: p.target(true)}
	if !p.skipName("in") {
		p.expected("in")
	}
	l.iterable = p.tuple(false, func(t token) bool { return t.isName("recursive") })
	if p.skipName("if") {
		l.test = p.expression()
	}
	l.recursive = p.skipName("recursive")
	var end string
	if l.body, end = p.block("endfor", "else"); end == "else" {
		l.otherwise, _ = p.block("endfor")
	}
	return l
}

func (p *parser) ifElse() stmt {
	c := &condition{test: p.tuple(false, nil)}
	var end string
	switch c.then, end = p.block("elif", "else", "endif"); end {
	case "elif":
		c.otherwise = []stmt{p.ifElse()}
	case "else":
		c.otherwise, _ = p.block("endif")
	}
	return c
}

func (p *parser) set() stmt {
	target := p.assignTarget()
	if p.skip("=") {
		return &assignment{target, p.tuple(true, nil)}
	}
	b := &blockAssignment{target: target, filters: p.filters(false)}
	b.body, _ = p.block("endset")
	return b
}

func (p *parser) with() stmt {
	s := &scope{}
	for p.now().kind != blockEnd {
		if len(s.targets) > 0 {
			p.expect(",")
		}
		s.targets = append(s.targets, p.target(false))
		p.expect("=")
		s.values = append(s.values, p.expression())
	}
	s.body, _ = p.block("endwith")
	return s
}

func (p *parser) macro() stmt {
	m := &macro{name: p.targetName()}
	p.expect("(")
	p.parameters(m)
	m.body, _ = p.block("endmacro")
	return m
}

// parameters reads a macro's parameters behind the opening parenthesis.
func (p *parser) parameters(m *macro) {
	for !p.now().is(")") {
		if len(m.params) > 0 {
			p.expect(",")
		}
		m.params = append(m.params, p.targetName())
		if p.skip("=") {
			m.defaults = append(m.defaults, p.expression())
		} else if len(m.defaults) > 0 {
			p.fail("non-default argument follows default argument")
		}
	}
	p.expect(")")
}

func (p *parser) callBlock() stmt {
	c := &callBlock{macro: macro{name: "caller"}}
	if p.skip("(") {
		p.parameters(&c.macro)
	}
	called, ok := p.expression().(*call)
	if !ok {
		p.fail("expected call")
		return nil
	}
	c.call = *called
	c.macro.body, _ = p.block("endcall")
	return c
}

func (p *parser) filterBlock() stmt {
	f := &filterBlock{filters: p.filters(true)}
	f.body, _ = p.block("endfilter")
	return f
}

func (p *parser) print() stmt {
	out := &output{}
	for p.now().kind != blockEnd {
		if len(out.parts) > 0 {
			p.expect(",")
		}
		out.parts = append(out.parts, p.expression())
	}
	return out
}

// targetName reads a name that can be assigned to.
func (p *parser) targetName() string {
	t := p.expectKind(name)
	if slices.Contains([]string{"true", "false", "none", "True", "False", "None"}, t.value) {
		p.fail("can't assign to %s", repr("const"))
	}
	return t.value
}

// target reads what a loop or a with assigns to: a name, or several when tuples are let in.
func (p *parser) target(tuples bool) expr {
	one := func() expr {
		switch now := p.now(); now.kind {
		case text, integer, float:
			p.fail("can't assign to 'const'")
		case blockEnd:
			p.fail("Expected an expression, got %s", repr(now.describe()))
		}
		if p.skip("(") {
			inner := p.target(true)
			p.expect(")")
			return inner
		}
		return &variable{name: p.targetName(), line: p.now().line}
	}
	first := one()
	if !tuples || !p.now().is(",") {
		return first
	}
	t := &tupleOf{items: []expr{first}}
	for p.skip(",") {
		if p.now().kind != name && !p.now().is("(") || p.now().isName("in") {
			break
		}
		t.items = append(t.items, one())
	}
	return t
}

// assignTarget is target for set, which also takes the attribute of a namespace.
func (p *parser) assignTarget() expr {
	if p.now().kind == name && p.look().is(".") {
		v := &variable{name: p.next().value, line: p.now().line}
		p.at++
		return &member{v, p.expectKind(name).value}
	}
	return p.target(true)
}
