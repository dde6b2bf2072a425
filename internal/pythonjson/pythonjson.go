// Package pythonjson says what is wrong with a text that is no JSON in the words of Python's parser: clients and people
// know them.
package pythonjson

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep the explained text may nest.
const maxDepth = 1000

// Message is the whole of Python's message about a text that is no JSON: "Expecting value: line 1 column 1 (char 0)".
func Message(s string) string {
	at, msg := Explain(s)
	before := string([]rune(s)[:at])
	line := 1 + strings.Count(before, "\n")
	column := at - utf8.RuneCountInString(before[:strings.LastIndexByte(before, '\n')+1]) + 1
	return fmt.Sprintf("%s: line %d column %d (char %d)", msg, line, column, at)
}

// Explain finds where a text stops being JSON: the position in characters, and the words for it.
func Explain(s string) (at int, msg string) {
	p := &parser{s: s}
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

type parser struct {
	s   string
	i   int
	at  int
	msg string
}

func (p *parser) fail(at int, msg string) bool {
	if p.msg == "" {
		p.at, p.msg = at, msg
	}
	return false
}

func (p *parser) space() {
	for p.i < len(p.s) && strings.IndexByte(" \t\n\r", p.s[p.i]) >= 0 {
		p.i++
	}
}

func (p *parser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

// value and its kind tell whether a value stands here, and go behind it.
func (p *parser) value(level int) bool {
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
	case c == '-' && strings.HasPrefix(p.s[p.i+1:], "I"):
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for _, word := range []string{"true", "false", "null", "NaN", "Infinity", "-Infinity"} {
		if len(p.s) >= p.i+len(word) && p.s[p.i:p.i+len(word)] == word {
			p.i += len(word)
			return true
		}
	}
	return p.fail(p.i, "Expecting value")
}

func (p *parser) object(level int) bool {
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

func (p *parser) array(level int) bool {
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

func (p *parser) text() bool {
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
						return p.fail(p.i, "Invalid \\uXXXX escape")
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
func (p *parser) number() bool {
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
