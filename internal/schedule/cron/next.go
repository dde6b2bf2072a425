package cron

import "praetor/internal/schedule/wall"

// maxYears is how far croniter looks for a match.
const maxYears = 50

// Next finds the first match after a reading and up to last. With dayOr a day matches when its day of the month or its
// weekday does, if both are restricted; without it when both do. It is false when there is none, or none within the 50
// years that croniter looks ahead.
func (e *Expr) Next(after, last wall.Time, dayOr bool) (wall.Time, bool) {
	after, last = after.Floor(wall.Second), min(last, wall.Max)
	day, weekday := &e.fields[dayColumn], &e.fields[weekdayColumn]
	if day.star || weekday.star || !dayOr {
		return e.search(after, last, day, weekday)
	}
	every := &field{star: true}
	byDay, ok := e.search(after, last, day, every)
	byWeekday, also := e.search(after, last, every, weekday)
	switch {
	case !also:
		return byDay, ok
	case !ok:
		return byWeekday, true
	}
	return min(byDay, byWeekday), true
}

// search moves t forward, column by column from the year down, until no column moves it any more. Each move is to the
// next value of its column with everything below set to its beginning, so the work is bounded by maxYears.
func (e *Expr) search(after, last wall.Time, day, weekday *field) (wall.Time, bool) {
	t := after + wall.Minute
	if e.columns > plainColumns {
		t = after + wall.Second
	}
	year, month, _ := t.Date()
	for end := year + maxYears; year <= end && t <= last; year, month, _ = t.Date() {
		next, ok := e.move(t, year, month, day, weekday)
		if !ok {
			break
		}
		if next == t {
			if e.columns == plainColumns {
				t = t.Floor(wall.Minute)
			}
			return t, true
		}
		t = next
	}
	return 0, false
}

// move makes the first move that a column asks for. It returns t itself when all columns match, and false when no year
// is left.
func (e *Expr) move(t wall.Time, year, month int, day, weekday *field) (wall.Time, bool) {
	if f := &e.fields[yearColumn]; e.columns == yearColumns && !f.star {
		next, ok := f.from(year, lowest(yearColumn))
		if !ok {
			return 0, false
		}
		if next != year {
			return wall.At(next, 1, 1, 0, 0, 0), true
		}
	}
	if f := &e.fields[monthColumn]; !f.star {
		if d := f.distance(month, 1, 12); d != 0 {
			return wall.At(year, month+d, 1, 0, 0, 0), true
		}
	}
	midnight := t.Floor(wall.Day)
	_, _, dayOfMonth := t.Date()
	days := wall.DaysIn(year, month)
	if lastDay := day.last && days == dayOfMonth; !day.star && !lastDay {
		if d := day.distance(dayOfMonth, 1, days); d != 0 {
			return midnight + wall.Time(d)*wall.Day, true
		}
	}
	if d := e.weekdayDistance(t, dayOfMonth, days, weekday); d != 0 {
		return midnight + wall.Time(d)*wall.Day, true
	}
	return e.moveClock(t), true
}

// weekdayDistance is the number of days to the next day whose weekday matches.
func (e *Expr) weekdayDistance(t wall.Time, dayOfMonth, days int, weekday *field) int {
	today := (wall.Weekday(t.Days()) + 1) % 7 // Sunday is 0
	if !e.nthUsed {
		if weekday.star {
			return 0
		}
		return weekday.distance(today, 0, 7)
	}
	nearest := days + 1 // the first of the next month
	for wd := range 7 {
		first := 1 + (wd-today+dayOfMonth-1+35)%7
		for n := 1; n <= 5; n++ {
			at := first + 7*(n-1)
			wanted := e.nth[wd]&(1<<n) != 0 || e.nth[wd]&lastBit != 0 && at+7 > days
			if wanted && at <= days && at >= dayOfMonth {
				nearest = min(nearest, at)
			}
		}
	}
	return nearest - dayOfMonth
}

// moveClock moves the time of day, or returns t.
func (e *Expr) moveClock(t wall.Time) wall.Time {
	hour, minute, second := t.Clock()
	if f := &e.fields[hourColumn]; !f.star {
		if d := f.distance(hour, 0, 24); d != 0 {
			return t.Floor(wall.Hour) + wall.Time(d)*wall.Hour
		}
	}
	if f := &e.fields[minuteColumn]; !f.star {
		if d := f.distance(minute, 0, 60); d != 0 {
			return t.Floor(wall.Minute) + wall.Time(d)*wall.Minute
		}
	}
	if f := &e.fields[secondColumn]; e.columns > plainColumns && !f.star {
		return t + wall.Time(f.distance(second, 0, 60))*wall.Second
	}
	return t
}
