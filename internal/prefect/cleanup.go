package prefect

import "github.com/google/uuid"

// Cleanup is infrastructure that a worker of a pool is asked to take down.
type Cleanup struct {
	ID                uuid.UUID
	WorkPoolID        uuid.UUID
	WorkQueueID       *uuid.UUID
	Kind              CleanupKind
	FlowRunID         uuid.UUID
	InfrastructurePID *string
	Deliveries        int64
	Token             *string // of the worker that was asked; nil: it waits for one
	LeaseExpires      *Time   // when another worker may be asked
	Ended             *Time
}

// CancellingTimeout is the kind of a run that did not end in time after it was told to cancel.
const CancellingTimeout CleanupKind = "cancelling_timeout_teardown.v1"

// CleanupMessageType is the type of the frame that asks a worker.
const CleanupMessageType = "cleanup.message.v1"

// CleanupMessage is the frame that asks a worker to take something down.
type CleanupMessage struct {
	ChannelFrame
	Payload CleanupMessagePayload `json:"payload"`
}

// CleanupMessagePayload says what, and until when an answer is awaited.
type CleanupMessagePayload struct {
	MessageID        uuid.UUID     `json:"message_id"`
	ReservationToken string        `json:"reservation_token"`
	LeaseExpiresAt   Time          `json:"lease_expires_at"`
	DeliveryCount    int64         `json:"delivery_count"`
	WorkQueueID      *uuid.UUID    `json:"work_queue_id"`
	Data             Object        `json:"data"`
	Kind             CleanupKind   `json:"kind"`
	Target           CleanupTarget `json:"target"`
}

// CleanupTarget is what is to be taken down.
type CleanupTarget struct {
	FlowRunID         uuid.UUID `json:"flow_run_id"`
	InfrastructurePID *string   `json:"infrastructure_pid"`
}
