package schedule

import (
	"errors"
	"math"

	"praetor/internal/prefect"
	"praetor/internal/schedule/wall"
	"praetor/internal/schedule/zone"
)

const secondsPerDay = 86_400

// moment is an instant with what the clocks show at it.
type moment struct {
	at      zone.Instant
	reading wall.Time
}

// interval follows an interval from its anchor. The first date is found by counting in real time; from there on whole days are
// counted on the clocks, and a date that they show twice counts the second time, as in pendulum.
func (s *search) interval(i *prefect.IntervalSchedule) error {
	total := lengthOf(i.Interval)
	if fault := intervalFault(total); fault != "" {
		return errors.New(fault)
	}
	step := newStride(total)
	anchor := zone.InstantOf(i.AnchorDate.Time)
	times := math.Trunc(float64(s.from-anchor) / 1e6 / total)
	next, ok := s.moment(anchor + microseconds(total*times))
	from, last := s.zone.Reading(s.from), wall.Max
	if s.bounded {
		last = s.zone.Reading(s.to)
	}
	for ok && next.reading < from {
		next, ok = s.advance(next, step.times(s.steps(next, from, step)))
	}
	for ok && next.reading <= last && s.offer(next.at, next.reading) {
		next, ok = s.advance(next, step)
	}
	return nil
}

// lengthOf is an interval in seconds, to the microsecond.
func lengthOf(interval prefect.Seconds) float64 {
	whole, rest := math.Modf(float64(interval))
	return (whole*1e6 + math.Round(rest*1e6)) / 1e6
}

// stride is how far it is from one date to the next: days on the clocks and a rest. Without days the rest is real time.
type stride struct {
	days int64
	rest wall.Time
}

func newStride(seconds float64) stride {
	days := math.Floor(seconds / secondsPerDay)
	return stride{days: int64(days), rest: wall.Time(microseconds(seconds - days*secondsPerDay))}
}

func (d stride) times(n int64) stride { return stride{days: d.days, rest: d.rest * wall.Time(n)} }

// steps is how many steps of a stride in real time surely do not go beyond the first reading that is not before from: all of
// them when the clocks are not changed before that, and at least 1.
func (s *search) steps(next moment, from wall.Time, d stride) int64 {
	if d.days > 0 {
		return 1
	}
	left := from - next.reading
	if end, changes := s.zone.NextChange(next.at); changes {
		left = min(left, wall.Time(end-next.at))
	}
	return max(int64((left-1)/d.rest), 1)
}

// advance moves by a stride. It is false beyond the calendar's end.
func (s *search) advance(m moment, d stride) (moment, bool) {
	if d.days == 0 {
		return s.moment(m.at + zone.Instant(d.rest))
	}
	if d.days > int64(wall.Max/wall.Day) {
		return m, false
	}
	reading := m.reading + wall.Time(d.days)*wall.Day + d.rest
	if !reading.Valid() {
		return m, false
	}
	at, shown := s.zone.Resolve(reading, zone.After)
	return moment{at, shown}, true
}

func (s *search) moment(at zone.Instant) (moment, bool) {
	if !wall.Time(at).Valid() {
		return moment{}, false
	}
	reading := s.zone.Reading(at)
	return moment{at, reading}, reading.Valid()
}

// microseconds rounds seconds as Python's timedelta does: whole minutes are set aside first, and halves go to the even
// neighbour. What no date can lie beyond is cut.
func microseconds(seconds float64) zone.Instant {
	const limit = 4e11 // more seconds than the calendar has
	seconds = min(max(seconds, -limit), limit)
	rest := math.Mod(seconds, 60)
	whole, fraction := math.Modf(rest)
	return zone.Instant(math.Round((seconds-rest)/60))*60_000_000 + zone.Instant(whole)*1e6 + zone.Instant(math.RoundToEven(fraction*1e6))
}
