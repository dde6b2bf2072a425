package prefect

import "github.com/google/uuid"

// SavedSearch is a set of filters that the user interface keeps under a name.
type SavedSearch struct {
	ID      uuid.UUID           `json:"id"`
	Created Time                `json:"created"`
	Updated Time                `json:"updated"`
	Name    string              `json:"name"`
	Filters []SavedSearchFilter `json:"filters"`
}

// SavedSearchFilter is one criterion of a saved search: an operation on a property of a kind of object.
type SavedSearchFilter struct {
	Object    string `json:"object" v:"required"`
	Property  string `json:"property" v:"required"`
	Type      string `json:"type" v:"required"`
	Operation string `json:"operation" v:"required"`
	Value     Raw    `json:"value" v:"required"`
}

// SavedSearchCreate is the body that keeps a search, in the place of an older one of that name.
type SavedSearchCreate struct {
	_       struct{}            `wire:"forbid"`
	Name    string              `json:"name" v:"required"`
	Filters []SavedSearchFilter `json:"filters" default:"[]"`
}
