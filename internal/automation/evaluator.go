package automation

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"praetor/internal/automation/trigger"
	"praetor/internal/prefect"
)

// Store runs transactions for an Evaluator.
type Store interface {
	// Read runs fn with a Tx that must only read.
	Read(ctx context.Context, fn func(Tx) error) error
	// Write runs fn in a transaction and commits it when fn returns nil.
	Write(ctx context.Context, fn func(Tx) error) error
}

// Tx is what an Evaluator needs of a transaction.
type Tx interface {
	// LockEvaluation makes this transaction the only one that evaluates, and tells whether it is.
	LockEvaluation(ctx context.Context) (bool, error)
	// AwaitEvaluation is LockEvaluation after any other that evaluates has ended.
	AwaitEvaluation(ctx context.Context) (bool, error)
	Now() prefect.Time

	AutomationsState(ctx context.Context) (updated prefect.Time, count int64, err error)
	AllAutomations(ctx context.Context) ([]prefect.Automation, error)
	LockAutomations(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error)

	HasQueuedEvents(ctx context.Context) (bool, error)
	QueuedEvents(ctx context.Context, limit int64) ([]prefect.QueuedEvent, error)
	QueuedEventsOf(ctx context.Context, events []uuid.UUID) ([]prefect.QueuedEvent, error)
	DeleteQueuedEvents(ctx context.Context, queued []int64) error
	EventReader

	// EvaluatedEvents gives those of the events that are stored and wait for nothing any more.
	EvaluatedEvents(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error)
	AddFollowers(ctx context.Context, events []prefect.ReceivedEvent) error
	Followers(ctx context.Context, leaders []uuid.UUID) ([]prefect.ReceivedEvent, error)
	LostFollowers(ctx context.Context, received prefect.Time, limit int64) ([]prefect.ReceivedEvent, error)
	DeleteFollowers(ctx context.Context, followers []uuid.UUID) error

	LockBuckets(ctx context.Context, automations, triggers []uuid.UUID, keys [][]string) ([]prefect.AutomationBucket, error)
	LockEndedBuckets(ctx context.Context, automations, triggers []uuid.UUID, ended prefect.Time, count, limit int64) ([]prefect.AutomationBucket, error)
	NextBucketEnds(ctx context.Context, automations []uuid.UUID, thresholds map[uuid.UUID]int64, open prefect.Time) (map[uuid.UUID]prefect.Time, error)
	InsertBuckets(ctx context.Context, buckets []*prefect.AutomationBucket) error
	SaveBuckets(ctx context.Context, buckets []*prefect.AutomationBucket) error
	DeleteBuckets(ctx context.Context, buckets []*prefect.AutomationBucket) error
	HasClosedBuckets(ctx context.Context, ended prefect.Time) (bool, error)
	SweepBuckets(ctx context.Context, ended prefect.Time) error
	LockCompounds(ctx context.Context, triggers []uuid.UUID) error
	LockChildFirings(ctx context.Context, automations []uuid.UUID) ([]prefect.ChildFiring, error)
	SaveChildFirings(ctx context.Context, firings []*prefect.ChildFiring) error
	DeleteChildFirings(ctx context.Context, firings []*prefect.ChildFiring) error

	InsertEvents(ctx context.Context, events []prefect.ReceivedEvent) error
	InsertTriggeredActions(ctx context.Context, actions []prefect.TriggeredAction) error
}

// Evaluator holds events and the time against automations. Each event that the queue holds is evaluated in one transaction that takes it
// out of the queue, stores what has become of the triggers' windows, and has the actions taken whose triggers fired: exactly once,
// whatever crashes. On one database one evaluator works at a time, whichever server it is in, so that events are evaluated in their order.
type Evaluator struct {
	store Store
	clock func() time.Time
	log   *slog.Logger
	o     Options

	mu    sync.Mutex // one transaction of this evaluator at a time
	index *trigger.Index
	// What the index was made of: see Tx.AutomationsState.
	updated prefect.Time
	count   int64
	loaded  time.Time
	seen    *recent
	lag     lag
	last    prefect.Time               // when something fired last
	due     map[uuid.UUID]prefect.Time // when proactive triggers are to be looked at again
}

// Options are what an Evaluator may be told.
type Options struct {
	// Triggered is called after actions were stored that are to be taken. It must not block, and may be nil.
	Triggered func()
	// Unread gives when the oldest event was received that has come to this database's servers and that nobody has evaluated yet, besides
	// those that are queued; zero: there is none. It may be nil.
	Unread func(ctx context.Context) (prefect.Time, error)
	// Swept is how long buckets are kept after their end.
	Swept time.Duration
	// Batch is how many events one transaction takes out of the queue; zero: 500.
	Batch int64
}

// NewEvaluator makes an evaluator. It works when it is asked to.
func NewEvaluator(s Store, clock func() time.Time, log *slog.Logger, o Options) *Evaluator {
	if o.Triggered == nil {
		o.Triggered = func() {}
	}
	if o.Batch <= 0 {
		o.Batch = 500
	}
	return &Evaluator{store: s, clock: clock, log: log, o: o, index: trigger.NewIndex(nil), seen: newRecent(maxSeen), due: map[uuid.UUID]prefect.Time{}}
}

const (
	// maxSeen is of how many events the ids are kept in memory: of the others the database is asked.
	maxSeen = 20000
	// maxIndexAge is the age at which the index is made anew, whatever the automations' times say: those are from clocks of several servers.
	maxIndexAge = time.Minute
)

// refresh makes the index anew if the automations have changed.
func (v *Evaluator) refresh(ctx context.Context, tx Tx) error {
	updated, count, err := tx.AutomationsState(ctx)
	if err != nil {
		return err
	}
	now := v.clock()
	if updated.Equal(v.updated.Time) && count == v.count && now.Sub(v.loaded) < maxIndexAge {
		return nil
	}
	all, err := tx.AllAutomations(ctx)
	if err != nil {
		return err
	}
	compiled := make([]*trigger.Automation, len(all))
	for i := range all {
		compiled[i] = trigger.Compile(&all[i])
	}
	v.index, v.updated, v.count, v.loaded = trigger.NewIndex(compiled), updated, count, now
	known := make(map[uuid.UUID]prefect.Time, len(v.index.Proactive))
	for _, t := range v.index.Proactive {
		if due, ok := v.due[t.ID]; ok {
			known[t.ID] = due
		}
	}
	v.due = known
	return nil
}

// now is the time, later than that of any firing before.
func (v *Evaluator) now() prefect.Time {
	now := prefect.TimeOf(v.clock())
	if !now.After(v.last.Time) {
		now = v.last.Add(time.Microsecond)
	}
	v.last = now
	return now
}

// recent is a set of a bounded number of ids, of which the oldest are forgotten.
type recent struct {
	known map[uuid.UUID]bool
	ring  []uuid.UUID
	next  int
}

func newRecent(size int) *recent {
	return &recent{known: make(map[uuid.UUID]bool, size), ring: make([]uuid.UUID, 0, size)}
}

func (r *recent) add(id uuid.UUID) {
	if r.known[id] {
		return
	}
	r.known[id] = true
	if len(r.ring) < cap(r.ring) {
		r.ring = append(r.ring, id)
		return
	}
	delete(r.known, r.ring[r.next])
	r.ring[r.next] = id
	r.next = (r.next + 1) % len(r.ring)
}

// lag is how far behind the time the newest events are when they are evaluated.
type lag struct{ newest, evaluated prefect.Time }

// note has the lag reckoned from an event, unless a newer one was seen: one that comes late says nothing of the others.
func (l *lag) note(e *prefect.ReceivedEvent, now prefect.Time) {
	occurred := e.Occurred
	if occurred.After(now.Time) {
		occurred = now
	}
	if !occurred.Before(l.newest.Time) {
		l.newest, l.evaluated = occurred, now
	}
}

// asOf is the time of which it can be said that events from before it have come.
func (l *lag) asOf(now prefect.Time) prefect.Time {
	if l.newest.IsZero() {
		return now
	}
	return now.Add(l.newest.Sub(l.evaluated.Time))
}
