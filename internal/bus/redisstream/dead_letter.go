package redisstream

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"praetor/internal/prefect"
)

// deadLetters is the set of the keys of all dead letters. Each is a hash with a document in its field data.
const (
	deadLetters      = "dlq"
	deadLetterPrefix = "dlq:"
)

// deadLetter is what is stored of a dead letter. The reference's have neither topic, group, reason nor failed.
type deadLetter struct {
	Data       string                 `json:"data"`
	Attributes map[string]prefect.Raw `json:"attributes"`
	RetryCount int64                  `json:"retry_count"`
	Timestamp  string                 `json:"timestamp"` // seconds; the reference's are of a clock that only it knows
	MessageID  string                 `json:"message_id"`

	Topic  string        `json:"topic,omitzero"`
	Group  *string       `json:"group,omitzero"`
	Reason *string       `json:"reason,omitzero"`
	Failed *prefect.Time `json:"failed,omitzero"`
}

// topic is where the message came from. The reference does not note it, and messages of its topics differ in their attributes.
func (d *deadLetter) topic() string {
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

// newKey is a UUID as the reference writes it here.
func newKey() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }

// bury keeps a message as a dead letter.
func (b *Broker) bury(ctx context.Context, topic, group string, m *Message, deliveries int64, reason error) error {
	now, why := prefect.TimeOf(b.o.Clock()), reason.Error()
	body, err := json.Marshal(&deadLetter{
		Data: m.Data, Attributes: m.Attributes, RetryCount: deliveries, Timestamp: seconds(now.Time), MessageID: newKey(),
		Topic: topic, Group: &group, Reason: &why, Failed: &now,
	}, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return err
	}
	key := deadLetterPrefix + newKey()
	_, err = b.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, key, fieldData, string(body))
		p.SAdd(ctx, deadLetters, key)
		return nil
	})
	return err
}

// DeadLetters gives dead letters, in the order of their keys.
func (b *Broker) DeadLetters(ctx context.Context, limit, offset int64) ([]prefect.DeadMessage, error) {
	keys, err := b.redis.SMembers(ctx, deadLetters).Result()
	if err != nil {
		return nil, err
	}
	slices.Sort(keys)
	keys = keys[min(offset, int64(len(keys))):]
	keys = keys[:min(limit, int64(len(keys)))]
	letters := make([]prefect.DeadMessage, 0, len(keys))
	for _, key := range keys {
		id, err := uuid.Parse(strings.TrimPrefix(key, deadLetterPrefix))
		if err != nil {
			continue // of somebody else's
		}
		d, err := b.deadLetter(ctx, id)
		if err != nil {
			return nil, err
		}
		if d != nil {
			letters = append(letters, prefect.DeadMessage{
				ID: id, Topic: d.topic(), Group: d.Group, Failed: d.Failed, Reason: d.Reason, Deliveries: d.RetryCount, Attributes: d.Attributes, Data: d.Data,
			})
		}
	}
	return letters, nil
}

func deadLetterKey(id uuid.UUID) string {
	return deadLetterPrefix + strings.ReplaceAll(id.String(), "-", "")
}

func (b *Broker) deadLetter(ctx context.Context, id uuid.UUID) (*deadLetter, error) {
	text, err := b.redis.HGet(ctx, deadLetterKey(id), fieldData).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d := &deadLetter{}
	if err := json.Unmarshal([]byte(text), d, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
		why := "The dead letter cannot be read: " + err.Error()
		d = &deadLetter{Data: text, Reason: &why}
	}
	return d, nil
}

// ReplayDeadLetter publishes a dead letter again, for all groups of its topic: those that have handled it know it. It tells whether
// there is such a one.
func (b *Broker) ReplayDeadLetter(ctx context.Context, id uuid.UUID) (bool, error) {
	d, err := b.deadLetter(ctx, id)
	if err != nil || d == nil {
		return false, err
	}
	if _, err := b.Publish(ctx, d.topic(), "", Message{Data: d.Data, Attributes: d.Attributes}); err != nil {
		return true, err
	}
	return b.DeleteDeadLetter(ctx, id)
}

// DeleteDeadLetter forgets a dead letter. It tells whether there is such a one.
func (b *Broker) DeleteDeadLetter(ctx context.Context, id uuid.UUID) (bool, error) {
	var deleted *redis.IntCmd
	_, err := b.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		deleted = p.Del(ctx, deadLetterKey(id))
		p.SRem(ctx, deadLetters, deadLetterKey(id))
		return nil
	})
	return err == nil && deleted.Val() > 0, err
}
