// Package bus is how the servers of one database tell each other that there is something new: short notes, which say
// where to look and never what is there. The database stays the truth. A note may be lost or come twice, so whoever waits
// for one looks at the database from time to time as well.
//
// Its implementations: memory, for the only server of a database, and postgres.
package bus

import "context"

// Topic is what a note is about.
type Topic string

// The topics, and what the text of their notes is.
const (
	// Logs were stored: their ids, as PackIDs writes them. Only other servers are told: this one has the lines at hand.
	Logs Topic = "logs"
	// Events were stored: their ids, as PackIDs writes them. Only other servers are told: this one has the events at hand.
	Events Topic = "events"
	// EventQueue says that praetor_event_queue has new rows. No text.
	EventQueue Topic = "event_queue"
	// Automations says that one was made, changed or deleted: its id.
	Automations Topic = "automations"
	// Actions says that praetor_triggered_actions has new rows. No text.
	Actions Topic = "actions"
	// TaskRuns says that a background task waits for a task worker: its task key.
	TaskRuns Topic = "task_runs"
	// Cleanups says that infrastructure waits to be taken down by a pool's worker: the pool's id.
	Cleanups Topic = "cleanups"
	// WorkPools says that a pool was changed or deleted: its name.
	WorkPools Topic = "work_pools"
)

// MaxText is the longest text of a note, in bytes. A longer one arrives as a loss.
const MaxText = 4 << 10

// Note is what subscribers are handed.
type Note struct {
	Topic Topic
	// Text is valid UTF-8.
	Text string
	// Lost says that notes on the topic may have been lost: there may be something new anywhere. There is no text then.
	Lost bool
}

// Bus carries notes. Its methods may be called from any number of goroutines and never wait.
type Bus interface {
	// Publish hands notes to the subscribers of all servers, this one's included. Call it after the commit.
	Publish(topic Topic, texts ...string)
	// PublishToOthers is Publish for all servers but this one.
	PublishToOthers(topic Topic, texts ...string)
	// Subscribe starts to collect the notes on the topics. The caller closes the subscription.
	Subscribe(topics ...Topic) Subscription
}

// Subscription collects notes: each once, however often it was published before it was taken. One that is not taken from
// for long comes to hold a loss instead of what was published.
type Subscription interface {
	// Ready holds a token when there may be something to take, and may be all that a loop needs of what wakes it.
	Ready() <-chan struct{}
	// Take gives what is there, oldest first, and may give nothing.
	Take() []Note
	// Next waits for something to take. It fails only with the context's error.
	Next(ctx context.Context) ([]Note, error)
	// Close ends the subscription. Closing again does nothing.
	Close()
}
