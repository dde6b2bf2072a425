package store

import (
	"context"

	"praetor/internal/prefect"
)

// Events says what becomes of the events that transactions store.
type Events struct {
	// Stored hears of the events of a transaction once it is committed, in the goroutine that waits for it. It must not
	// block, and may be nil.
	Stored func([]prefect.ReceivedEvent)
	// Unkept events are queued for automations and told of, and nothing more is known of them afterwards: the setting
	// that keeps Prefect's event persister from running.
	Unkept bool
}

// HandleEvents says what becomes of events. Call it before the first transaction.
func (s *Store) HandleEvents(e Events) { s.events = e }

//nolint:gochecknoglobals // Go has no constant slices
var eventQueueBulk = []bulkColumn{{"event_id", kindUUID}, {"event", kindJSONB}}

// queueEvents queues the events for the evaluation of automations. A row holds the event itself only where table events
// does not.
func (tx *Tx) queueEvents(ctx context.Context, events []prefect.ReceivedEvent, body func(*prefect.ReceivedEvent) any) error {
	rows := tx.bulkInsert("praetor_event_queue", eventQueueBulk, "")
	for i := range events {
		if err := rows.row(ctx, events[i].ID, body(&events[i])); err != nil {
			return err
		}
	}
	return rows.queue(ctx)
}
