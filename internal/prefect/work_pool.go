package prefect

import (
	"strings"

	"github.com/google/uuid"
)

// WorkPoolStatus tells whether a work pool has anybody to run its work.
type WorkPoolStatus string

// The statuses of work pools.
const (
	WorkPoolReady    WorkPoolStatus = "READY"
	WorkPoolNotReady WorkPoolStatus = "NOT_READY"
	WorkPoolPaused   WorkPoolStatus = "PAUSED"
)

// AgentPoolType is the type of the pools that agents, the forerunners of workers, poll. Such a pool shows no status.
const AgentPoolType = "prefect-agent"

// WorkPool is a place where flow runs wait for workers of one type.
type WorkPool struct {
	ID                   uuid.UUID       `json:"id"`
	Created              Time            `json:"created"`
	Updated              Time            `json:"updated"`
	Name                 string          `json:"name"`
	Description          *string         `json:"description"`
	Type                 string          `json:"type"`
	BaseJobTemplate      Object          `json:"base_job_template"`
	IsPaused             bool            `json:"is_paused"`
	ConcurrencyLimit     *int64          `json:"concurrency_limit"`
	Status               *WorkPoolStatus `json:"status"`
	DefaultQueueID       *uuid.UUID      `json:"default_queue_id"`
	StorageConfiguration WorkPoolStorage `json:"storage_configuration"`
	// ActiveSlots counts the runs that are pending or running; nil in a pool without a limit.
	ActiveSlots *int64 `json:"active_slots"`

	// LastStatusEventID is the event that told of the status, and LastTransitionedStatusAt when that was.
	LastStatusEventID        *uuid.UUID `json:"-"`
	LastTransitionedStatusAt *Time      `json:"-"`
}

// WorkPoolStorage says where the code and the results of a pool's flow runs are kept.
type WorkPoolStorage struct {
	_                           struct{}   `wire:"forbid"`
	BundleUploadStep            *Object    `json:"bundle_upload_step"`
	BundleExecutionStep         *Object    `json:"bundle_execution_step"`
	DefaultResultStorageBlockID *uuid.UUID `json:"default_result_storage_block_id"`
}

// WorkPoolCreate is the body that creates a work pool.
type WorkPoolCreate struct {
	_                    struct{}        `wire:"forbid"`
	Name                 string          `json:"name" v:"required" wire:"pool_name"`
	Description          *string         `json:"description"`
	Type                 string          `json:"type" default:"\"prefect-agent\""`
	BaseJobTemplate      Object          `json:"base_job_template" default:"{}" wire:"job_template"`
	IsPaused             bool            `json:"is_paused" default:"false"`
	ConcurrencyLimit     *int64          `json:"concurrency_limit" v:"ge=0"`
	StorageConfiguration WorkPoolStorage `json:"storage_configuration" default:"{}"`
}

// WorkPoolUpdate is the body that changes a work pool.
type WorkPoolUpdate struct {
	_                    struct{}              `wire:"forbid"`
	Description          Opt[*string]          `json:"description"`
	IsPaused             Opt[*bool]            `json:"is_paused"`
	BaseJobTemplate      Opt[Object]           `json:"base_job_template" wire:"job_template"`
	ConcurrencyLimit     Opt[*int64]           `json:"concurrency_limit" v:"ge=0"`
	StorageConfiguration Opt[*WorkPoolStorage] `json:"storage_configuration"`
}

// IsReservedPool tells whether the name is one that only the reference's own cloud may give to a pool.
func IsReservedPool(name string) bool { return strings.HasPrefix(strings.ToLower(name), "prefect") }
