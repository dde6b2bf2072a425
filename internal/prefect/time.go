package prefect

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Time is an instant as both databases and the API know it: with microseconds and nothing finer. It is in UTC, but for one
// that was read from a JSON document, which keeps the offset from UTC that it was written with.
// The zero Time means "absent" only where a field's comment says so; nullable fields are *Time.
type Time struct{ time.Time }

// TimeOf converts t to UTC and cuts what is below a microsecond, which no column keeps.
func TimeOf(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }

// ZonedTime is TimeOf for an instant that keeps its offset from UTC.
func ZonedTime(t time.Time) Time {
	if _, offset := t.Zone(); offset == 0 {
		return TimeOf(t)
	}
	return Time{t.Truncate(time.Microsecond)}
}

// TimePtr is TimeOf for a nullable field.
func TimePtr(t time.Time) *Time { v := TimeOf(t); return &v }

// Add returns t shifted by d.
func (t Time) Add(d time.Duration) Time { return TimeOf(t.Time.Add(d)) }

// AppendText appends the wire form: RFC 3339 with six digits of fraction or none, and Z for UTC.
func (t Time) AppendText(b []byte) ([]byte, error) {
	if y := t.Year(); y < 1 || y > 9999 {
		return b, fmt.Errorf("time %v is outside the years 1 to 9999", t.Time)
	}
	b = t.appendDigits(b, 'T', t.Nanosecond() >= 1000)
	if _, offset := t.Zone(); offset != 0 {
		return t.AppendFormat(b, "Z07:00"), nil
	}
	return append(b, 'Z'), nil
}

// AppendStored appends the text that SQLAlchemy writes in DATETIME columns. It is UTC and always as long, so that text order is time
// order.
func (t Time) AppendStored(b []byte) []byte { return Time{t.UTC()}.appendDigits(b, ' ', true) }

// appendDigits appends the time in its own zone. It is called for every time that is read or written, and takes a fifth of the time
// that a layout does.
func (t Time) appendDigits(b []byte, separator byte, fraction bool) []byte {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = append(b, '0'+byte(year/1000%10), '0'+byte(year/100%10)) //nolint:gosec // a digit
	b = appendPair(b, year%100, '-')
	b = appendPair(b, int(month), '-')
	b = appendPair(b, day, separator)
	b = appendPair(b, hour, ':')
	b = appendPair(b, minute, ':')
	if !fraction {
		b = appendPair(b, second, 0)
		return b[:len(b)-1]
	}
	b = appendPair(b, second, '.')
	micro := t.Nanosecond() / 1000
	b = appendPair(b, micro/10_000, '0'+byte(micro/1000%10))                            //nolint:gosec // a digit
	return append(b, '0'+byte(micro/100%10), '0'+byte(micro/10%10), '0'+byte(micro%10)) //nolint:gosec // digits
}

func appendPair(b []byte, n int, behind byte) []byte {
	return append(b, '0'+byte(n/10), '0'+byte(n%10), behind) //nolint:gosec // below a hundred
}

// MarshalText is AppendText into a new buffer.
func (t Time) MarshalText() ([]byte, error) { return t.AppendText(nil) }

// String is the wire form.
func (t Time) String() string { b, _ := t.AppendText(nil); return string(b) }

// AppendJSON appends the wire form as a JSON string.
func (t Time) AppendJSON(b []byte) ([]byte, error) {
	b, err := t.AppendText(append(b, '"'))
	return append(b, '"'), err
}

// MarshalJSONTo writes the wire form as a JSON string.
func (t Time) MarshalJSONTo(enc *jsontext.Encoder) error {
	b, err := t.AppendJSON(enc.AvailableBuffer())
	if err != nil {
		return err
	}
	return enc.WriteValue(b)
}

// UnmarshalJSONFrom reads RFC 3339 with any offset. Request bodies are read by the more tolerant decoder of the API;
// this one reads what a server stored.
func (t *Time) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	tok, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if tok.Kind() != '"' {
		return fmt.Errorf("a time must be a string, not %s", tok.Kind())
	}
	parsed, err := ParseStoredTime(tok.String())
	*t = parsed
	return err
}

// storedLayouts are the forms found in databases: RFC 3339 inside JSON documents, and SQLAlchemy's DATETIME text, which
// is UTC without saying so.
//
//nolint:gochecknoglobals // Go has no constant arrays
var storedLayouts = [...]string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999-07:00", "2006-01-02"}

// ParseStoredTime reads a time that this server or the reference wrote. Text without an offset is UTC.
func ParseStoredTime(s string) (Time, error) {
	for _, layout := range storedLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return ZonedTime(t), nil
		}
	}
	return Time{}, fmt.Errorf("stored time %q has an unknown form", s)
}

// Scan reads a database value: a time.Time, or SQLAlchemy's text.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case time.Time:
		*t = TimeOf(v)
		return nil
	case string:
		parsed, err := ParseStoredTime(v)
		*t = parsed
		return err
	}
	return fmt.Errorf("a time cannot be read from %T", src)
}
