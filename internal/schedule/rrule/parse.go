package rrule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"praetor/internal/schedule/number"
)

// frequency is how often a rule recurs. The order is dateutil's, from the longest period to the shortest.
type frequency int

const (
	yearly frequency = iota
	monthly
	weekly
	daily
	hourly
	minutely
	secondly
)

// parts are the values that a rule's text gives. A nil list was not given.
type parts struct {
	freq      frequency
	hasFreq   bool
	interval  int64
	count     *int64
	until     *date
	weekStart int // Monday is 0

	bySetPos, byMonth, byMonthDay, byYearDay, byEaster, byWeekNo, byHour, byMinute, bySecond []int

	byWeekday []weekday
}

// weekday is a day of the week, Monday being 0, with its occurrence in the month or year; 0 is every one of them.
type weekday struct{ day, nth int }

// text is a recurrence as it was written: rules, dates, and those to leave out.
type text struct {
	start          *date
	rules, exRules []string
	dates          []string // lists of dates, which dateutil reads after the rules
	exDates        []date
}

// split sorts the lines of a recurrence. Lines end at any white space; a line without a name is a rule.
func split(s string, zones ZoneFinder) (*text, error) {
	names := zoneNames(s)
	s = strings.ToUpper(s)
	lines := strings.FieldsFunc(s, isSpace)
	if len(lines) == 0 {
		return nil, errors.New("empty string")
	}
	t := &text{}
	if len(lines) == 1 && (!strings.Contains(s, ":") || strings.HasPrefix(s, "RRULE:")) {
		t.rules = lines
		return t, nil
	}
	for _, line := range lines {
		if err := t.addLine(line, names, zones); err != nil {
			return nil, err
		}
	}
	if len(t.rules)+len(t.dates)+len(t.exRules)+len(t.exDates) == 0 {
		return nil, errors.New("no rule")
	}
	return t, nil
}

func (t *text) addLine(line string, names map[string]string, zones ZoneFinder) error {
	property, value, named := strings.Cut(line, ":")
	if !named {
		property, value = "RRULE", line
	}
	name, parameters, _ := strings.Cut(property, ";")
	var params []string
	if strings.Contains(property, ";") {
		params = strings.Split(parameters, ";")
	}
	switch name {
	case "RRULE", "EXRULE":
		if len(params) > 0 {
			return fmt.Errorf("unsupported %s parm: %s", name, params[0])
		}
		if name == "RRULE" {
			t.rules = append(t.rules, value)
		} else {
			t.exRules = append(t.exRules, value)
		}
	case "RDATE":
		for _, p := range params {
			if p != "VALUE=DATE-TIME" {
				return fmt.Errorf("unsupported RDATE parm: %s", p)
			}
		}
		t.dates = append(t.dates, value)
	case "EXDATE", "DTSTART":
		inZone, err := dateParameters(params, names, zones)
		if err != nil {
			return err
		}
		dates, err := parseDates(value, inZone)
		if err != nil {
			return err
		}
		if name == "EXDATE" {
			t.exDates = append(t.exDates, dates...)
			return nil
		}
		if len(dates) != 1 {
			return errors.New("several DTSTART values")
		}
		t.start = &dates[0]
	default:
		return fmt.Errorf("unsupported property: %s", name)
	}
	return nil
}

// zoneNames maps the upper-case form of each TZID to how it was written. A TZID that other parameters follow is not
// found, as in dateutil, and then has no effect.
func zoneNames(s string) map[string]string {
	names := map[string]string{}
	for rest := s; ; {
		_, after, found := strings.Cut(rest, "TZID=")
		if !found {
			return names
		}
		name, tail, found := strings.Cut(after, ":")
		if !found || name == "" {
			rest = after
			continue
		}
		names[strings.ToUpper(name)] = name
		rest = tail
	}
}

// dateParameters reads the parameters of DTSTART and EXDATE and tells whether they name a zone that exists. Which zone
// does not matter: the schedule's own replaces it.
func dateParameters(params []string, names map[string]string, zones ZoneFinder) (inZone bool, err error) {
	typed := false
	for _, p := range params {
		if id, ok := strings.CutPrefix(p, "TZID="); ok {
			if i := strings.LastIndex(id, "TZID="); i >= 0 {
				id = id[i+len("TZID="):]
			}
			if name, known := names[id]; known {
				inZone = zones(name)
			}
			continue
		}
		if p != "VALUE=DATE-TIME" && p != "VALUE=DATE" {
			return false, fmt.Errorf("unsupported parm: %s", p)
		}
		if typed {
			return false, fmt.Errorf("duplicate value parameter: %s", p)
		}
		typed = true
	}
	return inZone, nil
}

func parseDates(list string, inZone bool) ([]date, error) {
	var dates []date
	for s := range strings.SplitSeq(list, ",") {
		d, err := parseDate(s)
		if err != nil {
			return nil, err
		}
		if inZone && d.aware {
			return nil, errors.New("date with two time zones")
		}
		d.aware = d.aware || inZone
		dates = append(dates, d)
	}
	return dates, nil
}

// weekdayOf is the number of a weekday by its name, Monday being 0, and -1 for any other text.
func weekdayOf(name string) int {
	return slices.Index([]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}, name)
}

func frequencyOf(name string) int {
	return slices.Index([]string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"}, name)
}

// parseRule reads NAME=value;NAME=value, in upper case.
func parseRule(line string) (parts, error) {
	p := parts{interval: 1}
	if name, value, named := strings.Cut(line, ":"); named {
		if strings.Contains(value, ":") {
			return p, errManyValues
		}
		if name != "RRULE" {
			return p, errors.New("unknown parameter name")
		}
		line = value
	}
	for pair := range strings.SplitSeq(line, ";") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return p, errFewValues
		}
		if strings.Contains(value, "=") {
			return p, errManyValues
		}
		known, err := p.set(name, value)
		if !known {
			return p, fmt.Errorf("unknown parameter '%s'", name)
		}
		if err != nil {
			return p, fmt.Errorf("invalid '%s': %s", name, value)
		}
	}
	if !p.hasFreq {
		return p, errors.New("FREQ is missing")
	}
	return p, nil
}

// set stores one pair. A later one of the same name replaces an earlier one.
func (p *parts) set(name, value string) (known bool, err error) {
	switch name {
	case "FREQ":
		i := frequencyOf(value)
		if i < 0 {
			return true, errInvalid
		}
		p.freq, p.hasFreq = frequency(i), true
	case "INTERVAL":
		p.interval, err = parseInt(value)
	case "COUNT":
		var n int64
		n, err = parseInt(value)
		p.count = &n
	case "UNTIL":
		var d date
		d, err = parseDate(value)
		p.until = &d
	case "WKST":
		p.weekStart = weekdayOf(value)
		if p.weekStart < 0 {
			err = errInvalid
		}
	case "BYDAY", "BYWEEKDAY":
		p.byWeekday, err = parseWeekdays(value)
	default:
		list := p.list(name)
		if list == nil {
			return false, nil
		}
		*list, err = parseInts(value)
	}
	return true, err
}

func (p *parts) list(name string) *[]int {
	switch name {
	case "BYSETPOS":
		return &p.bySetPos
	case "BYMONTH":
		return &p.byMonth
	case "BYMONTHDAY":
		return &p.byMonthDay
	case "BYYEARDAY":
		return &p.byYearDay
	case "BYEASTER":
		return &p.byEaster
	case "BYWEEKNO":
		return &p.byWeekNo
	case "BYHOUR":
		return &p.byHour
	case "BYMINUTE":
		return &p.byMinute
	case "BYSECOND":
		return &p.bySecond
	}
	return nil
}

// parseWeekdays reads MO, +1MO and MO(+1).
func parseWeekdays(value string) ([]weekday, error) {
	var days []weekday
	for s := range strings.SplitSeq(value, ",") {
		var name, number string
		if before, after, ok := strings.Cut(s, "("); ok {
			after, _, _ = strings.Cut(after, "(")
			if after == "" {
				return nil, errInvalid
			}
			runes := []rune(after)
			name, number = before, string(runes[:len(runes)-1])
			if number == "" {
				return nil, errInvalid
			}
		} else {
			n := len(s) - len(strings.TrimLeft(s, "+-0123456789"))
			number, name = s[:n], s[n:]
		}
		day := weekday{day: weekdayOf(name)}
		if day.day < 0 {
			return nil, errInvalid
		}
		if number != "" {
			n, err := parseInt(number)
			if err != nil || n == 0 {
				return nil, errInvalid
			}
			day.nth = int(n)
		}
		days = append(days, day)
	}
	return days, nil
}

func parseInts(value string) ([]int, error) {
	var list []int
	for s := range strings.SplitSeq(value, ",") {
		n, err := parseInt(s)
		if err != nil {
			return nil, err
		}
		list = append(list, int(n))
	}
	return list, nil
}

// ceiling bounds the numbers of a rule: what is larger acts alike, because the calendar ends before it matters.
const ceiling = 1 << 40

// parseInt reads what Python's int does: a sign, and digits of any script with single underscores between them. The
// magnitude stops at ceiling.
func parseInt(s string) (int64, error) {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return 0, errInvalid
	}
	n, ok := number.Digits(strings.ReplaceAll(digits, "_", ""), ceiling)
	if !ok {
		return 0, errInvalid
	}
	if strings.HasPrefix(s, "-") {
		n = -n
	}
	return int64(n), nil
}

func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

var errInvalid = errors.New("invalid value")

// What users see most when they send something that is no rule, in Python's words.
var (
	errFewValues  = errors.New("not enough values to unpack (expected 2, got 1)")
	errManyValues = errors.New("too many values to unpack (expected 2)")
)
