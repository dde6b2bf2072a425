package prefect

import (
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Seconds is a length of time on the wire: a JSON number that always shows a fraction, as Python prints floats.
type Seconds float64

// SecondsOf converts a duration, to the microsecond.
func SecondsOf(d time.Duration) Seconds { return Seconds(float64(d.Microseconds()) / 1e6) }

// Duration is the length to the nearest microsecond.
func (s Seconds) Duration() time.Duration {
	return time.Duration(math.Round(float64(s)*1e6)) * time.Microsecond
}

// MarshalJSONTo writes 0.0 rather than 0.
func (s Seconds) MarshalJSONTo(enc *jsontext.Encoder) error {
	if f := float64(s); f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return enc.WriteValue(strconv.AppendFloat(enc.AvailableBuffer(), f, 'f', 1, 64))
	}
	return enc.WriteToken(jsontext.Float(float64(s)))
}
