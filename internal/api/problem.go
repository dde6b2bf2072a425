package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/api/wire"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// detail is the body of most refusals.
type detail struct {
	Detail string `json:"detail"`
}

// exception is the body of the other refusals: the reference has two shapes, and clients look for one or the other.
type exception struct {
	Message string `json:"exception_message"`
}

// invalidFieldError is a member of a request's body that only the handler finds wrong. The answer has the shape of those of
// package wire, and repeats nothing of the body: it may be that it is too large.
type invalidFieldError struct {
	message string
	path    []any // inside the body
	whole   bool  // it is said of no place at all
}

func (e *invalidFieldError) Error() string { return fmt.Sprint(e.path) + ": " + e.message }

func invalidField(message string, path ...any) error {
	return &invalidFieldError{message: message, path: path}
}

// fail answers with what err means. It is the one place where errors become statuses.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var invalid *invalidFieldError
	if errors.As(err, &invalid) {
		loc := append([]any{"body"}, invalid.path...)
		if invalid.whole {
			loc = []any{}
		}
		writeRaw(w, http.StatusUnprocessableEntity, wire.Answer([]wire.Problem{{
			Type: "value_error", Loc: loc, Msg: "Value error, " + invalid.message, Input: jsontext.Value("null"), Ctx: jsontext.Value(`{"error":{}}`),
		}}, nil, ""))
		return
	}
	var known *prefect.Error
	if errors.As(err, &known) && known.RetryAfter != "" {
		w.Header().Set("Retry-After", known.RetryAfter)
	}
	status, body := problem(err)
	if status >= 500 && r.Context().Err() == nil {
		s.log.ErrorContext(r.Context(), "request failed", slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	s.writeJSON(w, r, status, body)
}

func problem(err error) (int, any) {
	var known *prefect.Error
	var constraint *store.ConstraintError
	var value *store.ValueError
	var busy *store.BusyError
	switch {
	case errors.As(err, &known):
		if known.Exception {
			return statusOf(known.Kind), exception{known.Message}
		}
		return statusOf(known.Kind), detail{known.Message}
	case errors.As(err, &constraint):
		return http.StatusConflict, detail{"Data integrity conflict. A key that must be unique exists already, or something that is referred to does not exist."}
	case errors.As(err, &value):
		return http.StatusUnprocessableEntity, detail{"A value of the request cannot be stored in this database."}
	case errors.As(err, &busy), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, exception{"Service Unavailable"}
	}
	return http.StatusInternalServerError, exception{"Internal Server Error"}
}

func statusOf(k prefect.Kind) int {
	switch k {
	case prefect.Invalid:
		return http.StatusUnprocessableEntity
	case prefect.BadRequest:
		return http.StatusBadRequest
	case prefect.Unauthorized:
		return http.StatusUnauthorized
	case prefect.NotFound:
		return http.StatusNotFound
	case prefect.Conflict:
		return http.StatusConflict
	case prefect.Forbidden:
		return http.StatusForbidden
	case prefect.Gone:
		return http.StatusGone
	case prefect.Locked:
		return http.StatusLocked
	case prefect.TooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}

// notFound is the error for a resource that does not exist, in the reference's words: "Flow not found".
func notFound(what string) error { return prefect.NewError(prefect.NotFound, what+" not found") }
