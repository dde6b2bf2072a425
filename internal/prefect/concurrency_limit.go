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
	GracePeriodSeconds *int64            `json:"grace_period_seconds"`
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
