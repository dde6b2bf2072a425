package prefect

import (
	"slices"

	"github.com/google/uuid"
)

// Log is a line that a run wrote.
type Log struct {
	ID        uuid.UUID  `json:"id"`
	Created   Time       `json:"created"`
	Updated   Time       `json:"updated"`
	Name      string     `json:"name"`
	Level     int64      `json:"level"` // as in Python: 10 debug, 20 info, 30 warning, 40 error, 50 critical
	Message   string     `json:"message"`
	Timestamp Time       `json:"timestamp"`
	FlowRunID *uuid.UUID `json:"flow_run_id"`
	TaskRunID *uuid.UUID `json:"task_run_id"`
}

// LogCreate is a line as a client sends it.
type LogCreate struct {
	_         struct{}   `wire:"forbid"`
	Name      string     `json:"name" v:"required"`
	Level     int64      `json:"level" v:"required"`
	Message   string     `json:"message" v:"required"`
	Timestamp Time       `json:"timestamp" v:"required"`
	FlowRunID *uuid.UUID `json:"flow_run_id"`
	TaskRunID *uuid.UUID `json:"task_run_id"`
}

// LogFilter selects logs.
type LogFilter struct {
	_         struct{}            `wire:"forbid"`
	Operator  Operator            `json:"operator" default:"\"and_\""`
	Level     *LogFilterLevel     `json:"level"`
	Timestamp *TimeFilter         `json:"timestamp"`
	FlowRunID *AnyIDFilter        `json:"flow_run_id"`
	TaskRunID *LogFilterTaskRunID `json:"task_run_id"`
	Text      *LogFilterText      `json:"text"`
}

// LogFilterLevel restricts the level to a range that includes its ends.
type LogFilterLevel struct {
	_  struct{} `wire:"forbid"`
	Ge *int64   `json:"ge_"`
	Le *int64   `json:"le_"`
}

// LogFilterTaskRunID restricts the task run that wrote the line.
type LogFilterTaskRunID struct {
	_      struct{}     `wire:"forbid"`
	Any    *[]uuid.UUID `json:"any_"`
	IsNull *bool        `json:"is_null_"`
}

// LogFilterText searches message and logger name; see ParseTextQuery.
type LogFilterText struct {
	_     struct{} `wire:"forbid"`
	Query string   `json:"query" v:"required,max=200"`
}

// LogSort orders logs.
type LogSort string

// The orders of logs.
const (
	LogTimestampAsc  LogSort = "TIMESTAMP_ASC"
	LogTimestampDesc LogSort = "TIMESTAMP_DESC"
)

// Enum lists the allowed values.
func (LogSort) Enum() []string { return []string{"TIMESTAMP_ASC", "TIMESTAMP_DESC"} }

// Matcher gives a function that tells whether a line is one that the filter selects. A nil filter selects all.
func (f *LogFilter) Matcher() func(*Log) bool {
	if f == nil {
		return func(*Log) bool { return true }
	}
	criteria := f.criteria()
	return func(l *Log) bool {
		some, every := false, true
		for _, holds := range criteria {
			h := holds(l)
			some, every = some || h, every && h
		}
		if f.Operator == Or && len(criteria) > 0 {
			return some
		}
		return every
	}
}

// criteria are the parts of the filter; one that says nothing holds for every line.
func (f *LogFilter) criteria() (all []func(*Log) bool) {
	add := func(holds func(*Log) bool) { all = append(all, holds) }
	if v := f.Level; v != nil {
		add(func(l *Log) bool { return (v.Ge == nil || l.Level >= *v.Ge) && (v.Le == nil || l.Level <= *v.Le) })
	}
	if v := f.Timestamp; v != nil {
		add(func(l *Log) bool {
			return (v.Before == nil || !l.Timestamp.After(v.Before.Time)) && (v.After == nil || !l.Timestamp.Before(v.After.Time))
		})
	}
	if v := f.FlowRunID; v != nil {
		add(func(l *Log) bool { return v.Any == nil || l.FlowRunID != nil && slices.Contains(*v.Any, *l.FlowRunID) })
	}
	if v := f.TaskRunID; v != nil {
		add(func(l *Log) bool {
			return (v.Any == nil || l.TaskRunID != nil && slices.Contains(*v.Any, *l.TaskRunID)) &&
				(v.IsNull == nil || *v.IsNull == (l.TaskRunID == nil))
		})
	}
	if f.Text != nil {
		q := ParseTextQuery(f.Text.Query)
		add(func(l *Log) bool { return q.Matches(l.Message + " " + l.Name) })
	}
	return all
}
