package api

import (
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"sync"

	"github.com/go-chi/chi/v5"

	"praetor/internal/api/wire"
	"praetor/internal/prefect"
	"praetor/internal/quickjson"
)

// buffers are reused between requests; one that has grown beyond maxPooled is left to the collector.
//
//nolint:gochecknoglobals // a pool is for all requests
var buffers = sync.Pool{New: func() any { return new([]byte) }}

const maxPooled = 1 << 20

func putBuffer(b *[]byte) {
	if cap(*b) <= maxPooled {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}

// limited is a body with a page size. The size is checked before the rest of the body counts, as the reference does.
type limited interface {
	limitField() **int64
}

// pagingField is the index of the input's body when that has a page size, and -1 otherwise.
func pagingField(in reflect.Type) int {
	for i := range in.NumField() {
		f := in.Field(i)
		if _, isBody := f.Tag.Lookup("body"); isBody && reflect.PointerTo(f.Type).Implements(reflect.TypeFor[limited]()) {
			return i
		}
	}
	return -1
}

// decode reads the request into in; page is the index of its field with a page size, if any. It answers the request and
// gives false when the input is bad.
func (s *Server) decode(w http.ResponseWriter, r *http.Request, in any, page int) bool {
	body, err := readBody(r)
	if err != nil {
		s.fail(w, r, err)
		return false
	}
	problems, err := wire.Decode(wire.Request{
		Path:        func(name string) string { return pathParam(r, name) },
		Query:       r.URL.Query(),
		Header:      r.Header,
		Body:        body,
		ContentType: r.Header.Get("Content-Type"),
		Now:         s.clock(),
	}, in)
	if err != nil {
		s.fail(w, r, err)
		return false
	}
	if page >= 0 && !mentions(problems, "limit") {
		l := reflect.ValueOf(in).Elem().Field(page).Addr().Interface().(limited)
		if err := s.checkLimit(l.limitField()); err != nil {
			s.fail(w, r, err)
			return false
		}
	}
	if len(problems) > 0 {
		invalid(w, r, problems, body)
		return false
	}
	return true
}

// invalid answers a request with what is wrong with it.
func invalid(w http.ResponseWriter, r *http.Request, problems []wire.Problem, body []byte) {
	writeRaw(w, http.StatusUnprocessableEntity, wire.Answer(problems, body, r.Header.Get("Content-Type")))
}

// refuse answers with the error, unless the body of the request is no JSON: that comes before all that is checked of a
// request for a particular operation.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	body, unread := readBody(r)
	problems, unreadable := wire.CheckSyntax(body, r.Header.Get("Content-Type"))
	switch {
	case unread != nil:
		s.fail(w, r, unread)
	case unreadable != nil:
		s.fail(w, r, unreadable)
	case len(problems) > 0:
		invalid(w, r, problems, body)
	default:
		s.fail(w, r, err)
	}
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, prefect.NewError(prefect.TooLarge, "The request body is larger than "+strconv.FormatInt(tooLarge.Limit, 10)+" bytes.")
	}
	if err != nil {
		return nil, &prefect.Error{Kind: prefect.Invalid, Message: "The request body could not be read.", Err: err}
	}
	return body, nil
}

// pathParam is the value of a path parameter.
func pathParam(r *http.Request, name string) string {
	return chi.URLParam(r, name)
}

func mentions(problems []wire.Problem, parameter string) bool {
	for _, p := range problems {
		if len(p.Loc) == 1 || len(p.Loc) > 1 && (p.Loc[1] == parameter || p.Type == wire.SyntaxProblem) {
			return true
		}
	}
	return false
}

// checkLimit puts the default in the place of an absent page size and refuses one that is out of bounds.
func (s *Server) checkLimit(limit **int64) error {
	most := s.settings.API.DefaultLimit
	switch {
	case *limit == nil:
		*limit = &most
	case **limit < 0:
		return errNegativeLimit()
	case **limit > most:
		return prefect.NewError(prefect.Invalid, "Invalid limit: must be less than or equal to "+strconv.FormatInt(most, 10)+".")
	}
	return nil
}

func errNegativeLimit() error {
	return prefect.NewError(prefect.Invalid, "Invalid limit: must be greater than or equal to 0.")
}

// respond writes an answer.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, status int, answer any) {
	if a, ok := answer.(interface{ answer() (int, any) }); ok {
		status, answer = a.answer()
	}
	switch a := answer.(type) {
	case none:
		w.WriteHeader(status)
		return
	case file:
		if err := a.write(r.Context(), w); err != nil {
			s.fail(w, r, err)
		}
		return
	}
	s.writeJSON(w, r, status, answer)
}

func (s *Server) writeJSON(w http.ResponseWriter, r *http.Request, status int, body any) {
	buf := buffers.Get().(*[]byte)
	defer putBuffer(buf)
	var err error
	if *buf, err = quickjson.Append(*buf, body); err != nil {
		s.fail(w, r, err)
		return
	}
	writeRaw(w, status, *buf)
}

func writeRaw(w http.ResponseWriter, status int, body []byte) {
	writeBody(w, status, "application/json", body)
}

func writeBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone: nobody is left to tell
}
