package prefect

import (
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
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

// AppendJSON appends 0.0 rather than 0.
func (s Seconds) AppendJSON(b []byte) ([]byte, error) {
	f := float64(s)
	switch size := math.Abs(f); {
	case f == math.Trunc(f) && size < 1e15:
		return strconv.AppendFloat(b, f, 'f', 1, 64), nil
	case size >= 1e-6 && size < 1e21:
		return strconv.AppendFloat(b, f, 'f', -1, 64), nil
	}
	text, err := json.Marshal(f)
	return append(b, text...), err
}

// MarshalJSONTo is AppendJSON.
func (s Seconds) MarshalJSONTo(enc *jsontext.Encoder) error {
	b, err := s.AppendJSON(enc.AvailableBuffer())
	if err != nil {
		return err
	}
	return enc.WriteValue(b)
}
