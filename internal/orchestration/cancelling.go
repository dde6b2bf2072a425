package orchestration

import "praetor/internal/prefect"

// enforceCancellingToCancelled lets a run that is being cancelled go nowhere else.
func enforceCancellingToCancelled() *rule {
	return &rule{from: states{prefect.Cancelling}, to: anyState.except(prefect.Cancelled), before: func(s *step) error {
		s.reject(nil, "Cannot transition flows that are cancelling to a state other than Cancelled.")
		return nil
	}}
}

// bypassCancellingWithoutInfrastructure cancels at once what nothing runs yet, or any more.
func bypassCancellingWithoutInfrastructure() *rule {
	return &rule{from: states{prefect.Scheduled, prefect.Paused}, to: states{prefect.Cancelling}, before: func(s *step) error {
		cancelled := prefect.NewState(prefect.Cancelled, "", s.now.Time)
		noProcess := s.flow.InfrastructurePid == nil || *s.flow.InfrastructurePid == ""
		switch {
		case s.initial.Is(prefect.Scheduled) && noProcess, s.initial.DisplayName() == "Resuming":
			s.reject(&cancelled, "Scheduled flow run has no infrastructure to terminate.")
		case s.initial.Is(prefect.Paused) && s.initial.StateDetails.PauseReschedule:
			s.reject(&cancelled, "Suspended flow run has no infrastructure to terminate.")
		}
		return nil
	}}
}
