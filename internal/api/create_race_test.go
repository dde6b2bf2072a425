package api_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// racers is how many clients ask for the same at the same time.
const racers = 24

// race sends what each client asks for at the same time, and gives the answers.
func (s *server) race(t *testing.T, path string, body func(i int) object) []answer {
	t.Helper()
	start := make(chan struct{})
	answers, errs := make([]answer, racers), make([]error, racers)
	var group sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for i := range racers {
		text, err := json.Marshal(body(i))
		require.NoError(t, err)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, bytes.NewReader(text))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		group.Go(func() {
			<-start
			response, err := client.Do(request)
			if err != nil {
				errs[i] = err
				return
			}
			defer response.Body.Close()
			text, err := io.ReadAll(response.Body)
			answers[i].status, answers[i].body, errs[i] = response.StatusCode, string(text), err
		})
	}
	close(start)
	group.Wait()
	for i := range answers {
		require.NoError(t, errs[i])
		require.NoError(t, json.Unmarshal([]byte(answers[i].body), &answers[i].json), answers[i].body)
	}
	return answers
}

// requireOneCreated looks at the answers to a race for one thing: one client has made it, and all know it.
func requireOneCreated(t *testing.T, answers []answer) {
	t.Helper()
	statuses, ids := map[int]int{}, map[string]bool{}
	for i := range answers {
		statuses[answers[i].status]++
		ids[answers[i].id(t)] = true
	}
	require.Equal(t, map[int]int{201: 1, 200: racers - 1}, statuses)
	require.Len(t, ids, 1)
}

func TestOneClientCreates(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		flow := s.must(t, 201, "POST", "/flows/", object{"name": "raced"}).id(t)
		t.Run("a flow of a name", func(t *testing.T) {
			requireOneCreated(t, s.race(t, "/flows/", func(int) object { return object{"name": "one flow"} }))
		})
		t.Run("a flow run of a key", func(t *testing.T) {
			for n := range 5 {
				answers := s.race(t, "/flow_runs/", func(i int) object {
					return object{"flow_id": flow, "idempotency_key": fmt.Sprint("key", n), "name": fmt.Sprint("run", i), "state": object{"type": "SCHEDULED"}}
				})
				requireOneCreated(t, answers)
				history := s.must(t, 200, "GET", "/flow_run_states/?flow_run_id="+answers[0].id(t), nil).json
				require.Len(t, history, 1)
			}
			require.Equal(t, fmt.Sprint(5), s.must(t, 200, "POST", "/flow_runs/count", object{}).body)
		})
		t.Run("a task run of keys", func(t *testing.T) {
			run := s.must(t, 201, "POST", "/flow_runs/", object{"flow_id": flow}).id(t)
			requireOneCreated(t, s.race(t, "/task_runs/", func(int) object {
				return object{"flow_run_id": run, "task_key": "t", "dynamic_key": "0"}
			}))
			require.Equal(t, fmt.Sprint(1), s.must(t, 200, "POST", "/task_runs/count", object{}).body)
		})
	})
}

func TestArtifactsOfOneKey(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		answers := s.race(t, "/artifacts/", func(i int) object {
			return object{"key": "report", "type": "table", "data": i, "description": fmt.Sprint("number ", i)}
		})
		data := map[string]any{}
		for i := range answers {
			require.Equal(t, 201, answers[i].status, answers[i].body)
			data[answers[i].id(t)] = answers[i].field(t, "data")
		}
		require.Len(t, data, racers)
		require.Equal(t, fmt.Sprint(racers), s.must(t, 200, "POST", "/artifacts/count", object{}).body)
		require.Equal(t, fmt.Sprint(1), s.must(t, 200, "POST", "/artifacts/latest/count", object{}).body)
		collections, ok := s.must(t, 200, "POST", "/artifacts/latest/filter", object{}).json.([]any)
		require.True(t, ok)
		latest, ok := collections[0].(object)
		require.True(t, ok)
		// Whoever came last, the collection shows that one whole.
		id, ok := latest["latest_id"].(string)
		require.True(t, ok)
		require.Contains(t, data, id)
		require.Equal(t, data[id], latest["data"])
		require.Equal(t, fmt.Sprint("number ", latest["data"]), latest["description"])
	})
}
