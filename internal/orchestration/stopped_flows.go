package orchestration

import "praetor/internal/prefect"

// preventRunningInStoppedFlows lets no task run begin whose flow run does not run.
func preventRunningInStoppedFlows() *rule {
	const notRunning = "The enclosing flow must be running to begin task execution."
	return &rule{from: anyState, to: states{prefect.Running}, before: func(s *step) error {
		parent, err := s.parentRun()
		if err != nil || parent == nil {
			return err
		}
		switch {
		case parent.State.Is(prefect.Paused):
			paused := prefect.NewState(prefect.Paused, "NotReady", s.now.Time)
			paused.StateDetails.PauseTimeout = parent.State.StateDetails.PauseTimeout
			paused.StateDetails.PauseReschedule = parent.State.StateDetails.PauseReschedule
			s.reject(&paused, "The flow is paused, new tasks can execute after resuming flow run: "+parent.ID.String()+".")
		case !parent.State.Is(prefect.Running):
			s.abort(notRunning)
		}
		return nil
	}}
}

// trackFlowRunCount remembers in which of the flow run's runs the task run began.
func trackFlowRunCount() *rule {
	return &rule{from: anyState, to: states{prefect.Running}, after: func(s *step) error {
		if s.task.FlowRunID == nil {
			return nil
		}
		parent, err := s.parentRun()
		if err == nil && parent == nil {
			err = &prefect.Error{Kind: prefect.NotFound, Exception: true,
				Message: "The flow run of task run " + s.task.ID.String() + " does not exist (any more)."}
		}
		if err == nil {
			s.touched = true
			s.task.FlowRunRunCount = parent.RunCount
		}
		return err
	}}
}
