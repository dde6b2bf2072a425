package trigger

import (
	"strings"
	"unicode/utf8"
)

// pattern is a text with wildcards: * for any text, ? for any one character, [abc], [a-c] and [!a] for one of some characters.
type pattern struct {
	text   string
	negate bool    // a "!" in front: what the rest does not match
	plain  bool    // no wildcard
	parts  []glyph // otherwise
}

// glyph stands for one character, or with star for any number of them.
type glyph struct {
	star, any bool
	set       *charset
	char      rune
}

// charset is what stands in brackets.
type charset struct {
	negate bool
	ranges [][2]rune
}

// compile reads a pattern in which a "!" in front has a meaning.
func compile(text string) *pattern {
	rest, negate := strings.CutPrefix(text, "!")
	p := compileGlob(rest)
	p.negate = negate
	return p
}

// compileGlob reads a pattern in which it has none.
func compileGlob(text string) *pattern {
	p := &pattern{text: text, plain: !strings.ContainsAny(text, "*?[")}
	if p.plain {
		return p
	}
	chars := []rune(text)
	for i := 0; i < len(chars); i++ {
		switch c := chars[i]; c {
		case '*':
			if n := len(p.parts); n == 0 || !p.parts[n-1].star {
				p.parts = append(p.parts, glyph{star: true})
			}
		case '?':
			p.parts = append(p.parts, glyph{any: true})
		case '[':
			end := closing(chars, i)
			if end < 0 {
				p.parts = append(p.parts, glyph{char: c})
				continue
			}
			p.parts = append(p.parts, glyph{set: readSet(chars[i+1 : end])})
			i = end
		default:
			p.parts = append(p.parts, glyph{char: c})
		}
	}
	return p
}

// closing is the index of the bracket that closes the one at i, or -1. One right behind the opening, or behind a "!" there, closes nothing.
func closing(chars []rune, i int) int {
	j := i + 1
	if j < len(chars) && chars[j] == '!' {
		j++
	}
	if j < len(chars) && chars[j] == ']' {
		j++
	}
	for ; j < len(chars); j++ {
		if chars[j] == ']' {
			return j
		}
	}
	return -1
}

func readSet(chars []rune) *charset {
	s := &charset{}
	if len(chars) > 0 && chars[0] == '!' {
		s.negate, chars = true, chars[1:]
	}
	for i := 0; i < len(chars); i++ {
		if i+2 < len(chars) && chars[i+1] == '-' {
			if chars[i] <= chars[i+2] { // one that runs backwards is empty
				s.ranges = append(s.ranges, [2]rune{chars[i], chars[i+2]})
			}
			i += 2
			continue
		}
		s.ranges = append(s.ranges, [2]rune{chars[i], chars[i]})
	}
	return s
}

func (s *charset) holds(c rune) bool {
	for _, r := range s.ranges {
		if r[0] <= c && c <= r[1] {
			return !s.negate
		}
	}
	return s.negate
}

// matches tells whether the pattern holds for a text.
func (p *pattern) matches(text string) bool { return p.glob(text) != p.negate }

// glob tells whether the pattern without its "!" holds for the whole text. It takes at most the product of both lengths.
func (p *pattern) glob(text string) bool {
	if p.plain {
		return p.text == text
	}
	at, part := 0, 0           // where in the text and in the pattern
	backAt, backPart := -1, -1 // where to go on when a star takes one character more
	for at < len(text) {
		if part < len(p.parts) {
			if p.parts[part].star {
				backAt, backPart = at, part
				part++
				continue
			}
			c, n := utf8.DecodeRuneInString(text[at:])
			if p.parts[part].takes(c) {
				at += n
				part++
				continue
			}
		}
		if backAt < 0 {
			return false
		}
		_, n := utf8.DecodeRuneInString(text[backAt:])
		backAt += n
		at, part = backAt, backPart+1
	}
	for part < len(p.parts) && p.parts[part].star {
		part++
	}
	return part == len(p.parts)
}

func (g *glyph) takes(c rune) bool {
	switch {
	case g.any:
		return true
	case g.set != nil:
		return g.set.holds(c)
	}
	return g.char == c
}

// begins tells whether a text begins as the pattern says when "*" stands for one character at least and all else for itself: of an
// event's name the reference asks this besides.
func begins(pattern, text string) bool {
	pieces := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(text, pieces[0])
	if !ok {
		return false
	}
	for _, piece := range pieces[1:] {
		_, n := utf8.DecodeRuneInString(rest)
		if n == 0 {
			return false
		}
		i := strings.Index(rest[n:], piece)
		if i < 0 {
			return false
		}
		rest = rest[n+i+len(piece):]
	}
	return true
}
