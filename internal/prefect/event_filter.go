package prefect

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// EventFilter selects events: all its parts must hold, and within a part every criterion that is there. An empty list does not
// restrict.
type EventFilter struct {
	_           struct{}                          `wire:"forbid"`
	Occurred    EventOccurredFilter               `json:"occurred"`
	Event       *EventNameFilter                  `json:"event"`
	Resource    *EventResourceFilter              `json:"resource"`
	Related     OneOrMore[EventRelatedFilter]     `json:"related" wire:"one_or_list"`
	AnyResource OneOrMore[EventAnyResourceFilter] `json:"any_resource" wire:"one_or_list"`
	ID          EventIDFilter                     `json:"id"`
	Text        *EventTextFilter                  `json:"text"`
	Order       EventOrder                        `json:"order" default:"\"DESC\""`
}

// OneOrMore is a list on the wire, or its only item.
type OneOrMore[T any] []T

// AnyOf lists the forms, for the API's description.
func (OneOrMore[T]) AnyOf() []any { return []any{*new(T), []T{}} }

// EventOccurredFilter restricts when events occurred, its ends included.
type EventOccurredFilter struct {
	_     struct{}  `wire:"forbid"`
	Since Opt[Time] `json:"since"`
	Until Opt[Time] `json:"until"`
}

// EventNameFilter restricts the names of events.
type EventNameFilter struct {
	_             struct{} `wire:"forbid"`
	Prefix        []string `json:"prefix" v:"nullable"`
	ExcludePrefix []string `json:"exclude_prefix" v:"nullable"`
	Name          []string `json:"name" v:"nullable"`
	ExcludeName   []string `json:"exclude_name" v:"nullable"`
}

// EventResourceFilter restricts the resource that an event is about.
type EventResourceFilter struct {
	_        struct{}              `wire:"forbid"`
	ID       []string              `json:"id" v:"nullable"`
	IDPrefix []string              `json:"id_prefix" v:"nullable"`
	Labels   ResourceSpecification `json:"labels" v:"nullable" wire:"label_filter"`
	Distinct bool                  `json:"distinct" default:"false"` // of each resource only the first event in the order
}

// EventRelatedFilter asks for a related resource that meets all criteria.
type EventRelatedFilter struct {
	_                struct{}              `wire:"forbid"`
	ID               []string              `json:"id" v:"nullable"`
	Role             []string              `json:"role" v:"nullable"`
	ResourcesInRoles []ResourceInRole      `json:"resources_in_roles" v:"nullable"`
	Labels           ResourceSpecification `json:"labels" v:"nullable" wire:"label_filter"`
}

// ResourceInRole is the id of a resource with its role; on the wire a list of two.
type ResourceInRole struct{ ID, Role string }

// AnyOf lists the one form on the wire, for the API's description.
func (ResourceInRole) AnyOf() []any { return []any{[]string{}} }

// MarshalJSONTo writes the two texts.
func (r ResourceInRole) MarshalJSONTo(enc *jsontext.Encoder) error {
	return json.MarshalEncode(enc, [2]string{r.ID, r.Role})
}

// EventAnyResourceFilter asks for a resource, the event's own or a related one, that meets all criteria.
type EventAnyResourceFilter struct {
	_        struct{}              `wire:"forbid"`
	ID       []string              `json:"id" v:"nullable"`
	IDPrefix []string              `json:"id_prefix" v:"nullable"`
	Labels   ResourceSpecification `json:"labels" v:"nullable" wire:"label_filter"`
}

// EventIDFilter restricts the ids of events.
type EventIDFilter struct {
	_  struct{}    `wire:"forbid"`
	ID []uuid.UUID `json:"id" v:"nullable"`
}

// EventTextFilter searches all that an event says; see ParseTextQuery.
type EventTextFilter struct {
	_     struct{} `wire:"forbid"`
	Query string   `json:"query" v:"required,max=200"`
}

// EventOrder orders events by when they occurred.
type EventOrder string

// The orders of events.
const (
	EventsAscending  EventOrder = "ASC"
	EventsDescending EventOrder = "DESC"
)

// Enum lists the allowed values.
func (EventOrder) Enum() []string { return []string{"ASC", "DESC"} }

// lookBack is how far before today a filter reaches that does not say.
const lookBack = 180 * 24 * time.Hour

// Complete puts the usual span of time where the filter names none: the last 180 days up to now.
func (f *EventFilter) Complete(now time.Time) {
	o := &f.Occurred
	if !o.Since.Set {
		o.Since = Some(TimeOf(now.UTC().Truncate(24 * time.Hour).Add(-lookBack)))
	}
	if !o.Until.Set {
		o.Until = Some(TimeOf(now))
	}
	if f.Order == "" {
		f.Order = EventsDescending
	}
}

// MarshalJSONTo writes the two times.
func (f EventOccurredFilter) MarshalJSONTo(enc *jsontext.Encoder) error {
	return json.MarshalEncode(enc, struct {
		Since Time `json:"since"`
		Until Time `json:"until"`
	}{f.Since.Value, f.Until.Value})
}

// EventPage is a part of the answer to a query of events.
type EventPage struct {
	Events   []ReceivedEvent `json:"events"`
	Total    int64           `json:"total"`
	NextPage *string         `json:"next_page"` // where the next part is; nil: this was the last
}

// Countable is what events can be counted by.
type Countable string

// What events can be counted by.
const (
	CountByDay      Countable = "day"
	CountByTime     Countable = "time"
	CountByEvent    Countable = "event"
	CountByResource Countable = "resource"
)

// Enum lists the allowed values.
func (Countable) Enum() []string { return []string{"day", "time", "event", "resource"} }

// TimeUnit is a length of time.
type TimeUnit string

// Enum lists the allowed values.
func (TimeUnit) Enum() []string { return []string{"week", "day", "hour", "minute", "second"} }

// EventCount is how many events have something in common.
type EventCount struct {
	Value     string `json:"value"`
	Label     string `json:"label"`
	Count     int64  `json:"count"`
	StartTime Time   `json:"start_time"`
	EndTime   Time   `json:"end_time"`
}
