package prefect

import (
	"github.com/google/uuid"
)

// WorkerStatus tells whether a worker sends heartbeats.
type WorkerStatus string

// The statuses of workers.
const (
	WorkerOnline  WorkerStatus = "ONLINE"
	WorkerOffline WorkerStatus = "OFFLINE"
)

// Enum lists the allowed values.
func (WorkerStatus) Enum() []string { return []string{"ONLINE", "OFFLINE"} }

// Worker is a process that runs the work of a pool.
type Worker struct {
	ID                       uuid.UUID    `json:"id"`
	Created                  Time         `json:"created"`
	Updated                  Time         `json:"updated"`
	Name                     string       `json:"name"`
	WorkPoolID               uuid.UUID    `json:"work_pool_id"`
	LastHeartbeatTime        *Time        `json:"last_heartbeat_time"`
	HeartbeatIntervalSeconds *int64       `json:"heartbeat_interval_seconds"`
	Status                   WorkerStatus `json:"status"`
}

// WorkerHeartbeat is the body of a worker's heartbeat.
type WorkerHeartbeat struct {
	Name                     string `json:"name" v:"required"`
	HeartbeatIntervalSeconds *int64 `json:"heartbeat_interval_seconds"`
}

// WorkerFilter selects workers.
type WorkerFilter struct {
	_                 struct{}            `wire:"forbid"`
	Operator          Operator            `json:"operator" default:"\"and_\""`
	LastHeartbeatTime *TimeFilter         `json:"last_heartbeat_time"`
	Status            *WorkerFilterStatus `json:"status"`
}

// WorkerFilterStatus restricts a worker's status to one of several, or to none of several.
type WorkerFilterStatus struct {
	_      struct{}        `wire:"forbid"`
	Any    *[]WorkerStatus `json:"any_"`
	NotAny []WorkerStatus  `json:"not_any_" v:"nullable"`
}
