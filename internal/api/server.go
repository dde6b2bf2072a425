package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"

	"praetor/internal/blocks"
	"praetor/internal/bus"
	"praetor/internal/bus/memory"
	"praetor/internal/concurrency"
	"praetor/internal/config"
	"praetor/internal/events"
	"praetor/internal/lifecycle"
	"praetor/internal/orchestration"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/taskqueue"
)

// Server answers the API's requests. Its fields are shared by all handlers and never change.
type Server struct {
	store        *store.Store
	orchestrator *orchestration.Orchestrator
	slots        *concurrency.Slots
	events       *events.Intake
	bus          bus.Bus
	tasks        *taskqueue.Queue
	eventHub     *memory.Hub[prefect.ReceivedEvent]
	logs         *memory.Hub[prefect.Log]
	vault        *blocks.Vault
	deadMessages DeadMessages
	settings     *config.Settings
	clock        func() time.Time
	log          *slog.Logger
	version      string
	document     []byte // the OpenAPI document

	quit    context.Context // ends when websockets are to close
	sockets sync.WaitGroup
	open    atomic.Int64 // websockets
}

// Options are what a Server is made of. All are required but where it says so.
type Options struct {
	Store        *store.Store
	Orchestrator *orchestration.Orchestrator
	Slots        *concurrency.Slots
	Events       *events.Intake
	Bus          bus.Bus
	Tasks        *taskqueue.Queue
	EventHub     *memory.Hub[prefect.ReceivedEvent] // see NewEventHub; whoever stores events publishes them
	Logs         *memory.Hub[prefect.Log]           // see NewLogHub
	Vault        *blocks.Vault
	// DeadMessages may be nil: there are none.
	DeadMessages DeadMessages
	Settings     *config.Settings
	Clock        func() time.Time
	Log          *slog.Logger
	// Version is the release of this binary, for people; clients look at APIVersion.
	Version string
}

// Handler serves the API.
type Handler struct {
	HTTP http.Handler
	// Loops are what the API has to have run, until its websockets are closed.
	Loops []lifecycle.Loop
	// CloseSockets ends the open websockets, which a shutdown of the HTTP server leaves alone; WaitForSockets waits until
	// they have handed over what they took in.
	CloseSockets   func()
	WaitForSockets func()
	// Operations are for the actions of automations.
	Operations *Operations
}

// NewHandler makes the handler for the whole API, mounted under the configured base path and /api.
func NewHandler(o Options) (*Handler, error) {
	s := newServer(o)
	quit, closeSockets := context.WithCancel(context.Background())
	s.quit = quit
	document, err := openAPIDocument(o.Version)
	if err != nil {
		closeSockets()
		return nil, err
	}
	s.document = document
	router := chi.NewRouter()
	router.Use(s.logged, s.recovered, s.cors, s.bounded, compressed, unescaped)
	prefix := strings.TrimRight(o.Settings.API.BasePath, "/") + "/api"
	unknown := s.admitted(s.unknownPath(router))
	for _, rt := range routes() {
		router.Method(rt.method, prefix+chiPath(rt.path), s.guarded(rt, unknown))
	}
	router.Get(prefix+"/openapi.json", func(w http.ResponseWriter, _ *http.Request) { writeRaw(w, http.StatusOK, s.document) })
	router.NotFound(unknown)
	router.MethodNotAllowed(s.admitted(func(w http.ResponseWriter, r *http.Request) {
		method := firstAllowed(router, prefix, r.URL.Path)
		if method == "" { // the router takes a method that it does not know for one that the path has not
			unknown(w, r)
			return
		}
		w.Header().Set("Allow", method)
		s.writeJSON(w, r, http.StatusMethodNotAllowed, detail{"Method Not Allowed"})
	}))
	return &Handler{HTTP: router, Loops: s.loops(), Operations: &Operations{s}, CloseSockets: closeSockets, WaitForSockets: s.sockets.Wait}, nil
}

func newServer(o Options) *Server {
	return &Server{
		store: o.Store, orchestrator: o.Orchestrator, slots: o.Slots, events: o.Events, bus: o.Bus, tasks: o.Tasks, eventHub: o.EventHub, logs: o.Logs, vault: o.Vault, deadMessages: o.DeadMessages, settings: o.Settings, clock: o.Clock, log: o.Log,
		version: o.Version,
	}
}

// uuidPattern is what the reference's router takes for a UUID in a path.
const uuidPattern = "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}"

func chiPath(path string) string { return strings.ReplaceAll(path, ":uuid}", ":"+uuidPattern+"}") }

// admitted checks password and CSRF token of requests that no operation takes: who lacks them learns nothing of the paths.
func (s *Server) admitted(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := s.authenticate(route{}, r); err != nil {
			s.fail(w, r, err)
			return
		}
		if err := s.checkCSRF(r); err != nil {
			s.fail(w, r, err)
			return
		}
		next(w, r)
	}
}

// guarded checks what every operation asks of a request before its handler runs.
func (s *Server) guarded(rt route, unknown http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "//") { // the router takes nothing for a parameter
			unknown(w, r)
			return
		}
		if !rt.socket {
			if err := s.authenticate(rt, r); err != nil {
				s.fail(w, r, err)
				return
			}
			if err := s.checkCSRF(r); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		if !rt.open {
			if err := checkVersion(r.Header.Get("X-Prefect-Api-Version")); err != nil {
				s.refuse(w, r, err)
				return
			}
		}
		if rt.socket {
			s.serveSocket(rt, w, r)
			return
		}
		rt.serve(s, w, r)
	})
}

// unknownPath sends a client that is wrong about the trailing slash to the right place, and others away.
func (s *Server) unknownPath(router chi.Routes) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		other := r.URL.Path + "/"
		if strings.HasSuffix(r.URL.Path, "/") {
			other = strings.TrimRight(r.URL.Path, "/")
		}
		if len(allowed(router, other)) == 0 {
			s.writeJSON(w, r, http.StatusNotFound, detail{"Not Found"})
			return
		}
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		target := *r.URL
		target.Scheme, target.Host, target.Path, target.RawPath = scheme, r.Host, other, ""
		w.Header().Set("Location", target.String())
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
}

// firstAllowed is the method of the first route that has the path, which is all that the reference tells.
func firstAllowed(router chi.Routes, prefix, path string) string {
	for _, rt := range routes() {
		found := chi.NewRouteContext()
		if router.Match(found, rt.method, path) && found.RoutePattern() == strings.TrimSuffix(prefix+chiPath(rt.path), "/") {
			return rt.method
		}
	}
	return ""
}

// allowed lists the methods that the path answers.
func allowed(router chi.Routes, path string) []string {
	var methods []string
	for _, m := range []string{"DELETE", "GET", "PATCH", "POST", "PUT"} {
		if router.Match(chi.NewRouteContext(), m, path) {
			methods = append(methods, m)
		}
	}
	return methods
}
