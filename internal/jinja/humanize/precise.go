package humanize

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"praetor/internal/jinja"
)

// The units of a precise time, from the smallest to the largest.
const (
	microsecond = iota
	millisecond
	second
	minute
	hour
	day
	month
	year
	units
)

func unitNames() []string {
	return []string{"microsecond", "millisecond", "second", "minute", "hour", "day", "month", "year"}
}

func unitOf(name string) (int, error) {
	at := slices.Index(unitNames(), strings.TrimSuffix(strings.ToLower(name), "s"))
	if at < 0 || !strings.HasSuffix(strings.ToLower(name), "s") {
		return 0, jinja.Fail("KeyError", "%s", strings.ToUpper(name))
	}
	return at, nil
}

// division shares a time out among units.
type division struct {
	least   int
	without [units]bool
	format  string
	err     error
}

// by gives how many of a unit the value makes, and what is left for smaller ones. The smallest unit takes the rest as a fraction.
func (d *division) by(value, divisor float64, unit int) (many, rest float64) {
	switch {
	case unit == d.least:
		text, err := jinja.Printf(d.format, value/divisor)
		if err != nil {
			d.err = err
			return 0, 0
		}
		if many, err = strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil {
			d.err = jinja.Fail("ValueError", "could not convert string to float: %s", jinja.Repr(text))
		}
		return many, 0
	case d.without[unit]:
		return 0, value
	}
	many = math.Floor(value / divisor)
	return many, math.Trunc(value - many*divisor)
}

func (c clock) preciseDelta(a jinja.Args) (any, error) {
	v := a.Get(0, "", nil)
	_, span, ok, err := dateAndSpan(v, c(), true)
	if err != nil {
		return nil, err
	}
	if !ok {
		return jinja.Str(v), nil
	}
	d := &division{format: a.String(3, "format", "%0.2f")}
	if d.least, err = unitOf(a.String(1, "minimum_unit", "seconds")); err != nil {
		return nil, err
	}
	suppressed, _ := a.Get(2, "suppress", nil).([]any)
	if tuple, ok := a.Get(2, "suppress", nil).(jinja.Tuple); ok {
		suppressed = tuple
	}
	for _, name := range suppressed {
		unit, err := unitOf(jinja.Str(name))
		if err != nil {
			return nil, err
		}
		d.without[unit] = true
	}
	for d.least < units && d.without[d.least] {
		d.least++
	}
	if d.least == units {
		return nil, jinja.Fail("ValueError", "Minimum unit is suppressed and no suitable replacement was found")
	}
	for unit := range d.least {
		d.without[unit] = true
	}
	days, secs, micros := jinja.NewDuration(span).Days()
	counts := d.shares(float64(days), float64(secs), float64(micros))
	if d.err != nil {
		return nil, d.err
	}
	return d.text(counts)
}

func (d *division) shares(days, secs, micros float64) (n [units]float64) {
	n[year], days = d.by(days, 365, year)
	n[month], days = d.by(days, 30.5, month)
	n[day], secs = d.by(days*86400+secs, 86400, day)
	n[hour], secs = d.by(secs, 3600, hour)
	n[minute], secs = d.by(secs, 60, minute)
	n[second], micros = d.by(secs*1e6+micros, 1e6, second)
	n[millisecond], micros = d.by(micros, 1000, millisecond)
	n[microsecond] = micros
	// What was rounded up to a whole of the next unit becomes one.
	for _, carry := range []struct {
		unit int
		full float64
	}{{millisecond, 1000}, {second, 60}, {minute, 60}, {hour, 24}, {day, 31}, {month, 12}} {
		if n[carry.unit] >= carry.full && !d.without[carry.unit+1] {
			n[carry.unit] -= carry.full
			n[carry.unit+1]++
		}
	}
	return n
}

func (d *division) text(n [units]float64) (string, error) {
	var texts []string
	for unit := year; unit >= d.least; unit-- {
		if n[unit] <= 0 && (len(texts) > 0 || unit != d.least) {
			continue
		}
		number := decimals(n[unit], 0)
		_, part := math.Modf(n[unit])
		if part > 0 && unit == d.least {
			text, err := jinja.Printf(d.format, n[unit])
			if err != nil {
				return "", err
			}
			number = text
		}
		if unit == year {
			number = grouped(number)
		}
		name := unitNames()[unit] + "s"
		if whole := math.Trunc(n[unit]); whole == 1 && n[unit] <= 1 {
			name = unitNames()[unit]
		}
		texts = append(texts, number+" "+name)
	}
	if len(texts) == 1 {
		return texts[0], nil
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " and " + texts[last], nil
}
