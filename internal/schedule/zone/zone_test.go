package zone_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"praetor/internal/schedule/wall"
	"praetor/internal/schedule/zone"
)

func load(t *testing.T, name string) *zone.Zone {
	t.Helper()
	z, err := zone.Load(name)
	require.NoError(t, err)
	return z
}

func at(z *zone.Zone, instant zone.Instant) string {
	return z.Date(instant).Format("15:04:05-07:00")
}

// New York skips 02:00 to 03:00 on 2026-03-08 and shows 01:00 to 02:00 twice on 2026-11-01.
func TestReadingsThatAreSkippedOrShownTwice(t *testing.T) {
	z := load(t, "America/New_York")
	for _, c := range []struct {
		reading       wall.Time
		before, after string
		dateutil      string
	}{
		{wall.At(2026, 3, 8, 1, 59, 59), "01:59:59-05:00", "01:59:59-05:00", "01:59:59-05:00"},
		{wall.At(2026, 3, 8, 2, 0, 0), "01:00:00-05:00", "03:00:00-04:00", "01:00:00-05:00"},
		{wall.At(2026, 3, 8, 2, 30, 0), "01:30:00-05:00", "03:30:00-04:00", "01:30:00-05:00"},
		{wall.At(2026, 3, 8, 3, 0, 0), "03:00:00-04:00", "03:00:00-04:00", "03:00:00-04:00"},
		{wall.At(2026, 11, 1, 0, 59, 59), "00:59:59-04:00", "00:59:59-04:00", "00:59:59-04:00"},
		{wall.At(2026, 11, 1, 1, 30, 0), "01:30:00-04:00", "01:30:00-05:00", "01:30:00-04:00"},
		{wall.At(2026, 11, 1, 2, 0, 0), "02:00:00-05:00", "02:00:00-05:00", "02:00:00-05:00"},
	} {
		instant, shown := z.Resolve(c.reading, zone.Before)
		require.Equal(t, c.before, at(z, instant), c.reading.UTC())
		require.Equal(t, shown, z.Reading(instant))
		instant, shown = z.Resolve(c.reading, zone.After)
		require.Equal(t, c.after, at(z, instant), c.reading.UTC())
		require.Equal(t, shown, z.Reading(instant))
		require.Equal(t, c.dateutil, at(z, z.DateutilInstant(c.reading)), c.reading.UTC())
	}
}

// In Ireland winter is the time that deviates, which dateutil gets wrong for as long as the difference after clocks are set
// back: it takes 02:30 for an hour earlier.
func TestDateutilInIreland(t *testing.T) {
	z := load(t, "Europe/Dublin")
	require.Equal(t, "01:30:00+00:00", at(z, z.DateutilInstant(wall.At(2026, 10, 25, 2, 30, 0))))
	instant, _ := z.Resolve(wall.At(2026, 10, 25, 2, 30, 0), zone.Before)
	require.Equal(t, "02:30:00+00:00", at(z, instant))
}

// Every hour of three years, and of years beyond the table, against package time.
func TestReadingsMatchTime(t *testing.T) {
	for _, name := range []string{"America/New_York", "Europe/Dublin", "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "UTC", "Etc/GMT+5"} {
		z := load(t, name)
		for _, year := range []int{1900, 2011, 2025, 2098, 2099, 2100, 2104, 2400, 9998} {
			for at := time.Date(year, 1, 1, 0, 30, 0, 0, time.UTC); at.Year() <= year; at = at.Add(7 * time.Hour) {
				instant := zone.InstantOf(at)
				require.Equal(t, wall.Of(z.Date(instant)), z.Reading(instant), "%s %s", name, at)
				reading := z.Reading(instant)
				first, _ := z.Resolve(reading, zone.Before)
				second, _ := z.Resolve(reading, zone.After)
				require.True(t, first == instant || second == instant, "%s %s", name, at)
				require.LessOrEqual(t, z.Earliest(instant), reading)
			}
		}
	}
}

func TestNextChange(t *testing.T) {
	z := load(t, "Europe/Berlin")
	next, changes := z.NextChange(zone.InstantOf(time.Date(2032, 12, 31, 12, 0, 0, 0, time.UTC))) // the last day of a leap year
	require.True(t, changes)
	require.Equal(t, time.Date(2033, 3, 27, 1, 0, 0, 0, time.UTC), z.Date(next).UTC())
	next, changes = z.NextChange(next)
	require.True(t, changes)
	require.Equal(t, time.Date(2033, 10, 30, 1, 0, 0, 0, time.UTC), z.Date(next).UTC())
	_, changes = load(t, "Asia/Tokyo").NextChange(next)
	require.False(t, changes)
}

func TestNames(t *testing.T) {
	for _, name := range []string{"", "UTC", "America/Argentina/Buenos_Aires", "EST5EDT", "US/Pacific", "Zulu"} {
		load(t, name)
	}
	paris := load(t, "Europe/Paris")
	require.Same(t, paris, load(t, "Europe/Paris"), "read once")
	for _, name := range []string{"Local", "localtime", "posixrules", "right/UTC", "posix/UTC", "America", "Nowhere", "../UTC", "/etc/localtime", "zone.tab", "UTC\x00", "+02:00"} {
		_, err := zone.Load(name)
		require.ErrorIs(t, err, zone.ErrUnknown, name)
	}
}
