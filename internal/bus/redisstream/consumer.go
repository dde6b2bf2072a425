package redisstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"praetor/internal/lifecycle"
)

// Outcome tells which of the messages that were handled are not done; nil: all are.
type Outcome struct {
	// Failed cannot be handled, for that reason. They are tried again, by any consumer of the group, and become dead letters in the end.
	Failed map[string]error
	// Later are left for now: somebody else is at work on them.
	Later map[string]bool
}

// Fail notes that a message cannot be handled.
func (o *Outcome) Fail(m *Message, reason error) {
	if o.Failed == nil {
		o.Failed = map[string]error{}
	}
	o.Failed[m.ID] = reason
}

// Leave notes that a message is left for now.
func (o *Outcome) Leave(id string) {
	if o.Later == nil {
		o.Later = map[string]bool{}
	}
	o.Later[id] = true
}

// Consumer is a member of a group: it handles each message that no other member does, at least once.
type Consumer struct {
	Broker       *Broker
	Topic, Group string
	// Batch is the most messages handled at once.
	Batch int64
	// Handle handles messages, within most of MinIdle: then others take them over. An error says that it has not handled them and that
	// they are not the reason, such as a database that does not answer.
	Handle func(ctx context.Context, messages []Message) (Outcome, error)
	// Idle is called between batches, and about as often as Block where nothing comes. It may be nil.
	Idle func(ctx context.Context) error

	name    string
	claimed time.Time
}

// Loop makes the consumer a loop.
func (c *Consumer) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: c.Group + "-consumer", Interval: time.Millisecond, RunOnce: c.RunOnce}
}

// RunOnce consumes until ctx ends, or Redis or the handling fails.
func (c *Consumer) RunOnce(ctx context.Context) error {
	stop := c.Broker.interrupted(ctx)
	defer stop()
	if c.name == "" {
		host, _ := os.Hostname()
		c.name = fmt.Sprintf("%s-%s-%d-%s", c.Group, host, os.Getpid(), uuid.NewString()[:8])
	}
	if err := c.join(ctx); err != nil {
		return err
	}
	defer c.leave(ctx)
	for ctx.Err() == nil {
		if err := c.round(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// join makes the group, unless there is one, and the consumer in it at once: nobody takes the group for one that nobody reads.
func (c *Consumer) join(ctx context.Context) error {
	var made *redis.StatusCmd
	var joined *redis.IntCmd
	_, err := c.Broker.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		made = p.XGroupCreateMkStream(ctx, c.Topic, c.Group, "0")
		joined = p.XGroupCreateConsumer(ctx, c.Topic, c.Group, c.name)
		return nil
	})
	if failed := made.Err(); failed == nil || strings.HasPrefix(failed.Error(), "BUSYGROUP") {
		return joined.Err()
	}
	return err
}

// round handles what others have left lying, and what is new.
func (c *Consumer) round(ctx context.Context) error {
	if now := c.Broker.o.Clock(); now.Sub(c.claimed) >= min(c.Broker.o.MinIdle, c.Broker.o.Block) {
		if err := c.takeOver(ctx); err != nil {
			return err
		}
		c.claimed = now
	}
	if c.Idle != nil {
		if err := c.Idle(ctx); err != nil {
			return err
		}
	}
	streams, err := c.Broker.waiting.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: c.Group, Consumer: c.name, Streams: []string{c.Topic, ">"}, Count: c.Batch, Block: c.Broker.o.Block,
	}).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	for i := range streams {
		if err := c.handle(ctx, streams[i].Messages); err != nil {
			return err
		}
	}
	return c.Broker.trimNow(ctx, c.Topic)
}

// takeOver handles the messages that were given out too long ago, to whomever.
func (c *Consumer) takeOver(ctx context.Context) error {
	start := "0-0"
	for {
		found, next, err := c.Broker.redis.XAutoClaim(ctx, &redis.XAutoClaimArgs{
			Stream: c.Topic, Group: c.Group, Consumer: c.name, MinIdle: c.Broker.o.MinIdle, Start: start, Count: c.Batch,
		}).Result()
		if err != nil {
			return err
		}
		if err := c.handle(ctx, found); err != nil {
			return err
		}
		if next == "0-0" || ctx.Err() != nil {
			return ctx.Err()
		}
		start = next
	}
}

// handle handles messages and acknowledges those that are done.
func (c *Consumer) handle(ctx context.Context, found []redis.XMessage) error {
	messages := make([]Message, 0, len(found))
	for i := range found {
		if found[i].Values != nil { // else it was trimmed before it was done
			messages = append(messages, read(&found[i]))
		}
	}
	if len(messages) == 0 {
		return nil
	}
	outcome, err := c.attempt(ctx, messages)
	if err != nil {
		return err
	}
	// What is handled is acknowledged, also when the server is to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	done := make([]string, 0, len(messages))
	for i := range messages {
		m := &messages[i]
		if outcome.Later[m.ID] {
			continue
		}
		if reason := outcome.Failed[m.ID]; reason != nil {
			if buried, err := c.fail(ctx, m, reason); err != nil || !buried {
				if err != nil {
					return err
				}
				continue
			}
		}
		done = append(done, m.ID)
	}
	if len(done) == 0 {
		return nil
	}
	return c.Broker.redis.XAck(ctx, c.Topic, c.Group, done...).Err()
}

// refused is a failure that lies in the data: the database works and does not take it.
type refused interface {
	error
	Refused() bool
}

// attempt hands messages to Handle. A panic and what the database refuses are the fault of a message, and which one it is shows when each
// is handled alone.
func (c *Consumer) attempt(ctx context.Context, messages []Message) (Outcome, error) {
	outcome, failure, err := c.once(ctx, messages)
	switch {
	case failure == nil:
		return outcome, err
	case len(messages) == 1:
		outcome.Fail(&messages[0], failure)
		return outcome, nil
	}
	var all Outcome
	for i := range messages {
		outcome, err := c.attempt(ctx, messages[i:i+1])
		if err != nil {
			return all, err
		}
		for id, reason := range outcome.Failed {
			all.Fail(&Message{ID: id}, reason)
		}
		for id := range outcome.Later {
			all.Leave(id)
		}
	}
	return all, nil
}

func (c *Consumer) once(ctx context.Context, messages []Message) (outcome Outcome, failure, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.Broker.o.MinIdle*4/5)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			c.Broker.o.Log.ErrorContext(ctx, "a message made its handler panic", slog.String("group", c.Group), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			failure = fmt.Errorf("panic: %v", p)
		}
	}()
	outcome, err = c.Handle(ctx, messages)
	var r refused
	if errors.As(err, &r) && r.Refused() {
		return Outcome{}, err, nil
	}
	return outcome, nil, err
}

// fail leaves a message to be tried again, or buries it when that was done often enough.
func (c *Consumer) fail(ctx context.Context, m *Message, reason error) (buried bool, err error) {
	pending, err := c.Broker.redis.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: c.Topic, Group: c.Group, Start: m.ID, End: m.ID, Count: 1}).Result()
	if err != nil {
		return false, err
	}
	deliveries := int64(1)
	if len(pending) > 0 {
		deliveries = pending[0].RetryCount
	}
	log := c.Broker.o.Log.With(slog.String("group", c.Group), slog.String("message", m.ID), slog.Int64("deliveries", deliveries), slog.Any("reason", reason))
	if deliveries <= int64(c.Broker.o.MaxRetries) {
		log.WarnContext(ctx, "a message cannot be handled and is tried again")
		return false, nil
	}
	log.ErrorContext(ctx, "a message cannot be handled and is kept as a dead letter")
	return true, c.Broker.bury(ctx, c.Topic, c.Group, m, deliveries, reason)
}

// leave takes the consumer out of its group when it ends for good, unless it has messages: those are taken over first.
//
//nolint:gochecknoglobals // a script is a constant
var leave = redis.NewScript(`
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if #pending > 0 then return 0 end
return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])`)

func (c *Consumer) leave(ctx context.Context) {
	if ctx.Err() == nil {
		return
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = leave.Run(last, c.Broker.redis, []string{c.Topic}, c.Group, c.name).Err() // a consumer that stays does no harm
}

// Oldest is the oldest message of a topic that a group has not finished, or nil.
func (b *Broker) Oldest(ctx context.Context, topic, group string) (*Message, error) {
	groups, err := b.redis.XInfoGroups(ctx, topic).Result()
	if err != nil {
		return nil, ignoreMissing(err)
	}
	from := "-"
	for i := range groups {
		if groups[i].Name == group {
			from = "(" + groups[i].LastDeliveredID
		}
	}
	if from != "-" {
		pending, err := b.redis.XPending(ctx, topic, group).Result()
		if err != nil {
			return nil, ignoreMissing(err)
		}
		if pending.Count > 0 {
			from = pending.Lower
		}
	}
	found, err := b.redis.XRangeN(ctx, topic, from, "+", 1).Result()
	if err != nil || len(found) == 0 {
		return nil, err
	}
	m := read(&found[0])
	return &m, nil
}
