package rrule

import (
	"errors"
	"slices"

	"praetor/internal/schedule/wall"
)

// Errors of rules that can be written but make no sense.
var (
	errSetPos     = errors.New("BYSETPOS must be 1 to 366 or -366 to -1")
	errEmptyRule  = errors.New("INTERVAL never leads to the BYHOUR, BYMINUTE and BYSECOND")
	errUntilZone  = errors.New("UNTIL and DTSTART must both be in UTC or both be local")
	errInterval   = errors.New("INTERVAL must be positive")
	errMonth      = errors.New("no such month")
	errOccurrence = errors.New("no such weekday of the month")
	errEaster     = errors.New("BYEASTER leaves the year")
)

// rule is a recurrence rule made ready: defaults taken from its start, lists turned into sets.
type rule struct {
	freq      frequency
	interval  int64
	weekStart int
	start     wall.Time
	until     *wall.Time
	count     *int64
	setPos    []int

	months      bitset // 1 to 12
	monthDays   bitset // 1 to 31
	backDays    bitset // -1 to -31, counted from the month's end
	yearDays    []int
	weekNumbers []int
	easters     []int
	weekdays    bitset // Monday is 0
	nthWeekdays []weekday

	// One bit per admitted value; has tells whether there is a restriction at all.
	hours, minutes, seconds bitset
	// times are the times of day of a period, or of the part of one below the frequency's own unit.
	times clockTimes
}

// bitset is a set of small numbers that may be absent, which restricts nothing.
type bitset struct {
	bits uint64
	has  bool
}

func setOf(values []int) bitset {
	b := bitset{has: values != nil}
	for _, v := range values {
		if v >= 0 && v < 64 {
			b.bits |= 1 << v
		}
	}
	return b
}

func (b bitset) contains(v int) bool { return b.bits&(1<<v) != 0 }

// admits is contains, and true when there is no restriction.
func (b bitset) admits(v int) bool { return !b.has || b.bits&(1<<v) != 0 }

// compile makes a rule that starts at start.
func (p *parts) compile(start date) (*rule, error) {
	if p.interval < 1 {
		return nil, errInterval
	}
	at := start.at.Floor(wall.Second)
	if p.until != nil && p.until.aware != start.aware {
		return nil, errUntilZone
	}
	r := &rule{freq: p.freq, interval: p.interval, weekStart: p.weekStart, start: at, count: p.count}
	if p.until != nil {
		r.until = &p.until.at
	}
	for _, pos := range p.bySetPos {
		if pos == 0 || pos < -366 || pos > 366 {
			return nil, errSetPos
		}
	}
	r.setPos = p.bySetPos
	if err := r.compileDays(p); err != nil {
		return nil, err
	}
	if err := r.compileTimes(p); err != nil {
		return nil, err
	}
	if r.freq >= hourly && !newClockWalker(r).reachable() {
		return nil, errEmptyRule
	}
	return r, nil
}

func (r *rule) compileDays(p *parts) error {
	_, month, day := r.start.Date()
	months, monthDays, weekdays := p.byMonth, p.byMonthDay, p.byWeekday
	defaulted := p.byWeekNo == nil && p.byYearDay == nil && monthDays == nil && weekdays == nil && p.byEaster == nil
	if defaulted {
		switch r.freq {
		case yearly:
			if months == nil {
				months = []int{month}
			}
			monthDays = []int{day}
		case monthly:
			monthDays = []int{day}
		case weekly:
			weekdays = []weekday{{day: wall.Weekday(r.start.Days())}}
		}
	}
	r.months = setOf(months)
	var forward, backward []int
	for _, d := range monthDays {
		if d > 0 {
			forward = append(forward, d)
		} else if d < 0 {
			backward = append(backward, -d)
		}
	}
	r.monthDays, r.backDays = setOf(forward), setOf(backward)
	r.yearDays, r.weekNumbers, r.easters = p.byYearDay, p.byWeekNo, p.byEaster
	var plain []int
	for _, w := range weekdays {
		if w.nth == 0 || r.freq > monthly {
			plain = append(plain, w.day)
		} else {
			r.nthWeekdays = append(r.nthWeekdays, w)
		}
	}
	r.weekdays = setOf(plain)
	// dateutil stumbles over these months; the others from -12 to -2 just never come.
	if r.freq == yearly && r.nthWeekdays != nil && slices.ContainsFunc(months, func(m int) bool {
		return m == 0 || m == -1 || m > 12 || m < -12
	}) {
		return errMonth
	}
	return nil
}

func (r *rule) compileTimes(p *parts) error {
	hour, minute, second := r.start.Clock()
	hours, err := r.timeField(p.byHour, hour, hourly, 24)
	if err != nil {
		return err
	}
	minutes, err := r.timeField(p.byMinute, minute, minutely, 60)
	if err != nil {
		return err
	}
	seconds, err := r.timeField(p.bySecond, second, secondly, 60)
	if err != nil {
		return err
	}
	r.hours, r.minutes, r.seconds = setOf(hours), setOf(minutes), setOf(seconds)
	// Below the unit of the frequency the times are the same in each period.
	if r.freq >= hourly {
		hours = []int{0}
	}
	if r.freq >= minutely {
		minutes = []int{0}
	}
	if r.freq == secondly {
		seconds = []int{0}
	}
	r.times = clockTimes{hours, minutes, seconds}
	return r.times.check()
}

// timeField sorts the values of BYHOUR, BYMINUTE or BYSECOND. Where none are given, a frequency above the field's unit
// takes the start's. At the unit itself the values that the interval never reaches are dropped.
func (r *rule) timeField(given []int, start int, unit frequency, base int64) ([]int, error) {
	if given == nil {
		if r.freq < unit {
			return []int{start}, nil
		}
		return nil, nil
	}
	values := slices.Clone(given)
	slices.Sort(values)
	values = slices.Compact(values)
	if r.freq == unit {
		step := int(gcd(r.interval, base))
		values = slices.DeleteFunc(values, func(v int) bool { return (v-start)%step != 0 })
		if len(values) == 0 {
			return nil, errEmptyRule
		}
	}
	return values, nil
}

func gcd(a, b int64) int64 {
	if a < 0 {
		a = -a
	}
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
