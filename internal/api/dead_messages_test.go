package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"praetor/internal/redistest"
)

// TestDeadMessages has messages that nobody can read come through the streams: they are listed, published again and forgotten.
func TestDeadMessages(t *testing.T) {
	options, client := redistest.Empty(t, 8)
	onBothDatabases(t, func(t *testing.T, s *server) {
		list := func(query string) []any {
			return s.must(t, 200, "GET", "/praetor/dead-messages"+query, nil).json.([]any)
		}
		count := func(want int) (letters []any) {
			t.Helper()
			require.Eventually(t, func() bool {
				letters = list("")
				return len(letters) == want
			}, 30*time.Second, 20*time.Millisecond)
			return letters
		}
		require.Empty(t, list(""))
		require.NoError(t, client.XAdd(t.Context(), &redis.XAddArgs{Stream: "events", Values: []string{"data", "no event", "attributes", `{"id": "x", "event": "y"}`}}).Err())
		require.NoError(t, client.XAdd(t.Context(), &redis.XAddArgs{Stream: "actions", Values: []string{"data", "{}", "attributes", "{}"}}).Err())
		groups := map[string]string{}
		letters := count(4)
		for _, l := range letters {
			letter := l.(map[string]any)
			groups[letter["group"].(string)] = letter["topic"].(string)
			require.NotEmpty(t, letter["reason"])
			require.NotEmpty(t, letter["failed"])
		}
		require.Equal(t, map[string]string{"event-persister": "events", "task-run-recorder": "events", "reactive-triggers": "events", "actions": "actions"}, groups)
		for _, l := range letters[1:] {
			s.must(t, 204, "DELETE", "/praetor/dead-messages/"+l.(map[string]any)["id"].(string), nil)
		}
		last := list("")[0].(map[string]any)
		require.Len(t, list("?limit=1"), 1)
		require.Empty(t, list("?offset=1"))
		s.must(t, 202, "POST", "/praetor/dead-messages/"+last["id"].(string)+"/replay", nil)
		s.must(t, 404, "POST", "/praetor/dead-messages/"+last["id"].(string)+"/replay", nil)
		again := map[string]int{"events": 3, "actions": 1}[last["topic"].(string)]
		for _, l := range count(again) { // all groups of its topic have tried it again
			s.must(t, 204, "DELETE", "/praetor/dead-messages/"+l.(map[string]any)["id"].(string), nil)
		}

		// As the reference's servers write it.
		id := uuid.New()
		key := fmt.Sprintf("dlq:%x", id[:])
		body := `{"data": "{}", "attributes": {"id": "1", "event": "e"}, "retry_count": 4, "timestamp": "12.5", "message_id": "abc"}`
		require.NoError(t, client.HSet(t.Context(), key, "data", body).Err())
		require.NoError(t, client.SAdd(t.Context(), "dlq", key, "dlq:foreign").Err())
		letter := list("")[0].(map[string]any)
		require.Equal(t, []any{id.String(), "events", nil, nil, nil, 4.0, "{}"},
			[]any{letter["id"], letter["topic"], letter["group"], letter["failed"], letter["reason"], letter["deliveries"], letter["data"]})
		s.must(t, 204, "DELETE", "/praetor/dead-messages/"+id.String(), nil)
		s.must(t, 404, "DELETE", "/praetor/dead-messages/"+id.String(), nil)
		s.must(t, 422, "GET", "/praetor/dead-messages?limit=0", nil)
		require.NoError(t, client.SRem(t.Context(), "dlq", "dlq:foreign").Err())
	}, "PREFECT_MESSAGING_BROKER=prefect_redis.messaging", fmt.Sprintf("PREFECT_REDIS_MESSAGING_URL=redis://%s/%d", options.Addr, options.DB),
		"PREFECT_REDIS_MESSAGING_CONSUMER_MAX_RETRIES=0", "PREFECT_REDIS_MESSAGING_CONSUMER_BLOCK=0.05")
}

func TestWithoutStreamsThereAreNoDeadMessages(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		require.Empty(t, s.must(t, 200, "GET", "/praetor/dead-messages", nil).json)
		s.must(t, 404, "DELETE", "/praetor/dead-messages/"+uuid.NewString(), nil)
		s.must(t, 404, "POST", "/praetor/dead-messages/"+uuid.NewString()+"/replay", nil)
	})
}
