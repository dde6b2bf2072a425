package parameters

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
)

// compilePattern reads a regular expression of Python's. One that looks around, or back at what it matched, or repeats
// without end in sight, is known to Python and not here: it gives nil, and counts as matched.
func compilePattern(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(translated(pattern))
	if err == nil {
		return re, nil
	}
	var failure *syntax.Error
	if errors.As(err, &failure) && (failure.Code == syntax.ErrInvalidRepeatSize || failure.Code == syntax.ErrLarge || failure.Code == syntax.ErrNestingDepth) {
		return nil, nil //nolint:nilnil // there is no expression, and that is no error
	}
	for _, unknown := range []string{"(?=", "(?!", "(?<=", "(?<!", "(?>", "(?P=", "(?(", "(?#", "*+", "++", "?+", "}+", `\1`, `\2`, `\3`, `\N{`} {
		if strings.Contains(pattern, unknown) {
			return nil, nil //nolint:nilnil // there is no expression, and that is no error
		}
	}
	return nil, err
}

// translated writes for Go's regular expressions what Python's mean with the same signs: classes of all alphabets, the end
// of a text that may be followed by a newline, and characters by their numbers.
func translated(pattern string) string {
	multiline := strings.Contains(pattern, "(?m") || strings.Contains(pattern, "(?im") || strings.Contains(pattern, "(?sm")
	var b strings.Builder
	inClass := false
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\\' && i+1 < len(pattern):
			i++
			n := escape(&b, pattern[i:], inClass)
			i += n - 1
			continue
		case c == '[' && !inClass:
			inClass = true
			b.WriteByte(c)
			// A bracket that comes first is one of the characters.
			if i+1 < len(pattern) && pattern[i+1] == '^' {
				i++
				b.WriteByte('^')
			}
			if i+1 < len(pattern) && pattern[i+1] == ']' {
				i++
				b.WriteString(`\]`)
			}
			continue
		case c == '[':
			b.WriteString(`\[`) // Python has no classes within classes
			continue
		case c == ']':
			inClass = false
		case c == '$' && !inClass && !multiline:
			b.WriteString(`(?:\n?\z)`)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// escape writes what stands behind a backslash and gives how many bytes of it that is.
func escape(b *strings.Builder, rest string, inClass bool) int {
	const space = `\s\x0b\x1c-\x1f\x{85}\p{Z}`
	digits := map[byte]int{'u': 4, 'U': 8}[rest[0]]
	switch {
	case digits > 0 && len(rest) > digits:
		b.WriteString(`\x{` + rest[1:1+digits] + `}`)
		return 1 + digits
	case rest[0] == 'd':
		b.WriteString(`\p{Nd}`)
	case rest[0] == 'D':
		b.WriteString(`\P{Nd}`)
	case rest[0] == 'w' && inClass:
		b.WriteString(`\p{L}\p{N}_`)
	case rest[0] == 'w':
		b.WriteString(`[\p{L}\p{N}_]`)
	case rest[0] == 's' && inClass:
		b.WriteString(space)
	case rest[0] == 's':
		b.WriteString("[" + space + "]")
	case rest[0] == 'W' && !inClass:
		b.WriteString(`[^\p{L}\p{N}_]`)
	case rest[0] == 'S' && !inClass:
		b.WriteString("[^" + space + "]")
	case rest[0] == 'Z' && !inClass:
		b.WriteString(`\z`)
	default:
		b.WriteByte('\\')
		b.WriteByte(rest[0])
	}
	return 1
}
