package api_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"praetor/internal/app"
	"praetor/internal/config"
	"praetor/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a whole server on an empty database, and a client of it.
type server struct {
	url string // of the API
	// stop ends the server before the test's end does, and gives what it ended with.
	stop func() error
	// exec runs a statement behind the server's back.
	exec func(statement string)
	db   storetest.Database
}

// onBothDatabases runs the test on a server of its own for each database. Settings are NAME=value, as in the environment.
func onBothDatabases(t *testing.T, test func(t *testing.T, s *server), settings ...string) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := startServer(t, append(settings, "PREFECT_SERVER_DATABASE_CONNECTION_URL="+db.URL()))
		s.db, s.exec = db, func(statement string) { db.Exec(t, statement) }
		test(t, s)
	})
}

func startServer(t *testing.T, environ []string) *server {
	t.Helper()
	home := t.TempDir()
	environ = append([]string{"PREFECT_SERVER_API_PORT=0", "PREFECT_SERVER_EVENTS_RETENTION_PERIOD=315360000"}, environ...) // tests have events of long ago
	settings, err := config.Load(config.Sources{Environ: environ, Dir: home, Home: home})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- app.Serve(ctx, settings, app.Options{Version: "test", Log: slog.New(slog.DiscardHandler), Ready: func(a net.Addr) { ready <- a }})
	}()
	stopped := func() error {
		stop()
		err := <-ended
		ended <- err // for whoever asks again
		return err
	}
	t.Cleanup(func() { require.NoError(t, stopped()) })
	select {
	case addr := <-ready:
		return &server{url: "http://" + addr.String() + "/api", stop: stopped}
	case err := <-ended:
		ended <- err
		require.FailNow(t, "the server did not start", "%v", err)
		return nil
	}
}

// answer is what came back, with the body as it stands and as JSON, where it is that.
type answer struct {
	status int
	header http.Header
	body   string
	json   any
}

// ask sends a request; a body that is no string is sent as JSON.
func (s *server) ask(t *testing.T, method, path string, body any) *answer {
	t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = bytes.NewReader([]byte(b))
	default:
		text, err := json.Marshal(b)
		require.NoError(t, err)
		reader = bytes.NewReader(text)
	}
	return s.send(t, method, path, reader, func(h http.Header) { h.Set("Content-Type", "application/json") })
}

// send is ask for a body and headers as they stand.
func (s *server) send(t *testing.T, method, path string, body io.Reader, headers func(http.Header)) *answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, body)
	require.NoError(t, err)
	headers(request.Header)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	a := &answer{status: response.StatusCode, header: response.Header, body: string(text)}
	if jsontext.Value(text).IsValid() {
		require.NoError(t, json.Unmarshal(text, &a.json))
	}
	return a
}

// must is ask for requests that have to come out with that status.
func (s *server) must(t *testing.T, status int, method, path string, body any) *answer {
	t.Helper()
	a := s.ask(t, method, path, body)
	require.Equal(t, status, a.status, "%s %s: %s", method, path, a.body)
	return a
}

// field is a member of the answer's object.
func (a *answer) field(t *testing.T, name string) any {
	t.Helper()
	object, ok := a.json.(map[string]any)
	require.True(t, ok, "no object: %s", a.body)
	require.Contains(t, object, name)
	return object[name]
}

// id is the member "id".
func (a *answer) id(t *testing.T) string {
	t.Helper()
	id, ok := a.field(t, "id").(string)
	require.True(t, ok)
	return id
}

type object = map[string]any

// flowRun makes a flow run of a flow of its own and gives its id.
func (s *server) flowRun(t *testing.T, more object) string {
	t.Helper()
	flow := s.ask(t, "POST", "/flows/", object{"name": "a flow"}).id(t)
	body := object{"flow_id": flow}
	for k, v := range more {
		body[k] = v
	}
	return s.must(t, 201, "POST", "/flow_runs/", body).id(t)
}

// nobody is an id that nothing has.
const nobody = "99999999-0000-4000-8000-000000000000"
