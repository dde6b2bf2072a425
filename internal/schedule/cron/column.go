package cron

import (
	"hash/crc32"
	"regexp"
	"strconv"
	"strings"

	"praetor/internal/schedule/number"
)

// columnParser reads one column into the expression.
type columnParser struct {
	expr    *Expr
	column  int
	columns []string
}

var (
	// rangeForm is low-high or low-high/step.
	rangeForm = regexp.MustCompile(`^([^-]+)-([^-/]+)(?:/(\p{Nd}+))?$`)
	// nthForm is a weekday with its occurrence in the month: fri#2, mon-wed#1, or l5 for the last Friday.
	nthForm = regexp.MustCompile(`^(?:(?P<days>(?:sun|mon|tue|wed|thu|fri|sat)(?:-(?:sun|mon|tue|wed|thu|fri|sat))?` +
		`|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))?` +
		`|[\p{L}\p{N}_]+)#|l)(?P<last>\p{Nd}+)$`)
	// randomForm is croniter's r, r(2-5), r/10, r(2-5)/2, and the same with h.
	randomForm = regexp.MustCompile(`^([hr])(?:\((\p{Nd}+)-(\p{Nd}+)\))?(?:/(\p{Nd}+))?$`)
)

// item is one member of a column's list that waits to be read.
type item struct {
	text string
	nth  nthSet // the occurrence that a range of weekdays handed on
}

func (p *columnParser) field() *field { return &p.expr.fields[p.column] }

func (p *columnParser) low() int { return lowest(p.column) }

func (p *columnParser) high() int { return highest(p.column) }

func (p *columnParser) parse() string {
	text, reason := p.draw(p.columns[p.column])
	if reason != "" {
		return reason
	}
	if strings.Contains(text, "?") {
		if text != "?" {
			return "? stands alone"
		}
		if p.column != dayColumn && p.column != weekdayColumn {
			return "? is for days and weekdays"
		}
		text = "*"
	}
	for part := range strings.SplitSeq(text, ",") {
		if reason := p.add(item{text: part}); reason != "" {
			return reason
		}
	}
	p.widen()
	return ""
}

// widen turns a column that names all its values into *, except a day or weekday column whose partner is restricted: there
// the difference decides whether the two are joined.
func (p *columnParser) widen() {
	f := p.field()
	if f.size() != p.high()-p.low()+1 {
		return
	}
	if p.column == dayColumn && !strings.Contains(p.columns[weekdayColumn], "*") ||
		p.column == weekdayColumn && !strings.Contains(p.columns[dayColumn], "*") {
		return
	}
	*f = field{star: true}
}

// draw replaces a random column by a value. Croniter draws anew each time that it reads the expression; here the
// expression itself is the seed, so that a schedule says the same twice. Hashed columns need a seed that only callers of
// croniter's own interface can give.
func (p *columnParser) draw(text string) (string, string) {
	m := randomForm.FindStringSubmatch(text)
	if m == nil {
		return text, ""
	}
	if m[1] == "h" {
		return "", "hashed columns need a seed"
	}
	begin, end, divisor := p.low(), p.high(), 0
	if m[2] != "" {
		var ok, alsoOK bool
		begin, ok = number.Digits(m[2], ceiling)
		end, alsoOK = number.Digits(m[3], ceiling)
		if !ok || !alsoOK || begin >= end {
			return "", "range ends before it begins"
		}
	}
	last := end
	if m[4] != "" {
		var ok bool
		if divisor, ok = number.Digits(m[4], ceiling); !ok || divisor == 0 {
			return "", "step is not acceptable"
		}
		last = divisor - 1 + begin
	}
	seed := int(crc32.ChecksumIEEE([]byte(strings.Join(p.columns, " "))))
	value := strconv.Itoa((seed>>p.column)%(last-begin+1) + begin)
	if divisor > 0 {
		value += "-" + strconv.Itoa(end) + "/" + strconv.Itoa(divisor)
	}
	return value, ""
}

// add reads one member of the list: a value, a range, or either with an occurrence.
func (p *columnParser) add(it item) string {
	if p.column == weekdayColumn {
		if m := nthForm.FindStringSubmatch(it.text); m != nil {
			if days := m[1]; days != "" {
				n, _ := number.Digits(m[2], ceiling)
				if n < 1 || n > 5 {
					return "occurrence is not 1 to 5"
				}
				it = item{text: days, nth: 1 << n}
			} else {
				it = item{text: m[2], nth: lastBit}
			}
		}
	}
	m := p.matchRange(it.text)
	if m == nil {
		return p.addValue(it.text, it.nth)
	}
	values, reason := p.expandRange(m[1], m[2], m[3])
	if reason != "" {
		return reason
	}
	for _, v := range values {
		if reason := p.addValue(strconv.Itoa(v), it.nth); reason != "" {
			return reason
		}
	}
	return ""
}

// matchRange reads low-high/step, */step and low/step.
func (p *columnParser) matchRange(text string) []string {
	low, high := strconv.Itoa(p.low()), strconv.Itoa(p.high())
	if step, ok := strings.CutPrefix(text, "*/"); ok && step != "" {
		if m := rangeForm.FindStringSubmatch(low + "-" + high + "/" + step); m != nil {
			return m
		}
	} else if m := rangeForm.FindStringSubmatch(text); m != nil {
		return m
	}
	if i := strings.LastIndexByte(text, '/'); i > 0 && i < len(text)-1 {
		return rangeForm.FindStringSubmatch(text[:i] + "-" + high + text[i:])
	}
	return nil
}

// expandRange lists the values of a range. One that ends before it begins wraps around the column; one that ends where
// it begins is the whole column.
func (p *columnParser) expandRange(lowText, highText, stepText string) ([]int, string) {
	if p.column == dayColumn && highText == "l" {
		highText = "31"
	}
	low, ok := p.value(lowText)
	if !ok {
		return nil, "range begins with no value"
	}
	high, ok := p.value(highText)
	if !ok {
		return nil, "range ends with no value"
	}
	step := 1
	if stepText != "" {
		if step, ok = number.Digits(stepText, ceiling); !ok {
			return nil, "step is not acceptable"
		}
	}
	if max(low, high) > p.high() {
		return nil, "out of range"
	}
	if step < 1 {
		return nil, "step is not acceptable"
	}
	first, last := p.low(), p.high()
	if low < high {
		return spaced(nil, low, high, step), ""
	}
	if low == high {
		return spaced(nil, first, last, step), ""
	}
	values := spaced(nil, low, last, step)
	// What the first part did not use up of its last step is skipped at the column's beginning.
	skip := 0
	if n := len(values); n > 0 {
		end := values[n-1]
		if left := last - end; end-first+step > last-first+1 && left < step {
			skip = step - left
		}
	}
	return spaced(values, first+skip, high, step), ""
}

func spaced(values []int, low, high, step int) []int {
	for v := low; v <= high; v += step {
		values = append(values, v)
	}
	return values
}

// ceiling stands for all larger numbers: it is out of every column's range, and adding it to a value cannot overflow.
const ceiling = 1 << 30

// value is a number, or the name of a month or a weekday.
func (p *columnParser) value(text string) (int, bool) {
	if v, ok := number.Digits(text, ceiling); ok {
		return p.alias(v), true
	}
	return nameValue(p.column, text)
}

func (p *columnParser) addValue(text string, nth nthSet) string {
	f := p.field()
	switch {
	case text == "*":
		f.star = true
		return ""
	case text == "l" && p.column == dayColumn:
		f.last = true
		return ""
	}
	v, ok := p.value(text)
	if !ok {
		return "unknown value"
	}
	if v < p.low() || v > p.high() {
		return "out of range"
	}
	f.add(v, p.low())
	if nth != 0 {
		p.expr.nth[v] |= nth
		p.expr.nthUsed = true
	}
	return ""
}

// alias reads 0 as the first day of a month, which croniter does in expressions of six columns only, and 7 as Sunday,
// which it does in expressions of five.
func (p *columnParser) alias(v int) int {
	if p.column == dayColumn && v == 0 && p.expr.columns == secondColumns {
		return 1
	}
	if p.column == weekdayColumn && v == 7 && p.expr.columns == plainColumns {
		return 0
	}
	return v
}

func nameValue(column int, name string) (int, bool) {
	var names string
	switch column {
	case monthColumn:
		names = "janfebmaraprmayjunjulaugsepoctnovdec"
	case weekdayColumn:
		names = "sunmontuewedthufrisat"
	}
	if len(name) != 3 {
		return 0, false
	}
	for i := 0; i < len(names); i += 3 {
		if names[i:i+3] == name {
			return i/3 + lowest(column), true
		}
	}
	return 0, false
}
