package redisstream

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"praetor/internal/lifecycle"
)

// Follower reads all messages of a topic from its first run on, without a group: for what every server wants to hear of.
type Follower struct {
	Broker *Broker
	Topic  string
	// Take is handed messages in their order. It must not block.
	Take func([]Message)

	last string // the place of the last message, or of the end of the stream
}

// followAtOnce is how many messages are read at once.
const followAtOnce = 500

// Loop makes the follower a loop.
func (f *Follower) Loop() lifecycle.Loop {
	return lifecycle.Loop{Name: f.Topic + "-follower", Interval: time.Millisecond, RunOnce: f.RunOnce}
}

// RunOnce reads until ctx ends or Redis fails; the next run goes on there.
func (f *Follower) RunOnce(ctx context.Context) error {
	stop := f.Broker.interrupted(ctx)
	defer stop()
	end := "0-0"
	info, err := f.Broker.redis.XInfoStream(ctx, f.Topic).Result()
	switch {
	case err == nil:
		end = info.LastGeneratedID
	case ignoreMissing(err) != nil:
		return err
	}
	if f.last == "" || compareIDs(end, f.last) < 0 { // a Redis that has lost what it had begins anew
		f.last = end
	}
	for ctx.Err() == nil {
		streams, err := f.Broker.waiting.XRead(ctx, &redis.XReadArgs{Streams: []string{f.Topic, f.last}, Count: followAtOnce, Block: f.Broker.o.Block}).Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return err
		}
		for i := range streams {
			found := streams[i].Messages
			messages := make([]Message, len(found))
			for j := range found {
				messages[j] = read(&found[j])
				f.last = found[j].ID
			}
			f.Take(messages)
		}
	}
	return ctx.Err()
}
