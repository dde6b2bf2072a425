package cron

import "math/bits"

// The columns of an expression, in croniter's order: the optional seconds and years come last.
const (
	minuteColumn = iota
	hourColumn
	dayColumn
	monthColumn
	weekdayColumn
	secondColumn
	yearColumn
)

// The numbers of columns that an expression may have.
const (
	plainColumns  = 5 // minute to weekday
	secondColumns = 6 // and second
	yearColumns   = 7 // and year
)

// lowest and highest are the bounds of a column's values.
func lowest(column int) int {
	switch column {
	case dayColumn, monthColumn:
		return 1
	case yearColumn:
		return 1970
	}
	return 0
}

func highest(column int) int {
	switch column {
	case hourColumn:
		return 23
	case dayColumn:
		return 31
	case monthColumn:
		return 12
	case weekdayColumn:
		return 6
	case yearColumn:
		return 2099
	}
	return 59
}

// field is the set of values that a column admits.
type field struct {
	// values has a bit for each value above the column's lowest; three words hold the years 1970 to 2099.
	values [3]uint64
	// star is set when a * is among the values: whatever else is there, every value will do.
	star bool
	// last is set when L, the last day of the month, is among the values of the day column.
	last bool
}

func (f *field) add(value, lowest int) {
	i := value - lowest
	f.values[i/64] |= 1 << (i % 64)
}

// size counts the values as croniter does: * and L are one each.
func (f *field) size() int {
	n := 0
	for _, w := range f.values {
		n += bits.OnesCount64(w)
	}
	if f.star {
		n++
	}
	if f.last {
		n++
	}
	return n
}

// from is the first value that is x or more.
func (f *field) from(x, lowest int) (int, bool) {
	i := max(x-lowest, 0)
	for word := i / 64; word < len(f.values); word++ {
		w := f.values[word]
		if word == i/64 {
			w &= ^uint64(0) << (i % 64)
		}
		if w != 0 {
			return lowest + word*64 + bits.TrailingZeros64(w), true
		}
	}
	return 0, false
}

// distance is how far x is from the next value. Past the last value it is the distance to the first one of the next
// round, which is taken to begin after span values. For the days of a month that is croniter's own arithmetic: from the
// 2nd of February it leads from "1,30" to the 30th day counted from the 1st, over the 1st of March. L is span itself.
func (f *field) distance(x, lowest, span int) int {
	if v, ok := f.from(x, lowest); ok {
		return v - x
	}
	if f.last {
		return span - x
	}
	first, _ := f.from(lowest, lowest)
	return first - x + span
}
