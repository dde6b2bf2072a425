package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

//nolint:gochecknoglobals // Go has no constant slices
var eventQueueBulk = []bulkColumn{{"event_id", kindUUID}, {"event", kindJSONB}}

// queueEvents queues the events for the evaluation of automations. A row holds the event itself only where table events
// does not. Whether there are automations PostgreSQL finds in the statement itself, and SQLite before it.
func (tx *Tx) queueEvents(ctx context.Context, events []prefect.ReceivedEvent, body func(*prefect.ReceivedEvent) any) error {
	if tx.events.Queued == QueuedNever {
		return nil
	}
	tail := ""
	if tx.events.Queued == QueuedForAutomations && !tx.events.Unkept {
		if tx.dialect == sqlb.SQLite {
			n, err := tx.int(ctx, tx.sql("SELECT count(*) FROM (SELECT 1 FROM automation LIMIT 1) found"))
			if err != nil || n == 0 {
				return err
			}
		} else {
			tail = "WHERE EXISTS (SELECT 1 FROM automation)"
		}
	}
	rows := tx.bulkInsert("praetor_event_queue", eventQueueBulk, tail)
	for i := range events {
		if err := rows.row(ctx, events[i].ID, body(&events[i])); err != nil {
			return err
		}
	}
	return rows.queue(ctx)
}

// LockEvaluation makes this transaction the only one that holds events against automations, and tells whether it is: if not, another
// server's is. SQLite has one writer.
func (tx *Tx) LockEvaluation(ctx context.Context) (mine bool, err error) {
	if tx.dialect == sqlb.SQLite {
		return true, nil
	}
	err = tx.each(ctx, tx.sql("SELECT pg_try_advisory_xact_lock("+evaluationLock+")"), func(r Row) error { return r.Scan(&mine) })
	return mine, err
}

// evaluationLock is arbitrary; it only has to be the same in every server.
const evaluationLock = "7023113872"

// AwaitEvaluation is LockEvaluation that waits for other transactions that evaluate.
func (tx *Tx) AwaitEvaluation(ctx context.Context) (mine bool, err error) {
	return true, tx.lock(ctx, tx.sql("SELECT pg_advisory_xact_lock("+evaluationLock+")"))
}

// HasQueuedEvents tells whether events wait to be held against automations.
func (tx *Tx) HasQueuedEvents(ctx context.Context) (bool, error) {
	n, err := tx.int(ctx, tx.sql("SELECT count(*) FROM (SELECT 1 FROM praetor_event_queue LIMIT 1) found"))
	return n > 0, err
}

const selectQueued = "SELECT q.id, q.event_id, q.event, e.event, e.follows, e.occurred, e.received FROM praetor_event_queue q LEFT JOIN events e ON e.id = q.event_id"

func scanQueued(r Row, q *prefect.QueuedEvent) error {
	var whole *prefect.ReceivedEvent
	var name *string
	var follows *uuid.UUID
	var occurred, received *prefect.Time
	var id uuid.UUID
	if err := r.Scan(&q.ID, &id, &whole, &name, &follows, &occurred, &received); err != nil {
		return err
	}
	switch {
	case whole != nil:
		q.Event, q.Whole = *whole, true
	case name != nil:
		q.Event = prefect.ReceivedEvent{Event: prefect.Event{ID: id, Event: *name, Follows: follows, Occurred: *occurred}, Received: *received}
	default:
		q.Event.ID, q.Gone = id, true
	}
	return nil
}

// QueuedEvents gives the events that wait to be held against automations, the first ones first.
func (tx *Tx) QueuedEvents(ctx context.Context, limit int64) ([]prefect.QueuedEvent, error) {
	return all(ctx, tx, tx.sql(selectQueued).Write(" ORDER BY q.id").Page(limit, 0), scanQueued)
}

// QueuedEventsOf is QueuedEvents for events of some ids.
func (tx *Tx) QueuedEventsOf(ctx context.Context, events []uuid.UUID) ([]prefect.QueuedEvent, error) {
	return all(ctx, tx, tx.sql(selectQueued).Write(" WHERE ").In("q.event_id", events).Write(" ORDER BY q.id"), scanQueued)
}

// DeleteQueuedEvents takes events out of the queue.
func (tx *Tx) DeleteQueuedEvents(ctx context.Context, queued []int64) error {
	return tx.queue(ctx, tx.sql("DELETE FROM praetor_event_queue WHERE ").In("id", queued))
}

// EventsOf gives those of the events that are stored.
func (tx *Tx) EventsOf(ctx context.Context, ids []uuid.UUID) ([]prefect.ReceivedEvent, error) {
	return all(ctx, tx, tx.sql("SELECT "+eventColumns+" FROM events WHERE ").In("id", ids), scanEvent)
}

// EvaluatedEvents gives those of the events that are stored and wait neither in the queue nor for another event.
func (tx *Tx) EvaluatedEvents(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error) {
	return all(ctx, tx, tx.sql("SELECT id FROM events WHERE ").In("id", ids).
		Write(" AND NOT EXISTS (SELECT 1 FROM praetor_event_queue q WHERE q.event_id = events.id)").
		Write(" AND NOT EXISTS (SELECT 1 FROM automation_event_follower f WHERE f.scope = 'triggers' AND f.follower_event_id = events.id)"), value[uuid.UUID])
}

//nolint:gochecknoglobals // Go has no constant slices
var followerBulk = []bulkColumn{
	{"id", kindUUID}, {"created", kindTime}, {"updated", kindTime}, {"scope", kindText}, {"leader_event_id", kindUUID}, {"follower_event_id", kindUUID},
	{"received", kindTime}, {"follower", kindJSONB},
}

// AddFollowers has events wait for those that they follow.
func (tx *Tx) AddFollowers(ctx context.Context, events []prefect.ReceivedEvent) error {
	now := tx.Now()
	rows := tx.bulkInsert("automation_event_follower", followerBulk, "ON CONFLICT (scope, follower_event_id) DO NOTHING")
	for i := range events {
		e := &events[i]
		if err := rows.row(ctx, prefect.NewID(), now, now, "triggers", e.Follows, e.ID, e.Received, JSON{e}); err != nil {
			return err
		}
	}
	return rows.queue(ctx)
}

// Followers gives the events that wait for one of the events, those first that began first.
func (tx *Tx) Followers(ctx context.Context, leaders []uuid.UUID) ([]prefect.ReceivedEvent, error) {
	return all(ctx, tx, tx.sql("SELECT follower FROM automation_event_follower WHERE scope = 'triggers' AND ").In("leader_event_id", leaders).Write(" ORDER BY id"), scanFollower)
}

// LostFollowers gives events that were received before a time and still wait for what they follow.
func (tx *Tx) LostFollowers(ctx context.Context, received prefect.Time, limit int64) ([]prefect.ReceivedEvent, error) {
	return all(ctx, tx, tx.sql("SELECT follower FROM automation_event_follower WHERE scope = 'triggers' AND received < ").Arg(received).
		Write(" ORDER BY received, id").Page(limit, 0), scanFollower)
}

func scanFollower(r Row, e *prefect.ReceivedEvent) error { return r.Scan(e) }

// DeleteFollowers has events wait no longer.
func (tx *Tx) DeleteFollowers(ctx context.Context, followers []uuid.UUID) error {
	return tx.queue(ctx, tx.sql("DELETE FROM automation_event_follower WHERE scope = 'triggers' AND ").In("follower_event_id", followers))
}
