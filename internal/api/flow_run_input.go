package api

import (
	"context"
	"net/http"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createFlowRunInput struct {
	byID
	Body prefect.FlowRunInputCreate `body:"embed"`
}

func (s *Server) createFlowRunInput(ctx context.Context, in *createFlowRunInput) (reply[any], error) {
	if err := prefect.CheckInputKey(in.Body.Key); err != nil {
		return reply[any]{}, err
	}
	now := prefect.TimeOf(s.clock())
	input := &prefect.FlowRunInput{
		ID: prefect.NewID(), Created: now, Updated: now, FlowRunID: in.ID, Key: in.Body.Key, Value: in.Body.Value, Sender: in.Body.Sender,
	}
	_, err := write(ctx, s, func(tx *store.Tx) (none, error) { return none{}, tx.InsertFlowRunInput(ctx, input) })
	switch {
	case store.IsUnique(err):
		err = prefect.NewError(prefect.Conflict, "A flow run input with this key already exists.")
	case store.IsReference(err):
		err = notFound("Flow run")
	}
	return reply[any]{http.StatusCreated, nil}, err
}

// maxInputs bounds what one request reads of a run's inputs.
const maxInputs = 10_000

type filterFlowRunInput struct {
	byID
	Body struct {
		Prefix      string   `json:"prefix" v:"required"`
		Limit       int64    `json:"limit" default:"1"`
		ExcludeKeys []string `json:"exclude_keys" default:"[]"`
	} `body:"embed"`
}

func (s *Server) filterFlowRunInput(ctx context.Context, in *filterFlowRunInput) ([]prefect.FlowRunInput, error) {
	b := &in.Body
	if b.Limit < 0 {
		return nil, errNegativeLimit()
	}
	return read(ctx, s, func(tx *store.Tx) ([]prefect.FlowRunInput, error) {
		return tx.FlowRunInputs(ctx, in.ID, b.Prefix, b.ExcludeKeys, min(b.Limit, maxInputs))
	})
}

type flowRunInputKey struct {
	byID
	byKey
}

// readFlowRunInput gives the input's value as it was sent, as plain text.
func (s *Server) readFlowRunInput(ctx context.Context, in *flowRunInputKey) (file, error) {
	input, err := readOne(ctx, s, "Flow run input", func(tx *store.Tx) (*prefect.FlowRunInput, error) {
		return tx.FlowRunInput(ctx, in.ID, in.Key)
	})
	if err != nil {
		return file{}, err
	}
	return file{write: func(_ context.Context, w http.ResponseWriter) error {
		writeBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte(input.Value))
		return nil
	}}, nil
}

func (s *Server) deleteFlowRunInput(ctx context.Context, in *flowRunInputKey) (none, error) {
	there, err := write(ctx, s, func(tx *store.Tx) (bool, error) { return tx.DeleteFlowRunInput(ctx, in.ID, in.Key) })
	if err == nil && !there {
		err = notFound("Flow run input")
	}
	return none{}, err
}
