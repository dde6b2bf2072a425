package api

import (
	"context"
	"net/http"
	"reflect"
)

// route is one line of the route table. Paths are relative to /api, in the reference's spelling: "{id:uuid}" matches
// UUIDs only, any other parameter matches one segment.
type route struct {
	method, path string
	summary      string // for the OpenAPI document
	operation
}

// operation is a handler with what the rest of the package needs to know of it.
type operation struct {
	in, out reflect.Type
	status  int // the usual answer's
	serve   func(s *Server, w http.ResponseWriter, r *http.Request)
	open    bool // answers without a password and whatever version the client speaks
	socket  bool // a websocket: not in the OpenAPI document
	lingers bool // a websocket that looks at Server.quit itself
}

// none is the answer without a body.
type none = struct{}

// reply is an answer whose status the handler decides.
type reply[T any] struct {
	status int
	body   T
}

func (r reply[T]) answer() (int, any) { return r.status, r.body }

func (reply[T]) bodyType() reflect.Type { return reflect.TypeFor[T]() }

// newOrOld is a reply with 201 for something new and 200 for something that was there already.
func newOrOld[T any](isNew bool, body T) reply[T] {
	if isNew {
		return reply[T]{http.StatusCreated, body}
	}
	return reply[T]{http.StatusOK, body}
}

// file is an answer that is not JSON: write sends headers and body.
type file struct {
	write func(ctx context.Context, w http.ResponseWriter) error
}

// op makes an operation of a handler.
func op[In, Out any](status int, handle func(*Server, context.Context, *In) (Out, error)) operation {
	out := reflect.TypeFor[Out]()
	if b, ok := any(*new(Out)).(interface{ bodyType() reflect.Type }); ok {
		out = b.bodyType()
	}
	page := pagingField(reflect.TypeFor[In]())
	return operation{
		in: reflect.TypeFor[In](), out: out, status: status,
		serve: func(s *Server, w http.ResponseWriter, r *http.Request) {
			in := new(In)
			if !s.decode(w, r, in, page) {
				return
			}
			answer, err := handle(s, r.Context(), in)
			if err != nil {
				s.fail(w, r, err)
				return
			}
			s.respond(w, r, status, answer)
		},
	}
}

// anyone marks an operation that needs no password and looks at no version.
func anyone(o operation) operation {
	o.open = true
	return o
}

// socket makes an operation of a websocket handler, which authenticates in its own protocol.
func socket(serve func(*Server, http.ResponseWriter, *http.Request)) operation {
	return operation{serve: serve, open: true, socket: true}
}

// lingering marks a websocket whose handler takes its leave of the client when Server.quit ends.
func lingering(o operation) operation {
	o.lingers = true
	return o
}
