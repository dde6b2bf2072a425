package orchestration

import (
	"slices"

	"praetor/internal/prefect"
)

// Policy is a list of rules.
type Policy uint8

// The policies. Minimal is what Force means.
const (
	Core Policy = iota
	Minimal
	ClientSide // task runs whose client orchestrates them and reports by events
	Background // task runs that a task worker is to run
	MarkLate   // the service that marks flow runs late
)

// states is a set of state types; the empty type stands for a run without a state.
type states []prefect.StateType

func (s states) has(t prefect.StateType) bool { return slices.Contains(s, t) }

//nolint:gochecknoglobals // Go has no constant slices
var (
	anyState = states{"", prefect.Scheduled, prefect.Pending, prefect.Running, prefect.Completed, prefect.Failed,
		prefect.Cancelled, prefect.Crashed, prefect.Paused, prefect.Cancelling}
	terminal = states{prefect.Completed, prefect.Failed, prefect.Cancelled, prefect.Crashed}
	// active are the states in which a flow run holds a slot of its deployment's limit.
	active = states{prefect.Pending, prefect.Running, prefect.Cancelling}
)

// except is the set without some.
func (s states) except(without ...prefect.StateType) states {
	return slices.DeleteFunc(slices.Clone(s), func(t prefect.StateType) bool { return slices.Contains(without, t) })
}

// flowPolicy lists the rules of a policy for flow runs. Their order is part of what they decide.
func flowPolicy(p Policy) []func() *rule {
	switch p {
	case Minimal:
		return []func() *rule{preventResultDataLoss, bypassCancellingWithoutInfrastructure, instrumentTransitions, releaseFlowSlots}
	case MarkLate:
		return []func() *rule{onlyScheduledGoLate, enforceDeploymentConcurrencyOnLate, instrumentTransitions}
	}
	return []func() *rule{
		preserveLease,
		preventDuplicates,
		handleTerminalFlows,
		enforceCancellingToCancelled,
		bypassCancellingWithoutInfrastructure,
		preventPendingTransitions,
		validateDeploymentConcurrencyAtRunning,
		secureFlowSlots,
		keepLeaseOfOldClients,
		onlyScheduledGoLate,
		handlePausing,
		handleResuming,
		copyScheduledTime,
		waitForScheduledTime,
		retryFailedFlows,
		instrumentTransitions,
		releaseFlowSlots,
	}
}

// taskPolicy lists the rules of a policy for task runs.
func taskPolicy(p Policy) []func() *rule {
	switch p {
	case Minimal:
		return []func() *rule{releaseTaskSlots}
	case ClientSide:
		return []func() *rule{
			retrieveCache, handleTerminalTasks, preventRunningInStoppedFlows, copyScheduledTime, waitForScheduledTime,
			retryFailedTasks, renameReruns, trackFlowRunCount, insertCache, releaseTaskSlots,
		}
	case Background:
		return []func() *rule{
			preventPendingTransitions, retrieveCache, handleTerminalTasks, copyScheduledTime, copyTaskParameters,
			waitForScheduledTime, retryFailedTasks, renameReruns, trackFlowRunCount, insertCache, releaseTaskSlots, enqueueScheduledTasks,
		}
	}
	return []func() *rule{
		retrieveCache, handleTerminalTasks, preventRunningInStoppedFlows, secureTaskSlots, copyScheduledTime,
		waitForScheduledTime, retryFailedTasks, renameReruns, trackFlowRunCount, insertCache, releaseTaskSlots,
	}
}

// flowRules gives the rules that apply to the transition, with those of bookkeeping behind them.
func flowRules(o Options, from, to *prefect.State) []*rule {
	policy := o.Policy
	if o.Force {
		policy = Minimal
	}
	return applying(from, to, flowPolicy(policy), []func() *rule{
		uniqueTimestamp, setStartTime, setEndTime, addRunTime, setExpectedStartTime, setNextScheduledStartTime, fillStateDetails,
		updateParentTask, nameParentTask, countFlowRun, endResuming,
	})
}

// taskRules is flowRules for task runs. A deferred state goes by the background policy, even by force.
func taskRules(o Options, from, to *prefect.State) []*rule {
	policy := o.Policy
	switch {
	case to.StateDetails.Deferred != nil && *to.StateDetails.Deferred:
		policy = Background
	case o.Force:
		policy = Minimal
	}
	return applying(from, to, taskPolicy(policy), []func() *rule{
		uniqueTimestamp, setStartTime, setEndTime, addRunTime, setExpectedStartTime, setNextScheduledStartTime, fillStateDetails, countTaskRun,
	})
}

func applying(from, to *prefect.State, lists ...[]func() *rule) []*rule {
	var chosen []*rule
	for _, list := range lists {
		for _, newRule := range list {
			if r := newRule(); r.always || r.from.has(typeOf(from)) && r.to.has(typeOf(to)) {
				chosen = append(chosen, r)
			}
		}
	}
	return chosen
}
