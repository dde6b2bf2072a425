package parameters

import (
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
)

// matches searches a text for a pattern. Once the check is not to go on, everything matches.
func (c *checker) matches(pattern, text string) bool {
	if !c.goesOn(1, place{}) {
		return true
	}
	re, known := c.patterns[pattern]
	if !known {
		var err error
		if re, err = compilePattern(pattern); err != nil {
			c.err = &SchemaError{repr(pattern) + " is not a 'regex'"}
			return true
		}
		c.patterns[pattern] = re
	}
	return re == nil || re.MatchString(text)
}

func checkFormat(c *checker, arg, value any, _ *Object, _ place) []*Problem {
	text, isText := value.(string)
	name, ok := arg.(string)
	if !c.formats || !isText || !ok || hasFormat(text, name) {
		return nil
	}
	return problem("%s is not a %s", repr(value), repr(arg))
}

// hasFormat tells whether a text has a format, as far as the reference looks: it knows no others.
func hasFormat(text, format string) bool {
	switch format {
	case "date":
		_, err := time.Parse(time.DateOnly, text)
		return err == nil
	case "time":
		return isTime("1970-01-01T" + text)
	case "date-time":
		return isTime(text)
	case "email", "idn-email":
		return strings.Contains(text, "@")
	case "ipv4":
		a, err := netip.ParseAddr(text)
		return err == nil && a.Is4()
	case "ipv6":
		a, err := netip.ParseAddr(text)
		return err == nil && a.Is6() && a.Zone() == ""
	case "uuid":
		_, err := uuid.Parse(text)
		return err == nil && len(text) == 36
	case "regex":
		_, err := compilePattern(text)
		return err == nil
	case "json-pointer":
		return (text == "" || text[0] == '/') && !badEscape.MatchString(text)
	case "relative-json-pointer":
		rest := strings.TrimLeft(text, "0123456789")
		digits := text[:len(text)-len(rest)]
		return digits != "" && (digits == "0" || digits[0] != '0') && (rest == "#" || hasFormat(rest, "json-pointer"))
	}
	return true
}

var badEscape = regexp.MustCompile(`~([^01]|$)`)

// isTime tells whether a text is a time of RFC 3339.
func isTime(text string) bool {
	if len(text) < len("2006-01-02T15:04:05Z") || text[10] != 'T' && text[10] != 't' {
		return false
	}
	_, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
	return err == nil
}
