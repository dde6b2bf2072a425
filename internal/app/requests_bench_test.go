package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/config"
	"praetor/internal/store/storetest"
)

// BenchmarkRequests measures what requests cost this process, without the network: time, CPU time and allocations. The CPU time is
// what to go by on a machine that others use too; it holds what the request leaves to the collector and to the database's
// goroutines. The whole picture, with the reference beside it, is `make bench`.
func BenchmarkRequests(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkRequests(b, "sqlite+aiosqlite:///"+b.TempDir()+"/bench.db") })
	b.Run("postgres", func(b *testing.B) { benchmarkRequests(b, storetest.PostgresURL(b)) })
}

// A request to PostgreSQL waits for the network as seldom as can be: once to read; to write, once to lock and read what decides,
// and once for all that is written and the commit.
func TestRoundTrips(t *testing.T) {
	proxy := storetest.CountRoundTrips(t, storetest.PostgresURL(t))
	w := newWorld(t, proxy.URL, 60)
	most := map[string]int64{
		"read": 1, "filter": 1, "paginate": 2, "count": 1, "history": 1, "logs-filter": 1, "logs": 1, "create": 2, "set_state": 2, "events": 2,
	}
	for _, c := range w.cases(t) {
		// Each of the pool's connections prepares a statement when it first meets it, and one after the other is used.
		for i := range 20 {
			w.send(t, c.want, c.request(i))
		}
		// On a busy machine one trip may look like two, where an answer begins before all is sent; and what the server does of itself
		// in the meantime is not the request's. It is enough that a request can do with as many.
		least := int64(math.MaxInt64)
		for i := 0; i < 100 && least > most[c.name]; i++ {
			before := proxy.RoundTrips()
			w.send(t, c.want, c.request(20+i))
			least = min(least, proxy.RoundTrips()-before)
		}
		require.LessOrEqual(t, least, most[c.name], c.name)
	}
}

const (
	benchFlows = 50
	benchRuns  = 2000
	benchLines = 100 // log lines of a run
)

// world is what the requests are about.
type world struct {
	handler  http.Handler
	compress bool // ask for compressed answers, as the Prefect client does
	now      time.Time
	flows    []string
	runs     []string
}

func benchmarkRequests(b *testing.B, database string) {
	w := newWorld(b, database, benchRuns)
	w.compress = true
	for _, c := range w.cases(b) {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range 10 { // statements are prepared with their first use
				w.send(b, c.want, c.request(i))
			}
			start, i := cpuTime(b), 10
			for b.Loop() {
				w.send(b, c.want, c.request(i))
				i++
			}
			b.ReportMetric(float64((cpuTime(b)-start).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

// cpuTime is what this process has used so far.
func cpuTime(t testing.TB) time.Duration {
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// benchCase is one kind of request; request makes number i of it, as cheaply as can be.
type benchCase struct {
	name    string
	want    int
	request func(i int) *http.Request
}

func (w *world) cases(t testing.TB) []benchCase {
	// inTurn sends bodies that are encoded already.
	inTurn := func(path string, n int, body func(i int) any) func(int) *http.Request {
		bodies := make([][]byte, n)
		for i := range bodies {
			bodies[i] = encode(t, body(i))
		}
		return func(i int) *http.Request { return w.request("POST", path, bodies[i%n]) }
	}
	return []benchCase{
		{"read", 200, func(i int) *http.Request { return w.request("GET", "/flow_runs/"+w.runs[i%len(w.runs)], nil) }},
		{"filter", 200, inTurn("/flow_runs/filter", 10, func(i int) any { return w.filter(i, true) })},
		{"paginate", 200, inTurn("/flow_runs/paginate", 10, func(i int) any {
			f := w.filter(i, false)
			f["page"], f["limit"], f["sort"] = 1, 10, "START_TIME_DESC"
			return f
		})},
		{"count", 200, inTurn("/flow_runs/count", 10, func(i int) any { return w.filter(i, false) })},
		{"history", 200, inTurn("/flow_runs/history", 2, func(i int) any {
			return object{
				"history_start": w.at(-27), "history_end": w.at(3), "history_interval_seconds": 86400,
				"flow_runs": object{"tags": object{"all_": tags(i)[:1]}},
			}
		})},
		{"logs-filter", 200, inTurn("/logs/filter", 50, func(i int) any {
			return object{
				"logs": object{"flow_run_id": object{"any_": []string{w.runs[i]}}, "level": object{"ge_": 20}}, "sort": "TIMESTAMP_ASC", "limit": 200,
			}
		})},
		{"logs", 201, inTurn("/logs/", 50, func(i int) any { return w.lines(w.runs[len(w.runs)-1-i]) })},
		{"create", 201, inTurn("/flow_runs/", 100, func(i int) any {
			return w.run(i, object{"type": "PENDING", "name": "Pending", "state_details": object{}})
		})},
		{"set_state", 201, func() func(i int) *http.Request {
			// The same runs in turn, from Running to Pending and back: every request makes a new state.
			states := [][]byte{
				encode(t, object{"state": object{"type": "RUNNING"}, "force": false}), encode(t, object{"state": object{"type": "PENDING"}, "force": true}),
			}
			return func(i int) *http.Request {
				return w.request("POST", "/flow_runs/"+w.runs[i/2%len(w.runs)]+"/set_state", states[i%2])
			}
		}()},
		{"events", 204, func(int) *http.Request {
			body := []byte{}
			for n := range 20 {
				body = fmt.Appendf(body, `,{"id":"%s","occurred":"%s","event":"bench.order","resource":{"prefect.resource.id":"bench.order.%d",`+
					`"shop":"north"},"related":[{"prefect.resource.id":"prefect.flow-run.%s","prefect.resource.role":"flow-run"}],`+
					`"payload":{"amount":12.5,"currency":"EUR"}}`, uuid.New(), time.Now().UTC().Format(time.RFC3339Nano), n, w.runs[n])
			}
			body[0] = '['
			return w.request("POST", "/events", append(body, ']'))
		}},
	}
}

type object = map[string]any

func newWorld(t testing.TB, database string, runs int) *world {
	home := t.TempDir()
	settings, err := config.Load(config.Sources{Environ: []string{"PREFECT_SERVER_DATABASE_CONNECTION_URL=" + database}, Dir: home, Home: home})
	require.NoError(t, err)
	db, err := OpenStore(t.Context(), settings)
	require.NoError(t, err)
	options := Options{Log: slog.New(slog.DiscardHandler), Version: "bench"}
	p, err := newParts(t.Context(), db, settings, options)
	require.NoError(t, err)
	handler, intake, err := newHandler(t.Context(), p, settings, options)
	require.NoError(t, err)
	stopBus, stop := run(context.Background(), p.carry), run(context.Background(), intake.Run)
	t.Cleanup(func() {
		stop()
		stopBus()
		require.NoError(t, db.Close())
	})

	w := &world{handler: handler.HTTP, now: time.Now().UTC()}
	for i := range benchFlows {
		w.flows = append(w.flows, w.make(t, "/flows/", object{"name": fmt.Sprintf("bench-flow-%02d", i), "tags": tags(i)}))
	}
	for i := range runs {
		run := w.run(i, object{"type": "SCHEDULED", "state_details": object{"scheduled_time": w.at(-27 + 30*float64(i)/float64(runs))}})
		id := w.make(t, "/flow_runs/", run)
		w.runs = append(w.runs, id)
		state := []string{"COMPLETED", "COMPLETED", "FAILED", "RUNNING"}[i*7%4]
		w.send(t, 201, w.request("POST", "/flow_runs/"+id+"/set_state", encode(t, object{"state": object{"type": state}, "force": true})))
	}
	for i := range 50 {
		w.send(t, 201, w.request("POST", "/logs/", encode(t, w.lines(w.runs[i]))))
	}
	return w
}

func (w *world) at(days float64) string {
	return w.now.Add(time.Duration(days * 24 * float64(time.Hour))).Format(time.RFC3339)
}

func tags(i int) []string { return []string{[]string{"dev", "prod"}[i%2], fmt.Sprintf("team-%d", i%5)} }

func (w *world) run(i int, state object) object {
	return object{
		"flow_id": w.flows[i%benchFlows], "name": fmt.Sprintf("run-%06d", i), "tags": tags(i), "state": state, "context": object{},
		"parameters":       object{"n": i, "source": fmt.Sprintf("s3://bench/in/%06d.parquet", i)},
		"empirical_policy": object{"retries": 0, "retry_delay": 0},
	}
}

func (w *world) filter(i int, page bool) object {
	states := [][]string{{"COMPLETED"}, {"COMPLETED", "FAILED"}, {"FAILED", "CRASHED"}, {"SCHEDULED"}, {"RUNNING", "COMPLETED"}}
	var names []string
	for f := i % 2; f < benchFlows; f += 2 {
		names = append(names, fmt.Sprintf("bench-flow-%02d", f))
	}
	f := object{
		"flow_runs": object{
			"tags": object{"all_": tags(i)[:1]}, "state": object{"type": object{"any_": states[i%len(states)]}},
			"expected_start_time": object{"after_": w.at(-25)},
		},
		"flows": object{"name": object{"any_": names}},
	}
	if page {
		f["sort"], f["limit"], f["offset"] = "EXPECTED_START_TIME_DESC", 50, 0
	}
	return f
}

func (w *world) lines(run string) []object {
	lines := make([]object, benchLines)
	for i := range lines {
		lines[i] = object{
			"name": "prefect.flow_runs", "level": 20, "message": fmt.Sprintf("Loaded part %d of the day's orders: 1,024 rows, 3 rejected, 0.42 s", i),
			"timestamp": time.Now().UTC().Format(time.RFC3339Nano), "flow_run_id": run,
		}
	}
	return lines
}

// make creates something and gives its id.
func (w *world) make(t testing.TB, path string, body object) string {
	var made struct {
		ID string `json:"id"`
	}
	require.NoError(t, json.Unmarshal(w.send(t, 201, w.request("POST", path, encode(t, body))), &made))
	return made.ID
}

func encode(t testing.TB, body any) []byte {
	text, err := json.Marshal(body)
	require.NoError(t, err)
	return text
}

// request has the headers of the Prefect client.
func (w *world) request(method, path string, body []byte) *http.Request {
	r := &http.Request{
		Method: method, URL: &url.URL{Path: "/api" + path}, RequestURI: "/api" + path, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: "127.0.0.1:4200",
		Header: http.Header{"User-Agent": {"prefect/3.8.8 (API 0.8.4)"}, "X-Prefect-Api-Version": {"0.8.4"}, "Accept": {"*/*"}}, Body: http.NoBody,
	}
	if body != nil {
		r.Header["Content-Type"] = []string{"application/json"}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	if w.compress {
		r.Header["Accept-Encoding"] = []string{"gzip, deflate"}
	}
	return r
}

// send gives the request to the handler and returns the answer, as it travels.
func (w *world) send(t testing.TB, want int, r *http.Request) []byte {
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	if recorder.Code != want {
		require.Equal(t, want, recorder.Code, recorder.Body)
	}
	return recorder.Body.Bytes()
}
