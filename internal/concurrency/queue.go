package concurrency

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Queue holds requests for slots of full limits for a while, so that the one that came first is answered the moment a slot comes
// free. A request that is answered in vain and comes again at once takes up its old place. The zero Queue holds nothing.
type Queue struct {
	// Hold is the longest that a request is held.
	Hold time.Duration
	// Most is how many requests are held at once. Others are answered in vain at once.
	Most int
	// Clock tells the time.
	Clock func() time.Time

	mu      sync.Mutex
	places  []*place // in the order of coming
	stopped chan struct{}
}

const (
	// comingBack is for how long the place of a request that was answered in vain is kept.
	comingBack = time.Second
	// lookAgain is how often the first in line looks for slots of whose coming free this process is not told: leases that expire and
	// what other servers give back.
	lookAgain = 250 * time.Millisecond
	// comeAgain is when one should ask again who was held in vain, in seconds.
	comeAgain = 0.1
)

// place is one in the queue. Its fields are guarded by the queue's lock.
type place struct {
	shape  string
	limits []uuid.UUID
	wake   chan struct{}
	// left is when its request was answered in vain; zero while it is held.
	left time.Time
}

// try calls ask, which tells whether it got slots of the limits, when it is the request's turn: at once if nobody waits, and
// otherwise when slots come free. Requests of the same shape may take each other's place. It tells whether slots were got, and whether
// the request was held.
func (q *Queue) try(ctx context.Context, shape string, limits []uuid.UUID, ask func() (bool, error)) (got, held bool, err error) {
	p := q.enter(shape, limits)
	if p == nil {
		got, err = ask()
		return got, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, q.Hold)
	defer cancel()
	for {
		if q.first(p) {
			if got, err = ask(); got || err != nil {
				q.leave(p, false)
				return got, true, err
			}
		}
		look, done := context.WithTimeout(ctx, lookAgain)
		select {
		case <-p.wake:
		case <-look.Done():
		case <-q.end():
			cancel()
		}
		done()
		if ctx.Err() != nil {
			q.leave(p, true)
			return false, true, nil
		}
	}
}

// enter finds a place for a request, or nil where it is not to be held.
func (q *Queue) enter(shape string, limits []uuid.UUID) *place {
	if q == nil || q.Hold <= 0 {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.clean()
	for _, p := range q.places {
		if !p.left.IsZero() && p.shape == shape {
			p.left = time.Time{}
			return p
		}
	}
	if len(q.places) >= q.Most {
		return nil
	}
	p := &place{shape: shape, limits: limits, wake: make(chan struct{}, 1)}
	q.places = append(q.places, p)
	return p
}

// clean gives up the places of those who have not come back.
func (q *Queue) clean() {
	now := q.Clock()
	q.places = slices.DeleteFunc(q.places, func(p *place) bool { return !p.left.IsZero() && now.Sub(p.left) > comingBack })
}

// first tells whether nobody with one of the same limits came before.
func (q *Queue) first(p *place) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.clean()
	for _, before := range q.places {
		if before == p {
			return true
		}
		if meet(before.limits, p.limits) {
			return false
		}
	}
	return true
}

func meet(a, b []uuid.UUID) bool {
	return slices.ContainsFunc(a, func(id uuid.UUID) bool { return slices.Contains(b, id) })
}

// leave gives up a place, or keeps it for a while for whoever was answered in vain.
func (q *Queue) leave(p *place, keep bool) {
	q.mu.Lock()
	if keep {
		p.left = q.Clock()
	} else {
		q.places = slices.DeleteFunc(q.places, func(other *place) bool { return other == p })
	}
	q.mu.Unlock()
	q.Wake(p.limits)
}

// Wake tells those who wait that slots of the limits may have come free.
func (q *Queue) Wake(limits []uuid.UUID) {
	if q == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	woken := make([]uuid.UUID, 0, len(limits))
	for _, p := range q.places {
		for _, id := range p.limits {
			if slices.Contains(limits, id) && !slices.Contains(woken, id) {
				woken = append(woken, id) // only the first in line of each limit can get anything
				select {
				case p.wake <- struct{}{}:
				default:
				}
			}
		}
		if len(woken) == len(limits) {
			return
		}
	}
}

func (q *Queue) end() chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopped == nil {
		q.stopped = make(chan struct{})
	}
	return q.stopped
}

// Stop answers all who are held, and holds nobody any more who has not come yet. Call it once.
func (q *Queue) Stop() {
	if q != nil {
		close(q.end())
	}
}

// Len is how many places are taken.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.clean()
	return len(q.places)
}
