package events

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// The events that the server itself emits are made by pure functions, which lie in one file for each kind of resource. Names
// and shapes are the reference's.

// Action is what happened to a resource.
type Action string

// The actions.
const (
	Created Action = "created"
	Updated Action = "updated"
	Deleted Action = "deleted"
)

// Roles in which resources are related to events.
const (
	roleFlow      = "flow"
	roleFlowRun   = "flow-run"
	roleTaskRun   = "task-run"
	roleWorkPool  = "work-pool"
	roleWorkQueue = "work-queue"
)

// labelPoolType is the label that tells a work pool's type.
const labelPoolType = "prefect.work-pool.type"

// event is an event of a resource of that kind and id.
func event(kind, what string, id uuid.UUID, name string, at prefect.Time, payload any, related ...prefect.RelatedResource) prefect.Event {
	if related == nil {
		related = []prefect.RelatedResource{}
	}
	return prefect.Event{
		ID: prefect.NewID(), Occurred: at, Event: "prefect." + kind + "." + what,
		Resource: prefect.Resource{prefect.ResourceID: resourceID(kind, id), prefect.ResourceName: name},
		Related:  related, Payload: object(payload),
	}
}

func resourceID(kind string, id uuid.UUID) string { return "prefect." + kind + "." + id.String() }

// related is a resource in a role. Most roles are called as their kind.
func related(kind, role string, id uuid.UUID) prefect.RelatedResource {
	return prefect.RelatedResource{prefect.ResourceID: resourceID(kind, id), prefect.ResourceRole: role}
}

func relatedNamed(kind string, o *prefect.Named) prefect.RelatedResource {
	r := related(kind, kind, o.ID)
	r[prefect.ResourceName] = o.Name
	return r
}

// relatedPool is a work pool, which tells its type.
func relatedPool(p *prefect.NamedPool) prefect.RelatedResource {
	r := relatedNamed(roleWorkPool, &p.Named)
	r[labelPoolType] = p.Type
	return r
}

// object is a payload's JSON. A document of an old database that is no JSON must not stand in the way of the change that the
// event tells of: such a payload is empty.
func object(payload any) prefect.Object {
	if payload == nil {
		return prefect.Object("{}")
	}
	text, err := json.Marshal(payload, json.Deterministic(true), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return prefect.Object("{}")
	}
	return prefect.Object(text)
}

// kebab is a status as event names have it: NOT_READY is not-ready.
func kebab[T ~string](status T) string {
	return strings.ReplaceAll(strings.ToLower(string(status)), "_", "-")
}

// Change is a field of a resource that has another value than before. The values are of types that have a JSON form.
type Change struct {
	Field    string
	From, To any
}

// changes is the payload that tells of fields.
func changes(of []Change) any {
	payload := struct {
		Fields  []string          `json:"updated_fields"`
		Updates map[string]fromTo `json:"updates"`
	}{Fields: make([]string, len(of)), Updates: make(map[string]fromTo, len(of))}
	for i, c := range of {
		payload.Fields[i] = c.Field
		payload.Updates[c.Field] = fromTo{c.From, c.To}
	}
	return payload
}

type fromTo struct {
	From any `json:"from"`
	To   any `json:"to"`
}
