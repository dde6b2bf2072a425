// Package wall holds readings of a clock on a wall: a date and a time of day that belong to no zone yet. Cron
// expressions and recurrence rules count in them; only the caller knows which zone the wall stands in.
package wall

import "time"

// Time is a reading in microseconds since 1970-01-01 00:00 on the same wall. Readings are compared and subtracted as
// plain numbers, as Python does with naive datetimes.
type Time int64

// Lengths of time, to add to a Time.
const (
	Microsecond Time = 1
	Second           = 1_000_000 * Microsecond
	Minute           = 60 * Second
	Hour             = 60 * Minute
	Day              = 24 * Hour
)

// The first and the last second that Python's datetime can hold: the years 1 to 9999.
const (
	Min Time = -62_135_596_800 * Second
	Max Time = 253_402_300_800*Second - Microsecond
)

// MaxYear is the last year of the calendar.
const MaxYear = 9999

// Valid tells whether t lies in the years 1 to 9999.
func (t Time) Valid() bool { return t >= Min && t <= Max }

// Of is the reading that t shows in its own location, to the microsecond.
func Of(t time.Time) Time {
	_, offset := t.Zone()
	return Time(t.UnixMicro()) + Time(offset)*Second
}

// At is the reading at a date and a time of day. Fields beyond their range carry over.
func At(year, month, day, hour, minute, second int) Time {
	return Time(DayNumber(year, month, day))*Day + Time(hour)*Hour + Time(minute)*Minute + Time(second)*Second
}

// UTC is the instant at which a clock in UTC shows t.
func (t Time) UTC() time.Time { return time.UnixMicro(int64(t)).UTC() }

// Days is the number of whole days since 1970-01-01.
func (t Time) Days() int64 { return floorDiv(int64(t), int64(Day)) }

// Seconds is the number of whole seconds since 1970-01-01.
func (t Time) Seconds() int64 { return floorDiv(int64(t), int64(Second)) }

// TimeOfDay is what has passed since midnight.
func (t Time) TimeOfDay() Time { return t - Time(t.Days())*Day }

// Floor cuts t to a multiple of unit.
func (t Time) Floor(unit Time) Time { return Time(floorDiv(int64(t), int64(unit))) * unit }

// Clock is the time of day in hours, minutes and seconds.
func (t Time) Clock() (hour, minute, second int) {
	s := int(t.TimeOfDay() / Second)
	return s / 3600, s / 60 % 60, s % 60
}

// Date is the calendar date.
func (t Time) Date() (year, month, day int) { return DateOf(t.Days()) }

// Year is the calendar year.
func (t Time) Year() int { y, _, _ := t.Date(); return y }

// The proleptic Gregorian calendar in eras of 400 years that begin on the first of March, so that the leap day is the
// last of its year.
const (
	daysPerEra  = 146_097
	epochToEra0 = 719_468 // days from 0000-03-01 to 1970-01-01
)

// DayNumber counts the days from 1970-01-01 to a date. A month beyond 1 to 12 carries into the year, a day beyond its
// month into the next ones.
func DayNumber(year, month, day int) int64 {
	y := int64(year) + floorDiv(int64(month)-1, 12)
	m := int64(month) - 1 - 12*floorDiv(int64(month)-1, 12) + 1
	if m <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yearOfEra := y - era*400
	dayOfYear := (153*((m+9)%12)+2)/5 + int64(day) - 1
	return era*daysPerEra + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - epochToEra0
}

// DateOf is the date that lies days after 1970-01-01.
func DateOf(days int64) (year, month, day int) {
	z := days + epochToEra0
	era := floorDiv(z, daysPerEra)
	d := z - era*daysPerEra
	y := (d - d/1460 + d/36524 - d/146096) / 365
	d -= 365*y + y/4 - y/100
	m := (5*d + 2) / 153
	day = int(d-(153*m+2)/5) + 1
	month = int(m) + 3
	if month > 12 {
		month -= 12
		y++
	}
	return int(y + era*400), month, day
}

// Weekday is the day of the week of a day number, Monday being 0.
func Weekday(days int64) int { return int(days + 3 - 7*floorDiv(days+3, 7)) }

// IsLeap tells whether the year has a 29th of February.
func IsLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// DaysIn is the number of days of a month from 1 to 12.
func DaysIn(year, month int) int {
	switch month {
	case 2:
		if IsLeap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
