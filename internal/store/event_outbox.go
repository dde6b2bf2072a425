package store

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

// Events says what becomes of the events that transactions store.
type Events struct {
	// Stored hears of the events of a transaction once it is committed, in the goroutine that waits for it. It must not
	// block, and may be nil.
	Stored func([]prefect.ReceivedEvent)
	// Emitted hears of a transaction that has emitted events, once it is committed. It must not block, and may be nil.
	Emitted func()
	// Unkept events are queued for automations and told of, and nothing more is known of them afterwards: the setting
	// that keeps Prefect's event persister from running.
	Unkept bool
	// Queued says which events are queued, to be held against automations.
	Queued Queueing

	// Bounds of the events that EmitEvents is given: the most related resources, of which the rest is left out; the longest
	// name in characters, which is cut; and the size in bytes of an event beyond which there is none. 0 is no bound.
	MaxRelated, MaxName, MaxSize int
	// TooLarge hears of an event beyond MaxSize, and may be nil.
	TooLarge func(*prefect.Event)
}

// Queueing says which of the events that are stored are queued.
type Queueing uint8

const (
	// QueuedForAutomations is each event, if there is an automation when it is stored; none without, so that who has no automations
	// does not pay for them. Events that are not kept are queued in any case: followers could not find them otherwise.
	QueuedForAutomations Queueing = iota
	// QueuedAlways is each event: others than this database's automations want them.
	QueuedAlways
	// QueuedNever is none: the setting that keeps Prefect's triggers from running.
	QueuedNever
)

// HandleEvents says what becomes of events. Call it before the first transaction.
func (s *Store) HandleEvents(e Events) { s.events = e }

// EmitEvents has events of the server's own stored with the change that they tell of: they are if that is. They lie in the outbox
// until package events moves them to where events are read.
func (tx *Tx) EmitEvents(ctx context.Context, events ...prefect.Event) error {
	now := tx.Now()
	rows := tx.bulkInsert("praetor_event_outbox", eventOutboxBulk, "")
	for i := range events {
		e, fits := tx.events.bound(events[i])
		if !fits {
			continue
		}
		text, err := json.Marshal(&prefect.ReceivedEvent{Event: e, Received: now}, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
		if err != nil {
			return fmt.Errorf("the event %s: %w", e.Event, err)
		}
		if err := rows.row(ctx, string(text)); err != nil {
			return err
		}
		tx.emitted = true
	}
	return rows.queue(ctx)
}

// ClaimEmitted gives the oldest events of the outbox that no other transaction has claimed.
func (tx *Tx) ClaimEmitted(ctx context.Context, limit int) ([]prefect.EmittedEvent, error) {
	b := tx.sql("SELECT id, event FROM praetor_event_outbox ORDER BY id").Page(int64(limit), 0).Either("", " FOR UPDATE SKIP LOCKED")
	return all(ctx, tx, b, func(r Row, e *prefect.EmittedEvent) error {
		var text string
		if err := r.Scan(&e.ID, &text); err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &e.Event, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	})
}

// ForgetEmitted takes events out of the outbox.
func (tx *Tx) ForgetEmitted(ctx context.Context, ids []int64) error {
	return tx.queue(ctx, tx.sql("DELETE FROM praetor_event_outbox WHERE ").In("id", ids))
}

//nolint:gochecknoglobals // Go has no constant slices
var eventOutboxBulk = []bulkColumn{{"event", kindText}}

// bound brings an event of the server's own within the bounds, and tells whether it can be.
func (b *Events) bound(e prefect.Event) (bounded prefect.Event, fits bool) {
	if b.MaxRelated > 0 && len(e.Related) > b.MaxRelated {
		e.Related = e.Related[:b.MaxRelated]
	}
	if b.MaxName > 0 && len(e.Event) > b.MaxName {
		if name := []rune(e.Event); len(name) > b.MaxName {
			e.Event = string(name[:b.MaxName])
		}
	}
	if b.MaxSize > 0 && e.Size() > b.MaxSize {
		if b.TooLarge != nil {
			b.TooLarge(&e)
		}
		return e, false
	}
	return e, true
}
