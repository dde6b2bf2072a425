package events

import (
	"time"

	"praetor/internal/prefect"
)

// statusMemory is for how long the event of a pool's status names the one before it.
const statusMemory = 10 * time.Minute

// WorkPoolEvent tells that a work pool was created or deleted.
func WorkPoolEvent(action Action, p *prefect.WorkPool, at prefect.Time) prefect.Event {
	var all []prefect.RelatedResource
	if p.DefaultQueueID != nil {
		all = append(all, related(roleWorkQueue, "default-queue", *p.DefaultQueueID))
	}
	if block := p.StorageConfiguration.DefaultResultStorageBlockID; block != nil {
		all = append(all, related("block-document", "result-storage", *block))
	}
	return ofPool(string(action), p, at, nil, all...)
}

// WorkPoolUpdated tells what of a work pool has changed besides its status.
func WorkPoolUpdated(p *prefect.WorkPool, of []Change, at prefect.Time) prefect.Event {
	return ofPool(string(Updated), p, at, changes(of))
}

// WorkPoolStatusChanged tells of the status that a work pool was given, at the time and under the id that the pool names.
// before is the pool as it was, or nil for a new one. A pool without a status has no such event: check first.
func WorkPoolStatusChanged(before, p *prefect.WorkPool) prefect.Event {
	e := event(roleWorkPool, kebab(*p.Status), p.ID, p.Name, *p.LastTransitionedStatusAt, nil)
	e.ID = *p.LastStatusEventID
	e.Resource[labelPoolType] = p.Type
	if before != nil && before.LastStatusEventID != nil && before.LastTransitionedStatusAt != nil &&
		e.Occurred.Sub(before.LastTransitionedStatusAt.Time) < statusMemory {
		e.Follows = before.LastStatusEventID
	}
	return e
}

func ofPool(what string, p *prefect.WorkPool, at prefect.Time, payload any, all ...prefect.RelatedResource) prefect.Event {
	e := event(roleWorkPool, what, p.ID, p.Name, at, payload, all...)
	e.Resource[labelPoolType] = p.Type
	e.Resource[prefect.ResourceRole] = roleWorkPool
	return e
}
