package workpool

import "praetor/internal/prefect"

// UpdatePool changes what the update sets, and the status with it. No field that must not be null may be.
func UpdatePool(p *prefect.WorkPool, u *prefect.WorkPoolUpdate, hasWorkers bool, now prefect.Time) {
	if u.Description.Set {
		p.Description = u.Description.Value
	}
	if u.BaseJobTemplate.Set {
		p.BaseJobTemplate = u.BaseJobTemplate.Value
	}
	if u.ConcurrencyLimit.Set {
		p.ConcurrencyLimit = u.ConcurrencyLimit.Value
	}
	if u.StorageConfiguration.Set {
		p.StorageConfiguration = *u.StorageConfiguration.Value
	}
	if u.IsPaused.Set {
		p.IsPaused = *u.IsPaused.Value
		if p.Type != prefect.AgentPoolType {
			SetPoolStatus(p, PoolStatus(p.IsPaused, hasWorkers), now)
		}
	}
}

// SetPoolStatus changes a pool's status, of which events.WorkPoolStatusChanged is to tell.
func SetPoolStatus(p *prefect.WorkPool, status prefect.WorkPoolStatus, now prefect.Time) {
	event := prefect.NewID()
	p.Status, p.LastStatusEventID, p.LastTransitionedStatusAt = &status, &event, &now
}

// UpdateQueue changes what the update sets, and the status with it. No field that must not be null may be.
func UpdateQueue(q *prefect.WorkQueue, u *prefect.WorkQueueUpdate, now prefect.Time) {
	if u.Name.Set {
		q.Name = *u.Name.Value
	}
	if u.Description.Set {
		q.Description = *u.Description.Value
	}
	if u.ConcurrencyLimit.Set {
		q.ConcurrencyLimit = u.ConcurrencyLimit.Value
	}
	if u.Priority.Set {
		q.Priority = *u.Priority.Value
	}
	if u.LastPolled.Set {
		q.LastPolled = u.LastPolled.Value
	}
	if u.Filter.Set {
		q.Filter = u.Filter.Value
	}
	if u.IsPaused.Set {
		q.IsPaused = u.IsPaused.Value
		status := QueueStatus(q, q.IsPaused, now)
		q.Status = &status
	}
}

// NullField is the field that the update makes null and that must not be, or "".
func NullField(u *prefect.WorkQueueUpdate) string {
	switch {
	case prefect.IsNull(u.Name):
		return "name"
	case prefect.IsNull(u.Description):
		return "description"
	case prefect.IsNull(u.Priority):
		return "priority"
	}
	return ""
}
