package trigger

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Bucket is the window of an event trigger that is open.
type Bucket = prefect.AutomationBucket

// Child is a firing of a part of a compound trigger or sequence that waits for the others.
type Child = prefect.ChildFiring

// BucketKey names a bucket.
type BucketKey struct {
	Trigger uuid.UUID
	key     string
}

// KeyOf names the bucket of a trigger for the values of its for_each.
func KeyOf(trigger uuid.UUID, key []string) BucketKey {
	if len(key) == 1 {
		return BucketKey{trigger, key[0]}
	}
	var b strings.Builder
	for _, value := range key {
		b.WriteString(value)
		b.WriteByte(0) // no stored text holds it
	}
	return BucketKey{trigger, b.String()}
}

// ChildKey names a waiting firing.
type ChildKey struct{ Parent, Child uuid.UUID }

// State is the buckets and waiting firings that an evaluation may need, and what has become of them. The zero State is not usable; see
// NewState.
type State struct {
	buckets  map[BucketKey]*Bucket
	children map[ChildKey]*Child
	// What may differ from what was loaded: the bucket that was there, and whether there was a firing.
	touched         map[BucketKey]*Bucket
	touchedChildren map[ChildKey]*Child
}

// NewState is a state in which nothing is under way.
func NewState() *State {
	return &State{
		buckets: map[BucketKey]*Bucket{}, children: map[ChildKey]*Child{}, touched: map[BucketKey]*Bucket{}, touchedChildren: map[ChildKey]*Child{},
	}
}

// LoadBucket adds a bucket as it is stored.
func (s *State) LoadBucket(b *Bucket) { s.buckets[KeyOf(b.TriggerID, b.Key)] = b }

// LoadChild adds a waiting firing as it is stored.
func (s *State) LoadChild(c *Child) { s.children[ChildKey{c.ParentID, c.ChildID}] = c }

// Buckets are all buckets, in no order.
func (s *State) Buckets() []*Bucket { return values(s.buckets) }

// Children are all waiting firings, in no order.
func (s *State) Children() []*Child { return values(s.children) }

func values[K comparable, V any](m map[K]V) []V {
	all := make([]V, 0, len(m))
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// Changes are what is to be stored.
type Changes struct {
	NewBuckets      []*Bucket // that were not loaded
	Buckets         []*Bucket // changed
	RemovedBuckets  []*Bucket // as they were loaded
	Children        []*Child  // new, or changed
	RemovedChildren []*Child  // as they were loaded
}

// Changes gives what is to be stored, in an order that is the same each time.
func (s *State) Changes() Changes {
	var c Changes
	for key, was := range s.touched {
		switch b := s.buckets[key]; {
		case b != nil && was == nil:
			c.NewBuckets = append(c.NewBuckets, b)
		case b != nil:
			c.Buckets = append(c.Buckets, b)
		case was != nil:
			c.RemovedBuckets = append(c.RemovedBuckets, was)
		}
	}
	for key, was := range s.touchedChildren {
		switch child := s.children[key]; {
		case child != nil:
			c.Children = append(c.Children, child)
		case was != nil:
			c.RemovedChildren = append(c.RemovedChildren, was)
		}
	}
	slices.SortFunc(c.NewBuckets, compareBuckets)
	slices.SortFunc(c.Buckets, compareBuckets)
	slices.SortFunc(c.RemovedBuckets, compareBuckets)
	slices.SortFunc(c.Children, compareChildren)
	slices.SortFunc(c.RemovedChildren, compareChildren)
	return c
}

func compareBuckets(a, b *Bucket) int {
	return cmp.Or(bytes.Compare(a.TriggerID[:], b.TriggerID[:]), slices.Compare(a.Key, b.Key))
}

func compareChildren(a, b *Child) int {
	return cmp.Or(bytes.Compare(a.ParentID[:], b.ParentID[:]), bytes.Compare(a.ChildID[:], b.ChildID[:]))
}

// Sweep forgets the buckets that ended at a time or before.
func (s *State) Sweep(ended prefect.Time) {
	for _, b := range s.buckets {
		if !b.End.After(ended.Time) {
			s.remove(b)
		}
	}
}

func (s *State) bucket(t *Event, key []string) *Bucket { return s.buckets[KeyOf(t.ID, key)] }

func (s *State) touch(key BucketKey) {
	if _, known := s.touched[key]; !known {
		s.touched[key] = s.buckets[key]
	}
}

func (s *State) put(b *Bucket) *Bucket {
	key := KeyOf(b.TriggerID, b.Key)
	s.touch(key)
	s.buckets[key] = b
	return b
}

func (s *State) remove(b *Bucket) {
	key := KeyOf(b.TriggerID, b.Key)
	s.touch(key)
	delete(s.buckets, key)
}

func (s *State) touchChild(key ChildKey) {
	if _, known := s.touchedChildren[key]; !known {
		s.touchedChildren[key] = s.children[key]
	}
}

func (s *State) putChild(c *Child) {
	key := ChildKey{c.ParentID, c.ChildID}
	s.touchChild(key)
	s.children[key] = c
}

func (s *State) removeChild(key ChildKey) {
	s.touchChild(key)
	delete(s.children, key)
}

// childrenOf are the firings that wait for a trigger, the oldest first.
func (s *State) childrenOf(n *node) []*Child {
	var all []*Child
	for child := range n.children {
		if c := s.children[ChildKey{n.trigger.ID(), child}]; c != nil {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *Child) int {
		return cmp.Or(a.Firing.Triggered.Compare(b.Firing.Triggered.Time), strings.Compare(a.ChildID.String(), b.ChildID.String()))
	})
	return all
}
