package prefect

import (
	"strings"

	"github.com/google/uuid"
)

// Labels that every resource of an event, or every related one, must have.
const (
	ResourceID   = "prefect.resource.id"
	ResourceRole = "prefect.resource.role"
	ResourceName = "prefect.resource.name"
)

// Resource is something that an event is about: an object with labels, of which prefect.resource.id is required.
type Resource map[string]string

// Violations checks the labels that must be there.
func (r *Resource) Violations() []Violation {
	id, ok := (*r)[ResourceID]
	switch {
	case !ok:
		return []Violation{{Message: "Resources must include the prefect.resource.id label"}}
	case id == "":
		return []Violation{{Message: "The prefect.resource.id label must be non-empty"}}
	}
	return nil
}

// ObjectID is the UUID in the resource's id when that is of the kind, such as "prefect.flow-run".
func (r Resource) ObjectID(kind string) (uuid.UUID, bool) {
	text, ok := strings.CutPrefix(r[ResourceID], kind+".")
	if !ok {
		return uuid.UUID{}, false
	}
	id, err := uuid.Parse(text)
	return id, err == nil
}

// RelatedResource is a Resource that takes part in an event in a role.
type RelatedResource map[string]string

// Violations checks the labels that must be there.
func (r *RelatedResource) Violations() []Violation {
	if v := (*Resource)(r).Violations(); v != nil {
		return v
	}
	role, ok := (*r)[ResourceRole]
	switch {
	case !ok:
		return []Violation{{Message: "Related Resources must include the prefect.resource.role label"}}
	case role == "":
		return []Violation{{Message: "The prefect.resource.role label must be non-empty"}}
	}
	return nil
}

// Event is something that happened, as its sender tells it.
type Event struct {
	Occurred Time              `json:"occurred" v:"required"`
	Event    string            `json:"event" v:"required"`
	Resource Resource          `json:"resource" v:"required"`
	Related  []RelatedResource `json:"related" default:"[]"`
	Payload  Object            `json:"payload" default:"{}"`
	ID       uuid.UUID         `json:"id" v:"required"`
	Follows  *uuid.UUID        `json:"follows"`
}

// InRole is the first related resource of that role, or nil.
func (e *Event) InRole(role string) Resource {
	for _, r := range e.Related {
		if r[ResourceRole] == role {
			return Resource(r)
		}
	}
	return nil
}

// Size is about how many bytes the event's JSON has.
func (e *Event) Size() int {
	const fixed = 256 // ids, times, the names of the members
	n := fixed + len(e.Event) + len(e.Payload)
	for label, value := range e.Resource {
		n += len(label) + len(value)
	}
	for _, related := range e.Related {
		for label, value := range related {
			n += len(label) + len(value)
		}
	}
	return n
}

// ReceivedEvent is an event with the time at which it arrived.
type ReceivedEvent struct {
	Event
	Received Time `json:"received"`
}

// EmittedEvent is an event of the server's own as it lies in the outbox, under a number of the outbox's.
type EmittedEvent struct {
	ID    int64
	Event ReceivedEvent
}
