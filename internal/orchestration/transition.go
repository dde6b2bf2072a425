package orchestration

import (
	"bytes"
	"context"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"praetor/internal/events"
	"praetor/internal/prefect"
)

// transition is a proposed state on its way through the rules. One of flow and task is set.
type transition struct {
	ctx context.Context
	o   *Orchestrator
	tx  Tx
	now prefect.Time

	flow     *prefect.FlowRun
	task     *prefect.TaskRun
	unstored bool // flow is to be stored with its first state

	initial   *prefect.State // nil for a run without a state
	proposed  *prefect.State // nil once a rule has decided that there is no new state
	validated *prefect.State // the run's state at the end
	status    prefect.SetStateStatus
	details   prefect.StateDecision
	client    string

	parent       *prefect.FlowRun // of a task run, once a rule has asked for it
	parentLoaded bool
	touched      bool        // the run was changed after it was written
	released     []uuid.UUID // leases whose slots have been given back
	after        []func(context.Context)
}

// rule looks at a transition. The hooks may be nil.
type rule struct {
	// from and to are the types of states between which the rule applies. A rule is passed over when another has changed
	// either before its turn.
	from, to states
	// always makes the rule a transform: it runs whatever the others have decided.
	always bool
	// before runs in the order of the policy, and may change what is proposed or decide against it.
	before func(*step) error
	// after runs once the state is written, in the opposite order, when the transition came out as the rule left it. It
	// does not run for a rule that has turned the transition into one to which the rule does not apply.
	after func(*step) error
	// undo runs in its place when a later rule decided otherwise.
	undo func(*step) error
}

// step is a rule's own view of the transition: the types between which it believes the transition to go.
type step struct {
	*transition
	rule    *rule
	from    prefect.StateType
	to      prefect.StateType
	skipped bool
}

// typeOf is the type of a state, and empty where there is none.
func typeOf(s *prefect.State) prefect.StateType {
	if s == nil {
		return ""
	}
	return s.Type
}

func (s *step) changed() bool { return s.from != typeOf(s.initial) || s.to != typeOf(s.proposed) }

// make runs the rules, writes what comes of them and gives the result.
func (t *transition) make(rules []*rule) (*Result, error) {
	from, to := typeOf(t.initial), typeOf(t.proposed)
	steps := make([]step, len(rules))
	for i, r := range rules {
		s := &steps[i]
		*s = step{transition: t, rule: r, from: from, to: to}
		if s.skipped = !r.always && s.changed(); s.skipped || r.before == nil {
			continue
		}
		if err := r.before(s); err != nil {
			return nil, err
		}
	}
	if err := t.write(); err != nil {
		return nil, err
	}
	for i := len(steps) - 1; i >= 0; i-- {
		s := &steps[i]
		hook := s.rule.after
		if !s.rule.always && s.changed() {
			hook = s.rule.undo
		}
		if s.skipped || !s.rule.always && !s.rule.to.has(s.to) || hook == nil {
			continue
		}
		if err := hook(s); err != nil {
			return nil, err
		}
	}
	if t.touched {
		if err := t.save(); err != nil {
			return nil, err
		}
	}
	return &Result{
		OrchestrationResult: prefect.OrchestrationResult{State: t.validated, Status: t.status, Details: t.details},
		Written:             t.proposed != nil, after: t.after,
	}, nil
}

// write makes the proposed state the run's. A result in it becomes an artifact.
func (t *transition) write() error {
	if t.proposed == nil {
		if t.flow != nil {
			t.validated = t.flow.State
		} else {
			t.validated = t.task.State
		}
		return nil
	}
	artifact, err := t.resultArtifact()
	if err != nil {
		return err
	}
	t.validated = t.proposed
	if t.flow != nil {
		t.flow.State = t.proposed
		if t.unstored {
			return t.tx.InsertFlowRunInState(t.ctx, t.flow, t.proposed, nil, artifact)
		}
		return t.tx.SetFlowRunState(t.ctx, t.flow, t.proposed, nil, artifact)
	}
	t.task.State = t.proposed
	return t.tx.SetTaskRunState(t.ctx, t.task, t.proposed, nil, artifact)
}

// save writes the run's fields.
func (t *transition) save() error {
	if t.flow != nil {
		return t.tx.SaveFlowRunTransition(t.ctx, t.flow)
	}
	return t.tx.SaveTaskRunTransition(t.ctx, t.task)
}

// resultArtifact stores the data of the proposed state as an artifact and gives its id, unless there is no data or the
// client keeps it to itself.
func (t *transition) resultArtifact() (*uuid.UUID, error) {
	data := t.proposed.Data
	if data == nil || unpersisted(data) {
		return nil, nil
	}
	a := &prefect.Artifact{ID: prefect.NewID(), Created: t.now, Updated: t.now, Data: data}
	takeNames(a)
	t.proposed.Data = a.Data
	if t.flow != nil {
		a.FlowRunID = &t.flow.ID
	} else {
		a.FlowRunID, a.TaskRunID = t.task.FlowRunID, &t.task.ID
	}
	return &a.ID, events.CreateArtifact(t.ctx, t.tx, a)
}

// takeNames makes the members of a result that describe its artifact the artifact's own.
func takeNames(a *prefect.Artifact) {
	if a.Data.Kind() != '{' {
		return
	}
	var named struct {
		Key         prefect.Raw `json:"artifact_key"`
		Type        prefect.Raw `json:"artifact_type"`
		Description prefect.Raw `json:"artifact_description"`
		Rest        prefect.Raw `json:",embed"`
	}
	if err := json.Unmarshal(a.Data, &named); err != nil || named.Key == nil && named.Type == nil && named.Description == nil {
		return
	}
	if a.Data = named.Rest; a.Data == nil {
		a.Data = prefect.Raw("{}")
	}
	for from, to := range map[*prefect.Raw]**string{&named.Key: &a.Key, &named.Type: &a.Type, &named.Description: &a.Description} {
		var text string
		if from.Kind() == '"' && json.Unmarshal(*from, &text) == nil && text != "" {
			*to = &text
		}
	}
}

// persisted tells whether data is a document of a result that somebody can read: an object with members, whose type is not
// "unpersisted".
func persisted(data prefect.Raw) bool {
	return data.Kind() == '{' && !unpersisted(data) && !empty(data)
}

// unpersisted tells whether data stands for a result that the client keeps to itself.
func unpersisted(data prefect.Raw) bool {
	if data.Kind() != '{' {
		return false
	}
	var kind struct {
		Type prefect.Raw `json:"type"`
	}
	return json.Unmarshal(data, &kind) == nil && string(kind.Type) == `"unpersisted"`
}

func empty(object prefect.Raw) bool { return len(bytes.TrimSpace(object[1:len(object)-1])) == 0 }

// parentRun is the flow run of a task run, or nil.
func (t *transition) parentRun() (*prefect.FlowRun, error) {
	if t.parentLoaded || t.task.FlowRunID == nil {
		return t.parent, nil
	}
	parent, err := t.tx.FlowRun(t.ctx, *t.task.FlowRunID)
	t.parent, t.parentLoaded = parent, err == nil
	return parent, err
}

// reject puts another state in the place of the proposed one; nil leaves the run in the state that it has.
func (s *step) reject(state *prefect.State, reason string) {
	s.proposed, s.to = state, typeOf(state)
	s.status, s.details = prefect.Reject, prefect.StateDecision{Type: "reject_details", Reason: &reason}
}

// delay leaves the run in the state that it has and tells the client to come again.
func (s *step) delay(seconds int64, reason string) {
	s.proposed, s.to = nil, ""
	s.status, s.details = prefect.Wait, prefect.StateDecision{Type: "wait_details", DelaySeconds: &seconds, Reason: &reason}
}

// abort leaves the run in the state that it has and tells the client to stop.
func (s *step) abort(reason string) {
	s.proposed, s.to = nil, ""
	s.status, s.details = prefect.Abort, prefect.StateDecision{Type: "abort_details", Reason: &reason}
}

// rename gives the proposed state another name.
func (s *step) rename(name string) {
	if s.proposed != nil {
		s.proposed.Name = &name
	}
}

// freshCopy is a state of the same kind that begins now.
func freshCopy(s *prefect.State, now prefect.Time) prefect.State {
	c := *s
	c.ID, c.Timestamp = prefect.NewID(), now
	return c
}
