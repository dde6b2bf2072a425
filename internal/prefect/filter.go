package prefect

import "github.com/google/uuid"

// Operator says how the criteria of one filter are joined.
type Operator string

// The operators.
const (
	And Operator = "and_"
	Or  Operator = "or_"
)

// Enum lists the allowed values.
func (Operator) Enum() []string { return []string{"and_", "or_"} }

// The criteria that many filters share. Absent parts do not restrict; an empty Any matches nothing.

// IDFilter restricts an id.
type IDFilter struct {
	_      struct{}     `wire:"forbid"`
	Any    *[]uuid.UUID `json:"any_"`
	NotAny []uuid.UUID  `json:"not_any_" v:"nullable"`
}

// NameFilter restricts a name to one of several, or to those that contain a text, whatever the case.
type NameFilter struct {
	_    struct{}  `wire:"forbid"`
	Any  *[]string `json:"any_"`
	Like *string   `json:"like_"`
}

// ValuesFilter restricts a text to one of several, or to none of several.
type ValuesFilter struct {
	_      struct{}  `wire:"forbid"`
	Any    *[]string `json:"any_"`
	NotAny []string  `json:"not_any_" v:"nullable"`
}

// AnyFilter restricts a text to one of several.
type AnyFilter struct {
	_   struct{}  `wire:"forbid"`
	Any *[]string `json:"any_"`
}

// AnyIDFilter restricts an id to one of several.
type AnyIDFilter struct {
	_   struct{}     `wire:"forbid"`
	Any *[]uuid.UUID `json:"any_"`
}

// NullableIDFilter restricts an id that may be absent.
type NullableIDFilter struct {
	_        struct{}     `wire:"forbid"`
	Operator Operator     `json:"operator" default:"\"and_\""`
	Any      *[]uuid.UUID `json:"any_"`
	IsNull   *bool        `json:"is_null_"`
}

// NullableFilter restricts a text that may be absent.
type NullableFilter struct {
	_        struct{}  `wire:"forbid"`
	Operator Operator  `json:"operator" default:"\"and_\""`
	Any      *[]string `json:"any_"`
	IsNull   *bool     `json:"is_null_"`
}

// TagsFilter selects what has all of some tags, or any of some, or none at all.
type TagsFilter struct {
	_        struct{}  `wire:"forbid"`
	Operator Operator  `json:"operator" default:"\"and_\""`
	All      *[]string `json:"all_"`
	Any      *[]string `json:"any_"`
	IsNull   *bool     `json:"is_null_"`
}

// AllTagsFilter selects what has all of some tags, or none at all.
type AllTagsFilter struct {
	_        struct{}  `wire:"forbid"`
	Operator Operator  `json:"operator" default:"\"and_\""`
	All      *[]string `json:"all_"`
	IsNull   *bool     `json:"is_null_"`
}

// TimeFilter restricts an instant to a range that includes its ends.
type TimeFilter struct {
	_      struct{} `wire:"forbid"`
	Before *Time    `json:"before_"`
	After  *Time    `json:"after_"`
}

// NullableTimeFilter restricts an instant that may be absent.
type NullableTimeFilter struct {
	_      struct{} `wire:"forbid"`
	Before *Time    `json:"before_"`
	After  *Time    `json:"after_"`
	IsNull *bool    `json:"is_null_"`
}
