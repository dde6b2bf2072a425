package orchestration

import "praetor/internal/prefect"

// preventDuplicates keeps a client that repeats a request from making the same transition twice.
func preventDuplicates() *rule {
	return &rule{from: anyState, to: anyState, before: func(s *step) error {
		if s.initial == nil || s.proposed == nil {
			return nil
		}
		was, is := s.initial.StateDetails.TransitionID, s.proposed.StateDetails.TransitionID
		if was != nil && is != nil && *was == *is {
			s.reject(nil, "This run has already made this state transition.")
		}
		return nil
	}}
}

// preventPendingTransitions lets one client only take a run on: for the others it is pending already, or further. A step
// within PENDING, such as to InfrastructurePending, is none of that.
func preventPendingTransitions() *rule {
	return &rule{
		from: states{prefect.Pending, prefect.Cancelling, prefect.Running, prefect.Cancelled}, to: states{prefect.Pending},
		before: func(s *step) error {
			if s.initial.Is(prefect.Pending) && s.initial.DisplayName() != s.proposed.DisplayName() && s.proposed.DisplayName() != "Pending" {
				s.proposed.StateDetails.ScheduledTime = s.initial.StateDetails.ScheduledTime
				s.proposed.StateDetails.DeploymentConcurrencyLeaseID = s.initial.StateDetails.DeploymentConcurrencyLeaseID
				return nil
			}
			s.abort("This run is in a " + string(s.initial.Type) + " state and cannot transition to a PENDING state.")
			return nil
		},
	}
}
