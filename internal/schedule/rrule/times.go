package rrule

import (
	"cmp"
	"errors"
	"sort"

	"praetor/internal/schedule/wall"
)

// clockTimes are the times of day that a rule combines from hours, minutes and seconds, in ascending order. There may be
// 86,400 of them, so they are not written out. A level at or above the frequency's own unit has the one value 0.
type clockTimes struct{ hours, minutes, seconds []int }

// check gives an error when a time is among them that no clock shows.
func (t *clockTimes) check() error {
	reason := ""
	for _, second := range t.seconds {
		reason = cmp.Or(outOfDay(0, 0, second), reason)
	}
	for _, minute := range t.minutes {
		reason = cmp.Or(outOfDay(0, minute, 0), reason)
	}
	for _, hour := range t.hours {
		reason = cmp.Or(outOfDay(hour, 0, 0), reason)
	}
	if reason != "" {
		return errors.New(reason)
	}
	return nil
}

func (t *clockTimes) len() int { return len(t.hours) * len(t.minutes) * len(t.seconds) }

func (t *clockTimes) at(i int) wall.Time {
	perMinute := len(t.seconds)
	perHour := len(t.minutes) * perMinute
	return wall.Time(t.hours[i/perHour])*wall.Hour + wall.Time(t.minutes[i%perHour/perMinute])*wall.Minute + wall.Time(t.seconds[i%perMinute])*wall.Second
}

// from is the index of the first time that is not before a time of day; len() when there is none.
func (t *clockTimes) from(timeOfDay wall.Time) int {
	return sort.Search(t.len(), func(i int) bool { return t.at(i) >= timeOfDay })
}
