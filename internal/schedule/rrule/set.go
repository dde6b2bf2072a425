// Package rrule reads recurrences in the iCalendar form that dateutil reads, and walks through their dates with
// dateutil's results. It counts in readings of a wall clock; the zones that a recurrence names are left to the caller.
package rrule

import (
	"errors"
	"slices"

	"praetor/internal/schedule/wall"
)

// ZoneFinder tells whether a name, as a TZID gives it, is a time zone.
type ZoneFinder func(name string) bool

// Set is a recurrence: dates and rules, less other dates and rules. It does not change and may be shared.
type Set struct {
	rules, exRules []*rule
	dates, exDates []wall.Time
	single         bool
}

// Parse reads a recurrence. Rules without a DTSTART begin at start.
func Parse(s string, start wall.Time, zones ZoneFinder) (*Set, error) {
	t, err := split(s, zones)
	if err != nil {
		return nil, err
	}
	set := &Set{
		single:  len(t.rules) == 1 && len(t.exRules)+len(t.dates)+len(t.exDates) == 0,
		exDates: readings(t.exDates),
	}
	if set.rules, err = compileAll(t.rules, t.start, start); err != nil {
		return nil, err
	}
	var dates []date
	for _, list := range t.dates {
		more, err := parseDates(list, false)
		if err != nil {
			return nil, err
		}
		dates = append(dates, more...)
	}
	set.dates = readings(dates)
	if set.exRules, err = compileAll(t.exRules, t.start, start); err != nil {
		return nil, err
	}
	return set, nil
}

// compileAll makes the rules of lines ready. Those without a given start begin at the default one, which then is wherever
// UNTIL is.
func compileAll(lines []string, given *date, start wall.Time) ([]*rule, error) {
	var rules []*rule
	for _, line := range lines {
		p, err := parseRule(line)
		if err != nil {
			return nil, err
		}
		from := date{at: start, aware: p.until != nil && p.until.aware}
		if given != nil {
			from = *given
		}
		r, err := p.compile(from)
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// readings sorts dates and drops where their walls stand.
func readings(dates []date) []wall.Time {
	var list []wall.Time
	for _, d := range dates {
		list = append(list, d.at)
	}
	slices.Sort(list)
	return list
}

// Cadence is the interval of a lone rule that recurs each so many minutes or seconds without a COUNT; it is false for
// any other recurrence.
func (s *Set) Cadence() (wall.Time, bool) {
	if !s.single || s.rules[0].count != nil {
		return 0, false
	}
	switch s.rules[0].freq {
	case minutely:
		return wall.Time(s.rules[0].interval) * wall.Minute, true
	case secondly:
		return wall.Time(s.rules[0].interval) * wall.Second, true
	}
	return 0, false
}

// Walk is a way through the dates of a Set in ascending order, each date once.
type Walk struct {
	in, out []source
	from    wall.Time
}

// source is one rule or list of dates with the date that comes next.
type source struct {
	it   *iterator
	list []wall.Time
	at   wall.Time
}

// errExhausted ends a source; it never leaves the package.
var errExhausted = errors.New("no more dates")

func (s *source) next() error {
	if s.it == nil {
		if len(s.list) == 0 {
			return errExhausted
		}
		s.at, s.list = s.list[0], s.list[1:]
		return nil
	}
	at, more, err := s.it.next()
	if err == nil && !more {
		err = errExhausted
	}
	s.at = at
	return err
}

// Between starts a walk at the first date at or after a reading. It ends after the last date up to another reading, or
// some dates later.
func (s *Set) Between(from, to wall.Time) (*Walk, error) {
	w := &Walk{from: from}
	steps := maxSteps
	var err error
	if w.in, err = sources(s.rules, s.dates, from, to, &steps); err != nil {
		return nil, err
	}
	w.out, err = sources(s.exRules, s.exDates, from, to, &steps)
	return w, err
}

func sources(rules []*rule, dates []wall.Time, from, to wall.Time, steps *int) ([]source, error) {
	list := []source{{list: dates, at: wall.Min - 1}}
	for _, r := range rules {
		it, err := r.iterate(from, to, steps)
		if err != nil {
			return nil, err
		}
		list = append(list, source{it: it, at: wall.Min - 1})
	}
	return list, nil
}

// skip moves the sources that are before a reading to their first date that is not, and drops those that end.
func skip(list []source, from wall.Time) ([]source, error) {
	for i := 0; i < len(list); {
		if list[i].at >= from {
			i++
			continue
		}
		switch err := list[i].next(); {
		case errors.Is(err, errExhausted):
			list = slices.Delete(list, i, i+1)
		case err != nil:
			return nil, err
		}
	}
	return list, nil
}

// Next hands out the next date; it is false after the last one. The error may be ErrTooManySteps.
func (w *Walk) Next() (wall.Time, bool, error) {
	for {
		var err error
		if w.in, err = skip(w.in, w.from); err != nil || len(w.in) == 0 {
			return 0, false, err
		}
		at := w.in[0].at
		for _, s := range w.in[1:] {
			at = min(at, s.at)
		}
		w.from = at + 1
		if w.out, err = skip(w.out, at); err != nil {
			return 0, false, err
		}
		if !slices.ContainsFunc(w.out, func(s source) bool { return s.at == at }) {
			return at, true, nil
		}
	}
}
