package prefect

import "github.com/google/uuid"

// DeploymentSchedule is a schedule of a deployment. Its slug is a name that the user gives it.
type DeploymentSchedule struct {
	ID               uuid.UUID `json:"id"`
	Created          Time      `json:"created"`
	Updated          Time      `json:"updated"`
	DeploymentID     uuid.UUID `json:"deployment_id"`
	Schedule         Schedule  `json:"schedule"`
	Active           bool      `json:"active"`
	MaxScheduledRuns *int64    `json:"max_scheduled_runs"`
	Parameters       Object    `json:"parameters"`
	Slug             *string   `json:"slug"`
}

// DeploymentScheduleWrite is a schedule that a client gives a deployment.
type DeploymentScheduleWrite struct {
	_                struct{} `wire:"forbid"`
	Active           bool     `json:"active" default:"true"`
	Schedule         Schedule `json:"schedule" v:"required" wire:"schedule"`
	MaxScheduledRuns *int64   `json:"max_scheduled_runs" v:"gt=0"`
	Parameters       Object   `json:"parameters" default:"{}"`
	Slug             *string  `json:"slug"`
	// Replaces is the slug of the schedule whose place this one takes. A new deployment has none.
	Replaces *string `json:"replaces"`
}

// DeploymentScheduleUpdate changes a schedule; what is nil stays as it is. The parameters always change.
type DeploymentScheduleUpdate struct {
	_                struct{}  `wire:"forbid"`
	Active           *bool     `json:"active"`
	Schedule         *Schedule `json:"schedule" wire:"schedule"`
	MaxScheduledRuns *int64    `json:"max_scheduled_runs" v:"gt=0"`
	Parameters       Object    `json:"parameters" default:"{}"`
	Slug             *string   `json:"slug"`
	Replaces         *string   `json:"replaces"`
}
