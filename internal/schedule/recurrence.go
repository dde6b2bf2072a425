package schedule

import (
	"praetor/internal/prefect"
	"praetor/internal/schedule/rrule"
	"praetor/internal/schedule/wall"
	"praetor/internal/schedule/zone"
)

// anchor is where a rule without a DTSTART begins.
func anchor() wall.Time { return wall.At(2020, 1, 1, 0, 0, 0) }

func parseRecurrence(text string) (*rrule.Set, error) {
	return rrule.Parse(text, anchor(), func(name string) bool {
		_, err := zone.Load(name)
		return err == nil
	})
}

// recurrence follows the dates of a recurrence on the clocks of the zone, as dateutil reads them.
func (s *search) recurrence(r *prefect.RRuleSchedule) error {
	set, err := parseRecurrence(r.RRule)
	if err != nil {
		return err
	}
	last := wall.Max
	if s.bounded {
		last = s.zone.Reading(s.to) + wall.Day
	}
	walk, err := set.Between(s.zone.Earliest(s.from), last)
	if err != nil {
		return err
	}
	for {
		reading, more, err := walk.Next()
		if err != nil || !more {
			return err
		}
		at := s.zone.DateutilInstant(reading)
		switch {
		case at < s.from:
			continue
		case s.bounded && at > s.to:
			return nil
		}
		if !s.offer(at, s.zone.Reading(at)) {
			return nil
		}
	}
}
