package rrule

import (
	"regexp"
	"strconv"

	"praetor/internal/schedule/wall"
)

// date is a date of a recurrence: its reading of the wall clock, and whether it said where the wall stands. Where does
// not matter, because the schedule's own zone replaces it; dateutil only refuses to mix the two sorts.
type date struct {
	at    wall.Time
	aware bool
}

var (
	// dateForm is a calendar date in the forms of RFC 5545 and ISO 8601, also with slashes or dots.
	dateForm = regexp.MustCompile(`^(\d{4})(?:(\d\d)(\d\d)|-(\d\d?)-(\d\d?)|/(\d\d?)/(\d\d?)|\.(\d\d?)\.(\d\d?))`)
	// timeForm is what follows: a time of day, and where it holds.
	timeForm = regexp.MustCompile(`^(T?)(?:(\d\d?):(\d\d?)(?::(\d\d?)(?:[.,](\d+))?)?|(\d\d)(?:(\d\d)(?:(\d\d)(?:[.,](\d+))?)?)?)` +
		`((?:Z|UTC|GMT)?(?:[+-](?:\d\d?(?::\d\d)?|\d{4}))?)$`)
)

// dateError is a text that is no date. The reasons are the words of Python, which users see.
type dateError struct{ reason, text string }

func (e *dateError) Error() string { return e.reason + ": " + e.text }

const unknownForm = "Unknown string format"

// parseDate reads a date in the forms that calendars write. dateutil reads more, down to the names of months; those are
// refused.
func parseDate(s string) (date, error) {
	if s == "" {
		return date{}, &dateError{"String does not contain a date", s}
	}
	m := dateForm.FindStringSubmatch(s)
	if m == nil {
		return date{}, &dateError{unknownForm, s}
	}
	rest := s[len(m[0]):]
	day, reason := midnight(m[1], m[2]+m[4]+m[6]+m[8], m[3]+m[5]+m[7]+m[9])
	if reason != "" {
		return date{}, &dateError{reason, s}
	}
	if rest == "" || rest == "T" {
		return date{at: day}, nil
	}
	c := timeForm.FindStringSubmatch(rest)
	// Without a T only a whole hour and minute can follow the digits of a date.
	if c == nil || c[1] == "" && (c[7] == "" || m[2] == "") {
		return date{}, &dateError{unknownForm, s}
	}
	hour, minute, second := atoi(c[2]+c[6]), atoi(c[3]+c[7]), atoi(c[4]+c[8])
	if reason := outOfDay(hour, minute, second); reason != "" {
		return date{}, &dateError{reason, s}
	}
	at := day + wall.Time(hour)*wall.Hour + wall.Time(minute)*wall.Minute + wall.Time(second)*wall.Second
	if fraction := c[5] + c[9]; fraction != "" {
		at += wall.Time(atoi((fraction + "000000")[:6]))
	}
	return date{at: at, aware: c[10] != ""}, nil
}

// midnight is the first reading of a calendar date, or the reason why there is none.
func midnight(year, month, day string) (at wall.Time, reason string) {
	y, m, d := atoi(year), atoi(month), atoi(day)
	switch {
	case y < 1:
		return 0, "year 0 is out of range"
	case m < 1 || m > 12:
		return 0, "month must be in 1..12"
	case d < 1 || d > wall.DaysIn(y, m):
		return 0, "day is out of range for month"
	}
	return wall.At(y, m, d, 0, 0, 0), ""
}

// outOfDay is the reason why no clock shows a time of day.
func outOfDay(hour, minute, second int) string {
	switch {
	case hour < 0 || hour > 23:
		return "hour must be in 0..23"
	case minute < 0 || minute > 59:
		return "minute must be in 0..59"
	case second < 0 || second > 59:
		return "second must be in 0..59"
	}
	return ""
}

// atoi reads what a regular expression has found to be a few digits, or nothing, which is 0.
func atoi(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}
