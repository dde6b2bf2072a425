package prefect

import (
	"slices"

	"github.com/google/uuid"
)

// The worker channel is a websocket between a worker and the server: the worker sends heartbeats, and hears of changes of its
// pool.

// WorkerChannelVersion is the version of the channel that this server speaks.
const WorkerChannelVersion = "work_pool_worker_channel.v1"

// What can go over a worker channel.
const (
	HeartbeatCapability = "worker_heartbeat.v1"
	SnapshotCapability  = "work_pool_snapshot.v1"
	CleanupCapability   = "cleanup_delivery.v1"
)

// The types of the frames of a worker channel.
const (
	WorkerHelloType        = "worker.hello.v1"
	WorkerReadyType        = "worker.ready.v1"
	WorkerHeartbeatType    = "worker.heartbeat.v1"
	WorkPoolSnapshotType   = "work_pool.snapshot.v1"
	CleanupAckType         = "cleanup.ack.v1"
	CleanupReleaseType     = "cleanup.release.v1"
	CleanupRenewType       = "cleanup.renew.v1"
	CleanupResultType      = "cleanup.operation_result.v1"
	SnapshotInitial        = "initial"
	SnapshotUpdated        = "work_pool_updated"
	SnapshotReconciliation = "heartbeat_reconciliation"
)

// CleanupKind is a kind of infrastructure that a worker may be asked to take down.
type CleanupKind string

// Enum lists the allowed values.
func (CleanupKind) Enum() []string {
	return []string{"cancelling_timeout_teardown.v1", "pending_claim_teardown.v1"}
}

// ChannelFrame is what every frame begins with.
type ChannelFrame struct {
	Type   string    `json:"type" v:"required"`
	ID     uuid.UUID `json:"id" v:"required"`
	SentAt Time      `json:"sent_at" v:"required"`
}

// WorkerHello is the frame with which a worker begins.
type WorkerHello struct {
	_ struct{} `wire:"forbid"`
	ChannelFrame
	Payload WorkerHelloPayload `json:"payload" v:"required"`
}

// WorkerHelloPayload says who the worker is and what it wants.
type WorkerHelloPayload struct {
	_                        struct{}      `wire:"forbid"`
	ConsumerID               uuid.UUID     `json:"consumer_id" v:"required"`
	WorkerName               string        `json:"worker_name" v:"required,min=1"`
	WorkerType               string        `json:"worker_type" v:"required,min=1"`
	HeartbeatIntervalSeconds int64         `json:"heartbeat_interval_seconds" v:"required,gt=0"`
	SupportedChannelVersions []string      `json:"supported_channel_versions" v:"required,min=1"`
	RequestedCapabilities    []string      `json:"requested_capabilities" v:"required,min=1"`
	WorkQueueNames           []string      `json:"work_queue_names" default:"[]"`
	HandledCleanupKinds      []CleanupKind `json:"handled_cleanup_kinds" default:"[]"`
	MaxCleanupConcurrency    int64         `json:"max_cleanup_concurrency" default:"0" v:"ge=0"`
	CreatePoolIfNotFound     bool          `json:"create_pool_if_not_found" default:"false"`
	DefaultBaseJobTemplate   Object        `json:"default_base_job_template" default:"{}"`
	WorkerMetadata           *Object       `json:"worker_metadata"`
}

// Violations checks that what belongs together is there.
func (p *WorkerHelloPayload) Violations() []Violation {
	for _, list := range [][]string{p.SupportedChannelVersions, p.RequestedCapabilities, p.WorkQueueNames} {
		if slices.Contains(list, "") {
			return []Violation{{Message: "Names must not be empty."}}
		}
	}
	switch {
	case !slices.Contains(p.RequestedCapabilities, HeartbeatCapability), !slices.Contains(p.RequestedCapabilities, SnapshotCapability):
		return []Violation{{Message: "A required capability is missing."}}
	case slices.Contains(p.RequestedCapabilities, CleanupCapability):
	case len(p.HandledCleanupKinds) > 0 || p.MaxCleanupConcurrency > 0:
		return []Violation{{Message: "What is said of cleanup needs the capability " + CleanupCapability + "."}}
	}
	return nil
}

// ChannelHeartbeat is the frame with which a worker shows that it lives.
type ChannelHeartbeat struct {
	_ struct{} `wire:"forbid"`
	ChannelFrame
	Payload struct {
		_                        struct{}  `wire:"forbid"`
		ConsumerID               uuid.UUID `json:"consumer_id" v:"required"`
		WorkerName               string    `json:"worker_name" v:"required,min=1"`
		HeartbeatIntervalSeconds int64     `json:"heartbeat_interval_seconds" v:"required,gt=0"`
	} `json:"payload" v:"required"`
}

// CleanupOperation is a frame in which a worker tells of infrastructure that it was asked to take down.
type CleanupOperation struct {
	_ struct{} `wire:"forbid"`
	ChannelFrame
	Payload struct {
		_                struct{}  `wire:"forbid"`
		MessageID        uuid.UUID `json:"message_id" v:"required"`
		ReservationToken string    `json:"reservation_token" v:"required,min=1"`
		Reason           *string   `json:"reason" v:"min=1"`
	} `json:"payload" v:"required"`
}

// CleanupResult is the frame that answers a CleanupOperation.
type CleanupResult struct {
	ChannelFrame
	Payload CleanupResultPayload `json:"payload"`
}

// CleanupResultPayload says what became of the operation. LeaseExpiresAt is set when a lease was renewed.
type CleanupResultPayload struct {
	RequestFrameID uuid.UUID `json:"request_frame_id"`
	MessageID      uuid.UUID `json:"message_id"`
	Operation      string    `json:"operation"` // ack, release or renew
	Status         string    `json:"status"`
	LeaseExpiresAt *Time     `json:"lease_expires_at"`
	Reason         *string   `json:"reason"`
	Detail         *string   `json:"detail"`
}

// QueueName is a queue by id and name.
type QueueName struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

// WorkPoolSnapshot is how a pool is. Sequence counts what one connection was told, from 1.
type WorkPoolSnapshot struct {
	Sequence int64     `json:"snapshot_sequence"`
	Reason   string    `json:"reason"`
	WorkPool *WorkPool `json:"work_pool"`
}

// WorkPoolSnapshotFrame tells a worker how its pool is.
type WorkPoolSnapshotFrame struct {
	ChannelFrame
	Payload WorkPoolSnapshot `json:"payload"`
}

// WorkerReady is the frame that answers a WorkerHello.
type WorkerReady struct {
	ChannelFrame
	Payload WorkerReadyPayload `json:"payload"`
}

// WorkerReadyPayload says what a worker gets of what it wants. The worker's id is the cloud's business, and null.
type WorkerReadyPayload struct {
	ConsumerID                        uuid.UUID        `json:"consumer_id"`
	WorkerID                          *uuid.UUID       `json:"worker_id"`
	SelectedChannelVersion            string           `json:"selected_channel_version"`
	EffectiveHeartbeatIntervalSeconds int64            `json:"effective_heartbeat_interval_seconds"`
	AcceptedCapabilities              []string         `json:"accepted_capabilities"`
	RejectedCapabilities              []string         `json:"rejected_capabilities"`
	EffectiveMaxCleanupConcurrency    int64            `json:"effective_max_cleanup_concurrency"`
	ResolvedWorkQueues                []QueueName      `json:"resolved_work_queues"`
	InitialSnapshot                   WorkPoolSnapshot `json:"initial_snapshot"`
}
