package prefect

import "github.com/google/uuid"

// ConcurrencyLimit bounds how many task runs of a tag run at once. Each active slot is the id of a task run.
type ConcurrencyLimit struct {
	ID               uuid.UUID `json:"id"`
	Created          Time      `json:"created"`
	Updated          Time      `json:"updated"`
	Tag              string    `json:"tag"`
	ConcurrencyLimit int64     `json:"concurrency_limit"`
	ActiveSlots      []string  `json:"active_slots"`
}

// ConcurrencyLimitV2 bounds how many slots of a name are held at once.
type ConcurrencyLimitV2 struct {
	ID                      uuid.UUID `json:"id"`
	Created                 Time      `json:"created"`
	Updated                 Time      `json:"updated"`
	Active                  bool      `json:"active"`
	Name                    string    `json:"name"`
	Limit                   int64     `json:"limit"`
	ActiveSlots             int64     `json:"active_slots"`
	DeniedSlots             int64     `json:"denied_slots"`
	SlotDecayPerSecond      float64   `json:"slot_decay_per_second"`
	AvgSlotOccupancySeconds float64   `json:"avg_slot_occupancy_seconds"`
}

// ConcurrencyLimitCreate is the body that limits a tag.
type ConcurrencyLimitCreate struct {
	_                struct{} `wire:"forbid"`
	Tag              string   `json:"tag" v:"required"`
	ConcurrencyLimit int64    `json:"concurrency_limit" v:"required"`
}

// ConcurrencyLimitV2Create is the body that creates a limit.
type ConcurrencyLimitV2Create struct {
	_                  struct{} `wire:"forbid"`
	Active             bool     `json:"active" default:"true"`
	Name               string   `json:"name" v:"required,pattern=^[^/%&><]+$"`
	Limit              int64    `json:"limit" v:"required,ge=0"`
	ActiveSlots        int64    `json:"active_slots" default:"0" v:"ge=0"`
	DeniedSlots        int64    `json:"denied_slots" default:"0" v:"ge=0"`
	SlotDecayPerSecond float64  `json:"slot_decay_per_second" default:"0" v:"ge=0"`
}

// ConcurrencyLimitV2Update is the body that changes a limit.
type ConcurrencyLimitV2Update struct {
	_                  struct{}      `wire:"forbid"`
	Active             Opt[*bool]    `json:"active"`
	Name               Opt[*string]  `json:"name" v:"pattern=^[^/%&><]+$"`
	Limit              Opt[*int64]   `json:"limit" v:"ge=0"`
	ActiveSlots        Opt[*int64]   `json:"active_slots" v:"ge=0"`
	DeniedSlots        Opt[*int64]   `json:"denied_slots" v:"ge=0"`
	SlotDecayPerSecond Opt[*float64] `json:"slot_decay_per_second" v:"ge=0"`
}

// GlobalConcurrencyLimit is a limit as it is read.
type GlobalConcurrencyLimit struct {
	ID                 uuid.UUID `json:"id"`
	Created            Time      `json:"created"`
	Updated            Time      `json:"updated"`
	Active             bool      `json:"active"`
	Name               string    `json:"name"`
	Limit              int64     `json:"limit"`
	ActiveSlots        int64     `json:"active_slots"`
	SlotDecayPerSecond float64   `json:"slot_decay_per_second"`
}

// MinimalConcurrencyLimit is a limit as those hear of it who take its slots.
type MinimalConcurrencyLimit struct {
	ID    uuid.UUID `json:"id"`
	Name  string    `json:"name"`
	Limit int64     `json:"limit"`
}

// LeasedConcurrencyLimits are limits of which slots were taken, and the lease on those.
type LeasedConcurrencyLimits struct {
	LeaseID uuid.UUID                 `json:"lease_id"`
	Limits  []MinimalConcurrencyLimit `json:"limits"`
}

// LeaseHolder is who holds a lease.
type LeaseHolder struct {
	_    struct{}        `wire:"forbid"`
	Type LeaseHolderType `json:"type" v:"required,literal=flow_run|task_run|deployment"`
	ID   uuid.UUID       `json:"id" v:"required"`
}

// LeaseHolderType is what holds a lease.
type LeaseHolderType string

// The holders of leases.
const (
	FlowRunHolder    LeaseHolderType = "flow_run"
	TaskRunHolder    LeaseHolderType = "task_run"
	DeploymentHolder LeaseHolderType = "deployment"
)

// CollisionStrategy says what becomes of a run that finds its deployment's limit full.
type CollisionStrategy string

// The strategies.
const (
	Enqueue   CollisionStrategy = "ENQUEUE"    // it waits for a slot
	CancelNew CollisionStrategy = "CANCEL_NEW" // it is cancelled
)

// Enum lists the allowed values.
func (CollisionStrategy) Enum() []string { return []string{"ENQUEUE", "CANCEL_NEW"} }

// ConcurrencyOptions are a deployment's choices about its limit.
type ConcurrencyOptions struct {
	CollisionStrategy  CollisionStrategy `json:"collision_strategy" v:"required"`
	GracePeriodSeconds *int64            `json:"grace_period_seconds" v:"ge=60,le=86400"`
}

// DeploymentConcurrency is a deployment as far as its limit goes.
type DeploymentConcurrency struct {
	// Limit is nil when the deployment has none.
	Limit   *ConcurrencyLimitV2
	Options *ConcurrencyOptions
}

// Strategy is what becomes of a run that finds the limit full: it waits, unless the deployment says otherwise.
func (d *DeploymentConcurrency) Strategy() CollisionStrategy {
	if d.Options == nil {
		return Enqueue
	}
	return d.Options.CollisionStrategy
}
