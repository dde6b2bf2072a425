package schedule

import (
	"praetor/internal/prefect"
	"praetor/internal/schedule/cron"
	"praetor/internal/schedule/wall"
	"praetor/internal/schedule/zone"
)

// cron follows the matches of an expression on the clocks of the zone. A match that the clocks skip is moved back by what
// they skip, and one that they show twice counts the first time.
func (s *search) cron(c *prefect.CronSchedule) error {
	expr, err := cron.Parse(c.Cron)
	if err != nil {
		return err
	}
	// Matches are looked for after a reading, so begin a moment before.
	after := s.zone.Reading(s.from)
	if after == after.Floor(wall.Second) {
		after = s.zone.Reading(s.from - zone.Instant(wall.Second))
	}
	last := wall.Max
	if s.bounded {
		last = s.zone.Reading(s.to)
	}
	for {
		// A match in skipped hours is moved back, so one just after the last reading may still be before it.
		match, ok := expr.Next(after, last+wall.Day, c.DayOr)
		if !ok {
			return nil
		}
		after = match
		at, reading := s.zone.Resolve(match, zone.Before)
		if reading > last || !s.offer(at, reading) {
			return nil
		}
	}
}
