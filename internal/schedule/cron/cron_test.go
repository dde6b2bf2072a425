package cron_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/schedule/cron"
	"praetor/internal/schedule/wall"
)

// Tuesday.
func start() wall.Time { return wall.At(2024, 1, 30, 12, 0, 0) }

func matches(t *testing.T, text string, dayOr bool, n int) []string {
	t.Helper()
	e, err := cron.Parse(text)
	require.NoError(t, err)
	var found []string
	for after := start(); len(found) < n; {
		next, ok := e.Next(after, wall.Max, dayOr)
		if !ok {
			break
		}
		found = append(found, next.UTC().Format("2006-01-02 15:04:05"))
		after = next
	}
	return found
}

func TestMatches(t *testing.T) {
	for text, want := range map[string]string{
		"@hourly":              "2024-01-30 13:00:00 2024-01-30 14:00:00",
		"@DAILY":               "2024-01-31 00:00:00 2024-02-01 00:00:00",
		"@midnight":            "2024-01-31 00:00:00 2024-02-01 00:00:00",
		"@weekly":              "2024-02-04 00:00:00 2024-02-11 00:00:00",
		"@monthly":             "2024-02-01 00:00:00 2024-03-01 00:00:00",
		"@yearly":              "2025-01-01 00:00:00 2026-01-01 00:00:00",
		"@annually":            "2025-01-01 00:00:00 2026-01-01 00:00:00",
		"0 0 l * *":            "2024-01-31 00:00:00 2024-02-29 00:00:00",
		"0 0 29 2 *":           "2024-02-29 00:00:00 2028-02-29 00:00:00",
		"0 0 * * fri#2":        "2024-02-09 00:00:00 2024-03-08 00:00:00",
		"0 0 * * l5":           "2024-02-23 00:00:00 2024-03-29 00:00:00",
		"0 0 13 * fri":         "2024-02-02 00:00:00 2024-02-09 00:00:00",
		"0 22-2/2 * * *":       "2024-01-30 22:00:00 2024-01-31 00:00:00",
		"0 0 1 nov-feb *":      "2024-02-01 00:00:00 2024-11-01 00:00:00",
		"0 0 ? * 7":            "2024-02-04 00:00:00 2024-02-11 00:00:00",
		"0 0 1 1 * 30 2026-27": "2026-01-01 00:00:30 2027-01-01 00:00:30",
		"0 0 1 1 * 30 2026":    "2026-01-01 00:00:30",
		"* * * * * */20":       "2024-01-30 12:00:20 2024-01-30 12:00:40",
		"5/20 12 * * *":        "2024-01-30 12:05:00 2024-01-30 12:25:00",
	} {
		require.Equal(t, want, strings.Join(matches(t, text, true, 2), " "), text)
	}
	require.Equal(t, []string{"2024-09-13 00:00:00"}, matches(t, "0 0 13 * fri", false, 1), "both the day and the weekday")
}

func TestNothingMatches(t *testing.T) {
	require.Empty(t, matches(t, "0 0 30 2 *", true, 1))
	require.Empty(t, matches(t, "0 0 1 1 * 0 2023", true, 1))
	require.Len(t, matches(t, "0 0 30 2 mon", true, 1), 1, "Mondays remain")
	e, err := cron.Parse("0 0 29 2 *")
	require.NoError(t, err)
	_, ok := e.Next(wall.At(2024, 3, 1, 0, 0, 0), wall.At(2025, 1, 1, 0, 0, 0), true)
	require.False(t, ok, "not by then")
}

func TestBadExpressions(t *testing.T) {
	for _, text := range []string{
		"", "* * * *", "* * * * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 0 *", "* * * 13 *", "* * * * 8", "-1 * * * *", "a * * * *",
		"1.5 * * * *", "*/0 * * * *", "1-2-3 * * * *", "1/2/3 * * * *", ", * * * *", "? * * * *", "* * 1? * *", "* * * * 1#6", "* * * * 1#0", "* * * * 1,2#1", "h * * * *",
		"@reboot", "* * * * * 60", "* * * * * * 1969", "* * * * * * 2100", strings.Repeat("9", 5000) + " * * * *", "* * * jan-foo *", "R(5-1) * * * *", "R/0 * * * *",
	} {
		_, err := cron.Parse(text)
		var bad *cron.SyntaxError
		require.ErrorAs(t, err, &bad, text)
		require.Equal(t, text, bad.Expression)
		require.NotEmpty(t, bad.Reason, text)
	}
}

// croniter draws a number each time that it reads R(0-9); here a schedule says the same twice.
func TestRandomColumns(t *testing.T) {
	require.True(t, cron.HasRandomColumn("R * * * *"))
	require.True(t, cron.HasRandomColumn("0 h * * *"))
	require.False(t, cron.HasRandomColumn("R(0-9) * * * *"))
	require.Equal(t, matches(t, "R(0-9) R(3-5) * * *", true, 5), matches(t, "r(0-9) r(3-5) * * *", true, 5))
}
