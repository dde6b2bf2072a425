package api

import (
	"context"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

// historySpan is the part of a history's body that says which intervals to count in.
type historySpan struct {
	HistoryStart           prefect.Time `json:"history_start" v:"required"`
	HistoryEnd             prefect.Time `json:"history_end" v:"required"`
	HistoryIntervalSeconds float64      `json:"history_interval_seconds" v:"required"`
}

// interval is the width of an interval in seconds; below one there is no history.
func (h *historySpan) interval() (float64, error) {
	if h.HistoryIntervalSeconds < 1 {
		return 0, prefect.NewError(prefect.Invalid, "History interval must not be less than 1 second.")
	}
	return h.HistoryIntervalSeconds, nil
}

type flowRunHistory struct {
	Body struct {
		historySpan
		flowFilters
		WorkQueues *prefect.WorkQueueFilter `json:"work_queues"`
	} `body:"embed"`
}

func (s *Server) flowRunHistory(ctx context.Context, in *flowRunHistory) ([]prefect.RunHistory, error) {
	interval, err := in.Body.interval()
	if err != nil {
		return nil, err
	}
	filters := in.Body.filters()
	filters.WorkQueues = in.Body.WorkQueues
	return read(ctx, s, func(tx *store.Tx) ([]prefect.RunHistory, error) {
		return tx.FlowRunHistory(ctx, filters, in.Body.HistoryStart, in.Body.HistoryEnd, interval)
	})
}

func (s *Server) flowRunLateness(ctx context.Context, in *countFlowRuns) (*prefect.Seconds, error) {
	return read(ctx, s, func(tx *store.Tx) (*prefect.Seconds, error) { return tx.FlowRunLateness(ctx, in.Body.filters()) })
}

type taskRunHistory struct {
	Body struct {
		historySpan
		taskRunFilters
	} `body:"embed"`
}

func (s *Server) taskRunHistory(ctx context.Context, in *taskRunHistory) ([]prefect.RunHistory, error) {
	interval, err := in.Body.interval()
	if err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx *store.Tx) ([]prefect.RunHistory, error) {
		return tx.TaskRunHistory(ctx, in.Body.filters(), in.Body.HistoryStart, in.Body.HistoryEnd, interval)
	})
}
