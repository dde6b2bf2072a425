package wire

import (
	"github.com/go-json-experiment/json/jsontext"
)

// These functions walk over JSON that is known to be valid.

type member struct {
	name  string
	value jsontext.Value
}

// eachMember calls fn for the members of an object, in order. Of members of one name the last counts; the caller sees all.
func eachMember(raw jsontext.Value, fn func(name string, value jsontext.Value)) {
	i := space(raw, 1)
	for raw[i] != '}' {
		end := stringEnd(raw, i)
		name := text(raw[i:end])
		i = space(raw, end)
		i = space(raw, i+1) // the colon
		end = valueEnd(raw, i)
		fn(name, raw[i:end])
		i = space(raw, end)
		if raw[i] == ',' {
			i = space(raw, i+1)
		}
	}
}

// eachItem calls fn for the items of an array.
func eachItem(raw jsontext.Value, fn func(i int, value jsontext.Value)) {
	i := space(raw, 1)
	for n := 0; raw[i] != ']'; n++ {
		end := valueEnd(raw, i)
		fn(n, raw[i:end])
		i = space(raw, end)
		if raw[i] == ',' {
			i = space(raw, i+1)
		}
	}
}

// text is the content of a string literal.
func text(literal []byte) string {
	for _, b := range literal[1 : len(literal)-1] {
		if b == '\\' {
			unquoted, _ := jsontext.AppendUnquote(nil, literal) // the literal is valid
			return string(unquoted)
		}
	}
	return string(literal[1 : len(literal)-1])
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

// depth is how deep arrays and objects nest.
func depth(raw []byte) int {
	level, most := 0, 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = stringEnd(raw, i) - 1
		case '{', '[':
			level++
			most = max(most, level)
		case '}', ']':
			level--
		}
	}
	return most
}
