package prefect

import "github.com/google/uuid"

// OverdueRun is a flow run that ought to have begun.
type OverdueRun struct {
	ID  uuid.UUID
	Due Time
}

// PausedRun is a flow run that waits to be resumed.
type PausedRun struct {
	ID      uuid.UUID
	Timeout *Time // nil: it waits for ever
}

// UnfinishedChild is a run that goes on although the flow run that it belongs to was cancelled.
type UnfinishedChild struct {
	ID uuid.UUID
	// Deployed says of a flow run that a worker runs it.
	Deployed bool
}

// CancellingRun is a flow run that was told to end, by a state.
type CancellingRun struct {
	ID, StateID uuid.UUID
	Since       Time
}

// RunTable is a table whose rows belong to flow runs that no foreign key ties them to.
type RunTable string

// The tables of that kind.
const (
	LogTable      RunTable = "log"
	ArtifactTable RunTable = "artifact"
)

// NamedRun is a flow run that something is said to belong to.
type NamedRun struct {
	ID     uuid.UUID
	Exists bool
}
