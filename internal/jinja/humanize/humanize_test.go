package humanize_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"praetor/internal/jinja"
	"praetor/internal/jinja/humanize"
)

// TestOddValues gives every filter what it is not made for: it answers, or fails, and never panics. What it answers to proper
// values is held by the templates that package action has recorded.
func TestOddValues(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	values := []any{
		nil, true, int64(0), int64(math.MinInt64), int64(math.MaxInt64), 0.0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64,
		999.9999999, 1e33, 1e-31, "", "nan", "inf", "-1e400", "0x1p-2", "1_000", "é", []any{int64(1)}, jinja.Tuple{}, jinja.NewDict(), jinja.Undefined{},
		jinja.NewDateTime(now), jinja.NewDateTime(time.Time{}), jinja.NewDuration(math.MaxInt64), jinja.NewDuration(math.MinInt64),
	}
	for name, filter := range humanize.Filters(func() time.Time { return now }) {
		for _, v := range values {
			for _, second := range append([]any{"%d", "%s%s", "{:d}", "years"}, values...) {
				require.NotPanics(t, func() {
					_, _ = filter(jinja.Args{Positional: []any{v}})
					_, _ = filter(jinja.Args{Positional: []any{v, second}})
					_, _ = filter(jinja.Args{Positional: []any{v, second, second, second}})
					_, _ = filter(jinja.Args{Positional: []any{v}, Named: map[string]any{"format": second, "minimum_unit": second, "suppress": second, "ceil": second}})
				}, "%s %v %v", name, v, second)
			}
		}
	}
}

// TestOddDates does the same to the methods of moments and durations.
func TestOddDates(t *testing.T) {
	vars := map[string]any{"d": jinja.NewDateTime(time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)), "u": jinja.NewDuration(time.Hour), "zero": jinja.NewDuration(0)}
	for _, template := range []string{
		"{{ d.add(months=1) }}", "{{ d.add(years=999999) }}", "{{ d.replace(day=32) }}", "{{ d.replace(1, 2, 3, 4, 5, 6, 7, 8) }}", "{{ d.in_timezone('../etc') }}",
		"{{ d.in_timezone(3) }}", "{{ d.strftime('%') }}", "{{ d.strftime('%_') }}", "{{ d.strftime('%é%-') }}", "{{ d.strftime(none) }}", "{{ d.isoformat(timespec='odd') }}",
		"{{ u / zero }}", "{{ u // 0 }}", "{{ u * 1e300 }}", "{{ u - d }}", "{{ d - u - u }}", "{{ d - d }}", "{{ d * 2 }}", "{{ d < u }}", "{{ d == u }}", "{{ [d, u] | sort }}",
		"{{ {d: 1} }}", "{{ d.date() - d }}", "{{ d.date() - d.date() }}", "{{ d.time() - d.time() }}", "{{ d.date() | humanize_naturaltime }}", "{{ d.time() | humanize_naturalday }}",
	} {
		parsed, err := jinja.Parse(template)
		require.NoError(t, err)
		require.NotPanics(t, func() {
			_, _ = parsed.Render(t.Context(), jinja.Options{Variables: vars, Filters: humanize.Filters(time.Now)})
		}, template)
	}
}
