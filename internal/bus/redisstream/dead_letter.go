package redisstream

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

// deadLetters is the set of the keys of all dead letters. Each is a hash with a document in its field data.
const (
	deadLetters      = "dlq"
	deadLetterPrefix = "dlq:"
)

// DeadLetter is a message that a consumer, of a server of either kind, has given up.
type DeadLetter struct {
	ID   string
	Body DeadLetterBody
}

// DeadLetterBody is what is stored of a dead letter. The reference's have neither topic, group, reason nor failed.
type DeadLetterBody struct {
	Data       string         `json:"data"`
	Attributes map[string]any `json:"attributes"`
	RetryCount int64          `json:"retry_count"`
	Timestamp  string         `json:"timestamp"` // seconds; the reference's are of a clock that only it knows
	MessageID  string         `json:"message_id"`

	Topic  string    `json:"topic,omitzero"`
	Group  string    `json:"group,omitzero"`
	Reason string    `json:"reason,omitzero"`
	Failed time.Time `json:"failed,omitzero"`
}

// topic is where the message came from. The reference does not note it, and messages of its topics differ in their attributes.
func (d *DeadLetterBody) topic() string {
	_, isEvent := d.Attributes["event"]
	_, isLog := d.Attributes["log_id"]
	switch {
	case d.Topic != "":
		return d.Topic
	case isEvent:
		return Events
	case isLog:
		return Logs
	}
	return Actions
}

// bury keeps a message as a dead letter.
func (b *Broker) bury(ctx context.Context, topic, group string, m *Message, deliveries int64, reason error) error {
	now := b.o.Clock()
	body, err := json.Marshal(&DeadLetterBody{
		Data: m.Data, Attributes: m.Attributes, RetryCount: deliveries, Timestamp: now.UTC().Format("20060102150405.000"), MessageID: strings.ReplaceAll(uuid.NewString(), "-", ""),
		Topic: topic, Group: group, Reason: reason.Error(), Failed: now.UTC(),
	})
	if err != nil {
		return err
	}
	key := deadLetterPrefix + strings.ReplaceAll(uuid.NewString(), "-", "")
	_, err = b.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, key, fieldData, string(body))
		p.SAdd(ctx, deadLetters, key)
		return nil
	})
	return err
}

// DeadLetters gives dead letters, in the order of their keys.
func (b *Broker) DeadLetters(ctx context.Context, limit, offset int) ([]DeadLetter, error) {
	keys, err := b.redis.SMembers(ctx, deadLetters).Result()
	if err != nil {
		return nil, err
	}
	slices.Sort(keys)
	keys = keys[min(offset, len(keys)):]
	keys = keys[:min(limit, len(keys))]
	letters := make([]DeadLetter, 0, len(keys))
	for _, key := range keys {
		letter, err := b.deadLetter(ctx, strings.TrimPrefix(key, deadLetterPrefix))
		if err != nil {
			return nil, err
		}
		if letter != nil {
			letters = append(letters, *letter)
		}
	}
	return letters, nil
}

func (b *Broker) deadLetter(ctx context.Context, id string) (*DeadLetter, error) {
	text, err := b.redis.HGet(ctx, deadLetterPrefix+id, fieldData).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d := &DeadLetter{ID: id}
	if err := json.Unmarshal([]byte(text), &d.Body); err != nil {
		d.Body = DeadLetterBody{Data: text, Reason: "The dead letter cannot be read: " + err.Error()}
	}
	d.Body.Topic = d.Body.topic()
	return d, nil
}

// ReplayDeadLetter publishes a dead letter again, for all groups of its topic: those that have handled it know it. It tells whether
// there is such a one.
func (b *Broker) ReplayDeadLetter(ctx context.Context, id string) (bool, error) {
	d, err := b.deadLetter(ctx, id)
	if err != nil || d == nil {
		return false, err
	}
	if _, err := b.Publish(ctx, d.Body.Topic, "", Message{Data: d.Body.Data, Attributes: d.Body.Attributes}); err != nil {
		return true, err
	}
	return b.DeleteDeadLetter(ctx, id)
}

// DeleteDeadLetter forgets a dead letter. It tells whether there is such a one.
func (b *Broker) DeleteDeadLetter(ctx context.Context, id string) (bool, error) {
	var deleted *redis.IntCmd
	_, err := b.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		deleted = p.Del(ctx, deadLetterPrefix+id)
		p.SRem(ctx, deadLetters, deadLetterPrefix+id)
		return nil
	})
	return err == nil && deleted.Val() > 0, err
}
