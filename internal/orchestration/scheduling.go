package orchestration

import (
	"context"
	"math"

	"praetor/internal/prefect"
)

// copyScheduledTime keeps the time for which a run was planned.
func copyScheduledTime() *rule {
	return &rule{from: states{prefect.Scheduled}, to: states{prefect.Pending}, before: func(s *step) error {
		if s.proposed.StateDetails.ScheduledTime == nil {
			s.proposed.StateDetails.ScheduledTime = s.initial.StateDetails.ScheduledTime
		}
		return nil
	}}
}

// waitForScheduledTime lets no run begin before its time.
func waitForScheduledTime() *rule {
	return &rule{from: states{prefect.Scheduled, prefect.Pending}, to: states{prefect.Running}, before: func(s *step) error {
		at := s.initial.StateDetails.ScheduledTime
		if at == nil {
			return nil
		}
		if seconds := math.RoundToEven(at.Sub(s.now.Time).Seconds()); seconds > 0 {
			s.delay(int64(seconds), "Scheduled time is in the future")
		}
		return nil
	}}
}

// copyTaskParameters keeps the id under which a background task's parameters are stored.
func copyTaskParameters() *rule {
	return &rule{
		from: states{prefect.Scheduled, prefect.Pending}, to: states{prefect.Pending, prefect.Running},
		before: func(s *step) error {
			if s.proposed.StateDetails.TaskParametersID == nil {
				s.proposed.StateDetails.TaskParametersID = s.initial.StateDetails.TaskParametersID
			}
			return nil
		},
	}
}

// enqueueScheduledTasks has a deferred task run wait for a task worker.
func enqueueScheduledTasks() *rule {
	return &rule{from: anyState, to: states{prefect.Scheduled}, after: func(s *step) error {
		if d := s.validated.StateDetails.Deferred; d == nil || !*d {
			return nil
		}
		if err := s.tx.QueueDelivery(s.ctx, s.task.ID, s.task.TaskKey); err != nil || s.o.Enqueue == nil {
			return err
		}
		run, enqueue := *s.task, s.o.Enqueue
		s.transition.after = append(s.transition.after, func(ctx context.Context) { enqueue(ctx, &run) })
		return nil
	}}
}

// onlyScheduledGoLate lets only runs that wait for their time go late, and only once.
func onlyScheduledGoLate() *rule {
	return &rule{from: anyState, to: states{prefect.Scheduled}, before: func(s *step) error {
		switch {
		case s.initial == nil || s.proposed.DisplayName() != "Late":
		case !s.initial.Is(prefect.Scheduled):
			s.reject(nil, "Only scheduled flows can be marked late.")
		case s.initial.DisplayName() == "Late":
			s.reject(nil, "This flow run is already marked late.")
		}
		return nil
	}}
}
