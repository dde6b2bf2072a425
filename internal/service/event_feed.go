package service

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"praetor/internal/bus"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
)

// EventFeed passes on to those who follow events at this server what all servers of the database store: its own events at once,
// those of others when their notes come, and, because notes may be lost and Prefect's own servers send none, whatever else turns up
// in the database. Each event is passed on once.
type EventFeed struct {
	Store    EventFeedStore
	Notes    bus.Subscription // on bus.Events
	Tell     func(topic bus.Topic, texts ...string)
	Followed func() bool
	Publish  func([]prefect.ReceivedEvent)
	Clock    func() time.Time

	mu sync.Mutex
	// passed holds the events that were passed on lately, and earlier those of the time before; they change places at turn.
	passed, earlier map[uuid.UUID]struct{}
	turn            time.Time

	// looked is when the loop has last looked at the database; zero: nobody followed then.
	looked time.Time
	// missed says that what notes told of could not be read.
	missed bool
}

// EventFeedStore is what an EventFeed reads from.
type EventFeedStore interface {
	Read(ctx context.Context, fn func(EventFeedTx) error) error
}

// EventFeedTx is what an EventFeed reads.
type EventFeedTx interface {
	EventsByID(ctx context.Context, ids []uuid.UUID) ([]prefect.ReceivedEvent, error)
	// EventsStoredAfter gives the ids of the first events that were stored after the given one, in that order, and when the last was.
	EventsStoredAfter(ctx context.Context, at prefect.Time, id uuid.UUID, limit int64) ([]uuid.UUID, prefect.Time, error)
}

const (
	// feedEvery is how often the feed looks by itself.
	feedEvery = 10 * time.Second
	// feedOverlap is how long storing may take: what is found to be stored that long before the last look may be new.
	feedOverlap = 15 * time.Second
	// feedMemory is for how long, at least, the feed knows what it has passed on.
	feedMemory = time.Minute
	// feedPage is how many events are read at once, and feedIDs how many ids.
	feedPage, feedIDs = 500, 5000
)

// Stored passes on events that this server has stored. It does not block.
func (f *EventFeed) Stored(events []prefect.ReceivedEvent) {
	ids := idsOf(events)
	f.Tell(bus.Events, bus.PackIDs(ids)...)
	f.passOn(events, ids)
}

// Received passes on events of which every server hears by itself. It does not block.
func (f *EventFeed) Received(events []prefect.ReceivedEvent) { f.passOn(events, idsOf(events)) }

// Knows tells whether an event was passed on lately.
func (f *EventFeed) Knows(id uuid.UUID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, now := f.passed[id]
	_, before := f.earlier[id]
	return now || before
}

// passOn passes on those of the events that were not yet, if anybody follows.
func (f *EventFeed) passOn(events []prefect.ReceivedEvent, ids []uuid.UUID) {
	if !f.Followed() || len(events) == 0 {
		return
	}
	if fresh := f.claim(ids); len(fresh) < len(ids) {
		events = slices.DeleteFunc(slices.Clone(events), func(e prefect.ReceivedEvent) bool { return !slices.Contains(fresh, e.ID) })
	}
	f.Publish(events)
}

// Loop makes the feed a loop.
func (f *EventFeed) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: "event_feed", Interval: feedEvery, Wake: f.Notes.Ready(), RunOnce: f.RunOnce}
}

// RunOnce passes on what the notes tell of, and from time to time what is stored without a note.
func (f *EventFeed) RunOnce(ctx context.Context) error {
	notes := f.Notes.Take()
	if !f.Followed() {
		f.looked, f.missed = time.Time{}, false
		return nil
	}
	look := f.missed || f.Clock().Sub(f.looked) >= feedEvery
	var ids []uuid.UUID
	for _, n := range notes {
		told, err := bus.UnpackIDs(n.Text)
		look = look || n.Lost || err != nil
		ids = append(ids, told...)
	}
	f.missed = true
	if err := f.pass(ctx, ids); err != nil {
		return err
	}
	if look {
		if err := f.look(ctx); err != nil {
			return err
		}
	}
	f.missed = false
	return nil
}

// look passes on what was stored since the last look.
func (f *EventFeed) look(ctx context.Context) error {
	now := f.Clock()
	since := f.looked.Add(-feedOverlap)
	if f.looked.IsZero() {
		since = now.Add(-feedEvery) // the first follower has come since the last run
	}
	at, last := prefect.TimeOf(since), uuid.Nil
	for {
		var ids []uuid.UUID
		err := f.Store.Read(ctx, func(tx EventFeedTx) (err error) {
			ids, at, err = tx.EventsStoredAfter(ctx, at, last, feedIDs)
			return err
		})
		if err == nil {
			err = f.pass(ctx, ids)
		}
		if err != nil {
			return err
		}
		if len(ids) < feedIDs {
			f.looked = now
			return nil
		}
		last = ids[len(ids)-1]
	}
}

// pass passes on those of the events that nobody has passed on yet.
func (f *EventFeed) pass(ctx context.Context, ids []uuid.UUID) error {
	ids = f.claim(ids)
	for len(ids) > 0 {
		page := ids[:min(len(ids), feedPage)]
		var events []prefect.ReceivedEvent
		err := f.Store.Read(ctx, func(tx EventFeedTx) (err error) {
			events, err = tx.EventsByID(ctx, page)
			return err
		})
		if err != nil {
			f.release(ids)
			return err
		}
		f.Publish(events)
		ids = ids[len(page):]
	}
	return nil
}

// claim notes that the events are passed on, and gives those that were not yet.
func (f *EventFeed) claim(ids []uuid.UUID) []uuid.UUID {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.Clock(); now.After(f.turn) {
		f.passed, f.earlier = map[uuid.UUID]struct{}{}, f.passed
		f.turn = now.Add(feedMemory)
	}
	fresh := make([]uuid.UUID, 0, len(ids))
	for _, id := range ids {
		_, now := f.passed[id]
		if _, before := f.earlier[id]; !now && !before {
			f.passed[id] = struct{}{}
			fresh = append(fresh, id)
		}
	}
	return fresh
}

// release takes back what was claimed.
func (f *EventFeed) release(ids []uuid.UUID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		delete(f.passed, id)
	}
}
