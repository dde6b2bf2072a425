// Package schedule finds the dates at which a deployment's runs are due, and tells what is wrong with a schedule that a
// user sends. Its functions are pure: what they give depends on what they are given and on the database of time zones.
//
// The dates are the reference's, down to what it does in the hours around a change of clocks, because two servers that
// plan one deployment must not plan it twice. DIFFERENCES.md lists where they are not.
package schedule

import (
	"slices"
	"time"

	"praetor/internal/prefect"
	"praetor/internal/schedule/wall"
	"praetor/internal/schedule/zone"
)

// Window says which dates to look for.
type Window struct {
	From time.Time // no date is before it
	To   time.Time // no date is after it; zero: there is no end
	// Max is the most dates; 0 stands for 1,000 when there is a To, and for 1 when there is none.
	Max int
	// The search ends at the first date that is not before Until, if there are Min dates by then. Zero: it does not.
	Until time.Time
	Min   int
}

// Bounds of every search. The reference has the same.
const (
	defaultMax = 1000
	maxTries   = 1000 // candidates after the first one
)

// Dates gives the dates of a schedule within a window, in the zone of the schedule and in the order of its clocks. The
// error tells of a schedule that makes no sense, or needs too much work to be followed; the dates found until then are
// given too.
func Dates(s prefect.Schedule, w Window) ([]time.Time, error) {
	z, err := zone.Load(s.Timezone())
	if err != nil {
		return nil, err
	}
	found := newSearch(z, w)
	switch {
	case s.Interval != nil:
		err = found.interval(s.Interval)
	case s.Cron != nil:
		err = found.cron(s.Cron)
	case s.RRule != nil:
		err = found.recurrence(s.RRule)
	}
	return found.sorted(), err
}

// search gathers the dates of a schedule.
type search struct {
	zone  *zone.Zone
	from  zone.Instant
	to    zone.Instant // when bounded
	until zone.Instant // when early
	max   int
	min   int
	tries int
	// readings are what the clocks show at the dates. The reference takes dates for equal when the clocks show the same, although
	// an hour may lie between them.
	readings []wall.Time
	dates    []time.Time
	bounded  bool // there is a to
	early    bool // there is an until
}

func newSearch(z *zone.Zone, w Window) *search {
	s := &search{zone: z, from: zone.InstantOf(w.From), max: w.Max, min: w.Min, bounded: !w.To.IsZero(), early: !w.Until.IsZero()}
	if s.bounded {
		s.to = zone.InstantOf(w.To)
	}
	if s.early {
		s.until = zone.InstantOf(w.Until)
	}
	if s.max <= 0 {
		s.max = 1
		if s.bounded {
			s.max = defaultMax
		}
	}
	return s
}

// offer adds a date unless it is there already, and tells whether the search goes on.
func (s *search) offer(at zone.Instant, reading wall.Time) bool {
	if !wall.Time(at).Valid() {
		return false // Python's calendar ends with the year 9999, and so does JSON's
	}
	if !s.has(reading) {
		s.readings = append(s.readings, reading)
		s.dates = append(s.dates, s.zone.Date(at))
		if s.early && len(s.dates) >= s.min && at >= s.until {
			return false
		}
	}
	s.tries++
	return len(s.dates) < s.max && s.tries <= maxTries+1
}

// has tells whether a reading is among those found. Readings come in order, but for those around a change of clocks.
func (s *search) has(reading wall.Time) bool {
	for _, known := range slices.Backward(s.readings) {
		if known == reading {
			return true
		}
		if known < reading-wall.Day {
			return false
		}
	}
	return false
}

func (s *search) sorted() []time.Time {
	if slices.IsSorted(s.readings) {
		return s.dates
	}
	order := make([]int, len(s.dates))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(min(max(s.readings[a]-s.readings[b], -1), 1)) })
	dates := make([]time.Time, len(order))
	for i, at := range order {
		dates[i] = s.dates[at]
	}
	return dates
}
