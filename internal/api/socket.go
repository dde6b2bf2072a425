package api

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"praetor/internal/api/wire"
)

// authTimeout is how long a client may take to say who it is.
const authTimeout = 30 * time.Second

// subprotocol is the one that clients name; with it, the first message of a socket is the client's password.
const subprotocol = "prefect"

// acceptSocket upgrades the request to a websocket and checks the password. It gives false when it has turned the client
// away. Clients without the subprotocol are let in where no password is set.
func (s *Server) acceptSocket(w http.ResponseWriter, r *http.Request, o *websocket.AcceptOptions) (*websocket.Conn, bool) {
	return s.acceptSocketBut(w, r, o, "")
}

// acceptSocketBut is acceptSocket for clients that must name the subprotocol and look for one reason, whatever is wrong. An
// empty reason makes it acceptSocket.
func (s *Server) acceptSocketBut(w http.ResponseWriter, r *http.Request, o *websocket.AcceptOptions, always string) (*websocket.Conn, bool) {
	if o == nil {
		o = &websocket.AcceptOptions{}
	}
	named := slices.ContainsFunc(strings.Split(strings.Join(r.Header.Values("Sec-Websocket-Protocol"), ","), ","),
		func(p string) bool { return strings.TrimSpace(p) == subprotocol })
	want := s.settings.API.AuthString
	if !named && (want != "" || always != "") {
		// The reference closes before it accepts, which a client sees as a refused request.
		w.WriteHeader(http.StatusForbidden)
		return nil, false
	}
	o.InsecureSkipVerify = true // browsers on other origins are the CORS settings' business, and the password's
	if named {
		o.Subprotocols = []string{subprotocol}
	}
	conn, err := websocket.Accept(w, r, o)
	if err != nil {
		return nil, false // Accept has answered
	}
	if !named {
		return conn, true
	}
	ctx, cancel := context.WithTimeout(r.Context(), authTimeout)
	defer cancel()
	// The wait for the client ends with the server. The answer is not cut short by that: once it is out, the client may
	// have said more, which the handler is to hear.
	waiting, giveUp := context.WithCancel(ctx)
	defer giveUp()
	forget := context.AfterFunc(s.quit, giveUp)
	defer forget()
	var hello struct {
		Type  string `json:"type"`
		Token string `json:"token"`
	}
	refuse := func(reason string) (*websocket.Conn, bool) {
		if always != "" {
			reason = always
		}
		_ = conn.Close(websocket.StatusPolicyViolation, reason) // the client is gone: nobody is left to tell
		return nil, false
	}
	switch err := wsjson.Read(waiting, conn, &hello); {
	case err != nil:
		_ = conn.CloseNow() // nothing was agreed on yet
		return nil, false
	case hello.Type != "auth":
		return refuse("Expected 'auth' message")
	case want != "" && hello.Token == "":
		return refuse("Auth required but no token provided")
	case want != "" && subtle.ConstantTimeCompare([]byte(hello.Token), []byte(want)) != 1:
		return refuse("Invalid token")
	}
	if err := wsjson.Write(ctx, conn, map[string]string{"type": "auth_success"}); err != nil {
		_ = conn.CloseNow() // the client is gone
		return nil, false
	}
	return conn, true
}

// serveSocket runs a websocket's handler. Its context ends when the server stops; that of a handler that ends by itself
// then, when the server's patience does.
func (s *Server) serveSocket(rt route, w http.ResponseWriter, r *http.Request) {
	if s.open.Add(1) > int64(s.settings.Praetor.MaxWebsockets) {
		s.open.Add(-1)
		s.writeJSON(w, r, http.StatusServiceUnavailable, detail{"Too many websockets are open."})
		return
	}
	s.sockets.Add(1)
	defer s.sockets.Done()
	defer s.open.Add(-1)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if !rt.lingers {
		forget := context.AfterFunc(s.quit, cancel)
		defer forget()
	}
	rt.serve(s, w, r.WithContext(ctx))
}

// decodeMessage reads a message of a websocket as the body of a request would be read.
func decodeMessage(message []byte, into any) []wire.Problem {
	problems, err := wire.Decode(wire.Request{
		Path: func(string) string { return "" }, Query: url.Values{}, Header: http.Header{}, Body: message, ContentType: "application/json",
	}, into)
	if err != nil {
		return []wire.Problem{{Type: wire.SyntaxProblem, Loc: []any{"body"}, Msg: err.Error()}}
	}
	return problems
}

// problemText says in a line what is wrong with a message.
func problemText(p wire.Problem) string {
	place := make([]string, 0, len(p.Loc))
	for _, part := range p.Loc[1:] { // the first is "body"
		place = append(place, fmt.Sprint(part))
	}
	return strings.Join(place, ".") + ": " + p.Msg
}

// closeReason cuts a reason to what fits into a closing frame.
func closeReason(reason string) string {
	const most = 123
	if len(reason) <= most {
		return reason
	}
	return strings.ToValidUTF8(reason[:most], "")
}
