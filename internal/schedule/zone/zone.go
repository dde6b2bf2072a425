// Package zone turns readings of a wall clock into instants and back, in the zones of the IANA database, the way the two
// libraries do that the reference plans with: around a change of clocks they disagree with each other, and both with
// package time.
package zone

import (
	"errors"
	"sort"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a bare container image has no zones of its own

	"praetor/internal/schedule/wall"
)

// ErrUnknown means that no zone has that name.
var ErrUnknown = errors.New("unknown time zone")

// Zone is a time zone: the periods between its changes of clocks.
type Zone struct {
	location *time.Location
	periods  []period // in order; the first one reaches back for ever
}

// period is a time in which the clocks of a zone are not changed.
type period struct {
	start  int64 // seconds since 1970
	offset int64 // seconds east of Greenwich
	// before and after are the readings, in seconds, from which the period counts, for readings that mean the side before a
	// change of clocks where there is a choice, and for those that mean the side after it.
	before, after int64
	// dateutil is the reading from which the period counts in dateutil, before it looks whether the reading is ambiguous.
	dateutil int64
	dst      bool
}

// zones holds the zones that were asked for. Only names that exist are kept, so it cannot grow beyond the database.
//
//nolint:gochecknoglobals // a zone is the same for everybody, and reading it takes longer than planning a schedule
var zones sync.Map // name -> *Zone

// Load finds a zone by its name in the IANA database; "" is UTC. The error is ErrUnknown.
func Load(name string) (*Zone, error) {
	if z, ok := zones.Load(name); ok {
		return z.(*Zone), nil
	}
	if !plain(name) {
		return nil, ErrUnknown
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, ErrUnknown
	}
	z, _ := zones.LoadOrStore(strings.Clone(name), newZone(location))
	return z.(*Zone), nil
}

// plain refuses the names that lead package time, or the directory of zones on a disk, to something that is no zone of the
// database: the machine's own zone, and zones that count leap seconds.
func plain(name string) bool {
	if len(name) > 64 || name == "Local" || name == "localtime" || name == "posixrules" {
		return false
	}
	return !strings.HasPrefix(name, "posix/") && !strings.HasPrefix(name, "right/")
}

// The table of a zone reaches from before the first change of clocks anywhere to where hardly anybody plans. What lies after
// it is looked up when it is asked for.
const (
	firstSecond = -3_786_825_600 // 1850
	lastSecond  = 4_102_444_800  // 2100
	day         = 86_400
)

func newZone(location *time.Location) *Zone {
	z := &Zone{location: location}
	z.periods = z.between(firstSecond, lastSecond)
	return z
}

// between lists the periods that overlap a time. Package time also ends a period where a year ends, and the last day of a
// leap year it ends where that day begins: those are taken together.
func (z *Zone) between(first, last int64) []period {
	var list []period
	for at := first; at <= last; {
		t := time.Unix(at, 0).In(z.location)
		start, end := t.ZoneBounds()
		_, offset := t.Zone()
		p := period{start: start.Unix(), offset: int64(offset), dst: t.IsDST()}
		if n := len(list); n == 0 {
			p.start = first
			list = append(list, p)
		} else if before := &list[n-1]; before.offset != p.offset || before.dst != p.dst {
			list = append(list, p)
		}
		if end.IsZero() {
			break
		}
		at = max(end.Unix(), at+day)
	}
	label(list)
	return list
}

// label computes the readings at which the periods begin.
func label(list []period) {
	list[0].before, list[0].after, list[0].dateutil = -1<<62, -1<<62, -1<<62
	// dateutil measures a period's daylight saving against the period before, and takes it for the last one's where there is
	// no difference to measure; what remains is the base, which a change from or to daylight saving is dated in.
	base, saving := list[0].offset, int64(0)
	for i := 1; i < len(list); i++ {
		p, previous := &list[i], &list[i-1]
		p.before = p.start + max(previous.offset, p.offset)
		p.after = p.start + min(previous.offset, p.offset)
		own := int64(0)
		if p.dst {
			if !previous.dst {
				own = p.offset - previous.offset
			}
			if own == 0 {
				own = saving
			}
			saving = own
		}
		dated := p.offset - own
		p.dateutil = p.start + dated
		if dated != base && p.dst != previous.dst {
			p.dateutil = p.start + base
		}
		base = dated
	}
}

// near lists the periods around an instant or a reading, in seconds.
func (z *Zone) near(seconds int64) []period {
	if seconds < lastSecond-2*day {
		return z.periods
	}
	return z.between(seconds-370*day, seconds+2*day) // more than a year, for label to have seen both halves of it
}

// last is the index of the last period that begin(i) says has begun; 0 when none has.
func last(n int, begun func(i int) bool) int {
	return max(sort.Search(n, func(i int) bool { return !begun(i) })-1, 0)
}

// Instant is a point in time in microseconds since 1970 in UTC.
type Instant int64

// InstantOf cuts t to the microsecond.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Date is the instant as the zone's clocks show it.
func (z *Zone) Date(at Instant) time.Time { return time.UnixMicro(int64(at)).In(z.location) }

// Reading is what the zone's clocks show at an instant.
func (z *Zone) Reading(at Instant) wall.Time {
	seconds := wall.Time(at).Seconds()
	list := z.near(seconds)
	p := &list[last(len(list), func(i int) bool { return list[i].start <= seconds })]
	return wall.Time(at) + wall.Time(p.offset)*wall.Second
}

// NextChange is when the clocks are changed next after an instant. It is false when they are not.
func (z *Zone) NextChange(at Instant) (Instant, bool) {
	seconds := wall.Time(at).Seconds()
	list := z.near(seconds)
	i := last(len(list), func(i int) bool { return list[i].start <= seconds })
	if i+1 == len(list) {
		return 0, false
	}
	return Instant(wall.Time(list[i+1].start) * wall.Second), true
}

// Fold tells which of two readings that look the same is meant, and on which side of a gap one is that clocks skip. The
// word is Python's.
type Fold bool

// The first and the second of two equal readings. Before is also the side of a gap before clocks go forward.
const (
	Before Fold = false
	After  Fold = true
)

// offsetAt is the zone's offset at a reading, as Python's zoneinfo gives it.
func (z *Zone) offsetAt(reading wall.Time, fold Fold) wall.Time {
	seconds := reading.Seconds()
	list := z.near(seconds)
	i := last(len(list), func(i int) bool {
		if fold == After {
			return list[i].after <= seconds
		}
		return list[i].before <= seconds
	})
	return wall.Time(list[i].offset) * wall.Second
}

// Resolve is when the zone's clocks show a reading, and the reading that they really show then: one that clocks skip is
// moved out of the gap, back or forward by its length. It is what pendulum does.
func (z *Zone) Resolve(reading wall.Time, fold Fold) (Instant, wall.Time) {
	before, after := z.offsetAt(reading, Before), z.offsetAt(reading, After)
	if gap := after - before; gap > 0 {
		if fold == After {
			reading += gap
		} else {
			reading -= gap
		}
	}
	return Instant(reading - z.offsetAt(reading, fold)), reading
}

// DateutilInstant is when the zone's clocks show a reading according to dateutil: of two equal ones the first, and one that
// clocks skip moved back out of the gap. Where winter is the time that deviates, as in Ireland and Morocco, dateutil takes the
// hours after clocks have been set back for those before.
func (z *Zone) DateutilInstant(reading wall.Time) Instant {
	seconds := reading.Seconds()
	list := z.near(seconds)
	i := last(len(list), func(i int) bool { return list[i].dateutil <= seconds })
	if i > 0 && seconds < list[i].dateutil+list[i-1].offset-list[i].offset {
		i--
	}
	return Instant(reading - wall.Time(list[i].offset)*wall.Second)
}

// Earliest is a reading below which none belongs to the instant or a later one. It is what the clocks show then, unless
// they are set back within a day.
func (z *Zone) Earliest(at Instant) wall.Time {
	seconds := wall.Time(at).Seconds()
	list := z.near(seconds)
	i := last(len(list), func(i int) bool { return list[i].start <= seconds-day })
	lowest := list[i].offset
	for ; i < len(list) && list[i].start <= seconds+day; i++ {
		lowest = min(lowest, list[i].offset)
	}
	return wall.Time(at) + wall.Time(lowest)*wall.Second
}
