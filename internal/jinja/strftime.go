package jinja

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// strftime is Python's, with the C locale. What it does not know stays as it is.
func strftime(t time.Time, layout string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(layout); i++ {
		c := layout[i]
		if c != '%' || i+1 == len(layout) {
			b.WriteByte(c)
			continue
		}
		i++
		flag := byte(0)
		if (layout[i] == '-' || layout[i] == '_' || layout[i] == '^') && i+1 < len(layout) {
			flag = layout[i]
			i++
		}
		text, ok := directive(t, layout[i])
		if !ok {
			text = "%" + layout[i:i+1]
		}
		switch flag {
		case '-':
			if text = strings.TrimLeft(text, "0 "); text == "" {
				text = "0"
			}
		case '^':
			text = strings.ToUpper(text)
		case '_':
			if text == "" {
				break
			}
			trimmed := strings.TrimLeft(text[:len(text)-1], "0")
			text = strings.Repeat(" ", len(text)-1-len(trimmed)) + trimmed + text[len(text)-1:]
		}
		if b.WriteString(text); b.Len() > maxText {
			return "", fail("OverflowError", "text too long")
		}
	}
	return b.String(), nil
}

//nolint:gochecknoglobals // Go has no constant maps
var layouts = map[byte]string{
	'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'f': "000000", 'Z': "MST", 'a': "Mon", 'A': "Monday", 'b': "Jan", 'h': "Jan",
	'B': "January", 'y': "06", 'I': "03", 'p': "PM", 'e': "_2", 'c': "Mon Jan _2 15:04:05 2006", 'x': "01/02/06", 'X': "15:04:05", 'D': "01/02/06",
	'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'r': "03:04:05 PM",
}

func directive(t time.Time, c byte) (string, bool) {
	if c == 'f' {
		return fmt.Sprintf("%06d", t.Nanosecond()/1000), true
	}
	if layout, ok := layouts[c]; ok {
		return t.Format(layout), true
	}
	isoYear, isoWeek := t.ISOWeek()
	switch c {
	case '%':
		return "%", true
	case 'z':
		return t.Format("-0700"), true
	case 'j':
		return fmt.Sprintf("%03d", t.YearDay()), true
	case 'U':
		return fmt.Sprintf("%02d", (t.YearDay()+6-int(t.Weekday()))/7), true
	case 'W':
		return fmt.Sprintf("%02d", (t.YearDay()+6-(int(t.Weekday())+6)%7)/7), true
	case 'w':
		return strconv.Itoa(int(t.Weekday())), true
	case 'u':
		return strconv.Itoa((int(t.Weekday())+6)%7 + 1), true
	case 'V':
		return fmt.Sprintf("%02d", isoWeek), true
	case 'G':
		return strconv.Itoa(isoYear), true
	case 'g':
		return fmt.Sprintf("%02d", isoYear%100), true
	case 'C':
		return fmt.Sprintf("%02d", t.Year()/100), true
	case 'k':
		return fmt.Sprintf("%2d", t.Hour()), true
	case 'l':
		return fmt.Sprintf("%2d", (t.Hour()+11)%12+1), true
	case 's':
		return strconv.FormatInt(t.Unix(), 10), true
	case 'n':
		return "\n", true
	case 't':
		return "\t", true
	}
	return "", false
}
