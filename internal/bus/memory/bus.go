package memory

import (
	"slices"
	"sync"

	"praetor/internal/bus"
)

// Bus carries notes within this process. The zero value is ready for use.
type Bus struct {
	mu   sync.RWMutex
	subs map[bus.Topic][]*noteSubscription
}

// Publish implements bus.Bus.
func (b *Bus) Publish(topic bus.Topic, texts ...string) { b.Deliver(Notes(topic, texts)...) }

// PublishToOthers implements bus.Bus: there are none.
func (b *Bus) PublishToOthers(bus.Topic, ...string) {}

// Notes makes notes of one topic; no text makes one note without a text.
func Notes(topic bus.Topic, texts []string) []bus.Note {
	if len(texts) == 0 {
		return []bus.Note{{Topic: topic}}
	}
	notes := make([]bus.Note, len(texts))
	for i, text := range texts {
		notes[i] = bus.Note{Topic: topic, Text: text}
	}
	return notes
}

// Deliver hands notes to the subscribers here.
func (b *Bus) Deliver(notes ...bus.Note) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, n := range notes {
		for _, s := range b.subs[n.Topic] {
			s.Add(n)
		}
	}
}

// Lose tells every subscriber here that notes may have been lost.
func (b *Bus) Lose() {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for topic, subs := range b.subs {
		for _, s := range subs {
			s.Add(bus.Note{Topic: topic, Lost: true})
		}
	}
}

// Subscribe implements bus.Bus.
func (b *Bus) Subscribe(topics ...bus.Topic) bus.Subscription {
	s := &noteSubscription{Queue: NewQueue(), from: b, topics: topics}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = map[bus.Topic][]*noteSubscription{}
	}
	for _, topic := range topics {
		b.subs[topic] = append(b.subs[topic], s)
	}
	return s
}

type noteSubscription struct {
	*Queue
	from   *Bus
	topics []bus.Topic
}

// Close implements bus.Subscription.
func (s *noteSubscription) Close() {
	s.from.mu.Lock()
	defer s.from.mu.Unlock()
	for _, topic := range s.topics {
		s.from.subs[topic] = slices.DeleteFunc(s.from.subs[topic], func(other *noteSubscription) bool { return other == s })
	}
}
