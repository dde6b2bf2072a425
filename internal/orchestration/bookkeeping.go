package orchestration

import (
	"time"

	"praetor/internal/prefect"
)

// The rules in this file decide nothing: they keep the run's fields in step with its states. They come last, and apply to
// every transition that has a new state.

// keeping makes a rule of a function that looks at each new state.
func keeping(before func(*step) error) *rule {
	return &rule{always: true, before: func(s *step) error {
		if s.proposed == nil {
			return nil
		}
		return before(s)
	}}
}

// uniqueTimestamp moves the state's time on until the run has no other state of the same: the database allows one.
func uniqueTimestamp() *rule {
	return keeping(func(s *step) error {
		if s.initial == nil || s.proposed.Timestamp.After(s.initial.Timestamp.Time) {
			return nil // later than the latest state
		}
		for {
			taken, err := s.stateAt(s.proposed.Timestamp)
			if err != nil || !taken {
				return err
			}
			s.proposed.Timestamp = s.proposed.Timestamp.Add(time.Microsecond)
		}
	})
}

// stateAt tells whether the run has a state of exactly that time.
func (t *transition) stateAt(at prefect.Time) (bool, error) {
	if t.flow != nil {
		return t.tx.HasFlowRunState(t.ctx, t.flow.ID, at)
	}
	return t.tx.HasTaskRunState(t.ctx, t.task.ID, at)
}

// times are the fields that flow runs and task runs share.
type times struct {
	start, end, expected, next **prefect.Time
	total                      *prefect.Seconds
}

func (t *transition) times() times {
	if f := t.flow; f != nil {
		return times{&f.StartTime, &f.EndTime, &f.ExpectedStartTime, &f.NextScheduledStartTime, &f.TotalRunTime}
	}
	r := t.task
	return times{&r.StartTime, &r.EndTime, &r.ExpectedStartTime, &r.NextScheduledStartTime, &r.TotalRunTime}
}

func setStartTime() *rule {
	return keeping(func(s *step) error {
		if t := s.times(); s.proposed.Is(prefect.Running) && *t.start == nil {
			*t.start = prefect.TimePtr(s.proposed.Timestamp.Time)
		}
		return nil
	})
}

func setEndTime() *rule {
	return keeping(func(s *step) error {
		t := s.times()
		if s.initial.IsTerminal() && !s.proposed.IsTerminal() {
			*t.end = nil
		}
		if s.proposed.IsTerminal() && *t.end == nil {
			if *t.start == nil {
				*t.start = prefect.TimePtr(s.proposed.Timestamp.Time)
			}
			*t.end = prefect.TimePtr(s.proposed.Timestamp.Time)
		}
		return nil
	})
}

func addRunTime() *rule {
	return keeping(func(s *step) error {
		if s.initial.Is(prefect.Running) {
			total := s.times().total
			*total = prefect.SecondsOf(total.Duration() + s.proposed.Timestamp.Sub(s.initial.Timestamp.Time))
		}
		return nil
	})
}

func setExpectedStartTime() *rule {
	return keeping(func(s *step) error {
		expected := s.times().expected
		switch {
		case *expected != nil:
		case s.proposed.Is(prefect.Scheduled):
			*expected = s.proposed.StateDetails.ScheduledTime
		default:
			*expected = prefect.TimePtr(s.proposed.Timestamp.Time)
		}
		return nil
	})
}

func setNextScheduledStartTime() *rule {
	return keeping(func(s *step) error {
		next := s.times().next
		if s.initial.Is(prefect.Scheduled) {
			*next = nil
		}
		if s.proposed.Is(prefect.Scheduled) {
			*next = s.proposed.StateDetails.ScheduledTime
		}
		return nil
	})
}

func fillStateDetails() *rule {
	return keeping(func(s *step) error {
		if s.flow != nil {
			s.proposed.StateDetails.FlowRunID = &s.flow.ID
			return nil
		}
		s.proposed.StateDetails.FlowRunID, s.proposed.StateDetails.TaskRunID = s.task.FlowRunID, &s.task.ID
		return nil
	})
}

// updateParentTask gives the task run that stands for a subflow in its parent the subflow's state.
func updateParentTask() *rule {
	return &rule{always: true, after: func(s *step) error {
		if s.proposed == nil || s.validated == nil || s.flow.ParentTaskRunID == nil {
			return nil
		}
		state := freshCopy(s.validated, prefect.TimeOf(s.o.Clock()))
		state.StateDetails.ChildFlowRunID = &s.flow.ID
		result, err := s.o.SetTaskRunStateIn(s.ctx, s.tx, *s.flow.ParentTaskRunID, state, Options{Force: true})
		if err == nil {
			s.transition.after = append(s.transition.after, result.Done)
		}
		return err
	}}
}

func nameParentTask() *rule {
	return keeping(func(s *step) error {
		if s.flow.ParentTaskRunID != nil {
			s.proposed.StateDetails.TaskRunID = s.flow.ParentTaskRunID
		}
		return nil
	})
}

// countFlowRun counts how often the flow run has begun; going on after a pause is no new beginning.
func countFlowRun() *rule {
	return keeping(func(s *step) error {
		if s.proposed.Is(prefect.Running) && !resuming(s.flow) {
			s.flow.RunCount++
		}
		return nil
	})
}

func resuming(f *prefect.FlowRun) bool {
	return f.EmpiricalPolicy.Resuming != nil && *f.EmpiricalPolicy.Resuming
}

func endResuming() *rule {
	return keeping(func(s *step) error {
		if (s.proposed.Is(prefect.Running) || s.proposed.IsTerminal()) && resuming(s.flow) {
			setResuming(s.flow, false)
		}
		return nil
	})
}

func setResuming(f *prefect.FlowRun, on bool) { f.EmpiricalPolicy.Resuming = &on }

func countTaskRun() *rule {
	return keeping(func(s *step) error {
		if s.proposed.Is(prefect.Running) {
			s.task.RunCount++
		}
		return nil
	})
}
