// Package cron reads cron expressions in croniter's dialect and finds the readings of a wall clock that they match, with
// croniter's results where those differ from what a calendar would say.
package cron

import (
	"fmt"
	"strings"
	"unicode"
)

// SyntaxError is an expression that cannot be read.
type SyntaxError struct {
	Expression string
	// Reason says what is wrong, in a few words.
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("cron expression %q: %s", e.Expression, e.Reason)
}

// Expr is a cron expression ready to be searched. It does not change and may be shared.
type Expr struct {
	fields  [yearColumns]field
	columns int // 5, 6 or 7
	// nth holds the occurrences of each weekday in its month that # and L ask for; nthUsed tells that there are any.
	nth     [7]nthSet
	nthUsed bool
}

// nthSet is a set of occurrences in a month: bits 1 to 5, and lastBit.
type nthSet uint8

const lastBit nthSet = 1 << 6

// Parse reads an expression of 5, 6 or 7 columns, or one of croniter's aliases such as @daily. The error is a
// *SyntaxError.
func Parse(expression string) (*Expr, error) {
	e, reason := parse(expression)
	if reason != "" {
		return nil, &SyntaxError{Expression: expression, Reason: reason}
	}
	return e, nil
}

// HasRandomColumn tells whether a column is a bare R or H, which croniter knows and the reference refuses.
func HasRandomColumn(expression string) bool {
	for _, column := range columnsOf(expression) {
		if strings.EqualFold(column, "r") || strings.EqualFold(column, "h") {
			return true
		}
	}
	return false
}

// columnsOf splits at what Python takes for white space.
func columnsOf(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f })
}

func parse(expression string) (*Expr, string) {
	text := strings.ToLower(expression)
	switch text {
	case "@midnight", "@daily":
		text = "0 0 * * *"
	case "@hourly":
		text = "0 * * * *"
	case "@weekly":
		text = "0 0 * * 0"
	case "@monthly":
		text = "0 0 1 * *"
	case "@yearly", "@annually":
		text = "0 0 1 1 *"
	}
	columns := columnsOf(text)
	if n := len(columns); n != plainColumns && n != secondColumns && n != yearColumns {
		return nil, "needs 5, 6 or 7 columns"
	}
	e := &Expr{columns: len(columns)}
	for i := range columns {
		p := columnParser{expr: e, column: i, columns: columns}
		if reason := p.parse(); reason != "" {
			return nil, reason
		}
	}
	reason := e.checkNth()
	return e, reason
}

// checkNth refuses a weekday column that has both 2#1 and a plain weekday.
func (e *Expr) checkNth() string {
	if !e.nthUsed {
		return ""
	}
	weekday := &e.fields[weekdayColumn]
	if weekday.size() == 7 {
		return ""
	}
	for day := range 7 {
		if weekday.values[0]&(1<<day) != 0 && e.nth[day] == 0 {
			return "mixes weekdays with and without #"
		}
	}
	return ""
}
