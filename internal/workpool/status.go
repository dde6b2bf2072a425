package workpool

import "praetor/internal/prefect"

// QueueStatus is the status of a queue once it is paused or let go on.
func QueueStatus(q *prefect.WorkQueue, paused bool, now prefect.Time) prefect.WorkQueueStatus {
	switch {
	case paused:
		return prefect.WorkQueuePaused
	case q.Status != nil && !q.HasStatus(prefect.WorkQueuePaused):
		return *q.Status
	case q.PolledRecently(now):
		return prefect.WorkQueueReady
	}
	return prefect.WorkQueueNotReady
}

// PoolStatus is the status of a pool once it is paused or let go on.
func PoolStatus(paused, hasWorkers bool) prefect.WorkPoolStatus {
	switch {
	case paused:
		return prefect.WorkPoolPaused
	case hasWorkers:
		return prefect.WorkPoolReady
	}
	return prefect.WorkPoolNotReady
}

// Health tells how a queue is: whether somebody polls it, and whether its runs start in time.
func Health(q *prefect.WorkQueue, late int64, now prefect.Time) *prefect.WorkQueueStatusDetail {
	return &prefect.WorkQueueStatusDetail{
		Healthy: late == 0 && q.PolledRecently(now), LateRunsCount: late, LastPolled: q.LastPolled,
		HealthCheckPolicy: prefect.WorkQueueHealthPolicy{MaximumSecondsSinceLastPolled: int64(prefect.PollTimeout.Seconds())},
	}
}
