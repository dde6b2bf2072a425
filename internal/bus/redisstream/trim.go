package redisstream

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// trimNow trims a topic's stream if that was not done lately.
func (b *Broker) trimNow(ctx context.Context, topic string) error {
	b.mu.Lock()
	now := b.o.Clock()
	last, known := b.trimmed[topic]
	due := known && now.Sub(last) >= b.o.TrimEvery
	if due || !known {
		b.trimmed[topic] = now
	}
	b.mu.Unlock()
	if !due {
		return nil
	}
	return b.trim(ctx, topic)
}

// trim removes the messages that every group is done with. Groups that nobody reads, and those whose consumers all have been idle for
// long, hold nothing back. So it is with the reference; what a group has read and not finished, and what one has not begun to read that has
// consumers, is kept here only.
func (b *Broker) trim(ctx context.Context, topic string) error {
	groups, err := b.redis.XInfoGroups(ctx, topic).Result()
	if err != nil {
		return ignoreMissing(err)
	}
	lowest := ""
	for i := range groups {
		g := &groups[i]
		consumers, err := b.redis.XInfoConsumers(ctx, topic, g.Name).Result()
		if err != nil {
			return ignoreMissing(err)
		}
		if err := b.forget(ctx, topic, g.Name, consumers); err != nil {
			return err
		}
		unread := g.LastDeliveredID == "0-0"
		if allIdle(consumers, b.o.TrimIdle.Milliseconds()) || unread && len(consumers) == 0 {
			continue
		}
		if unread {
			return nil // its consumers are about to read
		}
		pending, err := b.redis.XPending(ctx, topic, g.Name).Result()
		if err != nil {
			return ignoreMissing(err)
		}
		kept := g.LastDeliveredID
		if pending.Count > 0 {
			kept = pending.Lower
		}
		if lowest == "" || compareIDs(kept, lowest) < 0 {
			lowest = kept
		}
	}
	if lowest == "" {
		return nil
	}
	return b.redis.XTrimMinID(ctx, topic, lowest).Err()
}

// forgottenAfter is after how long without a sign of life a consumer that has no messages is taken out of its group: each process has a
// name of its own, and one that was killed could not leave.
const forgottenAfter = time.Hour

// forget takes the consumers out of a group that are gone.
func (b *Broker) forget(ctx context.Context, topic, group string, consumers []redis.XInfoConsumer) error {
	for i := range consumers {
		if c := &consumers[i]; c.Pending == 0 && c.Idle > max(forgottenAfter, b.o.TrimIdle) {
			if err := leave.Run(ctx, b.redis, []string{topic}, group, c.Name).Err(); err != nil {
				return ignoreMissing(err)
			}
		}
	}
	return nil
}

func allIdle(consumers []redis.XInfoConsumer, threshold int64) bool {
	for i := range consumers {
		if consumers[i].Idle.Milliseconds() <= threshold {
			return false
		}
	}
	return len(consumers) > 0
}

// compareIDs compares places in a stream.
func compareIDs(x, y string) int {
	xTime, xNumber := placeOf(x)
	yTime, yNumber := placeOf(y)
	return cmp.Or(cmp.Compare(xTime, yTime), cmp.Compare(xNumber, yNumber))
}

// placeOf reads a place in a stream: milliseconds since 1970, and a number that tells those of one millisecond apart.
func placeOf(id string) (milliseconds, number uint64) {
	before, after, _ := strings.Cut(id, "-")
	milliseconds, _ = strconv.ParseUint(before, 10, 64)
	number, _ = strconv.ParseUint(after, 10, 64)
	return milliseconds, number
}

// ignoreMissing makes no error of a stream or group that does not exist.
func ignoreMissing(err error) error {
	if err != nil && (strings.Contains(err.Error(), "no such key") || strings.HasPrefix(err.Error(), "NOGROUP")) {
		return nil
	}
	return err
}
