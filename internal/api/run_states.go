package api

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

func (s *Server) readFlowRunState(ctx context.Context, in *byID) (*prefect.State, error) {
	return readOne(ctx, s, "Flow run state", func(tx *store.Tx) (*prefect.State, error) { return tx.FlowRunState(ctx, in.ID) })
}

type readFlowRunStates struct {
	FlowRunID uuid.UUID `query:"flow_run_id" v:"required"`
}

func (s *Server) readFlowRunStates(ctx context.Context, in *readFlowRunStates) ([]prefect.State, error) {
	return read(ctx, s, func(tx *store.Tx) ([]prefect.State, error) { return tx.FlowRunStates(ctx, in.FlowRunID) })
}

// readTaskRunState speaks of a flow run where there is no state, as the reference does.
func (s *Server) readTaskRunState(ctx context.Context, in *byID) (*prefect.State, error) {
	return readOne(ctx, s, "Flow run state", func(tx *store.Tx) (*prefect.State, error) { return tx.TaskRunState(ctx, in.ID) })
}

type readTaskRunStates struct {
	TaskRunID uuid.UUID `query:"task_run_id" v:"required"`
}

func (s *Server) readTaskRunStates(ctx context.Context, in *readTaskRunStates) ([]prefect.State, error) {
	return read(ctx, s, func(tx *store.Tx) ([]prefect.State, error) { return tx.TaskRunStates(ctx, in.TaskRunID) })
}
