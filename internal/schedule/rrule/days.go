package rrule

import "praetor/internal/schedule/wall"

// dayWalker walks through years, months, weeks or days.
type dayWalker struct {
	r *rule
	// day is the number of the period's first day; month counts months from the year 0 for yearly and monthly rules.
	day   int64
	month int64
	// The last year, month and day of the search.
	lastYear, lastMonth, lastDay int64
}

func newDayWalker(r *rule, to wall.Time) *dayWalker {
	year, month, _ := to.Date()
	w := &dayWalker{r: r, lastYear: int64(year), lastMonth: int64(year)*12 + int64(month) - 1, lastDay: to.Days()}
	w.place(0)
	return w
}

// place moves to the period that lies n intervals after the first. It is false beyond the end of the search.
func (w *dayWalker) place(n int64) bool {
	r := w.r
	const periods = int64(wall.MaxYear+1) * 366
	if n > periods || n > 0 && r.interval > periods {
		return false
	}
	year, month, _ := r.start.Date()
	n *= r.interval
	switch r.freq {
	case yearly:
		w.month = (int64(year)+n)*12 + int64(month) - 1
		return int64(year)+n <= w.lastYear
	case monthly:
		w.month = int64(year)*12 + int64(month) - 1 + n
		return w.month <= w.lastMonth
	case weekly:
		w.day = r.start.Days()
		if n > 0 {
			w.day += 7*n - w.intoWeek(w.day)
		}
	default:
		w.day = r.start.Days() + n
	}
	return w.day <= w.lastDay
}

// intoWeek is how many days of its week lie before a day.
func (w *dayWalker) intoWeek(day int64) int64 {
	return int64(weekMod(wall.Weekday(day) - w.r.weekStart))
}

// index is how many intervals the current period lies after the first.
func (w *dayWalker) index() int64 { return w.indexOf(w.day, w.month) }

// indexOf is the number of the last period that begins at or before a day and a month.
func (w *dayWalker) indexOf(day, month int64) int64 {
	r := w.r
	year, startMonth, _ := r.start.Date()
	first := r.start.Days()
	switch r.freq {
	case yearly:
		return (month/12 - int64(year)) / r.interval
	case monthly:
		return (month - int64(year)*12 - int64(startMonth) + 1) / r.interval
	case weekly:
		return (day - first + w.intoWeek(first)) / 7 / r.interval
	}
	return (day - first) / r.interval
}

func (w *dayWalker) seek(from wall.Time) {
	year, month, _ := from.Date()
	w.place(w.indexOf(from.Days(), int64(year)*12+int64(month)-1))
}

func (w *dayWalker) next(it *iterator) (bool, error) {
	n := w.index() + 1
	if !w.place(n) {
		return false, nil
	}
	if w.r.freq == daily {
		return w.skipMonths(it, n)
	}
	return true, nil
}

// skipMonths moves a daily rule over the months that it never recurs in.
func (w *dayWalker) skipMonths(it *iterator, n int64) (bool, error) {
	for {
		year, month, day := wall.DateOf(w.day)
		if w.r.months.admits(month) || w.r.months.bits == 0 {
			return true, nil
		}
		if err := it.step(); err != nil {
			return false, err
		}
		left := int64(wall.DaysIn(year, month) - day + 1)
		n += (left + w.r.interval - 1) / w.r.interval
		if !w.place(n) {
			return false, nil
		}
	}
}

func (w *dayWalker) bases(it *iterator, list []wall.Time) ([]wall.Time, error) {
	switch w.r.freq {
	case yearly:
		return w.year(it, list)
	case monthly:
		return w.daysOf(it, int(w.month/12), int(w.month%12)+1, list)
	case weekly:
		return w.following(it, 7-w.intoWeek(w.day), list)
	}
	return w.following(it, 1, list)
}

func (w *dayWalker) year(it *iterator, list []wall.Time) ([]wall.Time, error) {
	var err error
	for month := 1; month <= 12 && err == nil; month++ {
		if w.r.months.admits(month) {
			list, err = w.daysOf(it, int(w.month/12), month, list)
		}
	}
	return list, err
}

// daysOf appends the days of a month that match.
func (w *dayWalker) daysOf(it *iterator, number, month int, list []wall.Time) ([]wall.Time, error) {
	y, err := it.prepare(number, month)
	if err != nil || !w.r.months.admits(month) {
		return list, err
	}
	first := int(wall.DayNumber(number, month, 1) - y.first)
	for i := first; i < first+wall.DaysIn(number, month); i++ {
		if y.matches(w.r, i) {
			list = append(list, wall.Time(y.first+int64(i))*wall.Day)
		}
	}
	return list, nil
}

// following appends the days that match among count days from the period's first one, all seen from the year of the first.
func (w *dayWalker) following(it *iterator, count int64, list []wall.Time) ([]wall.Time, error) {
	number, month, _ := wall.DateOf(w.day)
	y, err := it.prepare(number, month)
	if err != nil {
		return list, err
	}
	for day := w.day; day < w.day+count && day <= wall.Max.Days(); day++ {
		if y.matches(w.r, int(day-y.first)) {
			list = append(list, wall.Time(day)*wall.Day)
		}
	}
	return list, nil
}
