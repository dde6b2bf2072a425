package rrule

import (
	"math/bits"

	"praetor/internal/schedule/wall"
)

// clockWalker walks through hours, minutes or seconds. It goes from one that the rule admits to the next, over whole
// days and hours that it does not.
type clockWalker struct {
	r      *rule
	unit   wall.Time
	perDay int64
	first  int64 // the start, in units since 1970
	at     int64 // the current unit
	// matched is the last day that was found to match.
	matched int64
	lastDay int64 // of the search
	// perStart is how many units of a day the rule admits, by the first one that the interval leads to.
	perStart map[int64]int64
}

func newClockWalker(r *rule) *clockWalker {
	w := &clockWalker{r: r, unit: wall.Hour, matched: wall.Max.Days() + 1, lastDay: wall.Max.Days()}
	switch r.freq {
	case minutely:
		w.unit = wall.Minute
	case secondly:
		w.unit = wall.Second
	}
	w.perDay = int64(wall.Day / w.unit)
	w.first = int64(r.start.Floor(w.unit) / w.unit)
	w.at = w.first
	return w
}

// reachable tells whether the interval ever leads to a time of day that the rule admits.
func (w *clockWalker) reachable() bool {
	step := gcd(w.r.interval, w.perDay)
	for tod := floorMod(w.first, step); tod < w.perDay; tod += step {
		next := w.admitted(tod)
		if next == tod {
			return true
		}
		if next >= w.perDay {
			return false
		}
		if skip := (next - tod) / step; skip > 1 {
			tod += (skip - 1) * step
		}
	}
	return false
}

// admitted is the first unit of the day, at or after tod, whose hour, minute and second the rule admits; perDay when
// there is none.
func (w *clockWalker) admitted(tod int64) int64 {
	fields := [...]bitset{w.r.hours, w.r.minutes, w.r.seconds}
	sizes := [...]int64{24, 60, 60}
	n := int(w.r.freq-hourly) + 1
	var value [3]int64
	for i := n - 1; i >= 0; i-- {
		value[i] = tod % sizes[i]
		tod /= sizes[i]
	}
	for i := 0; i < n; i++ {
		v, ok := fields[i].from(value[i], sizes[i])
		if ok && v == value[i] {
			continue
		}
		// From here on down the earliest values, and where this field has no later value one more in the field above.
		for j := i; j < n; j++ {
			value[j], _ = fields[j].from(0, sizes[j])
		}
		if ok {
			value[i] = v
			break
		}
		for i--; ; i-- {
			if i < 0 {
				return w.perDay
			}
			if v, ok := fields[i].from(value[i]+1, sizes[i]); ok {
				value[i] = v
				break
			}
			value[i], _ = fields[i].from(0, sizes[i])
		}
		break
	}
	for i := range n {
		tod = tod*sizes[i] + value[i]
	}
	return tod
}

// from is the first admitted value at or after v, below size.
func (b bitset) from(v, size int64) (int64, bool) {
	if !b.has {
		return v, v < size
	}
	if v >= size {
		return 0, false
	}
	next := int64(bits.TrailingZeros64(b.bits &^ (1<<v - 1)))
	return next, next < size
}

func (w *clockWalker) seek(from wall.Time) {
	n := (int64(from.Floor(w.unit)/w.unit) - w.first) / w.r.interval
	w.at = w.first + n*w.r.interval
}

// align is the first unit at or after u that the interval leads to.
func (w *clockWalker) align(u int64) int64 {
	over := floorMod(u-w.first, w.r.interval)
	if over == 0 {
		return u
	}
	return u + w.r.interval - over
}

func (w *clockWalker) next(it *iterator) (bool, error) {
	if w.r.interval > w.perDay*(wall.MaxYear+1)*366 {
		return false, nil
	}
	day := floorDiv(w.at, w.perDay)
	w.at += w.r.interval
	more, err := w.settle(it)
	// A rule with a COUNT counts whole days before the first date that is wanted at once.
	for w.r.count != nil && more && err == nil && it.left > 0 {
		today := floorDiv(w.at, w.perDay)
		if today == day || today >= it.from.Days() {
			break
		}
		day = today
		it.left -= w.unitsOf(today) * w.r.datesPerUnit()
		w.at = w.align((today + 1) * w.perDay)
		more, err = w.settle(it)
	}
	return more, err
}

// unitsOf counts the units of a day that the interval leads to and the rule admits.
func (w *clockWalker) unitsOf(day int64) int64 {
	first := w.align(day*w.perDay) - day*w.perDay
	if n, known := w.perStart[first]; known {
		return n
	}
	n := int64(0)
	for tod := first; tod < w.perDay; {
		admitted := w.admitted(tod)
		if admitted == tod {
			n++
			admitted++
		}
		tod = w.align(day*w.perDay+admitted) - day*w.perDay
	}
	if w.perStart == nil {
		w.perStart = map[int64]int64{}
	}
	w.perStart[first] = n
	return n
}

// datesPerUnit is how many dates an hour, minute or second has that the rule admits.
func (r *rule) datesPerUnit() int64 {
	if r.setPos == nil {
		return int64(r.times.len())
	}
	return int64(len(r.pick([]wall.Time{0})))
}

// settle moves to the next unit, the current one included, that the rule admits.
func (w *clockWalker) settle(it *iterator) (bool, error) {
	for {
		day := floorDiv(w.at, w.perDay)
		next, ok, err := w.matchingDay(it, day)
		if err != nil || !ok {
			return false, err
		}
		if next > day {
			w.at = w.align(next * w.perDay)
			continue
		}
		tod := w.at - day*w.perDay
		admitted := w.admitted(tod)
		if admitted == tod {
			return true, nil
		}
		w.at = w.align(day*w.perDay + admitted)
		if err := it.step(); err != nil {
			return false, err
		}
	}
}

// matchingDay is the first day, at or after day, that the rule recurs on.
func (w *clockWalker) matchingDay(it *iterator, day int64) (int64, bool, error) {
	for run := 0; run <= w.r.emptyRun() && day <= w.lastDay; run++ {
		if day == w.matched {
			return day, true, nil
		}
		if err := it.step(); err != nil {
			return 0, false, err
		}
		number, month, dayOfMonth := wall.DateOf(day)
		if !w.r.months.admits(month) {
			day += int64(wall.DaysIn(number, month) - dayOfMonth + 1)
			continue
		}
		y, err := it.prepare(number, month)
		if err != nil {
			return 0, false, err
		}
		if y.matches(w.r, int(day-y.first)) {
			w.matched = day
			return day, true, nil
		}
		day++
	}
	return 0, false, nil
}

func (w *clockWalker) bases(it *iterator, list []wall.Time) ([]wall.Time, error) {
	// The first period, and the one that seek found, may not be admitted.
	day := floorDiv(w.at, w.perDay)
	next, ok, err := w.matchingDay(it, day)
	if err != nil || !ok || next > day || w.admitted(w.at-day*w.perDay) != w.at-day*w.perDay {
		return list, err
	}
	return append(list, wall.Time(w.at)*w.unit), nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - b*floorDiv(a, b) }
