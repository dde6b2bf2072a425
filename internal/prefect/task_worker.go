package prefect

import "github.com/google/uuid"

// TaskWorker is a process that is connected to run background tasks.
type TaskWorker struct {
	Identifier string   `json:"identifier"`
	TaskKeys   []string `json:"task_keys"`
	Timestamp  Time     `json:"timestamp"` // when it was known to be connected last
}

// TaskWorkerFilter selects task workers that serve one of the tasks at least.
type TaskWorkerFilter struct {
	TaskKeys []string `json:"task_keys" v:"required"`
}

// TaskWorkerConnection is a task worker's connection to a server. A worker may have several.
type TaskWorkerConnection struct {
	ID       uuid.UUID
	Server   uuid.UUID // one start of a server
	ClientID string    // the worker's
	TaskKeys []string
}

// Delivery is a background task run that was given to a task worker's connection.
type Delivery struct {
	TaskRunID uuid.UUID
	Tries     int64 // how many times it was given to one, this time included
}
