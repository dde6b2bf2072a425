package redisstream

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"praetor/internal/prefect"
)

// Order is what the servers know together of the events that were held against automations: which ones were, and which wait for the one
// that they follow. Its keys are those of the reference's module prefect_redis.ordering for the scope of triggers.
type Order struct{ Broker *Broker }

const (
	// seenFor is how long it is known that an event was evaluated.
	seenFor = 30 * time.Minute
	// claimedFor is for how long nobody else evaluates an event that is being evaluated.
	claimedFor = 16 * time.Second
	// lostAgain is after how long an event that has waited in vain is given out again, if whoever had it is gone.
	lostAgain = time.Minute

	waitlist = "triggers:waitlist"
)

func orderKey(what string, id uuid.UUID) string { return "triggers:" + what + ":" + id.String() }

// Claim takes events on. Seen ones were evaluated before, and mine ones nobody else evaluates until Finish, Release or a while has passed.
func (o Order) Claim(ctx context.Context, ids []uuid.UUID) (seen, mine []bool, err error) {
	seen, err = o.Seen(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	claims := make([]*redis.StatusCmd, len(ids))
	_, err = o.Broker.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, id := range ids {
			if !seen[i] {
				claims[i] = p.SetArgs(ctx, orderKey("processing", id), "1", redis.SetArgs{Mode: "NX", TTL: claimedFor})
			}
		}
		return nil
	})
	if err != nil && !isNil(err) {
		return nil, nil, err
	}
	mine = make([]bool, len(ids))
	for i, claim := range claims {
		if claim == nil {
			continue
		}
		if err := claim.Err(); err != nil && !isNil(err) {
			return nil, nil, err
		}
		mine[i] = claim.Val() == "OK"
	}
	return seen, mine, nil
}

// Release gives up what was claimed.
func (o Order) Release(ctx context.Context, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = orderKey("processing", id)
	}
	return o.Broker.redis.Del(ctx, keys...).Err()
}

// Seen tells which of the events were evaluated lately.
func (o Order) Seen(ctx context.Context, ids []uuid.UUID) ([]bool, error) {
	found := make([]*redis.IntCmd, len(ids))
	_, err := o.Broker.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, id := range ids {
			found[i] = p.Exists(ctx, orderKey("seen", id))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	seen := make([]bool, len(ids))
	for i := range found {
		seen[i] = found[i].Val() == 1
	}
	return seen, nil
}

// finish notes that an event was evaluated, and finds those that wait for it: in one step, so that none begins to wait in between.
//
//nolint:gochecknoglobals // a script is a constant
var finish = redis.NewScript(`
local all = {}
for i = 1, #KEYS, 3 do
  redis.call('SET', KEYS[i], '1', 'EX', ARGV[1])
  for _, id in ipairs(redis.call('SMEMBERS', KEYS[i + 1])) do all[#all + 1] = id end
  redis.call('DEL', KEYS[i + 2])
end
return all`)

// Finish notes that events were evaluated, and gives those that wait for them, the oldest first. They wait until Forget all the same: whoever
// finishes the same events again is given them again.
func (o Order) Finish(ctx context.Context, ids []uuid.UUID) ([]prefect.ReceivedEvent, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	keys := make([]string, 0, 3*len(ids))
	for _, id := range ids {
		keys = append(keys, orderKey("seen", id), orderKey("followers", id), orderKey("processing", id))
	}
	followers, err := finish.Run(ctx, o.Broker.redis, keys, int(seenFor.Seconds())).StringSlice()
	if err != nil {
		return nil, err
	}
	return o.parked(ctx, followers)
}

// parked gives the events of the ids that wait, the oldest first.
func (o Order) parked(ctx context.Context, ids []string) ([]prefect.ReceivedEvent, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = "triggers:event:" + id
	}
	texts, err := o.Broker.redis.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, err
	}
	events := make([]prefect.ReceivedEvent, 0, len(texts))
	for _, text := range texts {
		if text, ok := text.(string); ok {
			if e, err := ReadEvent(text); err == nil {
				events = append(events, e)
			}
		}
	}
	slices.SortStableFunc(events, func(a, b prefect.ReceivedEvent) int { return a.Occurred.Compare(b.Occurred.Time) })
	return events, nil
}

// park has an event wait, unless the one that it follows was evaluated by now.
//
//nolint:gochecknoglobals // a script is a constant
var park = redis.NewScript(`
redis.call('DEL', KEYS[5])
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1])
return 1`)

// Park has a claimed event wait for the one that it follows, and gives the claim up. It tells whether it waits: not if the other was
// evaluated meanwhile.
func (o Order) Park(ctx context.Context, e *prefect.ReceivedEvent) (waits bool, err error) {
	text, err := WriteEvent(e)
	if err != nil {
		return false, err
	}
	keys := []string{orderKey("seen", *e.Follows), orderKey("event", e.ID), orderKey("followers", *e.Follows), waitlist, orderKey("processing", e.ID)}
	n, err := park.Run(ctx, o.Broker.redis, keys, e.ID.String(), text, seconds(e.Received.Time)).Int()
	return n == 1, err
}

// Forget has events wait no longer: they were evaluated.
func (o Order) Forget(ctx context.Context, events []prefect.ReceivedEvent) error {
	_, err := o.Broker.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range events {
			if e := &events[i]; e.Follows != nil {
				p.ZRem(ctx, waitlist, e.ID.String())
				p.SRem(ctx, orderKey("followers", *e.Follows), e.ID.String())
				p.Del(ctx, orderKey("event", e.ID))
			}
		}
		return nil
	})
	return err
}

// lost gives events that wait since before a time, and has them wait as if since later.
//
//nolint:gochecknoglobals // a script is a constant
var lost = redis.NewScript(`
local ids = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[3])
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], ARGV[2], id) end
return ids`)

// Lost gives events that were received before a time and still wait, the oldest first, to nobody else for a while.
func (o Order) Lost(ctx context.Context, received time.Time, limit int) ([]prefect.ReceivedEvent, error) {
	ids, err := lost.Run(ctx, o.Broker.redis, []string{waitlist}, seconds(received), seconds(received.Add(lostAgain)), limit).StringSlice()
	if err != nil {
		return nil, err
	}
	events, err := o.parked(ctx, ids)
	if err != nil || len(events) == len(ids) {
		return events, err
	}
	known := map[string]bool{}
	for i := range events {
		known[events[i].ID.String()] = true
	}
	var gone []any
	for _, id := range ids {
		if !known[id] {
			gone = append(gone, id)
		}
	}
	return events, o.Broker.redis.ZRem(ctx, waitlist, gone...).Err()
}

// seconds is a time as the sorted set has it.
func seconds(t time.Time) string {
	const digits = 6
	return strconv.FormatFloat(float64(t.UnixMicro())/1e6, 'f', digits, 64)
}

func isNil(err error) bool { return err == redis.Nil } //nolint:errorlint // the client gives it bare

// WriteEvent gives an event as messages carry it.
func WriteEvent(e *prefect.ReceivedEvent) (string, error) {
	text, err := json.Marshal(e, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	return string(text), err
}

// ReadEvent reads an event of a message.
func ReadEvent(text string) (e prefect.ReceivedEvent, err error) {
	err = json.Unmarshal([]byte(text), &e, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err == nil && (e.ID == uuid.Nil || e.Resource[prefect.ResourceID] == "") {
		err = errNoEvent
	}
	if e.Payload == nil {
		e.Payload = prefect.Object("{}")
	}
	return e, err
}

var errNoEvent = errors.New("the message is no event")
