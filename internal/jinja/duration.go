package jinja

import (
	"fmt"
	"strings"
	"time"
)

// Duration is Python's timedelta. Between two moments it is pendulum's Interval, which prints them.
type Duration struct {
	time.Duration
	from, to *DateTime
}

// NewDuration makes a timedelta.
func NewDuration(d time.Duration) *Duration { return &Duration{Duration: d} }

// parts are the numbers of Python's timedelta: only days may be negative.
func (d *Duration) parts() (days, seconds, micros int64) {
	const day = 24 * time.Hour
	us := d.Microseconds()
	days = us / day.Microseconds()
	if us%day.Microseconds() < 0 {
		days--
	}
	us -= days * day.Microseconds()
	return days, us / 1e6, us % 1e6
}

// Days and what is left of the last of them, as Python divides a timedelta.
func (d *Duration) Days() (days, seconds, micros int64) { return d.parts() }

// String implements Object.
func (d *Duration) String() string {
	if d.from != nil {
		return "<Interval [" + d.from.String() + " -> " + d.to.String() + "]>"
	}
	days, seconds, micros := d.parts()
	var b strings.Builder
	switch days {
	case 0:
	case 1, -1:
		fmt.Fprintf(&b, "%d day, ", days)
	default:
		fmt.Fprintf(&b, "%d days, ", days)
	}
	fmt.Fprintf(&b, "%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	if micros != 0 {
		fmt.Fprintf(&b, ".%06d", micros)
	}
	return b.String()
}

// Repr implements Reprer.
func (d *Duration) Repr() string {
	if d.from != nil {
		return d.String()
	}
	days, seconds, micros := d.parts()
	var parts []string
	for _, p := range []struct {
		name string
		n    int64
	}{{"days", days}, {"seconds", seconds}, {"microseconds", micros}} {
		if p.n != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", p.name, p.n))
		}
	}
	if parts == nil {
		parts = []string{"0"}
	}
	return "datetime.timedelta(" + strings.Join(parts, ", ") + ")"
}

// TypeName implements Typed.
func (d *Duration) TypeName() string {
	if d.from != nil {
		return "Interval"
	}
	return "datetime.timedelta"
}

// Attr implements Object.
func (d *Duration) Attr(name string) (any, bool) {
	days, seconds, micros := d.parts()
	switch name {
	case "days":
		return days, true
	case "seconds":
		return seconds, true
	case "microseconds":
		return micros, true
	case "total_seconds":
		return Func(func(Args) (any, error) { return d.Seconds(), nil }), true
	}
	return nil, false
}

// Equal implements Equaler.
func (d *Duration) Equal(other any) bool {
	o, ok := other.(*Duration)
	return ok && o.Duration == d.Duration
}

// Compare orders two durations.
func (d *Duration) Compare(other any) (int, bool) {
	o, ok := other.(*Duration)
	if !ok {
		return 0, false
	}
	return compareInts(int64(d.Duration), int64(o.Duration)), true
}

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Operate implements Operand: durations are added, scaled and divided.
func (d *Duration) Operate(op string, other any, reflected bool) (any, bool, error) {
	if o, ok := other.(*Duration); ok {
		a, b := d.Duration, o.Duration
		if reflected {
			a, b = b, a
		}
		switch op {
		case "+":
			return NewDuration(a + b), true, nil
		case "-":
			return NewDuration(a - b), true, nil
		case "/", "//":
			if b == 0 {
				return nil, true, fail("ZeroDivisionError", "division by zero")
			}
			if op == "/" {
				return float64(a) / float64(b), true, nil
			}
			return int64(a / b), true, nil
		}
		return nil, false, nil
	}
	f, _, ok := Number(other)
	switch {
	case !ok || reflected && op != "*":
		return nil, false, nil
	case op == "*":
		return NewDuration(time.Duration(float64(d.Duration) * f)), true, nil
	case (op == "/" || op == "//") && f == 0:
		return nil, true, fail("ZeroDivisionError", "division by zero")
	case op == "/" || op == "//":
		return NewDuration(time.Duration(float64(d.Duration) / f).Round(time.Microsecond)), true, nil
	}
	return nil, false, nil
}
