package wire

import (
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxDepth bounds the nesting of a body: Python's parser gives up about there.
	maxDepth = 950
	// maxDigits is the length of the longest integer that Python reads.
	maxDigits = 4300
)

// verdict says what a text is to Python's JSON parser.
type verdict int

const (
	fine       verdict = iota
	broken             // no JSON; package pythonjson says where
	unreadable         // it gives up on it
)

// inspection is what a look over a text tells.
type inspection struct {
	verdict   verdict
	words     bool // NaN, Infinity or -Infinity occur, which Python takes for numbers
	infinite  bool // some number is one of these, or beyond all floats
	surrogate int  // where a half of a surrogate pair stands alone, which Python takes and nothing can store; 0: nowhere
}

// inspect looks over a text in one pass, without recursion.
func inspect(text []byte) inspection {
	if !utf8.Valid(text) {
		return inspection{verdict: unreadable}
	}
	s := inspector{text: text}
	s.run()
	return s.found
}

type inspector struct {
	text  []byte
	i     int
	level int
	// lists has a bit for each open level: 1 is an array, 0 an object.
	lists [maxDepth/64 + 1]uint64
	found inspection
}

func (s *inspector) fail(v verdict) bool { s.found.verdict = v; return false }

func (s *inspector) run() {
	for s.value() {
		// A value has ended. Close what ends with it, and go on to the next one.
		for {
			s.i = space(s.text, s.i)
			if s.level == 0 {
				if s.i < len(s.text) {
					s.fail(broken)
				}
				return
			}
			if s.i >= len(s.text) {
				s.fail(broken)
				return
			}
			closing := byte('}')
			if s.inList() {
				closing = ']'
			}
			if c := s.text[s.i]; c == closing {
				s.level--
				s.i++
				continue
			} else if c != ',' {
				s.fail(broken)
				return
			}
			s.i++
			if closing == '}' && !s.name() {
				return
			}
			break
		}
	}
}

func (s *inspector) inList() bool {
	top := s.level - 1
	return s.lists[top/64]>>(top%64)&1 == 1
}

func (s *inspector) open(list bool) bool {
	if s.level == maxDepth {
		return s.fail(unreadable)
	}
	if bit := uint64(1) << (s.level % 64); list {
		s.lists[s.level/64] |= bit
	} else {
		s.lists[s.level/64] &^= bit
	}
	s.level++
	return true
}

// value reads one value, into its first innermost member when it is an array or an object, and stands behind it.
func (s *inspector) value() bool {
	for {
		s.i = space(s.text, s.i)
		if s.i >= len(s.text) {
			return s.fail(broken)
		}
		switch c := s.text[s.i]; c {
		case '{':
			if !s.open(false) {
				return false
			}
			s.i = space(s.text, s.i+1)
			if s.i < len(s.text) && s.text[s.i] == '}' {
				s.level--
				s.i++
				return true
			}
			if !s.name() {
				return false
			}
		case '[':
			if !s.open(true) {
				return false
			}
			s.i = space(s.text, s.i+1)
			if s.i < len(s.text) && s.text[s.i] == ']' {
				s.level--
				s.i++
				return true
			}
		case '"':
			return s.quoted()
		case 't':
			return s.word("true")
		case 'f':
			return s.word("false")
		case 'n':
			return s.word("null")
		case 'N':
			s.found.words, s.found.infinite = true, true
			return s.word("NaN")
		case 'I':
			s.found.words, s.found.infinite = true, true
			return s.word("Infinity")
		default:
			return s.number()
		}
	}
}

// name reads a member's name and its colon.
func (s *inspector) name() bool {
	s.i = space(s.text, s.i)
	if s.i >= len(s.text) || s.text[s.i] != '"' {
		return s.fail(broken)
	}
	if !s.quoted() {
		return false
	}
	s.i = space(s.text, s.i)
	if s.i >= len(s.text) || s.text[s.i] != ':' {
		return s.fail(broken)
	}
	s.i++
	return true
}

func (s *inspector) word(w string) bool {
	if len(s.text)-s.i < len(w) || string(s.text[s.i:s.i+len(w)]) != w {
		return s.fail(broken)
	}
	s.i += len(w)
	return true
}

func (s *inspector) quoted() bool {
	text := s.text
	for i := s.i + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			s.i = i + 1
			return true
		case c < ' ':
			return s.fail(broken)
		case c == '\\':
			size := s.escape(i)
			if size == 0 {
				return s.fail(broken)
			}
			i += size - 1
		}
	}
	return s.fail(broken)
}

// escape is the length of the escape at i, or 0 when it is none. Half a surrogate pair is an escape, and makes the text broken.
func (s *inspector) escape(i int) int {
	if i+1 >= len(s.text) {
		return 0
	}
	switch s.text[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
	default:
		return 0
	}
	unit, ok := hex4(s.text, i+2)
	if !ok {
		return 0
	}
	if unit < 0xD800 || unit > 0xDFFF {
		return 6
	}
	if unit < 0xDC00 && i+7 < len(s.text) && s.text[i+6] == '\\' && s.text[i+7] == 'u' {
		if low, ok := hex4(s.text, i+8); ok && low >= 0xDC00 && low <= 0xDFFF {
			return 12
		}
	}
	if s.found.surrogate == 0 {
		s.found.surrogate = i
	}
	return 0
}

func hex4(text []byte, i int) (unit uint16, ok bool) {
	if i+4 > len(text) {
		return 0, false
	}
	for _, c := range text[i : i+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		unit = unit<<4 | uint16(c)
	}
	return unit, true
}

func (s *inspector) number() bool {
	text, start := s.text, s.i
	if text[s.i] == '-' {
		s.i++
		if s.i < len(text) && text[s.i] == 'I' {
			s.found.words, s.found.infinite = true, true
			return s.word("Infinity")
		}
	}
	whole := s.digits()
	if whole == 0 || whole > 1 && text[s.i-whole] == '0' {
		return s.fail(broken)
	}
	float := false
	if s.i < len(text) && text[s.i] == '.' {
		s.i++
		if float = true; s.digits() == 0 {
			return s.fail(broken)
		}
	}
	if s.i < len(text) && (text[s.i] == 'e' || text[s.i] == 'E') {
		s.i++
		if s.i < len(text) && (text[s.i] == '+' || text[s.i] == '-') {
			s.i++
		}
		if float = true; s.digits() == 0 {
			return s.fail(broken)
		}
	}
	if !float && whole > maxDigits {
		return s.fail(unreadable)
	}
	if float && !finite(text[start:s.i]) {
		s.found.infinite = true
	}
	return true
}

func (s *inspector) digits() int {
	from := s.i
	for s.i < len(s.text) && s.text[s.i] >= '0' && s.text[s.i] <= '9' {
		s.i++
	}
	return s.i - from
}

// finite tells whether a number in float form is one. Without an exponent, or with one digit of it, a short one is.
func finite(number []byte) bool {
	if len(number) < 300 {
		exponent := false
		for i, c := range number {
			if c == 'e' || c == 'E' {
				exponent = len(number)-i > 3
				break
			}
		}
		if !exponent {
			return true
		}
	}
	_, err := strconv.ParseFloat(string(number), 64)
	return err == nil
}

// isFloat tells whether a number is a float to Python.
func isFloat(number []byte) bool {
	for _, c := range number {
		if c == '.' || c == 'e' || c == 'E' {
			return true
		}
	}
	return false
}

// infinity is what stands for NaN, Infinity and -Infinity from here on: a number by its form, of which no float can be made.
const infinity = "1e999"

// withoutWords puts infinity in the place of the numbers that are written as words.
func withoutWords(text []byte) []byte {
	var out []byte
	done := 0
	for i := 0; i < len(text); i++ {
		var size int
		switch text[i] {
		case '"':
			i = stringEnd(text, i) - 1
			continue
		case 'N':
			size = len("NaN")
		case 'I':
			size = len("Infinity")
		default:
			continue
		}
		out = append(append(out, text[done:i]...), infinity...)
		done = i + size
		i = done - 1
	}
	if out == nil {
		return text
	}
	return append(out, text[done:]...)
}

// normalized gives a value as it is kept: of members of one name the last, in the place of the first, and null for numbers
// that no float is. Almost always that is the value as it stands.
func normalized(raw jsontext.Value, infinite bool) jsontext.Value {
	if kind := raw.Kind(); kind != '{' && kind != '[' && !infinite || !infinite && raw.IsValid() {
		return raw
	}
	return appendNormalized(nil, raw)
}

func appendNormalized(out []byte, raw jsontext.Value) []byte {
	switch raw.Kind() {
	case '{':
		type place struct{ name, value jsontext.Value }
		var members []place
		at := map[string]int{}
		for m := membersOf(raw); m.next(); {
			name := text(m.literal)
			if i, again := at[name]; again {
				members[i].value = m.value
				continue
			}
			at[name] = len(members)
			members = append(members, place{m.literal, m.value})
		}
		out = append(out, '{')
		for i, m := range members {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(append(out, m.name...), ':')
			out = appendNormalized(out, m.value)
		}
		return append(out, '}')
	case '[':
		out = append(out, '[')
		for all := itemsOf(raw); all.next(); {
			if all.index > 0 {
				out = append(out, ',')
			}
			out = appendNormalized(out, all.value)
		}
		return append(out, ']')
	}
	if raw.Kind() == '0' && isFloat(raw) && !finite(raw) {
		return append(out, "null"...)
	}
	return append(out, raw...)
}
