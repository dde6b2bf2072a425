package api

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"praetor/internal/orchestration"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// setState is the body that proposes a state.
type setState struct {
	State prefect.StateCreate `json:"state" v:"required"`
	Force bool                `json:"force" default:"false"`
}

type setFlowRunState struct {
	byID
	caller
	Body setState `body:"embed"`
}

func (s *Server) setFlowRunState(ctx context.Context, in *setFlowRunState) (reply[*prefect.OrchestrationResult], error) {
	state := in.Body.State.State(s.clock())
	result, err := s.orchestrator.SetFlowRunState(ctx, in.ID, state, orchestration.Options{Force: in.Body.Force, ClientVersion: in.clientVersion()})
	return transition(result, err)
}

type resumeFlowRun struct {
	byID
	caller
	Body struct {
		RunInput *prefect.Object `json:"run_input"`
	} `body:"embed"`
}

func (s *Server) resumeFlowRun(ctx context.Context, in *resumeFlowRun) (reply[*prefect.OrchestrationResult], error) {
	var input prefect.Object
	if in.Body.RunInput != nil {
		input = *in.Body.RunInput
	}
	result, err := s.orchestrator.ResumeFlowRun(ctx, in.ID, input, orchestration.Options{ClientVersion: in.clientVersion()})
	return transition(result, err)
}

type setTaskRunState struct {
	byID
	caller
	Body setState `body:"embed"`
}

func (s *Server) setTaskRunState(ctx context.Context, in *setTaskRunState) (reply[*prefect.OrchestrationResult], error) {
	state := in.Body.State.State(s.clock())
	result, err := s.orchestrator.SetTaskRunState(ctx, in.ID, state, orchestration.Options{Force: in.Body.Force, ClientVersion: in.clientVersion()})
	return transition(result, err)
}

// transition answers 201 when the run has a new state, and 200 when it kept the one that it had.
func transition(result *orchestration.Result, err error) (reply[*prefect.OrchestrationResult], error) {
	if err != nil {
		return reply[*prefect.OrchestrationResult]{}, err
	}
	return newOrOld(result.Written, &result.OrchestrationResult), nil
}

type bulkSetFlowRunState struct {
	caller
	Body struct {
		FlowRuns *prefect.FlowRunFilter `json:"flow_runs"`
		State    prefect.StateCreate    `json:"state" v:"required"`
		Force    bool                   `json:"force" default:"false"`
		Limit    int64                  `json:"limit" default:"50" v:"ge=1,le=50"`
	} `body:"embed"`
}

// bulkResults is the answer of a bulk transition.
type bulkResults struct {
	Results []bulkResult `json:"results"`
}

type bulkResult struct {
	FlowRunID uuid.UUID `json:"flow_run_id"`
	prefect.OrchestrationResult
}

// bulkSetFlowRunState gives each chosen run the state in a transaction of its own: one that fails does not hold the
// others back, and its result says so.
func (s *Server) bulkSetFlowRunState(ctx context.Context, in *bulkSetFlowRunState) (*bulkResults, error) {
	b := &in.Body
	ids, err := read(ctx, s, func(tx *store.Tx) ([]uuid.UUID, error) {
		return tx.FlowRunIDs(ctx, &store.Filters{FlowRuns: b.FlowRuns}, b.Limit)
	})
	if err != nil {
		return nil, err
	}
	if b.State.Type == prefect.Scheduled && b.State.StateDetails.ScheduledTime == nil {
		b.State.StateDetails.ScheduledTime = prefect.TimePtr(s.clock()) // one for all
	}
	answer := &bulkResults{Results: make([]bulkResult, 0, len(ids))}
	for _, id := range ids {
		result, err := s.orchestrator.SetFlowRunState(ctx, id, b.State.State(s.clock()), orchestration.Options{Force: b.Force, ClientVersion: in.clientVersion()})
		if err != nil {
			if status, _ := problem(err); status >= http.StatusInternalServerError {
				return nil, err
			}
			answer.Results = append(answer.Results, bulkResult{id, prefect.Aborted(err.Error())})
			continue
		}
		answer.Results = append(answer.Results, bulkResult{id, result.OrchestrationResult})
	}
	return answer, nil
}
