package memory

import (
	"context"
	"sync"

	"praetor/internal/bus"
)

// maxQueuedBytes bounds what a queue holds: texts, with a little for each note.
const maxQueuedBytes = 1 << 20

// noteOverhead is what a note takes besides its text.
const noteOverhead = 64

// Queue holds notes until they are taken: each once, in the order in which they came. When it is full, a loss on each topic
// takes their place.
type Queue struct {
	ready chan struct{} // holds a token when there may be something new

	mu     sync.Mutex
	notes  []bus.Note
	queued map[bus.Note]struct{} // what notes holds
	bytes  int
}

// NewQueue makes an empty queue.
func NewQueue() *Queue { return &Queue{ready: make(chan struct{}, 1)} }

// Add queues notes.
func (q *Queue) Add(notes ...bus.Note) {
	q.mu.Lock()
	for _, n := range notes {
		q.add(n)
	}
	q.mu.Unlock()
	select {
	case q.ready <- struct{}{}:
	default: // somebody will look anyway
	}
}

func (q *Queue) add(n bus.Note) {
	if len(n.Text) > bus.MaxText {
		n = bus.Note{Topic: n.Topic, Lost: true}
	}
	if _, ok := q.queued[n]; ok {
		return
	}
	if _, ok := q.queued[bus.Note{Topic: n.Topic, Lost: true}]; ok {
		return // who looks everywhere looks there too
	}
	if !n.Lost && q.bytes+noteOverhead+len(n.Text) > maxQueuedBytes {
		q.lose()
		n = bus.Note{Topic: n.Topic, Lost: true}
	}
	if q.queued == nil {
		q.queued = map[bus.Note]struct{}{}
	}
	if _, ok := q.queued[n]; ok {
		return // the losses hold it
	}
	q.queued[n] = struct{}{}
	q.notes = append(q.notes, n)
	q.bytes += noteOverhead + len(n.Text)
}

// lose puts a loss on each topic in the place of what is there.
func (q *Queue) lose() {
	old := q.notes
	q.notes, q.queued, q.bytes = nil, map[bus.Note]struct{}{}, 0
	for _, n := range old {
		loss := bus.Note{Topic: n.Topic, Lost: true}
		if _, ok := q.queued[loss]; !ok {
			q.queued[loss] = struct{}{}
			q.notes = append(q.notes, loss)
			q.bytes += noteOverhead
		}
	}
}

// Ready implements bus.Subscription.
func (q *Queue) Ready() <-chan struct{} { return q.ready }

// Take implements bus.Subscription.
func (q *Queue) Take() []bus.Note {
	q.mu.Lock()
	defer q.mu.Unlock()
	notes := q.notes
	q.notes, q.queued, q.bytes = nil, nil, 0
	return notes
}

// Next implements bus.Subscription.
func (q *Queue) Next(ctx context.Context) ([]bus.Note, error) {
	for {
		if notes := q.Take(); len(notes) > 0 {
			return notes, nil
		}
		select {
		case <-q.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
