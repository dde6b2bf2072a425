// Package memory is the bus of one process: what is published reaches those who follow at that moment, and is kept for
// nobody else.
package memory

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// ErrSlow tells a reader that it was cut off because it had not taken a backlog's worth of items: what came after them
// is lost to it.
var ErrSlow = errors.New("the reader is too slow")

// Hub hands items to its subscriptions. Publishing never waits for a reader. Its methods may be called from any number
// of goroutines, and it has none of its own.
type Hub[T any] struct {
	backlog int
	size    func(*T) int

	mu   sync.Mutex // held to change the list
	subs atomic.Pointer[[]*Subscription[T]]
}

// NewHub makes a hub whose readers may each be so many bytes behind, as size counts the bytes of an item.
func NewHub[T any](backlog int, size func(*T) int) *Hub[T] {
	h := &Hub[T]{backlog: backlog, size: size}
	h.subs.Store(&[]*Subscription[T]{})
	return h
}

// Publish hands the items to those who want them. The items are shared from then on: nobody may change them.
func (h *Hub[T]) Publish(items []T) {
	for _, s := range *h.subs.Load() {
		s.offer(items)
	}
}

// Subscribe starts to follow what is published, as far as wanted says yes to it. The caller closes the subscription.
func (h *Hub[T]) Subscribe(wanted func(*T) bool) *Subscription[T] {
	s := &Subscription[T]{hub: h, wanted: wanted, ready: make(chan struct{}, 1)}
	h.change(func(subs []*Subscription[T]) []*Subscription[T] { return append(subs, s) })
	return s
}

// Followed tells whether anybody follows what is published.
func (h *Hub[T]) Followed() bool { return len(*h.subs.Load()) > 0 }

// change replaces the list, so that publishers can go through it without a lock.
func (h *Hub[T]) change(edit func([]*Subscription[T]) []*Subscription[T]) {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := edit(slices.Clone(*h.subs.Load()))
	h.subs.Store(&list)
}

// Subscription is one reader's queue. Next must not be called by two goroutines at once.
type Subscription[T any] struct {
	hub    *Hub[T]
	wanted func(*T) bool
	ready  chan struct{} // holds a token when there may be something new

	mu    sync.Mutex
	queue []*T
	bytes int
	slow  bool
}

// offer queues what the reader wants. The bound is looked at once for all the items, so that one large publication does
// not cut off a reader that was up to date.
func (s *Subscription[T]) offer(items []T) {
	var mine []*T
	bytes := 0
	for i := range items {
		if item := &items[i]; s.wanted(item) {
			mine = append(mine, item)
			bytes += s.hub.size(item)
		}
	}
	if mine == nil {
		return
	}
	s.mu.Lock()
	if s.bytes >= s.hub.backlog {
		s.slow = true
	}
	if !s.slow {
		s.queue = append(s.queue, mine...)
		s.bytes += bytes
	}
	s.mu.Unlock()
	select {
	case s.ready <- struct{}{}:
	default: // it will look anyway
	}
}

// Next waits for something new and gives all that is there, oldest first. It fails with ErrSlow once what was queued
// before the cut is taken, and with the context's error when that ends.
func (s *Subscription[T]) Next(ctx context.Context) ([]*T, error) {
	for {
		s.mu.Lock()
		queue, slow := s.queue, s.slow
		s.queue, s.bytes = nil, 0
		s.mu.Unlock()
		if len(queue) > 0 {
			return queue, nil
		}
		if slow {
			return nil, ErrSlow
		}
		select {
		case <-s.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close ends the subscription. Closing again does nothing.
func (s *Subscription[T]) Close() {
	s.hub.change(func(subs []*Subscription[T]) []*Subscription[T] {
		return slices.DeleteFunc(subs, func(other *Subscription[T]) bool { return other == s })
	})
}
