package rrule

import (
	"errors"
	"slices"

	"praetor/internal/schedule/wall"
)

// ErrTooManySteps means that the next date of a recurrence was not found within the bound of a walk.
var ErrTooManySteps = errors.New("the recurrence needs too many steps to find its next date")

// maxSteps bounds the work of one walk: periods visited, days looked at, dates handed out. Only rules that other rules exclude
// entirely come near it, and some that are asked for dates a thousand years after their start. dateutil has no bound, and
// is busy for seconds with as many steps.
const maxSteps = 2_000_000

// emptyRun is how many periods in a row may be without a date before the rule is known to have no more: the calendar
// repeats itself after 400 years, which are this many periods. It does not hold for rules that count from Easter.
func (r *rule) emptyRun() int {
	switch {
	case r.easters != nil:
		return maxSteps
	case r.freq == yearly:
		return 400
	case r.freq == monthly:
		return 400 * 12
	case r.freq == weekly:
		return calendarDays / 7
	}
	return calendarDays
}

// calendarDays is the length of the Gregorian calendar's cycle.
const calendarDays = 146_097

// iterator walks through a rule's dates in ascending order, from a reading on.
type iterator struct {
	r     *rule
	from  wall.Time
	left  int64 // dates left of COUNT
	steps *int  // left to the whole walk
	walk  walker
	done  bool
	year  *year
	month int // the month that year was prepared for

	// The current period: its days, or the hour, minute or second that it is, each of which has all times of the rule, or
	// with BYSETPOS its dates. base and time tell which date comes next.
	bases      []wall.Time
	base, time int
}

// walker moves from period to period.
type walker interface {
	// seek moves forward to the last period that begins at or before from.
	seek(from wall.Time)
	// bases appends the days of the current period that the rule recurs on, or the hour, minute or second that it is.
	bases(it *iterator, list []wall.Time) ([]wall.Time, error)
	// next moves to the next period. It is false when that begins after the last day of the search.
	next(it *iterator) (bool, error)
}

// iterate starts at the first date at or after from. Some dates after to may follow; it ends soon after.
func (r *rule) iterate(from, to wall.Time, steps *int) (*iterator, error) {
	it := &iterator{r: r, from: max(from, r.start), steps: steps}
	if r.until != nil {
		to = min(to, *r.until)
	}
	if to < it.from {
		it.done = true
		return it, nil
	}
	if r.freq >= hourly {
		c := newClockWalker(r)
		c.lastDay = to.Days()
		it.walk = c
	} else {
		it.walk = newDayWalker(r, to)
	}
	if r.count != nil {
		it.left = *r.count
	} else {
		it.walk.seek(it.from)
	}
	err := it.fill()
	return it, err
}

// next hands out the next date; it is false after the last one.
func (it *iterator) next() (wall.Time, bool, error) {
	for !it.done {
		if err := it.step(); err != nil {
			return 0, false, err
		}
		at, more := it.take()
		switch {
		case !more:
			if err := it.advance(); err != nil {
				return 0, false, err
			}
		case it.r.until != nil && at > *it.r.until || it.r.count != nil && it.left <= 0:
			it.done = true
		case at >= it.r.start:
			it.left--
			if at >= it.from {
				return at, true, nil
			}
		}
	}
	return 0, false, nil
}

// take is the next date of the current period.
func (it *iterator) take() (wall.Time, bool) {
	for ; it.base < len(it.bases); it.base, it.time = it.base+1, 0 {
		if it.r.setPos != nil {
			it.base++
			return it.bases[it.base-1], true
		}
		if it.time == 0 {
			it.pass()
		}
		if it.time < it.r.times.len() {
			it.time++
			return it.bases[it.base] + it.r.times.at(it.time-1), true
		}
	}
	return 0, false
}

// pass goes over the times of the first base that are before from, but counts those that are not before the start.
func (it *iterator) pass() {
	times, base := &it.r.times, it.bases[it.base]
	if base >= it.from {
		return
	}
	passed := times.from(it.from - base)
	if base >= it.r.start {
		it.left -= int64(passed)
	} else {
		it.left -= int64(passed - min(times.from(it.r.start-base), passed))
	}
	it.time = passed
}

// advance moves to the next period that has dates.
func (it *iterator) advance() error {
	for empty := 0; ; empty++ {
		more, err := it.walk.next(it)
		if err != nil {
			return err
		}
		if !more || empty > it.r.emptyRun() || it.r.count != nil && it.left <= 0 {
			it.done = true
			return nil
		}
		if err := it.fill(); err != nil || len(it.bases) > 0 {
			return err
		}
	}
}

func (it *iterator) fill() error {
	if it.done {
		return nil
	}
	if err := it.step(); err != nil {
		return err
	}
	bases, err := it.walk.bases(it, it.bases[:0])
	it.bases, it.base, it.time = bases, 0, 0
	if it.r.setPos != nil {
		it.bases = it.r.pick(bases)
	}
	return err
}

// step counts one piece of work.
func (it *iterator) step() error {
	*it.steps--
	if *it.steps < 0 {
		return ErrTooManySteps
	}
	return nil
}

// pick chooses the dates that BYSETPOS names from those of a period.
func (r *rule) pick(bases []wall.Time) []wall.Time {
	n := r.times.len()
	var picked []wall.Time
	for _, pos := range r.setPos {
		i := pos - 1
		if pos < 0 {
			i = n*len(bases) + pos
		}
		if i >= 0 && i < n*len(bases) {
			picked = append(picked, bases[i/n]+r.times.at(i%n))
		}
	}
	slices.Sort(picked)
	return slices.Compact(picked)
}

// prepare makes the year current, and for a monthly rule the month.
func (it *iterator) prepare(number, month int) (*year, error) {
	if it.year == nil || it.year.number != number || it.r.freq == monthly && it.r.nthWeekdays != nil && it.month != month {
		y, err := it.r.newYear(number, month)
		if err != nil {
			return nil, err
		}
		it.year, it.month = y, month
	}
	return it.year, nil
}
