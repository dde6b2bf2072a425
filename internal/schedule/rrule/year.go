package rrule

import (
	"slices"

	"praetor/internal/schedule/wall"
)

// year is what a rule needs to know of a calendar year to tell its days. Weeks that begin in December reach into the
// next year, so a day is known by its index from January 1st, up to six days beyond December 31st.
type year struct {
	number  int
	length  int
	first   int64 // day number of January 1st
	weeks   []bool
	nth     []bool
	easters []bool
}

// overlap is how many days of the next year a year knows.
const overlap = 7

// newYear prepares a year for a rule. Month matters only to a monthly rule with numbered weekdays.
func (r *rule) newYear(number, month int) (*year, error) {
	y := &year{number: number, length: 365, first: wall.DayNumber(number, 1, 1)}
	if wall.IsLeap(number) {
		y.length = 366
	}
	if r.weekNumbers != nil {
		y.markWeeks(r)
	}
	if r.nthWeekdays != nil {
		if err := y.markNth(r, month); err != nil {
			return nil, err
		}
	}
	if r.easters != nil {
		if err := y.markEasters(r.easters); err != nil {
			return nil, err
		}
	}
	return y, nil
}

// matches tells whether the rule recurs on the day with that index.
func (y *year) matches(r *rule, i int) bool {
	days := y.first + int64(i)
	number, month, day := wall.DateOf(days)
	if !r.months.admits(month) || r.weekdays.has && !r.weekdays.contains(wall.Weekday(days)) {
		return false
	}
	if r.monthDays.has || r.backDays.has {
		if !r.monthDays.contains(day) && !r.backDays.contains(wall.DaysIn(number, month)-day+1) {
			return false
		}
	}
	if y.weeks != nil && !y.weeks[i] || y.nth != nil && !y.nth[i] || y.easters != nil && !y.easters[i] {
		return false
	}
	return r.yearDays == nil || y.matchesYearDay(r.yearDays, i)
}

func (y *year) matchesYearDay(yearDays []int, i int) bool {
	if i < y.length {
		return slices.Contains(yearDays, i+1) || slices.Contains(yearDays, i-y.length)
	}
	next := 365
	if wall.IsLeap(y.number + 1) {
		next = 366
	}
	i -= y.length
	return slices.Contains(yearDays, i+1) || slices.Contains(yearDays, i-next)
}

// markWeeks marks the days of the rule's week numbers. Week 1 is the first with four days in the year.
func (y *year) markWeeks(r *rule) {
	y.weeks = make([]bool, y.length+overlap)
	first, start := y.firstWeek(r.weekStart)
	weekLength := y.length - first // of the year in days, counted in whole weeks
	if first == 0 {
		weekLength = y.length + weekMod(wall.Weekday(y.first)-r.weekStart)
	}
	count := weekLength/7 + weekLength%7/4
	for _, n := range r.weekNumbers {
		if n < 0 {
			n += count + 1
		}
		if n > 0 && n <= count {
			y.markWeek(r, y.weekBegin(n, first, start))
		}
	}
	if slices.Contains(r.weekNumbers, 1) {
		// Week 1 of the next year may begin in this one.
		if i := y.weekBegin(count+1, first, start); i < y.length {
			y.markWeek(r, i)
		}
	}
	if first > 0 && slices.Contains(r.weekNumbers, y.lastWeekBefore(r, first)) {
		for i := range first {
			y.weeks[i] = true
		}
	}
}

// firstWeek is the index at which week 1 begins, or 0 when it began in the last year, and the index of the first day
// that begins a week.
func (y *year) firstWeek(weekStart int) (first, start int) {
	start = weekMod(7 - wall.Weekday(y.first) + weekStart)
	if start >= 4 {
		return 0, start
	}
	return start, start
}

func (y *year) weekBegin(n, first, start int) int {
	i := first + (n-1)*7
	if n > 1 && first != start {
		i -= 7 - start
	}
	return i
}

// markWeek marks from an index to the end of its week.
func (y *year) markWeek(r *rule, i int) {
	for ; i < len(y.weeks); i++ {
		y.weeks[i] = true
		if wall.Weekday(y.first+int64(i)+1) == r.weekStart {
			return
		}
	}
}

// lastWeekBefore is the number of the week that the first days of the year belong to, as dateutil counts it: -1 when
// the rule asks for the last week.
func (y *year) lastWeekBefore(r *rule, first int) int {
	if slices.Contains(r.weekNumbers, -1) {
		return -1
	}
	before := 365
	if wall.IsLeap(y.number - 1) {
		before = 366
	}
	weekday := wall.Weekday(wall.DayNumber(y.number-1, 1, 1))
	if weekMod(7-weekday+r.weekStart) >= 4 {
		return 52 + (before+weekMod(weekday-r.weekStart))%7/4
	}
	return 52 + (y.length-first)%7/4
}

// markNth marks numbered weekdays within the year, the rule's months of a yearly rule, or the month of a monthly one.
func (y *year) markNth(r *rule, month int) error {
	y.nth = make([]bool, y.length+overlap)
	if r.freq == yearly && !r.months.has {
		return y.markNthWithin(r.nthWeekdays, 0, y.length-1)
	}
	for m := 1; m <= 12; m++ {
		if r.freq == monthly && m != month || r.freq == yearly && !r.months.contains(m) {
			continue
		}
		first := int(wall.DayNumber(y.number, m, 1) - y.first)
		if err := y.markNthWithin(r.nthWeekdays, first, first+wall.DaysIn(y.number, m)-1); err != nil {
			return err
		}
	}
	return nil
}

// knownWeekdays is how far dateutil's table of weekdays reaches, counted from the Monday before January 1st.
const knownWeekdays = 385

func (y *year) markNthWithin(days []weekday, first, last int) error {
	table := knownWeekdays - wall.Weekday(y.first)
	for _, d := range days {
		i := first + (d.nth-1)*7
		if d.nth < 0 {
			i = last + (d.nth+1)*7
		}
		if i >= table || i < -table {
			return errOccurrence
		}
		if i < 0 {
			continue // before the year
		}
		weekday := wall.Weekday(y.first + int64(i))
		if d.nth < 0 {
			i -= weekMod(weekday - d.day)
		} else {
			i += weekMod(d.day - weekday)
		}
		if i >= first && i <= last {
			y.nth[i] = true
		}
	}
	return nil
}

// markEasters marks the days at the given distances from Easter Sunday. One before January 1st counts from the end of
// the table, as a negative index does in Python.
func (y *year) markEasters(offsets []int) error {
	y.easters = make([]bool, y.length+overlap)
	sunday := int(easter(y.number) - y.first)
	for _, offset := range offsets {
		i := sunday + offset
		if i < 0 {
			i += len(y.easters)
		}
		if i < 0 || i >= len(y.easters) {
			return errEaster
		}
		y.easters[i] = true
	}
	return nil
}

// easter is the day number of Easter Sunday in the Gregorian calendar (the method of Meeus, Jones and Butcher).
func easter(year int) int64 {
	a, century, b := year%19, year/100, year%100
	c := (century - (century+8)/25 + 1) / 3
	moon := (19*a + century - century/4 - c + 15) % 30
	sunday := (32 + 2*(century%4) + 2*(b/4) - moon - b%4) % 7
	late := (a + 11*moon + 22*sunday) / 451
	days := moon + sunday - 7*late + 114
	return wall.DayNumber(year, days/31, days%31+1)
}

// weekMod is the remainder of dividing by the days of a week, never negative.
func weekMod(days int) int {
	m := days % 7
	if m < 0 {
		m += 7
	}
	return m
}
