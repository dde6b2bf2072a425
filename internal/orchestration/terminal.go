package orchestration

import "praetor/internal/prefect"

// What may still happen to a run that is over.

func handleTerminalFlows() *rule {
	var policy prefect.FlowRunPolicy
	return &rule{from: terminal, to: anyState,
		before: func(s *step) error {
			policy = s.flow.EmpiricalPolicy
			switch s.proposed.Type {
			case prefect.Cancelling, prefect.Paused, prefect.Crashed:
				s.abort("Run is already in terminal state " + string(s.initial.Type) + ".")
				return nil
			}
			if s.initial.Is(prefect.Completed) && persisted(s.initial.Data) && !s.proposed.IsTerminal() {
				s.reject(nil, "Run is already COMPLETED.")
				return nil
			}
			if losesResult(s) {
				s.reject(nil, resultLoss)
				return nil
			}
			if s.proposed.Is(prefect.Scheduled) && s.flow.DeploymentID == nil {
				s.abort("Cannot reschedule a run without an associated deployment.")
				return nil
			}
			if !s.proposed.IsTerminal() {
				beginAgain(s.flow)
				s.flow.EmpiricalPolicy.RetryType = nil
				if s.proposed.Is(prefect.Scheduled) {
					kind := "reschedule"
					s.flow.EmpiricalPolicy.RetryType = &kind
				}
			}
			return nil
		},
		undo: func(s *step) error {
			s.touched = true
			s.flow.EmpiricalPolicy = policy
			return nil
		},
	}
}

// beginAgain forgets the pauses of the run's earlier life.
func beginAgain(f *prefect.FlowRun) {
	f.EmpiricalPolicy.PauseKeys = &[]string{}
	setResuming(f, false)
}

// The text is one that clients see and may match on.
const resultLoss = "Cannot overwrite a COMPLETED state that carries persisted result data with one that does not."

func losesResult(s *step) bool {
	return s.initial.Is(prefect.Completed) && s.proposed.Is(prefect.Completed) && persisted(s.initial.Data) && !persisted(s.proposed.Data)
}

func preventResultDataLoss() *rule {
	return &rule{from: terminal, to: terminal, before: func(s *step) error {
		if losesResult(s) {
			s.reject(nil, resultLoss)
		}
		return nil
	}}
}

func handleTerminalTasks() *rule {
	var runCount int64
	return &rule{from: terminal, to: anyState,
		before: func(s *step) error {
			runCount = s.task.RunCount
			switch s.proposed.Type {
			case prefect.Cancelling, prefect.Paused, prefect.Crashed:
				s.abort("Run is already " + string(s.initial.Type) + ".")
				return nil
			}
			if s.initial.Is(prefect.Completed) && persisted(s.initial.Data) {
				s.reject(nil, "This run is already completed.")
				return nil
			}
			if !s.proposed.IsTerminal() {
				s.task.RunCount = 0
			}
			if !s.proposed.Is(prefect.Running) {
				return nil
			}
			parent, err := s.parentRun()
			if err == nil && parent != nil && s.task.FlowRunRunCount < parent.RunCount {
				s.rename("Retrying") // because the flow run is
			}
			return err
		},
		undo: func(s *step) error {
			s.touched = true
			s.task.RunCount = runCount
			return nil
		},
	}
}
