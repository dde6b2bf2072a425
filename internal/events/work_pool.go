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
		all = append(all, related(kindBlockDocument, "result-storage", *block))
	}
	return ofPool(string(action), p, at, nil, all...)
}

// WorkPoolUpdated tells what of a work pool has changed besides its status.
func WorkPoolUpdated(p *prefect.WorkPool, of []Change, at prefect.Time) prefect.Event {
	return ofPool(string(Updated), p, at, changes(of))
}

// WorkPoolChanges gives the fields that an event of a work pool's update tells of, as far as they have changed.
func WorkPoolChanges(before, after *prefect.WorkPool) []Change {
	return differing([]Change{
		{"description", before.Description, after.Description},
		{"base_job_template", before.BaseJobTemplate, after.BaseJobTemplate},
		{"concurrency_limit", before.ConcurrencyLimit, after.ConcurrencyLimit},
		{"storage_configuration", &before.StorageConfiguration, &after.StorageConfiguration},
	})
}

// WorkPoolStatusChanged tells of the status that a work pool was given. before is the pool as it was, or nil for a new one; an older
// pool names the event itself.
func WorkPoolStatusChanged(before, p *prefect.WorkPool, at prefect.Time) prefect.Event {
	e := event(roleWorkPool, kebab(*p.Status), p.ID, p.Name, at, nil)
	e.Resource[labelPoolType] = p.Type
	if before == nil {
		return e
	}
	e.ID, e.Occurred = *p.LastStatusEventID, *p.LastTransitionedStatusAt
	if last := before.LastTransitionedStatusAt; last != nil && e.Occurred.Sub(last.Time) < statusMemory {
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
