package jinja

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

type kind uint8

const (
	eof kind = iota
	data
	variableBegin
	variableEnd
	blockBegin
	blockEnd
	name
	text // a string literal
	integer
	float
	operator
)

type token struct {
	kind  kind
	value string
	line  int
}

// describe names a token in the words of Jinja's errors.
func (t token) describe() string {
	switch t.kind {
	case eof:
		return "end of template"
	case data:
		return "template data / text"
	case variableBegin:
		return "begin of print statement"
	case variableEnd:
		return "end of print statement"
	case blockBegin:
		return "begin of statement block"
	case blockEnd:
		return "end of statement block"
	case text:
		return "string"
	case integer:
		return "integer"
	case float:
		return "float"
	default:
		return t.value
	}
}

func (k kind) describe() string {
	if k == name {
		return "name"
	}
	return token{kind: k}.describe()
}

type lexer struct {
	rest   string
	passed int // characters before rest
	line   int
	tokens []token
	open   []byte // brackets of the expression that are not closed yet
}

// lex splits a template into tokens. One newline at its end is dropped.
func lex(source string) ([]token, error) {
	source = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(source)
	l := &lexer{rest: strings.TrimSuffix(source, "\n"), line: 1}
	for l.rest != "" {
		if err := l.outside(); err != nil {
			return nil, err
		}
	}
	l.add(eof, "")
	return l.tokens, nil
}

func (l *lexer) add(k kind, value string) {
	l.tokens = append(l.tokens, token{k, value, l.line})
}

func (l *lexer) fail(format string, args ...any) error {
	return &SyntaxError{fmt.Sprintf(format, args...), l.line}
}

// skip goes on by n bytes.
func (l *lexer) skip(n int) string {
	passed := l.rest[:n]
	l.line += strings.Count(passed, "\n")
	l.passed += utf8.RuneCountInString(passed)
	l.rest = l.rest[n:]
	return passed
}

func (l *lexer) data(s string, trim bool) {
	line := l.line
	l.skip(len(s))
	if trim {
		s = strings.TrimRight(s, " \t\n\r\f\v")
	}
	if s != "" {
		l.tokens = append(l.tokens, token{data, s, line})
	}
}

// outside reads text up to the next tag, and the tag.
func (l *lexer) outside() error {
	at, tag := -1, ""
	for _, t := range []string{"{{", "{%", "{#"} {
		if i := strings.Index(l.rest, t); i >= 0 && (at < 0 || i < at) {
			at, tag = i, t
		}
	}
	if at < 0 {
		l.data(l.rest, false)
		return nil
	}
	sign := byte(0)
	if len(l.rest) > at+2 {
		sign = l.rest[at+2]
	}
	l.data(l.rest[:at], sign == '-')
	width := 2
	if sign == '-' || sign == '+' && tag != "{{" {
		width = 3
	}
	if tag == "{%" {
		if m := rawBegin.FindString(l.rest); m != "" {
			return l.raw(m)
		}
	}
	l.skip(width)
	switch tag {
	case "{#":
		return l.comment()
	case "{{":
		l.add(variableBegin, "{{")
		return l.inside("}}", variableEnd)
	}
	l.add(blockBegin, "{%")
	return l.inside("%}", blockEnd)
}

var (
	rawBegin = regexp.MustCompile(`^\{%[-+]?\s*raw\s*-?%\}`)
	rawEnd   = regexp.MustCompile(`\{%([-+]?)\s*endraw\s*([-+]?)%\}`)
)

func (l *lexer) raw(begin string) error {
	l.skip(len(begin))
	if strings.HasSuffix(begin, "-%}") {
		l.trimLeft()
	}
	end := rawEnd.FindStringSubmatchIndex(l.rest)
	if end == nil && l.rest == "" {
		return nil // as in Jinja
	}
	if end == nil {
		return l.fail("Missing end of raw directive")
	}
	l.data(l.rest[:end[0]], end[3] > end[2] && l.rest[end[2]] == '-')
	closing := l.skip(end[1] - end[0])
	if strings.HasSuffix(closing, "-%}") {
		l.trimLeft()
	}
	return nil
}

func (l *lexer) trimLeft() {
	l.skip(len(l.rest) - len(strings.TrimLeft(l.rest, " \t\n\r\f\v")))
}

func (l *lexer) comment() error {
	end := strings.Index(l.rest, "#}")
	if end < 0 {
		return l.fail("Missing end of comment tag")
	}
	trim := end > 0 && l.rest[end-1] == '-'
	l.skip(end + 2)
	if trim {
		l.trimLeft()
	}
	return nil
}

var (
	spaceForm   = regexp.MustCompile(`^\s+`)
	floatForm   = regexp.MustCompile(`^(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)`)
	integerForm = regexp.MustCompile(`^(?:0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*)`)
	nameForm    = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_]*`)
	stringForm  = regexp.MustCompile(`^(?s:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")`)
)

// inside reads an expression up to the end of its tag.
func (l *lexer) inside(end string, closing kind) error {
	for l.rest != "" {
		if len(l.open) == 0 {
			for _, sign := range []string{"-", "+", ""} {
				if sign == "+" && closing == variableEnd || !strings.HasPrefix(l.rest, sign+end) {
					continue
				}
				l.skip(len(sign) + len(end))
				l.add(closing, end)
				if sign == "-" {
					l.trimLeft()
				}
				return nil
			}
		}
		if err := l.token(); err != nil {
			return err
		}
	}
	return nil // the parser says what is missing
}

func (l *lexer) token() error {
	if m := spaceForm.FindString(l.rest); m != "" {
		l.skip(len(m))
		return nil
	}
	afterDot := len(l.tokens) > 0 && l.tokens[len(l.tokens)-1].value == "."
	if m := floatForm.FindString(l.rest); m != "" && !afterDot {
		l.add(float, strings.ReplaceAll(m, "_", ""))
		l.skip(len(m))
		return nil
	}
	if m := integerForm.FindString(l.rest); m != "" {
		l.add(integer, strings.ReplaceAll(m, "_", ""))
		l.skip(len(m))
		return nil
	}
	if m := nameForm.FindString(l.rest); m != "" {
		l.add(name, m)
		l.skip(len(m))
		return nil
	}
	if m := stringForm.FindString(l.rest); m != "" {
		value, err := unescape(m[1 : len(m)-1])
		if err != nil {
			return l.fail("%s", err.Error())
		}
		l.add(text, value)
		l.skip(len(m))
		return nil
	}
	return l.operator()
}

func (l *lexer) operator() error {
	for _, op := range []string{"**", "//", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"} {
		if !strings.HasPrefix(l.rest, op) {
			continue
		}
		switch op {
		case "[", "(", "{":
			l.open = append(l.open, map[string]byte{"[": ']', "(": ')', "{": '}'}[op])
		case "]", ")", "}":
			if len(l.open) == 0 {
				return l.fail("unexpected '%s'", op)
			}
			if want := l.open[len(l.open)-1]; want != op[0] {
				return l.fail("unexpected '%s', expected '%c'", op, want)
			}
			l.open = l.open[:len(l.open)-1]
		}
		l.add(operator, op)
		l.skip(len(op))
		return nil
	}
	r, _ := utf8.DecodeRuneInString(l.rest)
	return l.fail("unexpected char %s at %d", repr(string(r)), l.passed)
}

// unescape resolves the backslashes of a string literal as Python's unicode-escape codec does.
func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if r, ok := map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', '\\': '\\', '\'': '\'', '"': '"', 'a': 7, 'b': 8, 'f': 12, 'v': 11}[s[i]]; ok {
			b.WriteByte(r)
			continue
		}
		if digits, ok := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[i]]; ok {
			if i+digits >= len(s) {
				return "", fmt.Errorf("truncated \\%c escape", s[i])
			}
			n, err := strconv.ParseUint(s[i+1:i+1+digits], 16, 32)
			if err != nil {
				return "", fmt.Errorf("truncated \\%c escape", s[i])
			}
			b.WriteRune(rune(n))
			i += digits
			continue
		}
		if s[i] == '\n' {
			continue
		}
		b.WriteByte('\\')
		b.WriteByte(s[i])
	}
	return b.String(), nil
}
