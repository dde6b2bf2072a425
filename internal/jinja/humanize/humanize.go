// Package humanize has the template filters that write numbers, sizes and times as people say them, in English: those of the
// Python package jinja2-humanize-extension, which Prefect's server offers.
package humanize

import (
	"time"

	"praetor/internal/jinja"
)

// Filters gives the filters by their names. now tells the time that "ago" and "today" are reckoned from; its zone is the
// server's.
func Filters(now func() time.Time) map[string]jinja.Func {
	c := clock(now)
	return map[string]jinja.Func{
		"humanize_intcomma":            intComma,
		"humanize_intword":             intWord,
		"humanize_ordinal":             ordinal,
		"humanize_apnumber":            apNumber,
		"humanize_fractional":          fractional,
		"humanize_scientific":          scientificFilter,
		"humanize_metric":              metric,
		"humanize_clamp":               clamp,
		"humanize_naturalsize":         naturalSize,
		"humanize_naturaldelta":        naturalDeltaFilter,
		"humanize_naturaltime":         c.naturalTime,
		"humanize_naturalday":          c.naturalDayFilter,
		"humanize_naturaldate":         c.naturalDate,
		"humanize_precisedelta":        c.preciseDelta,
		"humanize_date_and_delta":      c.dateAndDelta,
		"humanize_abs_timedelta":       absTimedelta,
		"humanize_thousands_separator": func(jinja.Args) (any, error) { return ",", nil },
		"humanize_decimal_separator":   func(jinja.Args) (any, error) { return ".", nil },
	}
}
