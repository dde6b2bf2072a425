package api

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
)

// logged gives each request an id, which comes back as X-Request-Id, and writes a line about it at level debug.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if id == "" || len(id) > 128 {
			id = uuid.NewString()
		}
		w.Header().Set("X-Request-Id", id)
		if !s.log.Enabled(r.Context(), slog.LevelDebug) {
			next.ServeHTTP(w, r)
			return
		}
		started := s.clock()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		s.log.DebugContext(r.Context(), "request", slog.String("id", id), slog.String("method", r.Method), slog.String("path", r.URL.Path),
			slog.Int("status", rec.status), slog.Duration("took", s.clock().Sub(started).Round(time.Microsecond)))
	})
}

// recorder remembers the status.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) { r.status = status; r.ResponseWriter.WriteHeader(status) }

// Unwrap lets http.ResponseController and websocket upgrades reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// unescaped makes the router look at the path as it reads: an escaped slash is a slash like any other.
func unescaped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.RawPath = ""
		next.ServeHTTP(w, r)
	})
}

// recovered turns a panic into a 500 and a line in the log.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil || p == any(http.ErrAbortHandler) {
				return
			}
			s.log.ErrorContext(r.Context(), "panic in a request", slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			s.writeJSON(w, r, http.StatusInternalServerError, exception{"Internal Server Error"})
		}()
		next.ServeHTTP(w, r)
	})
}

// bounded limits the size of request bodies.
func (s *Server) bounded(next http.Handler) http.Handler {
	limit := s.settings.Praetor.MaxBodyBytes
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, limit)
		}
		next.ServeHTTP(w, r)
	})
}

// cors lets browsers on other origins use the API, as far as the settings allow.
func (s *Server) cors(next http.Handler) http.Handler {
	origins := strings.Split(s.settings.API.CORSAllowedOrigins, ",")
	methods := s.settings.API.CORSAllowedMethods
	if methods == "*" {
		methods = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
	}
	headers := s.settings.API.CORSAllowedHeaders
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if origin == "" {
			next.ServeHTTP(w, r)
			return
		}
		if allow := allowedOrigin(origins, origin); allow != "" {
			h.Set("Access-Control-Allow-Origin", allow)
		}
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
		h.Set("Access-Control-Allow-Methods", methods)
		h.Set("Access-Control-Max-Age", "600")
		if headers == "*" {
			h.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
		} else {
			h.Set("Access-Control-Allow-Headers", headers)
		}
		h.Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("OK")) // the client is gone: nobody is left to tell
	})
}

func allowedOrigin(allowed []string, origin string) string {
	for _, a := range allowed {
		if a = strings.TrimSpace(a); a == "*" || a == origin {
			return a
		}
	}
	return ""
}
