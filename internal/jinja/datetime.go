package jinja

import (
	"fmt"
	"math"
	"time"
)

// DateTime is a moment in a time zone, a day, or a time of day, as Python's datetime and pendulum have them.
type DateTime struct {
	time.Time
	form form
}

type form int

const (
	moment form = iota
	day
	timeOfDay
)

// NewDateTime makes a moment, in microseconds.
func NewDateTime(t time.Time) *DateTime { return &DateTime{Time: t.Truncate(time.Microsecond)} }

// IsMoment tells a moment from a day and a time of day.
func (d *DateTime) IsMoment() bool { return d.form == moment }

// String implements Object.
func (d *DateTime) String() string {
	switch d.form {
	case day:
		return d.Format(time.DateOnly)
	case timeOfDay:
		return d.Format("15:04:05") + d.fraction()
	}
	return d.iso(" ", "auto")
}

func (d *DateTime) fraction() string {
	if us := d.Nanosecond() / 1000; us != 0 {
		return fmt.Sprintf(".%06d", us)
	}
	return ""
}

func (d *DateTime) iso(separator, precision string) string {
	text := d.Format("2006-01-02") + separator
	switch precision {
	case "hours":
		text += d.Format("15")
	case "minutes":
		text += d.Format("15:04")
	case "seconds":
		text += d.Format("15:04:05")
	case "milliseconds":
		text += d.Format("15:04:05.000")
	case "microseconds":
		text += d.Format("15:04:05.000000")
	default:
		text += d.Format("15:04:05") + d.fraction()
	}
	return text + d.Format("-07:00")
}

// Repr implements Reprer.
func (d *DateTime) Repr() string {
	switch d.form {
	case day:
		return fmt.Sprintf("Date(%d, %d, %d)", d.Year(), d.Month(), d.Day())
	case timeOfDay:
		return fmt.Sprintf("Time(%d, %d, %d%s)", d.Hour(), d.Minute(), d.Second(), d.microsInRepr())
	}
	return fmt.Sprintf("DateTime(%d, %d, %d, %d, %d, %d%s, tzinfo=Timezone(%s))",
		d.Year(), d.Month(), d.Day(), d.Hour(), d.Minute(), d.Second(), d.microsInRepr(), Quoted(d.Location().String()))
}

func (d *DateTime) microsInRepr() string {
	if us := d.Nanosecond() / 1000; us != 0 {
		return fmt.Sprintf(", %d", us)
	}
	return ""
}

// TypeName implements Typed.
func (d *DateTime) TypeName() string { return [...]string{"DateTime", "Date", "Time"}[d.form] }

// Equal implements Equaler.
func (d *DateTime) Equal(other any) bool {
	o, ok := other.(*DateTime)
	return ok && o.form == d.form && o.Time.Equal(d.Time)
}

// Compare orders two moments.
func (d *DateTime) Compare(other any) (int, bool) {
	o, ok := other.(*DateTime)
	if !ok || o.form != d.form {
		return 0, false
	}
	return d.Time.Compare(o.Time), true
}

// Operate implements Operand: durations are added to and taken from moments, and moments from each other.
func (d *DateTime) Operate(op string, other any, reflected bool) (any, bool, error) {
	if d.form == timeOfDay {
		return nil, false, nil
	}
	switch o := other.(type) {
	case *Duration:
		switch {
		case op == "+":
			return &DateTime{d.Add(o.Duration), d.form}, true, nil
		case op == "-" && !reflected:
			return &DateTime{d.Add(-o.Duration), d.form}, true, nil
		}
	case *DateTime:
		if op != "-" || o.form != d.form {
			return nil, false, nil
		}
		a, b := d, o
		if reflected {
			a, b = o, d
		}
		return &Duration{Duration: a.Sub(b.Time), from: b, to: a}, true, nil
	}
	return nil, false, nil
}

// Attr implements Object.
func (d *DateTime) Attr(name string) (any, bool) {
	if d.form != timeOfDay {
		switch name {
		case "year":
			return int64(d.Year()), true
		case "month":
			return int64(d.Month()), true
		case "day":
			return int64(d.Day()), true
		}
	}
	if d.form != day {
		switch name {
		case "hour":
			return int64(d.Hour()), true
		case "minute":
			return int64(d.Minute()), true
		case "second":
			return int64(d.Second()), true
		case "microsecond":
			return int64(d.Nanosecond() / 1000), true
		}
	}
	if d.form == moment {
		switch name {
		case "tzinfo", "tz":
			return d.Location().String(), true
		case "timezone_name":
			return d.Location().String(), true
		case "int_timestamp":
			return d.Unix(), true
		}
	}
	if f := d.method(name); f != nil {
		return f, true
	}
	return nil, false
}

// method gives the methods; those of pendulum are the ones that people are likely to use.
func (d *DateTime) method(name string) Func {
	plain := func(v any) Func { return func(Args) (any, error) { return v, nil } }
	switch name {
	case "strftime", "__format__":
		return func(a Args) (any, error) { return strftime(d.Time, a.text(0, "fmt", "")) }
	case "isoformat":
		if d.form != moment {
			return plain(d.String())
		}
		return func(a Args) (any, error) { return d.iso(a.text(0, "sep", "T"), a.text(1, "timespec", "auto")), nil }
	case "replace":
		return d.replace
	}
	if d.form == timeOfDay {
		return nil
	}
	switch name {
	case "weekday":
		return plain(int64(d.Weekday()+6) % 7)
	case "isoweekday":
		return plain(int64(d.Weekday()+6)%7 + 1)
	case "isocalendar":
		year, week := d.ISOWeek()
		return plain(Tuple{int64(year), int64(week), int64(d.Weekday()+6)%7 + 1})
	case "toordinal":
		noon := time.Date(d.Year(), d.Month(), d.Day(), 12, 0, 0, 0, time.UTC)
		return plain(noon.Unix()/86400 + 719163)
	case "ctime":
		return plain(d.Format("Mon Jan _2 15:04:05 2006"))
	case "add":
		return func(a Args) (any, error) { return d.shifted(a, 1) }
	case "subtract":
		return func(a Args) (any, error) { return d.shifted(a, -1) }
	case "to_date_string":
		return plain(d.Format(time.DateOnly))
	}
	if d.form == day {
		return nil
	}
	switch name {
	case "date":
		return plain(&DateTime{time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, time.UTC), day})
	case "time":
		return plain(&DateTime{time.Date(1, 1, 1, d.Hour(), d.Minute(), d.Second(), d.Nanosecond(), time.UTC), timeOfDay})
	case "timestamp":
		return plain(float64(d.UnixMicro()) / 1e6)
	case "utcoffset":
		_, offset := d.Zone()
		return plain(NewDuration(time.Duration(offset) * time.Second))
	case "tzname":
		zone, _ := d.Zone()
		return plain(zone)
	case "astimezone", "in_timezone", "in_tz":
		return d.inZone
	case "to_time_string":
		return plain(d.Format(time.TimeOnly))
	case "to_datetime_string":
		return plain(d.Format(time.DateTime))
	case "to_iso8601_string":
		return plain(d.Format("2006-01-02T15:04:05") + d.fraction() + d.Format("Z07:00"))
	}
	return nil
}

func (d *DateTime) inZone(a Args) (any, error) {
	name := a.or(0, "tz", nil)
	if name == nil {
		return &DateTime{d.UTC(), moment}, nil
	}
	zone, err := time.LoadLocation(str(name))
	if err != nil {
		return nil, fail("InvalidTimezone", "Invalid timezone %s", repr(str(name)))
	}
	return &DateTime{d.In(zone), moment}, nil
}

// named gives whole numbers by name, or by position where names has an order.
func named(a Args, ordered bool, names []string, into []int) error {
	for i, name := range names {
		at := math.MaxInt
		if ordered {
			at = i
		}
		n, err := a.integer(at, name, int64(into[i]))
		if err != nil {
			return err
		}
		if n > 1e6 || n < -1e6 {
			return fail("OverflowError", "date value out of range")
		}
		into[i] = int(n)
	}
	return nil
}

func (d *DateTime) replace(a Args) (any, error) {
	v := []int{d.Year(), int(d.Month()), d.Day(), d.Hour(), d.Minute(), d.Second(), d.Nanosecond() / 1000}
	err := named(a, true, []string{"year", "month", "day", "hour", "minute", "second", "microsecond"}, v)
	if err != nil {
		return nil, err
	}
	t := time.Date(v[0], time.Month(v[1]), v[2], v[3], v[4], v[5], v[6]*1000, d.Location())
	got := []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / 1000}
	for i := range got {
		if got[i] != v[i] {
			return nil, fail("ValueError", "a part of the date is out of range")
		}
	}
	return &DateTime{t, d.form}, nil
}

func (d *DateTime) shifted(a Args, sign int) (any, error) {
	v := make([]int, 8)
	if err := named(a, false, []string{"years", "months", "weeks", "days", "hours", "minutes", "seconds", "microseconds"}, v); err != nil {
		return nil, err
	}
	for i := range v {
		v[i] *= sign
	}
	t := addMonths(d.Time, v[0]*12+v[1]).AddDate(0, 0, v[2]*7+v[3])
	t = t.Add(time.Duration(v[4])*time.Hour + time.Duration(v[5])*time.Minute + time.Duration(v[6])*time.Second + time.Duration(v[7])*time.Microsecond)
	if t.Year() < 1 || t.Year() > 9999 {
		return nil, fail("OverflowError", "date value out of range")
	}
	return &DateTime{t, d.form}, nil
}

// addMonths moves by months and stays within the month that it reaches.
func addMonths(t time.Time, months int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}
