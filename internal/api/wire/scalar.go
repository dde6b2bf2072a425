package wire

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// decodeUUID takes the spellings of a UUID and says what is wrong with others as the reference's parser does.
func decodeUUID(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	if raw.Kind() != '"' {
		c.add("uuid_type", at, "UUID input should be a string, bytes or UUID object", raw, "")
		return
	}
	s := text(raw)
	id, err := uuid.Parse(s)
	if err != nil || !uuidForm.MatchString(s) {
		reason := uuidError(s)
		quoted, _ := jsontext.AppendQuote(nil, reason) // our own text
		c.add("uuid_parsing", at, "Input should be a valid UUID, "+reason, raw, `{"error":`+string(quoted)+`}`)
		return
	}
	v.Set(reflect.ValueOf(id))
}

var uuidForm = regexp.MustCompile(`(?i)^(\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}|(urn:uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$`)

// uuidError explains what is wrong with the text of a UUID.
func uuidError(s string) string {
	inner, offset, simple := s, 0, true
	switch {
	case strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") && len(s) > 1:
		inner, offset, simple = s[1:len(s)-1], 1, false
	case strings.HasPrefix(s, "urn:uuid:"):
		inner, offset, simple = s[len("urn:uuid:"):], len("urn:uuid:"), false
	}
	var hyphens []int
	for i, ch := range inner {
		switch {
		case ch == '-':
			hyphens = append(hyphens, i)
		case ch > 127 || !strings.ContainsRune("0123456789abcdefABCDEF", ch):
			return fmt.Sprintf("invalid character: found `%c` at %d", ch, i+offset)
		}
	}
	if len(hyphens) == 0 && simple {
		return fmt.Sprintf("invalid length: expected length 32 for simple format, found %d", len(s))
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

// decodeTime takes ISO 8601 in its common forms, with UTC where no offset is given, and Unix times in seconds or, when they
// are too large for that, in milliseconds.
func decodeTime(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	var t time.Time
	ok := false
	switch raw.Kind() {
	case '0':
		t, ok = unixTime(string(raw))
	case '"':
		s := text(raw)
		if t, ok = unixTime(s); !ok {
			t, ok = parseTime(s)
		}
		if !ok {
			c.add("value_error", at, "Value error, Unable to parse string ["+s+"]", raw, `{"error":{}}`)
			return
		}
	}
	if !ok || t.Year() < 1 || t.Year() > 9999 {
		c.add("value_error", at, "value is not a valid datetime", raw, "")
		return
	}
	v.Set(reflect.ValueOf(prefect.ZonedTime(t)))
}

// watershed is the number from which a Unix time counts milliseconds: the year 2603 in seconds.
const watershed = 2e10

func unixTime(s string) (time.Time, bool) {
	if len(s) > 0 && strings.Trim(s, "-.0123456789") != "" && !strings.ContainsAny(s, "eE") {
		return time.Time{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1e16 {
		return time.Time{}, false
	}
	if math.Abs(f) > watershed {
		f /= 1000
	}
	whole, fraction := math.Modf(f)
	return time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000).UTC(), true
}

// timeLayouts are the forms of a time without its offset.
var timeLayouts = [...]string{
	"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02", "20060102T150405", "20060102T1504", "2006-01",
}

var offsetForm = regexp.MustCompile(`^(.*?)(Z|z|[+-]\d{2}(?::?\d{2})?)$`)

func parseTime(s string) (time.Time, bool) {
	clock, zone := strings.TrimSpace(s), time.UTC
	if m := offsetForm.FindStringSubmatch(clock); m != nil && strings.Contains(m[1], ":") || m != nil && strings.Contains(m[1], "T") {
		clock = m[1]
		if digits := strings.ReplaceAll(m[2], ":", ""); len(digits) > 1 {
			hours, _ := strconv.Atoi(digits[1:3]) // the form has two digits there
			minutes := 0
			if len(digits) == 5 {
				minutes, _ = strconv.Atoi(digits[3:5]) // and there
			}
			offset := hours*3600 + minutes*60
			if digits[0] == '-' {
				offset = -offset
			}
			zone = time.FixedZone("", offset)
		}
	}
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, strings.ReplaceAll(clock, ",", "."), zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
