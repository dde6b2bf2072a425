package prefect

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Schedule says when the runs of a deployment are due. Exactly one of its members is set; on the wire and in databases it is
// that member.
type Schedule struct {
	Interval *IntervalSchedule
	Cron     *CronSchedule
	RRule    *RRuleSchedule
}

// IntervalSchedule is due each time that Interval has passed since AnchorDate. Intervals of a day or more count days on the
// clocks of the zone, and keep the time of day when those are changed.
type IntervalSchedule struct {
	_        struct{} `wire:"forbid"`
	Interval Seconds  `json:"interval" v:"required" wire:"interval"`
	// AnchorDate is zero in a request that leaves it to the server, which takes the present.
	AnchorDate Time    `json:"anchor_date"`
	Timezone   *string `json:"timezone"` // a name of the IANA database; nil and "" are UTC
}

// CronSchedule is due at what a cron expression matches on the clocks of the zone.
type CronSchedule struct {
	_        struct{} `wire:"forbid"`
	Cron     string   `json:"cron" v:"required"`
	Timezone *string  `json:"timezone"` // a name of the IANA database; nil and "" are UTC
	// DayOr joins a day of the month and a weekday by "or", as cron does, rather than by "and".
	DayOr bool `json:"day_or" default:"true"`
}

// RRuleSchedule is due at the dates of an iCalendar recurrence: rules and dates, less other rules and dates.
type RRuleSchedule struct {
	_        struct{} `wire:"forbid"`
	RRule    string   `json:"rrule" v:"required"`
	Timezone *string  `json:"timezone" default:"\"UTC\""` // a name of the IANA database; nil is UTC
}

// Kind is the name of the schedule's type in the reference, which runs show as what created them.
func (s Schedule) Kind() string {
	switch {
	case s.Interval != nil:
		return "IntervalSchedule"
	case s.Cron != nil:
		return "CronSchedule"
	case s.RRule != nil:
		return "RRuleSchedule"
	}
	return ""
}

// AnyOf lists the forms that a schedule has.
func (Schedule) AnyOf() []any { return []any{IntervalSchedule{}, CronSchedule{}, RRuleSchedule{}} }

// Timezone is the name of the zone whose clocks count; "" is UTC.
func (s Schedule) Timezone() string {
	var name *string
	switch {
	case s.Interval != nil:
		name = s.Interval.Timezone
	case s.Cron != nil:
		name = s.Cron.Timezone
	case s.RRule != nil:
		name = s.RRule.Timezone
	}
	if name == nil {
		return ""
	}
	return *name
}

var errNoSchedule = errors.New("a schedule needs an interval, a cron expression or a recurrence")

// MarshalJSONTo writes the member that is set.
func (s Schedule) MarshalJSONTo(enc *jsontext.Encoder) error {
	switch {
	case s.Interval != nil:
		return json.MarshalEncode(enc, s.Interval)
	case s.Cron != nil:
		return json.MarshalEncode(enc, s.Cron)
	case s.RRule != nil:
		return json.MarshalEncode(enc, s.RRule)
	}
	return errNoSchedule
}

// UnmarshalJSONFrom reads what a server stored. Request bodies are read by the decoder of the API, which knows what is
// wrong with them.
func (s *Schedule) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	var members struct {
		Interval Raw `json:"interval"`
		Cron     Raw `json:"cron"`
		RRule    Raw `json:"rrule"`
	}
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	*s = Schedule{}
	switch {
	case members.Interval != nil:
		s.Interval = &IntervalSchedule{}
		return json.Unmarshal(raw, s.Interval)
	case members.Cron != nil:
		s.Cron = &CronSchedule{DayOr: true}
		return json.Unmarshal(raw, s.Cron)
	case members.RRule != nil:
		s.RRule = &RRuleSchedule{}
		return json.Unmarshal(raw, s.RRule)
	}
	return errNoSchedule
}
