package config

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// parseBool takes what Prefect takes.
func parseBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "1", "true", "t", "yes", "y", "on":
		return true, true
	case "0", "false", "f", "no", "n", "off":
		return false, true
	}
	return false, false
}

var intForm = regexp.MustCompile(`^[+-]?\d+(?:_\d+)*(?:\.0+)?$`)

// parseInt takes a whole number, as Prefect does also "1_000" and "5.0".
func parseInt(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if !intForm.MatchString(s) {
		return 0, false
	}
	whole, _, _ := strings.Cut(strings.ReplaceAll(s, "_", ""), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	return n, err == nil
}

var (
	numberForm = regexp.MustCompile(`^[+-]?(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$`)
	clockForm  = regexp.MustCompile(`^([+-]?)(?:(\d+) ?d(?:ays?)?,? ?)?(?:(\d+):(\d{2})(?::(\d{2}(?:\.\d{1,6})?))?)?$`)
	isoForm    = regexp.MustCompile(`^([+-]?)P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$`)
)

// parseDuration takes a number of seconds, "1 day, 02:00:00" and its parts, and ISO 8601 durations, in which a month is 30
// days and a year 365. Prefect takes some of these forms for some settings; here every duration may have any of them.
func parseDuration(s string) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	if numberForm.MatchString(s) {
		n, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
		if err != nil {
			return 0, false
		}
		return seconds(n)
	}
	if m := isoForm.FindStringSubmatch(s); m != nil && !strings.HasSuffix(s, "P") {
		total := 0.0
		for i, unit := range []float64{365 * 86400, 30 * 86400, 7 * 86400, 86400, 3600, 60, 1} {
			total += number(m[i+2]) * unit
		}
		return signed(m[1], total)
	}
	if m := clockForm.FindStringSubmatch(s); m != nil && (m[2] != "" || m[3] != "") {
		if number(m[4]) >= 60 || number(m[5]) >= 60 {
			return 0, false
		}
		return signed(m[1], number(m[2])*86400+number(m[3])*3600+number(m[4])*60+number(m[5]))
	}
	return 0, false
}

func number(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0 // the part is absent
	}
	return n
}

func signed(sign string, n float64) (time.Duration, bool) {
	if sign == "-" {
		n = -n
	}
	return seconds(n)
}

func seconds(n float64) (time.Duration, bool) {
	if math.IsNaN(n) || math.Abs(n) >= math.MaxInt64/1e9 {
		return 0, false
	}
	return time.Duration(math.Round(n*1e6)) * time.Microsecond, true
}
