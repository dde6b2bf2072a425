package wire

import (
	"github.com/go-json-experiment/json/jsontext"
)

// What follows walks over JSON that is known to be valid.

// members goes over the members of an object, in order. Of members of one name all are seen; the last counts.
type members struct {
	raw     jsontext.Value
	i       int
	literal jsontext.Value // the name in its quotes
	value   jsontext.Value
}

func membersOf(raw jsontext.Value) members { return members{raw: raw, i: space(raw, 1)} }

func (m *members) next() bool {
	raw, i := m.raw, m.i
	if raw[i] == '}' {
		return false
	}
	end := stringEnd(raw, i)
	m.literal = raw[i:end:end]
	i = space(raw, space(raw, end)+1) // the colon
	end = valueEnd(raw, i)
	m.value = raw[i:end:end]
	i = space(raw, end)
	if raw[i] == ',' {
		i = space(raw, i+1)
	}
	m.i = i
	return true
}

// items goes over the items of an array.
type items struct {
	raw   jsontext.Value
	i     int
	index int
	value jsontext.Value
}

func itemsOf(raw jsontext.Value) items { return items{raw: raw, i: space(raw, 1), index: -1} }

func (m *items) next() bool {
	raw, i := m.raw, m.i
	if raw[i] == ']' {
		return false
	}
	end := valueEnd(raw, i)
	m.value = raw[i:end:end]
	m.index++
	i = space(raw, end)
	if raw[i] == ',' {
		i = space(raw, i+1)
	}
	m.i = i
	return true
}

// count is how many items an array has.
func count(raw jsontext.Value) int {
	n := 0
	for all := itemsOf(raw); all.next(); {
		n++
	}
	return n
}

// plain gives the content of a string literal as a part of it, when that needs no unescaping.
func plain(literal []byte) ([]byte, bool) {
	inner := literal[1 : len(literal)-1]
	for _, b := range inner {
		if b == '\\' {
			return nil, false
		}
	}
	return inner, true
}

// text is the content of a string literal.
func text(literal []byte) string {
	if inner, ok := plain(literal); ok {
		return string(inner)
	}
	unquoted, err := jsontext.AppendUnquote(nil, literal)
	if err != nil { // the literal is valid
		return ""
	}
	return string(unquoted)
}

func space(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\t' || raw[i] == '\n' || raw[i] == '\r') {
		i++
	}
	return i
}

func stringEnd(raw []byte, i int) int {
	for i++; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func valueEnd(raw []byte, i int) int {
	switch raw[i] {
	case '"':
		return stringEnd(raw, i)
	case '{', '[':
		for level := 0; ; i++ {
			switch raw[i] {
			case '"':
				i = stringEnd(raw, i) - 1
			case '{', '[':
				level++
			case '}', ']':
				if level--; level == 0 {
					return i + 1
				}
			}
		}
	}
	for i < len(raw) && raw[i] != ',' && raw[i] != '}' && raw[i] != ']' && raw[i] != ' ' && raw[i] != '\t' && raw[i] != '\n' && raw[i] != '\r' {
		i++
	}
	return i
}
