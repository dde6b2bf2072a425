// Package service does what a server does without being asked: each file has one background service, which makes a
// lifecycle.Loop of itself. What a service needs of a transaction it names in an interface of its own; what it decides
// it decides in the use cases. All of them may run on several servers of one database at once, and may be stopped
// between any two transactions.
package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"praetor/internal/orchestration"
	"praetor/internal/prefect"
)

// Store runs transactions that offer what a service needs.
type Store[Tx any] interface {
	// Read runs fn with a Tx that must only read, outside a transaction.
	Read(ctx context.Context, fn func(Tx) error) error
	// Write runs fn in a transaction and commits it when fn returns nil.
	Write(ctx context.Context, fn func(Tx) error) error
}

// Orchestrator proposes states for runs.
type Orchestrator interface {
	SetFlowRunState(ctx context.Context, id uuid.UUID, state prefect.State, opts orchestration.Options) (*orchestration.Result, error)
	// SetFlowRunStateIn does so in the caller's transaction; the caller calls Done on the result once that is stored.
	SetFlowRunStateIn(ctx context.Context, tx orchestration.Tx, id uuid.UUID, state prefect.State, opts orchestration.Options) (*orchestration.Result, error)
	SetTaskRunState(ctx context.Context, id uuid.UUID, state prefect.State, opts orchestration.Options) (*orchestration.Result, error)
}

// Clock tells the time.
type Clock func() time.Time

// Now is the time, as precise as the databases keep it.
func (c Clock) Now() prefect.Time { return prefect.TimeOf(c()) }
