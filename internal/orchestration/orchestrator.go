// Package orchestration decides what becomes of a proposed state: the rules of a policy look at the transition one after
// the other and may accept it, put another state in its place, delay it or stop it. Rules decide on data in memory;
// what they decide is written in the caller's transaction.
package orchestration

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"praetor/internal/concurrency"
	"praetor/internal/prefect"
)

// Store runs transactions.
type Store interface {
	// Read runs fn with a Tx that must only read, outside a transaction.
	Read(ctx context.Context, fn func(Tx) error) error
	// Write runs fn in a transaction and commits it when fn returns nil.
	Write(ctx context.Context, fn func(Tx) error) error
}

// Tx is what rules read and write in the transaction of a transition.
type Tx interface {
	concurrency.Tx
	FlowRun(ctx context.Context, id uuid.UUID) (*prefect.FlowRun, error)
	LockFlowRun(ctx context.Context, id uuid.UUID) (*prefect.FlowRun, error)
	LockTaskRun(ctx context.Context, id uuid.UUID) (*prefect.TaskRun, error)
	HasFlowRunState(ctx context.Context, flowRunID uuid.UUID, at prefect.Time) (bool, error)
	HasTaskRunState(ctx context.Context, taskRunID uuid.UUID, at prefect.Time) (bool, error)
	InsertFlowRunInState(ctx context.Context, f *prefect.FlowRun, s *prefect.State, data prefect.Raw, artifact *uuid.UUID) error
	SetFlowRunState(ctx context.Context, f *prefect.FlowRun, s *prefect.State, data prefect.Raw, artifact *uuid.UUID) error
	SetTaskRunState(ctx context.Context, t *prefect.TaskRun, s *prefect.State, data prefect.Raw, artifact *uuid.UUID) error
	DeleteFlowRun(ctx context.Context, id uuid.UUID) error
	SaveFlowRunTransition(ctx context.Context, f *prefect.FlowRun) error
	SaveTaskRunTransition(ctx context.Context, t *prefect.TaskRun) error
	CreateArtifact(ctx context.Context, a *prefect.Artifact) (collection *prefect.ArtifactCollection, created bool, err error)
	CachedState(ctx context.Context, key string) (*prefect.State, error)
	CacheState(ctx context.Context, key string, expiration *prefect.Time, stateID uuid.UUID) error
	DeploymentConcurrency(ctx context.Context, deploymentID uuid.UUID) (*prefect.DeploymentConcurrency, error)
	ConcurrencyLimitsByName(ctx context.Context, names []string) ([]prefect.ConcurrencyLimitV2, error)
	// AdmittedBefore counts up to most of the runs that came before this one, that wait for a slot of the limit, and that were
	// let ask for it since a time and have not done so.
	AdmittedBefore(ctx context.Context, l *prefect.ConcurrencyLimitV2, run *prefect.FlowRun, since prefect.Time, most int64) (int64, error)
	LockLimitsByName(ctx context.Context, names []string) ([]prefect.ConcurrencyLimitV2, error)
	LockTagLimits(ctx context.Context, tags []string) ([]prefect.ConcurrencyLimit, error)
	SaveTagSlots(ctx context.Context, l *prefect.ConcurrencyLimit) error
	QueueDelivery(ctx context.Context, taskRunID uuid.UUID, taskKey string) error
	FlowRunInput(ctx context.Context, flowRunID uuid.UUID, key string) (*prefect.FlowRunInput, error)
	InsertFlowRunInput(ctx context.Context, i *prefect.FlowRunInput) error
	VariableValues(ctx context.Context, names []string) (map[string]prefect.Raw, error)
	EmitEvents(ctx context.Context, events ...prefect.Event) error
}

// Settings are the values that rules need. See package config for their meaning.
type Settings struct {
	TagConcurrencySlotWait        time.Duration
	DeploymentConcurrencySlotWait time.Duration
	InitialDeploymentLease        time.Duration
	MaxCacheKeyLength             int
}

// Orchestrator makes transitions. All fields are required, but for Enqueue, and never change.
type Orchestrator struct {
	Store    Store
	Slots    *concurrency.Slots
	Clock    func() time.Time
	Settings Settings
	// Enqueue hears of every background task run that is to run once that is stored.
	Enqueue func(context.Context, *prefect.TaskRun)
}

// Options say how a transition is to be judged.
type Options struct {
	// Force skips all rules but those of bookkeeping.
	Force bool
	// ClientVersion is the release of the Prefect client that asks, or empty.
	ClientVersion string
	// Policy is the rules to go by; the zero value is the core policy.
	Policy Policy
	// OnlyIf says of a flow run, as it is once nobody else can change it, whether the state is still wanted; if not, the result is an
	// abort. Nil: it is.
	OnlyIf func(*prefect.FlowRun) bool
}

// Result is what became of a proposed state.
type Result struct {
	prefect.OrchestrationResult
	// Written tells whether the run has a new state.
	Written bool

	after []func(context.Context) // to be done once the transaction is stored
}

// Done tells others of the transition. Call it once the transaction is stored.
func (r *Result) Done(ctx context.Context) {
	for _, tell := range r.after {
		tell(ctx)
	}
}

// SetFlowRunState proposes a state for a flow run in a transaction of its own.
func (o *Orchestrator) SetFlowRunState(ctx context.Context, id uuid.UUID, state prefect.State, opts Options) (*Result, error) {
	return o.inTransaction(ctx, func(tx Tx) (*Result, error) { return o.SetFlowRunStateIn(ctx, tx, id, state, opts) })
}

// SetTaskRunState proposes a state for a task run in a transaction of its own.
func (o *Orchestrator) SetTaskRunState(ctx context.Context, id uuid.UUID, state prefect.State, opts Options) (*Result, error) {
	return o.inTransaction(ctx, func(tx Tx) (*Result, error) { return o.SetTaskRunStateIn(ctx, tx, id, state, opts) })
}

func (o *Orchestrator) inTransaction(ctx context.Context, set func(Tx) (*Result, error)) (result *Result, err error) {
	err = o.Store.Write(ctx, func(tx Tx) (err error) {
		result, err = set(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	result.Done(ctx)
	return result, nil
}

// DeleteFlowRun deletes a flow run with all that belongs to it and gives back the slot that it holds. It tells whether there
// was such a run.
func (o *Orchestrator) DeleteFlowRun(ctx context.Context, id uuid.UUID) (found bool, err error) {
	err = o.Store.Write(ctx, func(tx Tx) error {
		run, err := tx.LockFlowRun(ctx, id)
		if found = run != nil; err != nil || !found {
			return err
		}
		if run.DeploymentID != nil && run.State != nil && active.has(run.State.Type) {
			if err := o.leaveDeploymentSlot(ctx, tx, *run.DeploymentID, run.State.StateDetails.DeploymentConcurrencyLeaseID); err != nil {
				return err
			}
		}
		return tx.DeleteFlowRun(ctx, id)
	})
	return found, err
}

// SetFlowRunStateIn proposes a state for a flow run in the caller's transaction; the caller calls Done on the result.
func (o *Orchestrator) SetFlowRunStateIn(ctx context.Context, tx Tx, id uuid.UUID, state prefect.State, opts Options) (*Result, error) {
	run, err := tx.LockFlowRun(ctx, id)
	if err != nil {
		return nil, err
	}
	if run == nil {
		return nil, &prefect.Error{Kind: prefect.NotFound, Message: fmt.Sprintf("Flow run with id %s not found", id), Exception: true}
	}
	if opts.OnlyIf != nil && !opts.OnlyIf(run) {
		return &Result{OrchestrationResult: prefect.Aborted("The run has changed.")}, nil
	}
	t := o.begin(ctx, tx, run.State, &state, opts)
	t.flow = run
	return t.make(flowRules(opts, t.initial, &state))
}

// InsertFlowRunIn stores a new flow run in its first state, whatever the rules but those of bookkeeping say to it. The run knows what it
// belongs to, and has no idempotency key that its flow may have seen.
func (o *Orchestrator) InsertFlowRunIn(ctx context.Context, tx Tx, run *prefect.FlowRun, state prefect.State) (*Result, error) {
	return o.setFirstFlowRunState(ctx, tx, run, state, true)
}

// SetFirstFlowRunStateIn gives the first state to a run that the caller's transaction has made, and that nobody else can know of,
// whatever the rules but those of bookkeeping say to it. The run knows what it belongs to.
func (o *Orchestrator) SetFirstFlowRunStateIn(ctx context.Context, tx Tx, run *prefect.FlowRun, state prefect.State) (*Result, error) {
	return o.setFirstFlowRunState(ctx, tx, run, state, false)
}

func (o *Orchestrator) setFirstFlowRunState(ctx context.Context, tx Tx, run *prefect.FlowRun, state prefect.State, unstored bool) (*Result, error) {
	opts := Options{Force: true}
	t := o.begin(ctx, tx, nil, &state, opts)
	t.flow, t.unstored = run, unstored
	return t.make(flowRules(opts, nil, &state))
}

// SetTaskRunStateIn proposes a state for a task run in the caller's transaction; the caller calls Done on the result.
func (o *Orchestrator) SetTaskRunStateIn(ctx context.Context, tx Tx, id uuid.UUID, state prefect.State, opts Options) (*Result, error) {
	run, err := tx.LockTaskRun(ctx, id)
	if err != nil {
		return nil, err
	}
	if run == nil {
		return nil, &prefect.Error{Kind: prefect.NotFound, Message: fmt.Sprintf("Task run with id %s not found", id), Exception: true}
	}
	t := o.begin(ctx, tx, run.State, &state, opts)
	t.task = run
	return t.make(taskRules(opts, t.initial, &state))
}

func (o *Orchestrator) begin(ctx context.Context, tx Tx, initial, proposed *prefect.State, opts Options) *transition {
	return &transition{
		ctx: ctx, o: o, tx: tx, now: prefect.TimeOf(o.Clock()), initial: initial, proposed: proposed, client: opts.ClientVersion,
		status: prefect.Accept, details: prefect.StateDecision{Type: "accept_details"},
	}
}
