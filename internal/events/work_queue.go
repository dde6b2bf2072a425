package events

import "praetor/internal/prefect"

// WorkQueueEvent tells that a work queue was created or deleted.
func WorkQueueEvent(action Action, q *prefect.WorkQueue, at prefect.Time) prefect.Event {
	return ofQueue(string(action), q, at, nil)
}

// WorkQueueUpdated tells what of a work queue has changed besides its status.
func WorkQueueUpdated(q *prefect.WorkQueue, of []Change, at prefect.Time) prefect.Event {
	return ofQueue(string(Updated), q, at, changes(of))
}

// WorkQueueChanges gives the fields that an event of a work queue's update tells of, as far as they have changed.
func WorkQueueChanges(before, after *prefect.WorkQueue) []Change {
	return differing([]Change{
		{"name", before.Name, after.Name},
		{"description", before.Description, after.Description},
		{"concurrency_limit", before.ConcurrencyLimit, after.ConcurrencyLimit},
		{"priority", before.Priority, after.Priority},
	})
}

// WorkQueueStatusChanged tells of the status that a work queue has now.
func WorkQueueStatusChanged(q *prefect.WorkQueue, at prefect.Time) prefect.Event {
	return ofQueue(kebab(*q.Status), q, at, nil)
}

func ofQueue(what string, q *prefect.WorkQueue, at prefect.Time, payload any) prefect.Event {
	var all []prefect.RelatedResource
	if q.WorkPoolID != nil && q.WorkPoolName != nil {
		all = append(all, relatedPool(&prefect.NamedPool{Named: prefect.Named{ID: *q.WorkPoolID, Name: *q.WorkPoolName}, Type: q.WorkPoolType}))
	}
	e := event(roleWorkQueue, what, q.ID, q.Name, at, payload, all...)
	e.Resource[prefect.ResourceRole] = roleWorkQueue
	return e
}
