// Package redisstream carries messages over Redis streams in the layout of the reference's package prefect_redis, so that servers of
// either kind consume them together. docs/redis.md describes the layout.
package redisstream

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/redis/go-redis/v9"

	"praetor/internal/prefect"
)

// The topics. A topic's stream has its name.
const (
	Events  = "events"
	Actions = "actions"
	Logs    = "logs"
)

// The groups of consumers. Each message of a topic is for one consumer of every group.
const (
	Persisters = "event-persister"   // of Events
	Recorders  = "task-run-recorder" // of Events
	Triggers   = "reactive-triggers" // of Events
	Actors     = "actions"           // of Actions
)

const (
	// patience bounds each exchange with Redis that does not wait for messages.
	patience = 3 * time.Second
	// remembered is how long a published message is known, so that it is not published again; the reference's number.
	remembered = 5 * time.Minute
	// maxLength bounds a stream: what is beyond it stays with the publisher until the consumers have caught up.
	maxLength = 100_000
	// maxBytes is about how much is published at once.
	maxBytes = 4 << 20
)

// ErrFull says that the consumers of a stream are so far behind that it takes no more.
var ErrFull = errors.New("the stream is full: its consumers are behind")

// Options are what a Broker is made of. The times and MaxRetries are settings of prefect_redis.
type Options struct {
	Redis *redis.Options
	Log   *slog.Logger
	Clock func() time.Time

	Block      time.Duration // how long to wait for a message before looking at other things
	MinIdle    time.Duration // after which a message that another consumer has not finished is taken over
	MaxRetries int           // how often a message that cannot be handled is tried again
	TrimEvery  time.Duration
	TrimIdle   time.Duration // a group whose consumers all have been idle for longer holds no messages back
	MaxLength  int64         // of a stream; 0: 100,000
}

// Broker is a connection to Redis and what is done over it. It has no goroutines but those of its callers.
type Broker struct {
	o       Options
	redis   *redis.Client
	waiting *redis.Client // for commands that wait, which closing it interrupts

	mu      sync.Mutex
	trimmed map[string]time.Time
}

// New makes a broker, which connects when it is first asked.
func New(o Options) *Broker {
	if o.MaxLength <= 0 {
		o.MaxLength = maxLength
	}
	r := *o.Redis
	r.DialTimeout, r.ReadTimeout, r.WriteTimeout, r.ContextTimeoutEnabled = patience, patience, patience, true
	r.DialerRetries = 1 // loops try again by themselves
	w := r
	w.ReadTimeout = o.Block + patience
	return &Broker{o: o, redis: redis.NewClient(&r), waiting: redis.NewClient(&w), trimmed: map[string]time.Time{}}
}

// Close ends the connections. Whoever uses them has ended by then.
func (b *Broker) Close() error { return errors.Join(closeClient(b.waiting), closeClient(b.redis)) }

func closeClient(c *redis.Client) error {
	if err := c.Close(); !errors.Is(err, redis.ErrClosed) {
		return err
	}
	return nil
}

// interrupted has commands that wait for messages end with ctx: they fail then.
func (b *Broker) interrupted(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = closeClient(b.waiting) })
}

// Message is what a stream carries.
type Message struct {
	// ID is its place in the stream; empty before it is published.
	ID         string
	Data       string
	Attributes map[string]prefect.Raw
}

// Texts makes attributes that are texts.
func Texts(of map[string]string) map[string]prefect.Raw {
	attributes := make(map[string]prefect.Raw, len(of))
	for name, text := range of {
		value, err := jsontext.AppendQuote(nil, text)
		if err == nil {
			attributes[name] = prefect.Raw(value)
		}
	}
	return attributes
}

// Attribute is an attribute that is a text, or empty.
func (m *Message) Attribute(name string) (text string) {
	if json.Unmarshal(m.Attributes[name], &text) != nil {
		return ""
	}
	return text
}

// fields of a message in a stream.
const (
	fieldData       = "data"
	fieldAttributes = "attributes"
)

// read gives a message as it was published. One without readable attributes has none.
func read(x *redis.XMessage) Message {
	m := Message{ID: x.ID}
	m.Data, _ = x.Values[fieldData].(string)
	if text, ok := x.Values[fieldAttributes].(string); ok {
		_ = json.Unmarshal([]byte(text), &m.Attributes)
	}
	return m
}

// publish adds messages to a stream unless it is full. Of those with a key only the ones of which the key is new are added: key and
// message are stored together or not at all.
//
//nolint:gochecknoglobals // a script is a constant
var publish = redis.NewScript(`
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return -1 end
local added = 0
for i = 2, #KEYS do
  if KEYS[i] == KEYS[1] or redis.call('SET', KEYS[i], '1', 'NX', 'EX', ARGV[2]) then
    redis.call('XADD', KEYS[1], '*', 'data', ARGV[2 * i - 1], 'attributes', ARGV[2 * i])
    added = added + 1
  end
end
return added`)

// Publish adds messages to a topic, in their order. Those with the attribute unique, if that is not empty, are left out where a message
// of the same value was published in the last minutes, by whomever. It gives the number of those that were added. With ErrFull, or
// another error, the last ones may be missing, and publishing all again does no harm to those with unique.
func (b *Broker) Publish(ctx context.Context, topic, unique string, messages ...Message) (added int, err error) {
	for len(messages) > 0 {
		n, size := 0, 0
		for n < len(messages) && (n == 0 || size+len(messages[n].Data) <= maxBytes) {
			size += len(messages[n].Data)
			n++
		}
		some, err := b.publish(ctx, topic, unique, messages[:n])
		if added += some; err != nil {
			return added, err
		}
		messages = messages[n:]
	}
	return added, nil
}

func (b *Broker) publish(ctx context.Context, topic, unique string, messages []Message) (int, error) {
	keys, args := []string{topic}, []any{b.o.MaxLength, int(remembered.Seconds())}
	for i := range messages {
		m := &messages[i]
		key := topic
		if value := m.Attribute(unique); unique != "" && value != "" {
			key = "message:messaging-cache:" + value
		}
		attributes, err := json.Marshal(m.Attributes, json.Deterministic(true), json.FormatNilMapAsNull(false))
		if err != nil {
			return 0, err
		}
		keys, args = append(keys, key), append(args, m.Data, string(attributes))
	}
	added, err := publish.Run(ctx, b.redis, keys, args...).Int()
	if err == nil && added < 0 {
		if err := b.trim(ctx, topic); err != nil {
			return 0, err
		}
		added, err = publish.Run(ctx, b.redis, keys, args...).Int()
	}
	if err == nil && added < 0 {
		return 0, ErrFull
	}
	return added, err
}
