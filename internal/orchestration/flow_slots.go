package orchestration

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"praetor/internal/concurrency"
	"praetor/internal/prefect"
)

// A deployment's limit: a run takes a slot when it becomes pending and holds it by a lease, which the client renews once
// the run runs.

// preserveLease carries the lease from state to state.
func preserveLease() *rule {
	return keeping(func(s *step) error {
		if s.initial != nil && s.proposed.StateDetails.DeploymentConcurrencyLeaseID == nil {
			s.proposed.StateDetails.DeploymentConcurrencyLeaseID = s.initial.StateDetails.DeploymentConcurrencyLeaseID
		}
		return nil
	})
}

// concurrencyOf is the limit of the run's deployment, or nil when there is no deployment.
func (s *step) concurrencyOf() (*prefect.DeploymentConcurrency, error) {
	if s.flow.DeploymentID == nil {
		return nil, nil
	}
	return s.tx.DeploymentConcurrency(s.ctx, *s.flow.DeploymentID)
}

// grace is how long the lease of a new slot lives.
func (s *step) grace(d *prefect.DeploymentConcurrency) time.Duration {
	if d.Options != nil && d.Options.GracePeriodSeconds != nil {
		return time.Duration(*d.Options.GracePeriodSeconds) * time.Second
	}
	return s.o.Settings.InitialDeploymentLease
}

// takeFlowSlot takes a slot of the deployment's limit with a lease, or gives nil when there is none.
func (s *step) takeFlowSlot(d *prefect.DeploymentConcurrency) (*prefect.ConcurrencyLease, error) {
	return s.o.Slots.TakeLeased(s.ctx, s.tx, []uuid.UUID{d.Limit.ID}, 1,
		&concurrency.Terms{Holder: &prefect.LeaseHolder{Type: prefect.FlowRunHolder, ID: s.flow.ID}, TTL: s.grace(d)})
}

// secureFlowSlots takes a slot of the deployment's limit. Without one the run waits or is cancelled, as its deployment says.
func secureFlowSlots() *rule {
	const full = "Deployment concurrency limit reached."
	var limit, lease *uuid.UUID
	return &rule{
		from: anyState.except(prefect.Pending, prefect.Running, prefect.Cancelling), to: states{prefect.Pending},
		before: func(s *step) error {
			if s.flow.DeploymentID == nil || managesConcurrency(s.client) {
				return nil
			}
			d, err := s.concurrencyOf()
			if err != nil {
				return err
			}
			if d == nil {
				s.abort("Deployment not found.")
				return nil
			}
			if d.Limit == nil {
				return nil
			}
			if d.Limit.Limit == 0 {
				s.abort("The deployment concurrency limit is 0. The flow will deadlock if submitted again.")
				return nil
			}
			taken, err := s.takeFlowSlotInTurn(d)
			if err != nil {
				return err
			}
			if taken != nil {
				limit, lease = &d.Limit.ID, &taken.ID
				s.proposed.StateDetails.DeploymentConcurrencyLeaseID = lease
				return nil
			}
			if d.Strategy() == prefect.CancelNew {
				cancelled := prefect.NewState(prefect.Cancelled, "", s.now.Time)
				message := full
				cancelled.Message = &message
				s.reject(&cancelled, full)
				return nil
			}
			wait := prefect.NewScheduled("AwaitingConcurrencySlot", s.now.Add(s.o.Settings.DeploymentConcurrencySlotWait).Time, s.now.Time)
			s.reject(&wait, full)
			return nil
		},
		undo: func(s *step) error {
			if lease == nil {
				return nil
			}
			if s.validated != nil {
				s.validated.StateDetails.DeploymentConcurrencyLeaseID = nil
			}
			return releaseLease(s.transition, *lease, limit)
		},
	}
}

// takeFlowSlotInTurn is takeFlowSlot, but leaves to those who came before and have just been let in the slots that are theirs. They
// have as long to take them as a run waits before it asks again.
func (s *step) takeFlowSlotInTurn(d *prefect.DeploymentConcurrency) (*prefect.ConcurrencyLease, error) {
	if free := d.Limit.Limit - d.Limit.ActiveSlots; free > 0 && d.Strategy() == prefect.Enqueue && s.flow.ExpectedStartTime != nil {
		before, err := s.tx.AdmittedBefore(s.ctx, d.Limit, s.flow, s.now.Add(-s.o.Settings.DeploymentConcurrencySlotWait), free)
		if err != nil || before >= free {
			return nil, err
		}
	}
	return s.takeFlowSlot(d)
}

// validateDeploymentConcurrencyAtRunning renews the lease of a run that begins, and looks for another slot where the lease
// was lost on the way.
func validateDeploymentConcurrencyAtRunning() *rule {
	return &rule{from: states{prefect.Pending}, to: states{prefect.Running}, before: func(s *step) error {
		id := s.initial.StateDetails.DeploymentConcurrencyLeaseID
		s.proposed.StateDetails.DeploymentConcurrencyLeaseID = id
		if id == nil || !leasesConcurrency(s.client) {
			return nil
		}
		d, err := s.concurrencyOf()
		if err != nil || d == nil || d.Limit == nil {
			return err
		}
		renewed, err := s.o.Slots.RenewIn(s.ctx, s.tx, *id, s.grace(d))
		if err != nil || renewed {
			return err
		}
		taken, err := s.takeFlowSlot(d)
		if err != nil {
			return err
		}
		if taken != nil {
			s.proposed.StateDetails.DeploymentConcurrencyLeaseID = &taken.ID
			return nil
		}
		cancelled := prefect.NewState(prefect.Cancelled, "", s.now.Time)
		message := "Deployment concurrency slot lost before the run began, and no slot is free."
		cancelled.Message = &message
		s.reject(&cancelled, "Deployment concurrency limit reached after lease expiry.")
		return nil
	}}
}

// keepLeaseOfOldClients lets the lease of a run whose client knows nothing of leases live on without being renewed: its slot is
// then given back by the run's end alone.
func keepLeaseOfOldClients() *rule {
	return &rule{from: states{prefect.Pending}, to: states{prefect.Running, prefect.Cancelling}, after: func(s *step) error {
		id := s.initial.StateDetails.DeploymentConcurrencyLeaseID
		if id == nil || s.client != "" && leasesConcurrency(s.client) {
			return nil
		}
		_, err := s.o.Slots.RenewIn(s.ctx, s.tx, *id, concurrency.UnrenewedLease)
		return err
	}}
}

// releaseFlowSlots gives the run's slot back when it no longer runs.
func releaseFlowSlots() *rule {
	leaves := func(s *step) bool {
		return s.proposed != nil && s.initial != nil && active.has(s.initial.Type) && !active.has(s.proposed.Type) && s.flow.DeploymentID != nil
	}
	return &rule{
		always: true,
		before: func(s *step) error {
			if s.flow.ParentTaskRunID == nil || !leaves(s) {
				return nil
			}
			// The parent's task run will give slots back first, of limits that are to be locked after the deployment's.
			_, err := s.concurrencyOf()
			return err
		},
		after: func(s *step) error {
			if !leaves(s) || s.proposed.Is(prefect.Scheduled) && s.proposed.DisplayName() == "AwaitingRetry" && s.status == prefect.Reject {
				return nil // a run that is to be retried keeps its slot
			}
			return s.o.leaveDeploymentSlot(s.ctx, s.tx, *s.flow.DeploymentID, s.initial.StateDetails.DeploymentConcurrencyLeaseID)
		},
	}
}

// leaveDeploymentSlot gives back the slot of the deployment's limit that is held by the lease or, where there is none, by
// nothing but the run's state.
func (o *Orchestrator) leaveDeploymentSlot(ctx context.Context, tx Tx, deployment uuid.UUID, lease *uuid.UUID) error {
	d, err := tx.DeploymentConcurrency(ctx, deployment)
	if err != nil {
		return err
	}
	var limit *uuid.UUID
	if d != nil && d.Limit != nil {
		limit = &d.Limit.ID
	}
	switch {
	case lease != nil:
		return o.Slots.ReleaseOrGive(ctx, tx, *lease, limit)
	case limit != nil:
		return o.Slots.Give(ctx, tx, []uuid.UUID{*limit}, 1, 0)
	}
	return nil
}

// enforceDeploymentConcurrencyOnLate cancels a run that would wait for a slot that its deployment does not let it wait for.
func enforceDeploymentConcurrencyOnLate() *rule {
	return &rule{from: states{prefect.Scheduled}, to: states{prefect.Scheduled}, before: func(s *step) error {
		if s.proposed.DisplayName() != "Late" {
			return nil
		}
		d, err := s.concurrencyOf()
		if err != nil || d == nil || d.Limit == nil || d.Strategy() != prefect.CancelNew || d.Limit.ActiveSlots < d.Limit.Limit {
			return err
		}
		cancelled := prefect.NewState(prefect.Cancelled, "", s.now.Time)
		message := "Deployment concurrency limit reached."
		cancelled.Message = &message
		s.reject(&cancelled, "Deployment concurrency limit is full and uses the CANCEL_NEW strategy.")
		return nil
	}}
}

// leasesConcurrency tells whether a client of that release renews the leases of its runs; the first that did is 3.4.11.
func leasesConcurrency(client string) bool {
	least := [3]int{3, 4, 11}
	version := release(client)
	for i := range least {
		if version[i] != least[i] {
			return version[i] > least[i]
		}
	}
	return true
}

// managesConcurrency tells whether a worker of that release looks after the deployment's limit itself.
func managesConcurrency(client string) bool {
	switch client {
	case "3.0.0rc20", "3.0.0", "3.0.1", "3.0.2", "3.0.3":
		return true
	}
	return false
}

// release reads the numbers of a version such as "3.4.11.dev1"; what is missing is 0.
func release(version string) (numbers [3]int) {
	for i, part := range strings.SplitN(version, ".", 4) {
		if i == len(numbers) {
			break
		}
		digits := part[:len(part)-len(strings.TrimLeft(part, "0123456789"))]
		numbers[i], _ = strconv.Atoi(digits) // no digits are 0
	}
	return numbers
}
