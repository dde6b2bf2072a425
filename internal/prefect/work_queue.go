package prefect

import (
	"time"

	"github.com/google/uuid"
)

// WorkQueueStatus tells whether anybody polls a work queue.
type WorkQueueStatus string

// The statuses of work queues.
const (
	WorkQueueReady    WorkQueueStatus = "READY"
	WorkQueueNotReady WorkQueueStatus = "NOT_READY"
	WorkQueuePaused   WorkQueueStatus = "PAUSED"
)

// DefaultAgentPool is the pool of the queues that are made without naming one.
const DefaultAgentPool = "default-agent-pool"

// DefaultQueue is the queue that every pool has.
const DefaultQueue = "default"

// PollTimeout is how long after the last poll of a queue somebody counts as polling it.
const PollTimeout = time.Minute

// WorkQueue is a part of a work pool with a priority and a limit of its own.
type WorkQueue struct {
	ID               uuid.UUID        `json:"id"`
	Created          Time             `json:"created"`
	Updated          Time             `json:"updated"`
	Name             string           `json:"name"`
	Description      string           `json:"description"`
	IsPaused         bool             `json:"is_paused"`
	ConcurrencyLimit *int64           `json:"concurrency_limit"`
	Priority         int64            `json:"priority"` // 1 is the highest
	WorkPoolID       *uuid.UUID       `json:"work_pool_id"`
	Filter           *QueueFilter     `json:"filter"`
	LastPolled       *Time            `json:"last_polled"`
	WorkPoolName     *string          `json:"work_pool_name"`
	Status           *WorkQueueStatus `json:"status"`
	// ActiveSlots counts the runs that hold a slot; nil in a queue without a limit.
	ActiveSlots *int64 `json:"active_slots"`

	// WorkPoolType is the type of its pool.
	WorkPoolType string `json:"-"`
}

// HasStatus tells whether the queue's status is the given one.
func (q *WorkQueue) HasStatus(s WorkQueueStatus) bool { return q.Status != nil && *q.Status == s }

// PolledRecently tells whether somebody polls the queue.
func (q *WorkQueue) PolledRecently(now Time) bool { return polledRecently(q.LastPolled, now) }

func polledRecently(polled *Time, now Time) bool {
	return polled != nil && now.Sub(polled.Time) <= PollTimeout
}

// QueueFilter makes a queue of the oldest kind: it selects runs by their tags and deployments, wherever they are.
type QueueFilter struct {
	Tags          *[]string    `json:"tags"`
	DeploymentIDs *[]uuid.UUID `json:"deployment_ids"`
}

// WorkQueueCreate is the body that creates a work queue.
type WorkQueueCreate struct {
	_                struct{}     `wire:"forbid"`
	Name             string       `json:"name" v:"required,pattern=^[^/%&><]+$"`
	Description      *string      `json:"description" default:"\"\""`
	IsPaused         bool         `json:"is_paused" default:"false"`
	ConcurrencyLimit *int64       `json:"concurrency_limit" v:"ge=0"`
	Priority         *int64       `json:"priority" v:"gt=0"`
	Filter           *QueueFilter `json:"filter"`
}

// WorkQueueUpdate is the body that changes a work queue.
type WorkQueueUpdate struct {
	_                struct{}          `wire:"forbid"`
	Name             Opt[*string]      `json:"name"`
	Description      Opt[*string]      `json:"description"`
	IsPaused         Opt[bool]         `json:"is_paused"`
	ConcurrencyLimit Opt[*int64]       `json:"concurrency_limit" v:"ge=0"`
	Priority         Opt[*int64]       `json:"priority" v:"gt=0"`
	LastPolled       Opt[*Time]        `json:"last_polled"`
	Filter           Opt[*QueueFilter] `json:"filter"`
}

// WorkQueueHealthPolicy says when a queue counts as healthy.
type WorkQueueHealthPolicy struct {
	MaximumLateRuns               int64 `json:"maximum_late_runs"`
	MaximumSecondsSinceLastPolled int64 `json:"maximum_seconds_since_last_polled"`
}

// WorkQueueStatusDetail tells how a queue is.
type WorkQueueStatusDetail struct {
	Healthy           bool                  `json:"healthy"`
	LateRunsCount     int64                 `json:"late_runs_count"`
	LastPolled        *Time                 `json:"last_polled"`
	HealthCheckPolicy WorkQueueHealthPolicy `json:"health_check_policy"`
}
