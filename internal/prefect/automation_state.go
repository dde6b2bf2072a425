package prefect

import "github.com/google/uuid"

// AutomationBucket is the window of an event trigger that is open, with what was counted in it. It begins at Start and ends before End.
type AutomationBucket struct {
	AutomationID uuid.UUID
	TriggerID    uuid.UUID
	Key          []string // the values of the trigger's for_each
	Start, End   Time
	Count        int64
	// LastEvent is the last event that was counted, or opened the window; nil if none was.
	LastEvent     *ReceivedEvent
	LastOperation string // for people who look at the table
}

// ChildFiring is a firing of a part of a compound trigger or sequence that waits for those of the others.
type ChildFiring struct {
	AutomationID uuid.UUID
	ParentID     uuid.UUID // the trigger that waits
	ChildID      uuid.UUID // the trigger that has fired
	Firing       Firing
}

// QueuedEvent is an event that waits to be held against automations.
type QueuedEvent struct {
	ID int64 // its place in the queue
	// Event has only its id, name, times and what it follows, unless Whole is set.
	Event ReceivedEvent
	Whole bool
	// Gone tells that nothing more is known of the event than its id.
	Gone bool
}
