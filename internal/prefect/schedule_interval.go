package prefect

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// The forms of an interval as text: ISO 8601, and days with a time on a clock that may pass 24 hours.
var (
	isoInterval   = regexp.MustCompile(`^([+-]?)P((?:\d+(?:[.,]\d+)?[YMWD])*)(?:T((?:\d+(?:[.,]\d+)?[HMS])*))?$`)
	isoPart       = regexp.MustCompile(`([\d.,]+)([A-Z])`)
	clockInterval = regexp.MustCompile(`^([+-]?)(?:(\d+) ?(?i:d|days?),? ?)?(?:(\d+):([0-5]\d)(?::([0-5]\d(?:[.,]\d+)?))?)?$`)
)

// ParseInterval reads an interval that a request gives as text, such as "PT15M", "1 day, 02:00:00" or "00:30:00". A month is
// 30 days and a year 365. It is false for any other text; whether the interval is one that a schedule can have is not
// looked at. A number as text is not an interval.
func ParseInterval(text string) (Seconds, bool) {
	var seconds float64
	var sign string
	if m := isoInterval.FindStringSubmatch(text); m != nil {
		if m[2] == "" && m[3] == "" {
			return 0, false
		}
		sign = m[1]
		lengths := map[string]float64{"Y": 365 * 86400, "M": 30 * 86400, "W": 7 * 86400, "D": 86400}
		for _, part := range isoPart.FindAllStringSubmatch(m[2], -1) {
			seconds += decimal(part[1]) * lengths[part[2]]
		}
		lengths = map[string]float64{"H": 3600, "M": 60, "S": 1}
		for _, part := range isoPart.FindAllStringSubmatch(m[3], -1) {
			seconds += decimal(part[1]) * lengths[part[2]]
		}
	} else {
		m := clockInterval.FindStringSubmatch(text)
		if m == nil || m[2] == "" && m[3] == "" {
			return 0, false
		}
		sign = m[1]
		hours := decimal(m[3])
		if m[2] != "" && hours > 23 {
			return 0, false
		}
		seconds = decimal(m[2])*86400 + hours*3600 + decimal(m[4])*60 + decimal(m[5])
	}
	if sign == "-" {
		seconds = -seconds
	}
	return Seconds(seconds), true
}

// decimal reads digits with a point or a comma, or nothing, which is 0.
func decimal(digits string) float64 {
	f, err := strconv.ParseFloat(strings.ReplaceAll(digits, ",", "."), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0
	}
	return f
}
