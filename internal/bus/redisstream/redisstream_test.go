package redisstream_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"praetor/internal/bus/redisstream"
	"praetor/internal/lifecycle"
	"praetor/internal/prefect"
	"praetor/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// emptyRedis is a database of Redis that is this package's own, and empty.
func emptyRedis(t *testing.T) (*redis.Options, *redis.Client) { return redistest.Empty(t, 10) }

func newBroker(t *testing.T, options *redis.Options, change ...func(*redisstream.Options)) *redisstream.Broker {
	t.Helper()
	o := redisstream.Options{
		Redis: options, Log: slog.New(slog.DiscardHandler), Clock: time.Now, Block: 20 * time.Millisecond, MinIdle: 100 * time.Millisecond, MaxRetries: 2,
		TrimEvery: time.Hour, TrimIdle: time.Hour,
	}
	for _, c := range change {
		c(&o)
	}
	b := redisstream.New(o)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

// start runs loops until stop is called, or the test ends.
func start(t *testing.T, loops ...lifecycle.Loop) (stop func()) {
	t.Helper()
	group := lifecycle.Start(t.Context(), loops, lifecycle.Options{Clock: lifecycle.SystemClock{}, Log: slog.New(slog.DiscardHandler), RetryFirst: time.Millisecond, RetryMost: 10 * time.Millisecond})
	t.Cleanup(group.Stop)
	return group.Stop
}

func message(n int) redisstream.Message {
	id := fmt.Sprintf("m%d", n)
	return redisstream.Message{Data: id, Attributes: redisstream.Texts(map[string]string{"id": id})}
}

func messages(from, to int) (all []redisstream.Message) {
	for n := from; n < to; n++ {
		all = append(all, message(n))
	}
	return all
}

// tally counts what was handled.
type tally struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *tally) add(ms []redisstream.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[string]int{}
	}
	for i := range ms {
		c.seen[ms[i].Data]++
	}
}

func (c *tally) is(t *testing.T, want map[string]int) {
	t.Helper()
	require.Eventually(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return maps.Equal(c.seen, want)
	}, 20*time.Second, 5*time.Millisecond)
}

func once(from, to int) map[string]int {
	want := map[string]int{}
	for n := from; n < to; n++ {
		want[message(n).Data] = 1
	}
	return want
}

func (c *tally) handle(_ context.Context, ms []redisstream.Message) (redisstream.Outcome, error) {
	c.add(ms)
	return redisstream.Outcome{}, nil
}

func TestMessagesArePublishedOnceAndWithinBounds(t *testing.T) {
	options, client := emptyRedis(t)
	b := newBroker(t, options, func(o *redisstream.Options) { o.MaxLength = 5 })
	added, err := b.Publish(t.Context(), "events", "id", messages(0, 3)...)
	require.NoError(t, err)
	require.Equal(t, 3, added)
	added, err = b.Publish(t.Context(), "events", "id", messages(1, 5)...)
	require.NoError(t, err)
	require.Equal(t, 2, added, "the others were published before")
	found, err := client.XRange(t.Context(), "events", "-", "+").Result()
	require.NoError(t, err)
	require.Equal(t, map[string]any{"data": "m0", "attributes": `{"id":"m0"}`}, found[0].Values)
	require.Equal(t, int64(1), client.Exists(t.Context(), "message:messaging-cache:m4").Val())

	_, err = b.Publish(t.Context(), "events", "id", message(5))
	require.ErrorIs(t, err, redisstream.ErrFull)
	require.Zero(t, client.Exists(t.Context(), "message:messaging-cache:m5").Val(), "what was not published is not known")
	var got tally
	stop := start(t, (&redisstream.Consumer{Broker: b, Topic: "events", Group: "g", Batch: 2, Handle: got.handle}).Loop())
	got.is(t, once(0, 5))
	stop()
	b = newBroker(t, options, func(o *redisstream.Options) { o.MaxLength = 5 })
	require.Eventually(t, func() bool { // what is acknowledged a moment later
		_, err = b.Publish(t.Context(), "events", "id", message(5))
		return err == nil
	}, 20*time.Second, 5*time.Millisecond, "it is trimmed when it is full")
	require.Equal(t, int64(2), client.XLen(t.Context(), "events").Val(), "the last one that was read, and the new one")

	added, err = b.Publish(t.Context(), "logs", "", messages(0, 2)...)
	require.NoError(t, err)
	require.Equal(t, 2, added)
	added, err = b.Publish(t.Context(), "logs", "", messages(0, 2)...)
	require.NoError(t, err)
	require.Equal(t, 2, added, "without a unique attribute all are")
}

// TestConsumersShareMessages has two consumers of one group, and one of another: each group has each message once, and nothing stays.
func TestConsumersShareMessages(t *testing.T) {
	options, client := emptyRedis(t)
	b := newBroker(t, options, func(o *redisstream.Options) { o.TrimEvery, o.MinIdle = time.Millisecond, time.Minute })
	var shared, other tally
	var loops []lifecycle.Loop
	for _, c := range []struct {
		group string
		to    *tally
	}{{"shared", &shared}, {"shared", &shared}, {"other", &other}} {
		loops = append(loops, (&redisstream.Consumer{Broker: b, Topic: "events", Group: c.group, Batch: 3, Handle: c.to.handle}).Loop())
	}
	stop := start(t, loops...)
	require.Eventually(t, func() bool { return len(client.XInfoGroups(t.Context(), "events").Val()) == 2 }, 20*time.Second, time.Millisecond)
	_, err := b.Publish(t.Context(), "events", "id", messages(0, 200)...)
	require.NoError(t, err)
	shared.is(t, once(0, 200))
	other.is(t, once(0, 200))
	require.Eventually(t, func() bool { return client.XLen(t.Context(), "events").Val() == 1 }, 20*time.Second, 5*time.Millisecond)
	stop()
	for _, group := range []string{"shared", "other"} {
		require.Zero(t, client.XPending(t.Context(), "events", group).Val().Count)
		require.Empty(t, client.XInfoConsumers(t.Context(), "events", group).Val(), "consumers that have nothing leave")
	}
}

// TestWhatIsNotFinishedIsTakenOver has a consumer die with messages in hand, and handling fail for reasons that pass.
func TestWhatIsNotFinishedIsTakenOver(t *testing.T) {
	options, client := emptyRedis(t)
	require.NoError(t, client.XGroupCreateMkStream(t.Context(), "events", "g", "0").Err())
	b := newBroker(t, options)
	_, err := b.Publish(t.Context(), "events", "id", messages(0, 4)...)
	require.NoError(t, err)
	require.NoError(t, client.XReadGroup(t.Context(), &redis.XReadGroupArgs{Group: "g", Consumer: "dead", Streams: []string{"events", ">"}, Count: 3}).Err())
	require.NoError(t, client.XDel(t.Context(), "events", client.XRange(t.Context(), "events", "-", "+").Val()[0].ID).Err(), "trimmed by somebody")
	var got tally
	failures, left := 3, map[string]bool{}
	c := &redisstream.Consumer{Broker: b, Topic: "events", Group: "g", Batch: 10, Handle: func(ctx context.Context, ms []redisstream.Message) (out redisstream.Outcome, err error) {
		if failures--; failures >= 0 {
			return out, errors.New("the database is away")
		}
		for _, m := range ms {
			if !left[m.ID] {
				left[m.ID] = true
				out.Leave(m.ID) // once each
			} else {
				got.add([]redisstream.Message{m})
			}
		}
		return out, nil
	}}
	start(t, c.Loop())
	got.is(t, once(1, 4))
	require.Eventually(t, func() bool { return client.XPending(t.Context(), "events", "g").Val().Count == 0 }, 20*time.Second, 5*time.Millisecond)
	letters, err := b.DeadLetters(t.Context(), 10, 0)
	require.NoError(t, err)
	require.Empty(t, letters, "the messages were not the reason")
}

type refusal struct{}

func (refusal) Error() string { return "the database does not take it" }
func (refusal) Refused() bool { return true }

// TestMessagesThatCannotBeHandledBecomeDeadLetters has messages that cannot be read, that make their handler panic and that the database
// refuses, among others that are good.
func TestMessagesThatCannotBeHandledBecomeDeadLetters(t *testing.T) {
	options, client := emptyRedis(t)
	b := newBroker(t, options)
	var got tally
	var mu sync.Mutex
	broken := true
	c := &redisstream.Consumer{Broker: b, Topic: "events", Group: "g", Batch: 10, Handle: func(ctx context.Context, ms []redisstream.Message) (out redisstream.Outcome, err error) {
		mu.Lock()
		defer mu.Unlock()
		var good []redisstream.Message
		for i := range ms {
			switch m := &ms[i]; {
			case broken && m.Data == "m1":
				out.Fail(m, errors.New("it cannot be read"))
			case broken && m.Data == "m2":
				panic("oh")
			case broken && m.Data == "m3":
				return out, refusal{}
			default:
				good = append(good, *m)
			}
		}
		got.add(good)
		return out, nil
	}}
	_, err := b.Publish(t.Context(), "events", "id", messages(0, 6)...)
	require.NoError(t, err)
	start(t, c.Loop())
	var letters []prefect.DeadMessage
	require.Eventually(t, func() bool {
		letters, err = b.DeadLetters(t.Context(), 10, 0)
		return err == nil && len(letters) == 3
	}, 20*time.Second, 5*time.Millisecond)
	got.is(t, map[string]int{"m0": 1, "m4": 1, "m5": 1})
	reasons := map[string]string{}
	for _, l := range letters {
		reasons[l.Data] = *l.Reason
		require.Equal(t, int64(3), l.Deliveries)
		require.Equal(t, "events", l.Topic)
		require.Equal(t, "g", *l.Group)
		require.Equal(t, redisstream.Texts(map[string]string{"id": l.Data}), l.Attributes)
	}
	require.Equal(t, map[string]string{"m1": "it cannot be read", "m2": "panic: oh", "m3": "the database does not take it"}, reasons)
	require.Len(t, client.SMembers(t.Context(), "dlq").Val(), 3)

	mu.Lock()
	broken = false
	mu.Unlock()
	there, err := b.DeleteDeadLetter(t.Context(), letters[0].ID)
	require.NoError(t, err)
	require.True(t, there)
	for _, l := range letters {
		there, err := b.ReplayDeadLetter(t.Context(), l.ID)
		require.NoError(t, err)
		require.Equal(t, l.ID != letters[0].ID, there)
	}
	want := map[string]int{"m0": 1, "m4": 1, "m5": 1, letters[1].Data: 1, letters[2].Data: 1}
	got.is(t, want)
	require.Empty(t, client.Keys(t.Context(), "dlq*").Val())
	page, err := b.DeadLetters(t.Context(), 10, 5)
	require.NoError(t, err)
	require.Empty(t, page)
}

func TestFollowersHearOfWhatComesAfterThem(t *testing.T) {
	options, client := emptyRedis(t)
	b := newBroker(t, options)
	_, err := b.Publish(t.Context(), "events", "id", message(0))
	require.NoError(t, err)
	var early, late tally
	follow := func(to *tally, n int) {
		start(t, (&redisstream.Follower{Broker: b, Topic: "events", Take: to.add}).Loop())
		require.Eventually(t, func() bool { // a probe comes through once it follows
			_, err := b.Publish(t.Context(), "events", "", redisstream.Message{Data: fmt.Sprintf("probe%d", n)})
			to.mu.Lock()
			defer to.mu.Unlock()
			return err == nil && len(to.seen) > 0
		}, 20*time.Second, 20*time.Millisecond)
		to.mu.Lock()
		defer to.mu.Unlock()
		require.NotContains(t, to.seen, "m0")
	}
	follow(&early, 0)
	follow(&late, 1)
	_, err = b.Publish(t.Context(), "events", "id", messages(1, 1000)...)
	require.NoError(t, err)
	for _, to := range []*tally{&early, &late} {
		require.Eventually(t, func() bool {
			to.mu.Lock()
			defer to.mu.Unlock()
			return to.seen["m999"] == 1 && to.seen["m1"] == 1
		}, 20*time.Second, 5*time.Millisecond)
	}
	// A Redis that has lost everything begins with lower places, or higher ones.
	require.NoError(t, client.Del(t.Context(), "events").Err())
	require.NoError(t, client.XAdd(t.Context(), &redis.XAddArgs{Stream: "events", ID: "1-1", Values: []string{"data", "old"}}).Err())
	_, err = b.Publish(t.Context(), "events", "id", message(1000))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		late.mu.Lock()
		defer late.mu.Unlock()
		return late.seen["m1000"] == 1
	}, 20*time.Second, 5*time.Millisecond)
}

func TestOrderKnowsWhoWaitsForWhom(t *testing.T) {
	options, client := emptyRedis(t)
	order := redisstream.Order{Broker: newBroker(t, options)}
	ctx := t.Context()
	now := prefect.TimeOf(time.Now())
	newEvent := func(after *prefect.ReceivedEvent, occurred time.Duration) prefect.ReceivedEvent {
		e := prefect.ReceivedEvent{Event: prefect.Event{ID: uuid.New(), Event: "x", Occurred: now.Add(occurred), Resource: prefect.Resource{prefect.ResourceID: "r"}}, Received: now}
		if after != nil {
			e.Follows = &after.ID
		}
		return e
	}
	leader := newEvent(nil, 0)
	second, first := newEvent(&leader, 2*time.Second), newEvent(&leader, time.Second)
	claim := func(want bool, ids ...uuid.UUID) {
		t.Helper()
		seen, mine, err := order.Claim(ctx, ids)
		require.NoError(t, err)
		require.Equal(t, slices.Repeat([]bool{false}, len(ids)), seen)
		require.Equal(t, slices.Repeat([]bool{want}, len(ids)), mine)
	}
	claim(true, leader.ID, second.ID)
	claim(false, leader.ID, second.ID)
	require.NoError(t, order.Release(ctx, []uuid.UUID{second.ID}))
	require.NoError(t, order.Release(ctx, nil))
	claim(true, second.ID, first.ID)
	for _, e := range []prefect.ReceivedEvent{second, first} {
		waits, err := order.Park(ctx, &e)
		require.NoError(t, err)
		require.True(t, waits)
	}
	claim(true, second.ID)
	followers, err := order.Finish(ctx, []uuid.UUID{leader.ID})
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{first.ID, second.ID}, []uuid.UUID{followers[0].ID, followers[1].ID}, "the oldest first")
	require.Equal(t, first.Occurred, followers[0].Occurred)
	followers, err = order.Finish(ctx, []uuid.UUID{leader.ID})
	require.NoError(t, err)
	require.Len(t, followers, 2, "they wait until they are forgotten")
	seen, mine, err := order.Claim(ctx, []uuid.UUID{leader.ID})
	require.NoError(t, err)
	require.Equal(t, []bool{true}, seen)
	require.Equal(t, []bool{false}, mine)
	third := newEvent(&leader, 0)
	waits, err := order.Park(ctx, &third)
	require.NoError(t, err)
	require.False(t, waits, "the leader was evaluated")

	// Whoever was given the followers is gone: they are found again, by one at a time.
	lost, err := order.Lost(ctx, now.Add(time.Second).Time, 10)
	require.NoError(t, err)
	require.Len(t, lost, 2)
	again, err := order.Lost(ctx, now.Add(time.Second).Time, 10)
	require.NoError(t, err)
	require.Empty(t, again)
	require.NoError(t, order.Forget(ctx, lost))
	require.NoError(t, client.ZAdd(ctx, "triggers:waitlist", redis.Z{Score: 1, Member: uuid.NewString()}).Err())
	lost, err = order.Lost(ctx, now.Add(time.Hour).Time, 10)
	require.NoError(t, err)
	require.Empty(t, lost, "of one there is nothing")
	_, err = order.Finish(ctx, []uuid.UUID{first.ID, second.ID})
	require.NoError(t, err)
	keys := client.Keys(ctx, "*").Val()
	slices.Sort(keys)
	want := []string{"triggers:seen:" + leader.ID.String(), "triggers:seen:" + first.ID.String(), "triggers:seen:" + second.ID.String()}
	slices.Sort(want)
	require.Equal(t, want, keys)
}
