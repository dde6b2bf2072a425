package wire

import (
	"math"
	"reflect"
	"regexp"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

// decodeTime takes ISO 8601 in its many forms, with UTC where no offset is given, and Unix times in seconds or, when they
// are too large for that, in milliseconds.
func decodeTime(c *call, raw jsontext.Value, v reflect.Value) {
	var t time.Time
	ok := false
	switch raw.Kind() {
	case '0':
		t, ok = unixTime(string(raw))
	case '"':
		s := text(raw)
		if t, ok = parseTime(s); !ok {
			t, ok = relativeTime(s, c.now)
		}
		if !ok {
			msg := "Unable to parse string [" + s + "]"
			if len(s) > 1 && durationForm.MatchString(s) {
				msg = "value is not a valid datetime it is a <class 'pendulum.duration.Duration'>"
			}
			c.add("value_error", "Value error, "+msg, raw, `{"error":{}}`)
			return
		}
	}
	if year := t.UTC().Year(); !ok || year < 1 || year > 9999 { // no database keeps others
		c.add("value_error", "value is not a valid datetime", raw, "")
		return
	}
	*v.Addr().Interface().(*prefect.Time) = prefect.ZonedTime(t)
}

var durationForm = regexp.MustCompile(`^P(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:[.,]\d+)?S)?)?$`)

// parseTime reads a time in any of the forms that the reference takes, in its order: of a text that has two meanings, such
// as the day 20210203, the first one counts.
func parseTime(s string) (time.Time, bool) {
	for _, form := range []func(string) (time.Time, bool){strictTime, writtenUnixTime, strictDay, looseTime, slashedTime} {
		if t, ok := form(s); ok {
			return t, true
		}
	}
	return time.Time{}, false
}

// relativeTime reads what depends on the present: now, and a time of today.
func relativeTime(s string, now time.Time) (time.Time, bool) {
	if now.IsZero() {
		return time.Time{}, false
	}
	if s == "now" {
		return now, true
	}
	return slashedTime(now.UTC().Format("20060102 ") + s)
}

// watershed is the number from which a Unix time counts milliseconds: the year 2603 in seconds.
const watershed = 2e10

// writtenUnixTime is unixTime for a text, which has no exponent.
func writtenUnixTime(s string) (time.Time, bool) {
	if !numberForm(s) {
		return time.Time{}, false
	}
	return unixTime(s)
}

func unixTime(s string) (time.Time, bool) {
	var t time.Time
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		t = time.Unix(n, 0)
		if n > watershed || n < -watershed {
			t = time.UnixMilli(n)
		}
	} else {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.Abs(f) > 1e15 {
			return time.Time{}, false
		}
		if math.Abs(f) > watershed {
			f /= 1000
		}
		whole, fraction := math.Modf(f)
		t = time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000)
	}
	if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, false
	}
	return t, true
}

// numberForm tells whether the text is a number without an exponent.
func numberForm(s string) bool {
	digits := false
	for i, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			digits = true
		case c == '.' || (c == '-' || c == '+') && i == 0:
		default:
			return false
		}
	}
	return digits
}

// reader goes over a text that may be a time; ok ends with the first thing that does not fit.
type reader struct {
	s  string
	i  int
	ok bool
}

func (r *reader) peek() byte {
	if r.i < len(r.s) {
		return r.s[r.i]
	}
	return 0
}

// take goes over one of the characters, if it is there.
func (r *reader) take(these string) bool {
	c := r.peek()
	for i := range len(these) {
		if c != 0 && c == these[i] {
			r.i++
			return true
		}
	}
	return false
}

// digits reads a number of exactly that many digits and no more than most.
func (r *reader) digits(n, most int) int {
	if r.i+n > len(r.s) {
		r.ok = false
		return 0
	}
	value := 0
	for _, c := range []byte(r.s[r.i : r.i+n]) {
		if c < '0' || c > '9' {
			r.ok = false
			return 0
		}
		value = value*10 + int(c-'0')
	}
	r.i += n
	if value > most {
		r.ok = false
	}
	return value
}

// run is how many digits follow.
func (r *reader) run() int {
	n := 0
	for r.i+n < len(r.s) && r.s[r.i+n] >= '0' && r.s[r.i+n] <= '9' {
		n++
	}
	return n
}

// fraction reads what follows a point or a comma, and cuts what is below a microsecond.
func (r *reader) fraction() time.Duration {
	if !r.take(".,") {
		return 0
	}
	n := r.run()
	if n == 0 {
		r.ok = false
	}
	micros := 0
	for k := range 6 {
		micros *= 10
		if k < n {
			micros += int(r.s[r.i+k] - '0')
		}
	}
	r.i += n
	return time.Duration(micros) * time.Microsecond
}

// zone reads an offset up to the end; without one it is UTC. A loose offset may lack its minutes, or have up to 99 of them.
func (r *reader) zone(loose bool) *time.Location {
	sign := 0
	switch {
	case r.i == len(r.s), r.take("Zz"):
	case r.take("+"):
		sign = 1
	case r.take("-"):
		sign = -1
	case len(r.s)-r.i >= len("\u2212") && r.s[r.i:r.i+len("\u2212")] == "\u2212":
		r.i += len("\u2212")
		sign = -1
	}
	seconds := 0
	if sign != 0 {
		seconds = r.digits(2, 23) * 3600
		if !loose || r.i < len(r.s) {
			r.take(":")
			most := 59
			if loose {
				most = 99
			}
			seconds += r.digits(2, most) * 60
		}
	}
	r.ok = r.ok && r.i == len(r.s) && seconds < 24*3600
	if seconds == 0 {
		return time.UTC
	}
	return time.FixedZone("", sign*seconds)
}

// date puts a time together; a day that no month has makes it none.
func (r *reader) date(year, month, day, hour, minute, second int, fraction time.Duration, zone *time.Location) (time.Time, bool) {
	if !r.ok || year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, int(fraction), zone), true
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// strictTime reads RFC 3339, whose seconds and offset may be absent.
func strictTime(s string) (time.Time, bool) {
	r := &reader{s: s, ok: true}
	year := r.digits(4, 9999)
	r.ok = r.ok && r.take("-")
	month := r.digits(2, 12)
	r.ok = r.ok && r.take("-")
	day := r.digits(2, 31)
	r.ok = r.ok && r.take("Tt _")
	hour := r.digits(2, 23)
	r.ok = r.ok && r.take(":")
	minute := r.digits(2, 59)
	second, fraction := 0, time.Duration(0)
	if r.take(":") {
		second = r.digits(2, 59)
		fraction = r.fraction()
	}
	return r.date(year, month, day, hour, minute, second, fraction, r.zone(false))
}

// strictDay reads a day, which begins at midnight.
func strictDay(s string) (time.Time, bool) {
	r := &reader{s: s, ok: len(s) == len("2006-01-02")}
	year := r.digits(4, 9999)
	r.ok = r.ok && r.take("-")
	month := r.digits(2, 12)
	r.ok = r.ok && r.take("-")
	return r.date(year, month, r.digits(2, 31), 0, 0, 0, 0, time.UTC)
}

// looseTime reads the other forms of ISO 8601: months, days of the year, weeks, times without seconds or minutes, all of it
// with or without separators.
func looseTime(s string) (time.Time, bool) {
	r := &reader{s: s, ok: true}
	year := r.digits(4, 9999)
	extended := r.take("-")
	month, day := 1, 1
	yearDay := 0 // counted from 1; 0: month and day say it
	switch n := r.run(); {
	case r.take("W"):
		yearDay = r.week(year, &extended)
	case n == 3:
		if yearDay = r.digits(3, 366); yearDay < 1 || yearDay > 365 && daysIn(year, 2) == 28 {
			r.ok = false
		}
	case n == 4 && !extended:
		month, day = r.digits(2, 12), r.digits(2, 31)
	case n == 2 && extended:
		month = r.digits(2, 12)
		if r.take("-") {
			day = r.digits(2, 31)
		}
	default:
		r.ok = false
	}
	hour, minute, second, fraction, zone := 0, 0, 0, time.Duration(0), time.UTC
	if r.ok && r.i < len(s) {
		r.ok = r.take("T ")
		hour, minute, second, fraction = r.clock(extended)
		zone = r.zone(true)
	}
	if yearDay == 0 {
		return r.date(year, month, day, hour, minute, second, fraction, zone)
	}
	t, ok := r.date(year, 1, 1, hour, minute, second, fraction, zone)
	t = t.AddDate(0, 0, yearDay-1)
	return t, ok && t.Year() >= 1 && t.Year() <= 9999
}

// week reads a week and perhaps its day and gives the day of the year, which may be in another year. The reference counts a
// day 0 and a week 0 too, each before the first.
func (r *reader) week(year int, extended *bool) int {
	week, weekday := r.digits(2, 53), 1
	if r.i < len(r.s) && r.peek() != 'T' && r.peek() != ' ' {
		if *extended {
			r.ok = r.ok && r.take("-")
		}
		weekday = r.digits(1, 7)
	}
	if week == 53 && weeksIn(year) < 53 {
		r.ok = false
	}
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC) // is always in week 1
	return week*7 + weekday - (int(fourth.Weekday())+6)%7 - 4
}

func weeksIn(year int) int {
	_, week := time.Date(year, 12, 28, 0, 0, 0, 0, time.UTC).ISOWeek() // is always in the last week
	return week
}

// clock reads hours, minutes and seconds, of which the later ones may be absent, with separators or without.
func (r *reader) clock(extended bool) (hour, minute, second int, fraction time.Duration) {
	hour = r.digits(2, 23)
	more := func() bool {
		if extended {
			return r.take(":")
		}
		return r.run() > 0
	}
	if more() {
		minute = r.digits(2, 59)
		if more() {
			second = r.digits(2, 59)
			fraction = r.fraction()
		}
	}
	return hour, minute, second, fraction
}

// slashedTime reads 2021/02/03 04:05:06, whose slashes may be colons or absent.
func slashedTime(s string) (time.Time, bool) {
	m := slashedForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	number := func(i, most int) int {
		n, err := strconv.Atoi(m[i] + "")
		if m[i] == "" {
			return 0
		}
		if err != nil || n > most {
			return -1
		}
		return n
	}
	hour, minute, second := number(4, 23), number(5, 59), number(6, 59)
	r := &reader{s: m[7], ok: hour >= 0 && minute >= 0 && second >= 0}
	fraction := r.fraction()
	return r.date(number(1, 9999), number(2, 12), number(3, 31), hour, minute, second, fraction, time.UTC)
}

var slashedForm = regexp.MustCompile(`^(\d{4})[/:]?(\d{2})[/:]?(\d{2})(?: ?(\d{1,2}):(\d{1,2})?(?::(\d{1,2}))?([.,]\d{1,9})?)?$`)

// decodeDatetime takes times as strictly as a query's parameter is read: no more than RFC 3339, days, and Unix times. What is
// none is explained as a day that is none.
func decodeDatetime(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() != '"' && raw.Kind() != '0' {
		c.add("datetime_type", "Input should be a valid datetime", raw, "")
		return
	}
	s := string(raw)
	if raw.Kind() == '"' {
		s = text(raw)
	}
	for _, form := range []func(string) (time.Time, bool){strictTime, writtenUnixTime, strictDay} {
		if t, ok := form(s); ok {
			// In UTC it may be in a year that no database has; as a bound, the first and the last instant mean the same.
			if year := t.UTC().Year(); year < 1 {
				t = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
			} else if year > 9999 {
				t = time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
			}
			*v.Addr().Interface().(*prefect.Time) = prefect.ZonedTime(t)
			return
		}
	}
	kind, msg, reason := "datetime_from_date_parsing", "Input should be a valid datetime or date, ", dayError(s)
	if reason == yearZero {
		kind, msg = "datetime_parsing", "Input should be a valid datetime, "
	}
	c.add(kind, msg+reason, raw, contextOf("error", reason))
}

const yearZero = "year 0 is out of range"

// dayError says what keeps the text from being a day.
func dayError(s string) string {
	if numberForm(s) {
		if f, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(f) < 1<<63 && len(s) < 20 {
			if f < 0 {
				return yearZero
			}
			return "dates after 9999 are not supported as unix timestamps"
		}
	}
	if len(s) < len("2006-01-02") {
		return "input is too short"
	}
	r := &reader{s: s, ok: true}
	year := r.digits(4, 9999)
	if !r.ok {
		return "invalid character in year"
	}
	if !r.take("-") {
		return "invalid date separator, expected `-`"
	}
	month := r.digits(2, 99)
	if !r.ok {
		return "invalid character in month"
	}
	if !r.take("-") {
		return "invalid date separator, expected `-`"
	}
	day := r.digits(2, 99)
	switch {
	case !r.ok:
		return "invalid character in day"
	case month < 1 || month > 12:
		return "month value is outside expected range of 1-12"
	case day < 1 || day > daysIn(max(year, 4), month):
		return "day value is outside expected range"
	case year == 0:
		return yearZero
	}
	return "unexpected extra characters at the end of the input"
}
