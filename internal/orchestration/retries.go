package orchestration

import (
	"time"

	"github.com/go-json-experiment/json"

	"praetor/internal/concurrency"
	"praetor/internal/prefect"
)

// retryFailedFlows puts AwaitingRetry in the place of a failure while there are retries left.
func retryFailedFlows() *rule {
	return &rule{from: states{prefect.Running}, to: states{prefect.Failed}, before: func(s *step) error {
		policy := &s.flow.EmpiricalPolicy
		if policy.Retries == nil || s.flow.RunCount > *policy.Retries {
			policy.RetryType = nil
			return nil
		}
		var delay time.Duration
		if policy.RetryDelay != nil {
			delay = time.Duration(*policy.RetryDelay) * time.Second
		}
		beginAgain(s.flow)
		kind := "in_process"
		policy.RetryType = &kind
		retry := awaitingRetry(s, delay)
		retry.StateDetails.DeploymentConcurrencyLeaseID = s.initial.StateDetails.DeploymentConcurrencyLeaseID
		s.reject(&retry, "Retrying")
		return nil
	}}
}

func awaitingRetry(s *step, delay time.Duration) prefect.State {
	retry := prefect.NewScheduled("AwaitingRetry", s.now.Add(delay).Time, s.now.Time)
	retry.Message, retry.Data = s.proposed.Message, s.proposed.Data
	return retry
}

// retryFailedTasks is retryFailedFlows for task runs, whose delays may be a list and may jitter.
func retryFailedTasks() *rule {
	return &rule{from: states{prefect.Running}, to: states{prefect.Failed}, before: func(s *step) error {
		policy := &s.task.EmpiricalPolicy
		if r := s.proposed.StateDetails.Retriable; r != nil && !*r {
			return nil
		}
		if policy.Retries == nil || s.task.RunCount > *policy.Retries {
			return nil
		}
		seconds := retryDelay(policy.RetryDelay, s.task.RunCount)
		if f := policy.RetryJitterFactor; f != nil && *f > 0 && seconds > 0 {
			seconds = concurrency.ClampedPoisson(seconds, *f)
		}
		retry := awaitingRetry(s, prefect.Seconds(seconds).Duration())
		s.reject(&retry, "Retrying")
		return nil
	}}
}

// retryDelay is the delay in seconds before the retry that follows the run of that number.
func retryDelay(delay prefect.Raw, run int64) float64 {
	switch delay.Kind() {
	case '0':
		var seconds float64
		if json.Unmarshal(delay, &seconds) == nil {
			return seconds
		}
	case '[':
		var list []float64
		if json.Unmarshal(delay, &list) == nil && len(list) > 0 {
			return list[max(0, min(run-1, int64(len(list)-1)))]
		}
	}
	return 0
}

// renameReruns tells a run that runs again by its name.
func renameReruns() *rule {
	return &rule{from: anyState, to: states{prefect.Running}, before: func(s *step) error {
		if s.initial == nil || s.task.RunCount == 0 {
			return nil
		}
		if s.initial.DisplayName() == "AwaitingRetry" {
			s.rename("Retrying")
		} else {
			s.rename("Rerunning")
		}
		return nil
	}}
}
