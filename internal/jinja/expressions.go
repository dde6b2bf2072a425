package jinja

import (
	"math/big"
	"slices"
	"strconv"
)

// Expressions, from those that bind least to those that bind most.

func (p *parser) expression() expr {
	p.enter()
	defer p.leave()
	e := p.or()
	for p.skipName("if") {
		c := &choice{test: p.or(), then: e}
		if p.skipName("else") {
			c.otherwise = p.expression()
		}
		e = c
	}
	return e
}

func (p *parser) or() expr {
	left := p.and()
	for p.skipName("or") {
		left = &binary{"or", left, p.and()}
	}
	return left
}

func (p *parser) and() expr {
	left := p.not()
	for p.skipName("and") {
		left = &binary{"and", left, p.not()}
	}
	return left
}

func (p *parser) not() expr {
	if p.skipName("not") {
		p.enter()
		defer p.leave()
		return &unary{"not", p.not()}
	}
	return p.compare()
}

func (p *parser) compare() expr {
	c := &comparison{first: p.sum()}
	for {
		t := p.now()
		switch {
		case t.kind == operator && slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, t.value):
			c.ops = append(c.ops, t.value)
			p.at++
		case t.isName("in"):
			c.ops = append(c.ops, "in")
			p.at++
		case t.isName("not") && p.look().isName("in"):
			c.ops = append(c.ops, "not in")
			p.at += 2
		default:
			if len(c.ops) == 0 {
				return c.first
			}
			return c
		}
		c.rest = append(c.rest, p.sum())
	}
}

// chain reads operands joined by operators of one rank, from the left.
func (p *parser) chain(operand func() expr, ops ...string) expr {
	left := operand()
	for p.now().kind == operator && slices.Contains(ops, p.now().value) {
		op := p.next().value
		left = &binary{op, left, operand()}
	}
	return left
}

func (p *parser) sum() expr     { return p.chain(p.joined, "+", "-") }
func (p *parser) joined() expr  { return p.chain(p.product, "~") }
func (p *parser) product() expr { return p.chain(p.power, "*", "/", "//", "%") }
func (p *parser) power() expr   { return p.chain(func() expr { return p.unary(true) }, "**") }

func (p *parser) unary(withFilters bool) expr {
	p.enter()
	defer p.leave()
	var e expr
	switch {
	case p.skip("-"):
		e = &unary{"-", p.unary(false)}
	case p.skip("+"):
		e = &unary{"+", p.unary(false)}
	default:
		e = p.primary()
	}
	e = p.postfix(e)
	if withFilters {
		e = p.filtersAndTests(e)
	}
	return e
}

func (p *parser) primary() expr {
	t := p.next()
	switch t.kind {
	case name:
		switch t.value {
		case "true", "True":
			return constant{true}
		case "false", "False":
			return constant{false}
		case "none", "None":
			return constant{nil}
		}
		return &variable{t.value, t.line}
	case text:
		value := t.value
		for p.now().kind == text {
			value += p.next().value
		}
		return constant{value}
	case integer:
		return constant{p.integer(t.value)}
	case float:
		f, _ := strconv.ParseFloat(t.value, 64) // the form was checked; what is too large is infinite, as in Python
		return constant{f}
	case operator:
		switch t.value {
		case "(":
			e := p.tupleIn(true, true, nil)
			p.expect(")")
			return e
		case "[":
			return p.list()
		case "{":
			return p.dict()
		}
	}
	if t.kind != eof {
		p.at--
	}
	p.fail("unexpected %s", repr(t.describe()))
	return nil
}

func (p *parser) integer(digits string) any {
	n, ok := new(big.Int).SetString(digits, 0)
	if !ok { // a decimal such as 000
		n, _ = new(big.Int).SetString(digits, 10)
	}
	if n == nil || !n.IsInt64() {
		p.fail("the number %s is too large", digits)
	}
	return n.Int64()
}

// tuple reads one expression or several with commas between; without conditional expressions unless conditional is set.
func (p *parser) tuple(conditional bool, end func(token) bool) expr {
	return p.tupleIn(conditional, false, end)
}

func (p *parser) tupleIn(conditional, parentheses bool, end func(token) bool) expr {
	one := p.expression
	if !conditional {
		one = p.or
	}
	t := &tupleOf{}
	isTuple := false
	for {
		if len(t.items) > 0 {
			if !p.skip(",") {
				break
			}
			isTuple = true
		}
		if now := p.now(); now.kind == variableEnd || now.kind == blockEnd || now.is(")") || end != nil && end(now) {
			break
		}
		t.items = append(t.items, one())
	}
	if isTuple {
		return t
	}
	if len(t.items) > 0 {
		return t.items[0]
	}
	if !parentheses {
		p.fail("Expected an expression, got %s", repr(p.now().describe()))
	}
	return t
}

func (p *parser) list() expr {
	l := &listOf{}
	for !p.now().is("]") {
		if len(l.items) > 0 {
			p.expect(",")
		}
		if p.now().is("]") {
			break
		}
		l.items = append(l.items, p.expression())
	}
	p.expect("]")
	return l
}

func (p *parser) dict() expr {
	d := &dictOf{}
	for !p.now().is("}") {
		if len(d.keys) > 0 {
			p.expect(",")
		}
		if p.now().is("}") {
			break
		}
		d.keys = append(d.keys, p.expression())
		p.expect(":")
		d.values = append(d.values, p.expression())
	}
	p.expect("}")
	return d
}

func (p *parser) postfix(e expr) expr {
	for {
		switch {
		case p.skip("."):
			switch t := p.next(); t.kind {
			case name:
				e = &member{e, t.value}
			case integer:
				e = &item{e, constant{p.integer(t.value)}}
			default:
				p.at--
				p.fail("expected name or number")
			}
		case p.skip("["):
			e = p.subscript(e)
		case p.now().is("("):
			e = &call{e, p.arguments()}
		default:
			return e
		}
	}
}

func (p *parser) subscript(e expr) expr {
	var keys []expr
	for !p.now().is("]") {
		if len(keys) > 0 {
			p.expect(",")
		}
		keys = append(keys, p.index())
	}
	p.expect("]")
	switch len(keys) {
	case 0:
		p.fail("expected subscript expression")
	case 1:
		return &item{e, keys[0]}
	}
	return &item{e, &tupleOf{keys}}
}

func (p *parser) index() expr {
	var parts [3]expr
	i := 0
	colon := false
	for {
		switch {
		case p.now().is(":") && i < 2:
			p.at++
			colon = true
			i++
		case p.now().is("]") || p.now().is(","):
			if !colon {
				p.fail("unexpected %s", repr(p.now().describe()))
			}
			return &slice{parts[0], parts[1], parts[2]}
		default:
			parts[i] = p.expression()
			if !colon && !p.now().is(":") {
				return parts[0]
			}
		}
	}
}

func (p *parser) arguments() arguments {
	p.expect("(")
	var a arguments
	first := true
	for !p.now().is(")") {
		if !first {
			p.expect(",")
			if p.now().is(")") {
				break
			}
		}
		first = false
		switch {
		case p.skip("**"):
			if a.starStar != nil {
				p.fail("invalid syntax for function call expression")
			}
			a.starStar = p.expression()
		case p.skip("*"):
			if a.star != nil || a.starStar != nil {
				p.fail("invalid syntax for function call expression")
			}
			a.star = p.expression()
		case p.now().kind == name && p.look().is("="):
			if a.starStar != nil {
				p.fail("invalid syntax for function call expression")
			}
			a.names = append(a.names, p.next().value)
			p.at++
			a.named = append(a.named, p.expression())
		default:
			if len(a.names) > 0 || a.star != nil || a.starStar != nil {
				p.fail("invalid syntax for function call expression")
			}
			a.positional = append(a.positional, p.expression())
		}
	}
	p.expect(")")
	return a
}

func (p *parser) filtersAndTests(e expr) expr {
	for {
		switch {
		case p.now().is("|"):
			for _, f := range p.filters(false) {
				f.value = e
				e = &f
			}
		case p.now().isName("is"):
			e = p.test(e)
		case p.now().is("("):
			e = &call{e, p.arguments()}
		default:
			return e
		}
	}
}

// filters reads the names and arguments of filters. inline tells that the first has no bar before it.
func (p *parser) filters(inline bool) []filtered {
	var all []filtered
	for inline || p.skip("|") {
		inline = false
		f := filtered{name: p.dotted()}
		if p.now().is("(") {
			f.args = p.arguments()
		}
		all = append(all, f)
	}
	return all
}

func (p *parser) dotted() string {
	n := p.expectKind(name).value
	for p.skip(".") {
		n += "." + p.expectKind(name).value
	}
	return n
}

func (p *parser) test(e expr) expr {
	p.at++
	t := &tested{value: e, negate: p.skipName("not")}
	t.name = p.dotted()
	now := p.now()
	switch {
	case now.is("("):
		t.args = p.arguments()
	case now.kind == name && !now.isName("else", "or", "and"), now.kind == text, now.kind == integer, now.kind == float, now.is("["), now.is("{"):
		if now.isName("is") {
			p.fail("You cannot chain multiple tests with is")
		}
		t.args.positional = []expr{p.postfix(p.primary())}
	}
	return t
}
