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
