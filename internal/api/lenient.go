package api

import (
	"bytes"
	"net"
	"net/http"
	"sync/atomic"
)

// Lenient lets requests through whose path or query has a "%" that begins no escape, which Go's HTTP server refuses: the
// Python client sends names as they are, and the reference takes such a "%" for itself. Its Track must be the server's
// ConnState.
type Lenient struct{ net.Listener }

// Accept waits for the next connection.
func (l Lenient) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &lenientConn{Conn: c}, nil
}

// Track notes that the next bytes of a connection begin a request.
func (l Lenient) Track(c net.Conn, state http.ConnState) {
	if lenient, ok := c.(*lenientConn); ok && (state == http.StateNew || state == http.StateIdle) {
		lenient.fresh.Store(true)
	}
}

// lenientConn looks at the first bytes of each request, and at nothing else.
type lenientConn struct {
	net.Conn
	fresh atomic.Bool
	rest  []byte // what a request line has become longer by
}

// Read reads as net.Conn does. Only one goroutine reads at a time.
func (c *lenientConn) Read(p []byte) (int, error) {
	if len(c.rest) > 0 {
		n := copy(p, c.rest)
		c.rest = c.rest[n:]
		return n, nil
	}
	n, err := c.Conn.Read(p)
	if n == 0 || !c.fresh.CompareAndSwap(true, false) {
		return n, err
	}
	if better := escapeRequestLine(p[:n]); better != nil {
		n = copy(p, better)
		c.rest = better[n:]
	}
	return n, err
}

// escapeRequestLine escapes each "%" of a request's target that begins no escape. It gives nil when there is nothing to
// do, or no request line.
func escapeRequestLine(b []byte) []byte {
	line, rest, whole := bytes.Cut(b, []byte("\n"))
	method, more, ok := bytes.Cut(line, []byte(" "))
	end := bytes.LastIndex(more, []byte(" HTTP/1."))
	if !whole || !ok || end < 0 {
		return nil
	}
	target := make([]byte, 0, end)
	for i, c := range more[:end] {
		target = append(target, c)
		if c == '%' && (i+2 >= end || !isHex(more[i+1]) || !isHex(more[i+2])) {
			target = append(target, '2', '5')
		}
	}
	if len(target) == end {
		return nil
	}
	return bytes.Join([][]byte{method, {' '}, target, more[end:], {'\n'}, rest}, nil)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
