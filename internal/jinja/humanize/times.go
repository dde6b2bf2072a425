package humanize

import (
	"fmt"
	"math"
	"strings"
	"time"

	"praetor/internal/jinja"
)

type clock func() time.Time

const hoursOfDay = 24 * time.Hour

// seconds makes a duration of a number of seconds, in microseconds.
func seconds(f float64) (time.Duration, error) {
	if math.IsNaN(f) || math.Abs(f) > 9e9 {
		return 0, jinja.Fail("OverflowError", "the time is too long")
	}
	return time.Duration(math.RoundToEven(f*1e6)) * time.Microsecond, nil
}

// counted is a number with its unit.
func counted(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

func naturalDeltaFilter(a jinja.Args) (any, error) {
	return naturalDelta(a.Get(0, "", nil), a.Flag(1, "months", true), a.String(2, "minimum_unit", "seconds"))
}

func naturalDelta(v any, months bool, unit string) (string, error) {
	switch unit = strings.ToLower(unit); unit {
	case "seconds", "milliseconds", "microseconds":
	case "minutes", "hours", "days", "months", "years":
		return "", jinja.Fail("ValueError", "Minimum unit %s not supported", jinja.Repr(unit))
	default:
		return "", jinja.Fail("KeyError", "%s", strings.ToUpper(unit))
	}
	if d, ok := v.(*jinja.Duration); ok {
		return spoken(d.Duration, months, unit), nil
	}
	f, ok := parsed(v)
	if _, isText := jinja.Text(v); ok && isText {
		_, ok = whole(v, f)
	}
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return jinja.Str(v), nil
	}
	d, err := seconds(f)
	return spoken(d, months, unit), err
}

// spoken is about how long something takes.
func spoken(d time.Duration, months bool, unit string) string {
	d = d.Abs()
	days := int64(d / hoursOfDay)
	years, rest := days/365, days%365
	inDay, micros := int64(d%hoursOfDay/time.Second), d%time.Second/time.Microsecond
	numMonths := int64(math.RoundToEven(float64(rest) / 30.5))
	switch {
	case days == 0:
		return spokenHours(inDay, int64(micros), unit)
	case years == 0:
		return spokenDays(rest, numMonths, months)
	case years > 1, months && numMonths == 12:
		if years == 1 {
			return "2 years"
		}
		return grouped(fmt.Sprint(int64(math.RoundToEven(float64(days)/365)))) + " years"
	case rest == 0:
		return "a year"
	case !months || numMonths == 0:
		return "1 year, " + counted(rest, "day")
	}
	return "1 year, " + counted(numMonths, "month")
}

func spokenHours(secs, micros int64, unit string) string {
	rounded := func(per int64) int64 { return int64(math.RoundToEven(float64(secs) / float64(per))) }
	switch {
	case secs == 0 && unit == "microseconds" && micros < 1000:
		return counted(micros, "microsecond")
	case secs == 0 && unit != "seconds":
		return counted(micros/1000, "millisecond")
	case secs == 0:
		return "a moment"
	case secs == 1:
		return "a second"
	case secs < 60:
		return counted(secs, "second")
	case rounded(60) == 1:
		return "a minute"
	case secs < 3600 && rounded(60) < 60:
		return counted(rounded(60), "minute")
	case rounded(3600) == 1, secs < 3600:
		return "an hour"
	case rounded(3600) == 24:
		return "a day"
	}
	return counted(rounded(3600), "hour")
}

func spokenDays(days, numMonths int64, months bool) string {
	switch {
	case days == 1:
		return "a day"
	case !months || numMonths == 0:
		return counted(days, "day")
	case numMonths == 1:
		return "a month"
	case numMonths == 12:
		return "a year"
	}
	return counted(numMonths, "month")
}

// dateAndSpan gives the moment of a value and how far it is from now; neither where the value is no time. What is no moment
// counts back from now.
func dateAndSpan(v any, now time.Time, precise bool) (at time.Time, span time.Duration, ok bool, err error) {
	switch x := v.(type) {
	case *jinja.DateTime:
		return x.Time, now.Sub(x.Time).Abs(), x.IsMoment(), nil
	case *jinja.Duration:
		return now.Add(-x.Duration), x.Abs(), true, nil
	}
	f, isFloat, ok := jinja.Number(v)
	if !ok {
		return now, 0, false, nil
	}
	if isFloat && !precise {
		f = math.RoundToEven(f)
	}
	d, err := seconds(f)
	return now.Add(-d), d.Abs(), true, err
}

func (c clock) naturalTime(a jinja.Args) (any, error) {
	v, future, now := a.Get(0, "", nil), a.Flag(1, "future", false), c()
	if when, ok := a.Get(4, "when", nil).(*jinja.DateTime); ok {
		now = when.Time
	}
	at, span, ok, err := dateAndSpan(v, now, false)
	if err != nil {
		return nil, err
	}
	if !ok {
		return jinja.Str(v), nil
	}
	if _, _, isNumber := jinja.Number(v); !isNumber {
		future = at.After(now)
	}
	text, err := naturalDelta(jinja.NewDuration(span), a.Flag(2, "months", true), a.String(3, "minimum_unit", "seconds"))
	switch {
	case err != nil:
		return nil, err
	case text == "a moment":
		return "now", nil
	case future:
		return text + " from now", nil
	}
	return text + " ago", nil
}

func (c clock) naturalDayFilter(a jinja.Args) (any, error) {
	text, _ := c.naturalDay(a.Get(0, "", nil), "Jan 02")
	return text, nil
}

// naturalDay is the day's name if it is near, or its date, and how many days it is from today.
func (c clock) naturalDay(v any, layout string) (text string, days int64) {
	d, ok := v.(*jinja.DateTime)
	if _, hasYear := attribute(d, "year"); !ok || !hasYear {
		return jinja.Str(v), 0
	}
	today := c()
	if d.IsMoment() {
		today = today.In(d.Location())
	}
	switch days = dayNumber(d.Time) - dayNumber(today); days {
	case 0:
		text = "today"
	case 1:
		text = "tomorrow"
	case -1:
		text = "yesterday"
	default:
		text = d.Format(layout)
	}
	return text, days
}

func attribute(d *jinja.DateTime, name string) (any, bool) {
	if d == nil {
		return nil, false
	}
	return d.Attr(name)
}

func dayNumber(t time.Time) int64 {
	return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC).Unix() / 86400
}

func (c clock) naturalDate(a jinja.Args) (any, error) {
	v := a.Get(0, "", nil)
	text, days := c.naturalDay(v, "Jan 02")
	if math.Abs(float64(days)) >= 5*365/12.0 {
		text, _ = c.naturalDay(v, "Jan 02 2006")
	}
	return text, nil
}

// dateAndDelta is of no use in a template, and offered by the reference.
func (c clock) dateAndDelta(a jinja.Args) (any, error) {
	v := a.Get(0, "", nil)
	at, span, ok, err := dateAndSpan(v, c(), false)
	if err != nil {
		return nil, err
	}
	if !ok {
		return jinja.Tuple{nil, v}, nil
	}
	return jinja.Tuple{naive{jinja.NewDateTime(at)}, jinja.NewDuration(span)}, nil
}

// naive is a moment as Python's own datetime without a zone shows itself.
type naive struct{ *jinja.DateTime }

// Repr implements jinja.Reprer.
func (n naive) Repr() string {
	micros := ""
	if us := n.Nanosecond() / 1000; us != 0 {
		micros = fmt.Sprintf(", %d", us)
	}
	return fmt.Sprintf("datetime.datetime(%d, %d, %d, %d, %d, %d%s)", n.Year(), n.Month(), n.Day(), n.Hour(), n.Minute(), n.Second(), micros)
}

func absTimedelta(a jinja.Args) (any, error) {
	v := a.Get(0, "", nil)
	if d, ok := v.(*jinja.Duration); ok {
		return jinja.NewDuration(d.Abs()), nil
	}
	return v, nil
}
