package schedule

import (
	"fmt"
	"math"
	"unicode/utf8"

	"praetor/internal/prefect"
	"praetor/internal/schedule/cron"
	"praetor/internal/schedule/zone"
)

// The longest texts that a schedule may have, in characters: a year's worth of dates. The reference sets no bound to cron
// expressions.
const maxText = 6500

// tooLongInterval is what Python's timedelta is below, in seconds.
const tooLongInterval = 1_000_000_000 * secondsPerDay

// Violations tells what is wrong with a schedule that has the right form. What it lets through can be planned, but for
// recurrences that take too long to count.
func Violations(s prefect.Schedule) []prefect.Violation {
	var found []prefect.Violation
	add := func(field, message string) { found = append(found, prefect.Violation{Field: field, Message: message}) }
	zoneField := "" // the reference finds fault with the schedule as a whole
	switch {
	case s.Interval != nil:
		if message := intervalFault(lengthOf(s.Interval.Interval)); message != "" {
			add("interval", message)
		}
	case s.Cron != nil:
		if message := cronFault(s.Cron.Cron); message != "" {
			add("cron", message)
		}
	case s.RRule != nil:
		zoneField = "timezone"
		if message := recurrenceFault(s.RRule.RRule); message != "" {
			add("rrule", message)
		}
		if s.RRule.Timezone != nil && *s.RRule.Timezone == "" {
			add(zoneField, zoneFault(""))
		}
	}
	if _, err := zone.Load(s.Timezone()); err != nil && (found == nil || zoneField != "") {
		add(zoneField, zoneFault(s.Timezone()))
	}
	return found
}

func zoneFault(name string) string {
	return `Invalid timezone: "` + name + `" (give a name of the IANA database, such as America/New_York)`
}

func intervalFault(seconds float64) string {
	switch {
	case math.IsNaN(seconds) || seconds <= 0:
		return "interval must be positive"
	case seconds >= tooLongInterval:
		return "interval must not exceed 999,999,999 days"
	}
	return ""
}

func cronFault(text string) string {
	if n := utf8.RuneCountInString(text); n > maxText {
		return tooLong("cron", text, n)
	}
	if _, err := cron.Parse(text); err != nil {
		return `Invalid cron string: "` + text + `"`
	}
	if cron.HasRandomColumn(text) {
		return `Random and Hashed expressions are unsupported, received: "` + text + `"`
	}
	return ""
}

func recurrenceFault(text string) string {
	n := utf8.RuneCountInString(text)
	if !hasStart(text) {
		n += len(startLine(anchor())) // what Normalize adds must fit in too
	}
	if n > maxText {
		return tooLong("RRule", text, n)
	}
	if _, err := parseRecurrence(text); err != nil {
		return `Invalid RRule string "` + text + `": ` + err.Error()
	}
	return ""
}

func tooLong(kind, text string, n int) string {
	return fmt.Sprintf("Invalid %s string \"%s...\"\nMax length is %d, got %d", kind, string([]rune(text)[:40]), maxText, n)
}
