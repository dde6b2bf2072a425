package events

import "praetor/internal/prefect"

// WorkQueueEvent tells that a work queue was created or deleted. pool is where it belongs, or nil.
func WorkQueueEvent(action Action, q *prefect.WorkQueue, pool *prefect.NamedPool, at prefect.Time) prefect.Event {
	return ofQueue(string(action), q, pool, at, nil)
}

// WorkQueueUpdated tells what of a work queue has changed besides its status.
func WorkQueueUpdated(q *prefect.WorkQueue, pool *prefect.NamedPool, of []Change, at prefect.Time) prefect.Event {
	return ofQueue(string(Updated), q, pool, at, changes(of))
}

// WorkQueueStatusChanged tells of the status that a work queue has now. A queue without one has no such event: check first.
func WorkQueueStatusChanged(q *prefect.WorkQueue, pool *prefect.NamedPool, at prefect.Time) prefect.Event {
	return ofQueue(kebab(*q.Status), q, pool, at, nil)
}

func ofQueue(what string, q *prefect.WorkQueue, pool *prefect.NamedPool, at prefect.Time, payload any) prefect.Event {
	var all []prefect.RelatedResource
	if pool != nil {
		all = append(all, relatedPool(pool))
	}
	e := event(roleWorkQueue, what, q.ID, q.Name, at, payload, all...)
	e.Resource[prefect.ResourceRole] = roleWorkQueue
	return e
}
