package wire

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
	"praetor/internal/schedule"
)

// The forms of a schedule, each with what makes no sense in it.
type (
	intervalForm struct{ prefect.IntervalSchedule }
	cronForm     struct{ prefect.CronSchedule }
	rruleForm    struct{ prefect.RRuleSchedule }
)

// Violations says what makes no sense in the interval.
func (f *intervalForm) Violations() []prefect.Violation {
	return schedule.Violations(prefect.Schedule{Interval: &f.IntervalSchedule})
}

// Violations says what makes no sense in the expression.
func (f *cronForm) Violations() []prefect.Violation {
	return schedule.Violations(prefect.Schedule{Cron: &f.CronSchedule})
}

// Violations says what makes no sense in the rule.
func (f *rruleForm) Violations() []prefect.Violation {
	return schedule.Violations(prefect.Schedule{RRule: &f.RRuleSchedule})
}

// decodeSchedule keeps a schedule in the one form that fits it: the forms have no member in common that says what is due. Where
// none fits, it tells of each what is wrong with it.
func decodeSchedule(c *call, raw jsontext.Value, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		if raw.Kind() == 'n' {
			v.SetZero()
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	var interval intervalForm
	var cron cronForm
	var rrule rruleForm
	var problems []Problem
	for _, form := range []struct {
		name string
		into any
		made prefect.Schedule
	}{
		{"function-after[validate_timezone(), IntervalSchedule]", &interval, prefect.Schedule{Interval: &interval.IntervalSchedule}},
		{"function-after[validate_timezone(), CronSchedule]", &cron, prefect.Schedule{Cron: &cron.CronSchedule}},
		{"RRuleSchedule", &rrule, prefect.Schedule{RRule: &rrule.RRuleSchedule}},
	} {
		into := reflect.ValueOf(form.into).Elem()
		found := c.attempt(form.name, func() { planOf(into.Type()).model(c, raw, into) })
		if found == nil {
			v.Set(reflect.ValueOf(form.made))
			return
		}
		problems = append(problems, found...)
	}
	c.problems = append(c.problems, problems...)
}

// decodeInterval takes seconds, true as one of them, or text that says how long.
func decodeInterval(c *call, raw jsontext.Value, v reflect.Value) {
	switch raw.Kind() {
	case '0':
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			c.add("finite_number", "Input should be a finite number", raw, "")
			return
		}
		v.SetFloat(f)
	case '"':
		seconds, ok := prefect.ParseInterval(text(raw))
		if !ok {
			reason := durationError(text(raw))
			c.add("time_delta_parsing", "Input should be a valid timedelta, "+reason, raw, contextOf("error", reason))
			return
		}
		v.SetFloat(float64(seconds))
	case 't', 'f':
		v.SetZero()
		if raw.Kind() == 't' {
			v.SetFloat(1)
		}
	default:
		c.add("time_delta_type", "Input should be a valid timedelta", raw, "")
	}
}

// durationError says what keeps the text from being a duration: days, or from five characters on a time.
func durationError(s string) string {
	if s == "" {
		return "input is too short"
	}
	s = strings.TrimLeft(s, "+-")
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	switch {
	case len(s) < 5 && digits > 0:
		return `"day" identifier in duration not correctly formatted`
	case len(s) >= 5 && digits < 2 && s[0] != 'P':
		return "invalid character in hour"
	}
	return "invalid digit in duration"
}

// decodeParameterSchema takes an object for a nullable one. One that says nothing, and none at all, are the schema of a flow without
// parameters for a body that names the member.
func decodeParameterSchema(c *call, raw jsontext.Value, v reflect.Value) {
	switch {
	case raw.Kind() == 'n', raw.Kind() == '{' && falsy(raw):
		if raw.Kind() == 'n' {
			v.SetZero()
			return
		}
		raw = jsontext.Value(`{"type":"object","properties":{}}`)
	case raw.Kind() != '{':
		c.add("dict_type", "Input should be a valid dictionary", raw, "")
		return
	}
	object := prefect.Object(normalized(raw, c.infinite))
	v.Set(reflect.ValueOf(&object))
}
