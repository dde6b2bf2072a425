package wire

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// decodeUUID takes the spellings of a UUID and says what is wrong with others as the reference's parser does.
func decodeUUID(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() != '"' {
		c.add("uuid_type", "UUID input should be a string, bytes or UUID object", raw, "")
		return
	}
	literal, simple := plain(raw)
	if !simple {
		literal = []byte(text(raw))
	}
	id, ok := parseUUID(literal)
	if !ok {
		reason := uuidError(string(literal))
		c.add("uuid_parsing", "Input should be a valid UUID, "+reason, raw, contextOf("error", reason))
		return
	}
	*v.Addr().Interface().(*uuid.UUID) = id
}

// decodePathUUID takes what the router lets pass for a UUID, wherever its hyphens are.
func decodePathUUID(c *call, raw jsontext.Value, v reflect.Value) {
	if literal, simple := plain(raw); simple {
		if id, ok := parseUUID(bytes.ReplaceAll(literal, []byte("-"), nil)); ok {
			*v.Addr().Interface().(*uuid.UUID) = id
			return
		}
	}
	decodeUUID(c, raw, v)
}

// parseUUID reads 32 digits, alone or in groups; the groups may stand in braces or behind urn:uuid:.
func parseUUID(s []byte) (id uuid.UUID, ok bool) {
	groups := s
	switch len(s) {
	case 38:
		if s[0] != '{' || s[37] != '}' {
			return id, false
		}
		groups = s[1:37]
	case 45:
		if string(s[:9]) != "urn:uuid:" {
			return id, false
		}
		groups = s[9:]
	case 36, 32:
	default:
		return id, false
	}
	digit := 0
	for i, ch := range groups {
		if len(groups) == 36 && (i == 8 || i == 13 || i == 18 || i == 23) {
			if ch != '-' {
				return id, false
			}
			continue
		}
		n, isHex := nibble(ch)
		if !isHex {
			return id, false
		}
		id[digit/2] = id[digit/2]<<4 | n
		digit++
	}
	return id, true
}

func nibble(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// uuidError explains what is wrong with the text of a UUID.
func uuidError(s string) string {
	if len(s) > len("urn:uuid:")+36 {
		return fmt.Sprintf("invalid length: found %d", len(s))
	}
	inner, offset, simple := s, 0, len(s) != 36
	braced, named := strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") && len(s) > 1, strings.HasPrefix(s, "urn:uuid:")
	switch {
	case len(s) == 32 || len(s) == 36: // as long as one without anything around it
	case braced:
		inner, offset, simple = s[1:len(s)-1], 1, false
	case named:
		inner, offset, simple = s[len("urn:uuid:"):], len("urn:uuid:"), false
	}
	if (braced || named) && len(inner) == 36 {
		offset = 0 // what is around it is right, and left out
	}
	var hyphens []int
	for i, ch := range inner {
		if ch == '-' {
			hyphens = append(hyphens, i)
		} else if _, isHex := nibble(byte(ch)); ch > 127 || !isHex {
			return fmt.Sprintf("invalid character: found `%c` at %d", ch, i+offset)
		}
	}
	if len(hyphens) == 0 && simple {
		return fmt.Sprintf("invalid length: found %d", len(s))
	}
	if len(hyphens) != 4 {
		return fmt.Sprintf("invalid group count: expected 5, found %d", len(hyphens)+1)
	}
	starts, lengths := [5]int{0, 9, 14, 19, 24}, [5]int{8, 4, 4, 4, 12}
	for i, h := range hyphens {
		if h != starts[i+1]-1 {
			return fmt.Sprintf("invalid group length in group %d: expected %d, found %d", i, lengths[i], h-starts[i])
		}
	}
	return fmt.Sprintf("invalid group length in group 4: expected 12, found %d", len(s)-starts[4])
}
