package wall_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"praetor/internal/schedule/wall"
)

// Every tenth day from the year 1 to the year 9999 against the standard library's calendar.
func TestCalendarMatchesTime(t *testing.T) {
	for day := wall.Min.Days(); day <= wall.Max.Days(); day += 10 {
		want := time.Unix(day*86400, 0).UTC()
		y, m, d := wall.DateOf(day)
		if y != want.Year() || m != int(want.Month()) || d != want.Day() {
			t.Fatalf("day %d is %v, got %d-%d-%d", day, want, y, m, d)
		}
		require.Equal(t, day, wall.DayNumber(y, m, d))
		require.Equal(t, (int(want.Weekday())+6)%7, wall.Weekday(day))
	}
}

func TestClockBeforeTheEpoch(t *testing.T) {
	at := wall.At(1969, 12, 31, 23, 59, 58) + 5*wall.Microsecond
	h, m, s := at.Clock()
	require.Equal(t, [3]int{23, 59, 58}, [3]int{h, m, s})
	require.Equal(t, wall.At(1969, 12, 31, 23, 59, 58), at.Floor(wall.Second))
	require.Equal(t, at, wall.Of(at.UTC()))
}

func TestMonthsAndDaysCarryOver(t *testing.T) {
	require.Equal(t, wall.DayNumber(2021, 1, 1), wall.DayNumber(2020, 13, 1))
	require.Equal(t, wall.DayNumber(2019, 12, 1), wall.DayNumber(2020, 0, 1))
	require.Equal(t, wall.DayNumber(2020, 3, 1), wall.DayNumber(2020, 2, 30))
	require.Equal(t, wall.Min, wall.At(1, 1, 1, 0, 0, 0))
	require.Equal(t, wall.Max, wall.At(10000, 1, 1, 0, 0, 0)-wall.Microsecond)
}
