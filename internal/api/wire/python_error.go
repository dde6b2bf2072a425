package wire

import "unicode/utf8"

// pythonError finds where a text stops being JSON and says so as Python's parser does: the position in characters, and
// its words.
func pythonError(s string) (int, string) {
	p := &pythonParser{s: s}
	p.space()
	if p.value(0) {
		p.space()
		if p.i < len(s) {
			p.fail(p.i, "Extra data")
		}
	}
	if p.msg == "" { // something that Python takes and we do not, such as NaN or very deep nesting
		p.fail(0, "Expecting value")
	}
	return utf8.RuneCountInString(s[:min(p.at, len(s))]), p.msg
}

type pythonParser struct {
	s   string
	i   int
	at  int
	msg string
}

func (p *pythonParser) fail(at int, msg string) bool {
	if p.msg == "" {
		p.at, p.msg = at, msg
	}
	return false
}

func (p *pythonParser) space() { p.i = space([]byte(p.s[:]), p.i) }

func (p *pythonParser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *pythonParser) value(level int) bool {
	if level > maxDepth {
		return p.fail(p.i, "Expecting value")
	}
	switch c := p.peek(); {
	case c == '"':
		return p.text()
	case c == '{':
		return p.object(level)
	case c == '[':
		return p.array(level)
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for _, word := range []string{"true", "false", "null"} {
		if len(p.s) >= p.i+len(word) && p.s[p.i:p.i+len(word)] == word {
			p.i += len(word)
			return true
		}
	}
	return p.fail(p.i, "Expecting value")
}

func (p *pythonParser) object(level int) bool {
	p.i++
	p.space()
	if p.peek() == '}' {
		p.i++
		return true
	}
	for {
		if p.peek() != '"' {
			return p.fail(p.i, "Expecting property name enclosed in double quotes")
		}
		if !p.text() {
			return false
		}
		p.space()
		if p.peek() != ':' {
			return p.fail(p.i, "Expecting ':' delimiter")
		}
		p.i++
		p.space()
		if !p.value(level + 1) {
			return false
		}
		p.space()
		switch p.peek() {
		case '}':
			p.i++
			return true
		case ',':
			p.i++
			p.space()
		default:
			return p.fail(p.i, "Expecting ',' delimiter")
		}
	}
}

func (p *pythonParser) array(level int) bool {
	p.i++
	p.space()
	if p.peek() == ']' {
		p.i++
		return true
	}
	for {
		if !p.value(level + 1) {
			return false
		}
		p.space()
		switch p.peek() {
		case ']':
			p.i++
			return true
		case ',':
			p.i++
			p.space()
		default:
			return p.fail(p.i, "Expecting ',' delimiter")
		}
	}
}

func (p *pythonParser) text() bool {
	start := p.i
	for p.i++; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case c == '"':
			p.i++
			return true
		case c < 0x20:
			return p.fail(p.i, "Invalid control character at")
		case c == '\\':
			p.i++
			if p.i >= len(p.s) {
				return p.fail(start, "Unterminated string starting at")
			}
			switch p.s[p.i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				for k := 1; k <= 4; k++ {
					if p.i+k >= len(p.s) || !hexDigit(p.s[p.i+k]) {
						return p.fail(p.i-1, "Invalid \\uXXXX escape")
					}
				}
				p.i += 4
			default:
				return p.fail(p.i-1, "Invalid \\escape")
			}
		}
	}
	return p.fail(start, "Unterminated string starting at")
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// number reads as much as Python takes for a number; what is left fails where it stands.
func (p *pythonParser) number() bool {
	start := p.i
	if p.peek() == '-' {
		p.i++
	}
	digits := func() int {
		from := p.i
		for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
			p.i++
		}
		return p.i - from
	}
	if p.peek() == '0' {
		p.i++
	} else if digits() == 0 {
		p.i = start
		return p.fail(start, "Expecting value")
	}
	whole := p.i
	if p.peek() == '.' {
		p.i++
		if digits() == 0 {
			p.i = whole
			return true
		}
		whole = p.i
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.i++
		if c := p.peek(); c == '+' || c == '-' {
			p.i++
		}
		if digits() == 0 {
			p.i = whole
		}
	}
	return true
}
