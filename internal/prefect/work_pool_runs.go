package prefect

import "github.com/google/uuid"

// WorkerFlowRun is a flow run that a worker is to start.
type WorkerFlowRun struct {
	WorkPoolID  uuid.UUID   `json:"work_pool_id"`
	WorkQueueID uuid.UUID   `json:"work_queue_id"`
	FlowRun     BareFlowRun `json:"flow_run"`
}

// BareFlowRun is a flow run without its state and without the pool that it waits in.
type BareFlowRun struct {
	FlowRun
	State        *State     `json:"state"`
	WorkPoolID   *uuid.UUID `json:"work_pool_id,omitzero"`
	WorkPoolName *string    `json:"work_pool_name,omitzero"`
}

// FlowRunSlot is a flow run that holds a slot of a pool or a queue.
type FlowRunSlot struct {
	ID                 uuid.UUID  `json:"id"`
	Name               string     `json:"name"`
	StateType          *StateType `json:"state_type"`
	StateName          *string    `json:"state_name"`
	StartTime          *Time      `json:"start_time"`
	StateTimestamp     *Time      `json:"state_timestamp"`
	TimeInCurrentState *Seconds   `json:"time_in_current_state"`

	WorkQueueID *uuid.UUID `json:"-"`
}

// WorkPoolConcurrency tells who holds a pool's slots, by queue.
type WorkPoolConcurrency struct {
	ActiveSlots      int64                  `json:"active_slots"`
	ConcurrencyLimit *int64                 `json:"concurrency_limit"`
	Queues           []QueueConcurrencyPart `json:"queues"`
	Count            int64                  `json:"count"`
	Limit            int64                  `json:"limit"`
	Pages            int64                  `json:"pages"`
	Page             int64                  `json:"page"`
}

// QueueConcurrencyPart is a queue's part of WorkPoolConcurrency. FlowRuns may be fewer than FlowRunCount.
type QueueConcurrencyPart struct {
	QueueID          uuid.UUID     `json:"queue_id"`
	QueueName        string        `json:"queue_name"`
	ActiveSlots      int64         `json:"active_slots"`
	ConcurrencyLimit *int64        `json:"concurrency_limit"`
	FlowRuns         []FlowRunSlot `json:"flow_runs"`
	FlowRunCount     *int64        `json:"flow_run_count"`
}

// WorkQueueConcurrency tells who holds a queue's slots.
type WorkQueueConcurrency struct {
	ActiveSlots      int64         `json:"active_slots"`
	ConcurrencyLimit *int64        `json:"concurrency_limit"`
	FlowRuns         []FlowRunSlot `json:"flow_runs"`
	Count            int64         `json:"count"`
	Limit            int64         `json:"limit"`
	Pages            int64         `json:"pages"`
	Page             int64         `json:"page"`
}

// DueRun is a flow run that waits in a work queue. At is nil for one whose time nobody noted.
type DueRun struct {
	ID, QueueID uuid.UUID
	At          *Time
}
