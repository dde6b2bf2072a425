package schedule

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/schedule/wall"
	"praetor/internal/schedule/zone"
)

// Normalize fills in what a schedule that a user sends leaves open, before it is stored: an interval begins at now and is in
// UTC, and a recurrence gets a DTSTART. That is the anchor of rules without one, or for rules that recur each so many minutes
// or seconds the last of their dates before now: who plans it need not count from 2020. The schedule must be without
// violations; it is not changed.
func Normalize(s prefect.Schedule, now time.Time) prefect.Schedule {
	switch {
	case s.Interval != nil:
		filled := *s.Interval
		if filled.AnchorDate.IsZero() {
			filled.AnchorDate = prefect.TimeOf(now)
		}
		if filled.Timezone == nil {
			utc := "UTC"
			filled.Timezone = &utc
		}
		return prefect.Schedule{Interval: &filled}
	case s.RRule != nil:
		started := *s.RRule
		started.RRule = withStart(s, now)
		return prefect.Schedule{RRule: &started}
	}
	return s
}

// withStart is the text of a recurrence with a DTSTART. A text that cannot be read stays as it is.
func withStart(s prefect.Schedule, now time.Time) string {
	text := s.RRule.RRule
	if hasStart(text) {
		return text
	}
	set, err := parseRecurrence(text)
	if err != nil {
		return text
	}
	start := anchor()
	if every, ok := set.Cadence(); ok {
		z, err := zone.Load(s.Timezone())
		if err != nil {
			return text
		}
		if passed := z.Reading(zone.InstantOf(now)) - start; passed > 0 {
			start += passed.Floor(every)
		}
	}
	return startLine(start) + text
}

func hasStart(text string) bool { return strings.Contains(strings.ToUpper(text), "DTSTART") }

func startLine(start wall.Time) string {
	return "DTSTART:" + start.UTC().Format("20060102T150405") + "\n"
}

// IdempotencyKey names the run of a date of a deployment's schedule, so that it is planned once whoever plans it. The date must
// be in the zone of the schedule, as Dates gives it.
func IdempotencyKey(deployment, schedule uuid.UUID, date time.Time) string {
	layout := "2006-01-02 15:04:05"
	if date.Nanosecond() >= 1000 {
		layout += ".000000"
	}
	layout += "-07:00"
	if _, offset := date.Zone(); offset%60 != 0 {
		layout += ":00"
	}
	return "scheduled " + deployment.String() + " " + schedule.String() + " " + date.Format(layout)
}
