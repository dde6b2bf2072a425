package service

import (
	"context"
	"time"

	"praetor/internal/lifecycle"
)

// Repossessor gives back the slots of concurrency limits whose leases have expired.
type Repossessor struct {
	Slots Repossessed
	Every time.Duration
}

// Repossessed are the slots that a Repossessor looks after.
type Repossessed interface {
	// Repossess gives back the slots of up to most leases that have expired, and tells how many there were.
	Repossess(ctx context.Context, most int64) (int, error)
}

const repossessedAtOnce = 100

// Loop makes the service a loop.
func (s *Repossessor) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "repossessor", Interval: s.Every, RunOnce: s.RunOnce}
}

// RunOnce gives back the slots of all leases that have expired.
func (s *Repossessor) RunOnce(ctx context.Context) error {
	for {
		n, err := s.Slots.Repossess(ctx, repossessedAtOnce)
		if err != nil || n < repossessedAtOnce {
			return err
		}
	}
}
