package rig

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// Conn is an HTTP/1.1 client with one kept-alive connection. It sends requests that are encoded already and reads answers into
// buffers that it keeps, so that on a machine shared with the servers the load costs as little as can be.
type Conn struct {
	addr    string
	timeout time.Duration
	net     net.Conn
	in      *bufio.Reader
	body    []byte
	plain   bytes.Buffer
	gzip    gzip.Reader
	zipped  bool
	used    time.Time // when the last answer came
}

// maxIdle is how long a connection may have been idle to be used again.
const maxIdle = 4 * time.Second

// NewConn makes a client of the server at an address. A request that is unanswered for the timeout is an error.
func NewConn(addr string, timeout time.Duration) *Conn {
	return &Conn{addr: addr, timeout: timeout, in: bufio.NewReaderSize(nil, 32<<10)}
}

// Close gives up the connection, if there is one.
func (c *Conn) Close() {
	if c.net != nil {
		_ = c.net.Close() // the answer is in hand, or lost already
		c.net = nil
	}
}

// Do sends one encoded request and reads the whole answer. After an error the connection is closed; the next Do makes a new one.
func (c *Conn) Do(ctx context.Context, request []byte) (status int, err error) {
	// The servers close a connection that was idle for 5 s; the real client does not use one that old either.
	if time.Since(c.used) > maxIdle {
		c.Close()
	}
	if c.net == nil {
		dialer := net.Dialer{Timeout: c.timeout}
		if c.net, err = dialer.DialContext(ctx, "tcp", c.addr); err != nil {
			c.net = nil
			return 0, err
		}
		c.in.Reset(c.net)
	}
	status, again, err := c.roundTrip(request)
	c.used = time.Now()
	// The reference drops the connection behind a 503 without saying so. The real client sees that before it sends again; here
	// every such connection is given up.
	if err != nil || !again || status >= 500 {
		c.Close()
	}
	return status, err
}

func (c *Conn) roundTrip(request []byte) (status int, again bool, err error) {
	if err := c.net.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, false, err
	}
	if _, err := c.net.Write(request); err != nil {
		return 0, false, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, false, err
	}
	// "HTTP/1.1 200 OK"
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, false, fmt.Errorf("not an HTTP/1.1 answer: %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, false, fmt.Errorf("not an HTTP/1.1 status: %q", line)
	}
	head, err := c.readHead()
	if err != nil {
		return 0, false, err
	}
	c.zipped = head.zipped
	c.body = c.body[:0]
	switch {
	case status == 204 || status == 304:
	case head.chunked:
		err = c.readChunks()
	case head.length >= 0:
		err = c.readBytes(head.length)
	default:
		return 0, false, errors.New("an answer with neither a length nor chunks")
	}
	return status, !head.last, err
}

// head is what the framing of an answer needs of its headers.
type head struct {
	length                int
	chunked, zipped, last bool
}

func (c *Conn) readHead() (head, error) {
	h := head{length: -1}
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return h, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return h, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("content-length")):
			if h.length, err = strconv.Atoi(string(value)); err != nil {
				return h, err
			}
		case bytes.EqualFold(name, []byte("transfer-encoding")):
			h.chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("content-encoding")):
			h.zipped = bytes.EqualFold(value, []byte("gzip"))
		case bytes.EqualFold(name, []byte("connection")):
			h.last = bytes.EqualFold(value, []byte("close"))
		}
	}
}

func (c *Conn) readBytes(n int) error {
	start := len(c.body)
	if need := start + n; cap(c.body) < need {
		c.body = append(make([]byte, 0, 2*need), c.body...)
	}
	c.body = c.body[:start+n]
	_, err := io.ReadFull(c.in, c.body[start:])
	return err
}

func (c *Conn) readChunks() error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		digits, _, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(";"))
		size, err := strconv.ParseUint(string(digits), 16, 31)
		if err != nil {
			return fmt.Errorf("the size of a chunk: %w", err)
		}
		if err := c.readBytes(int(size)); err != nil {
			return err
		}
		// The end of the chunk, and after the last one the end of the trailers, of which neither server sends any.
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return err
		}
		if len(bytes.TrimRight(line, "\r\n")) > 0 {
			return fmt.Errorf("a chunk longer than it says, or a trailer: %q", line)
		}
		if size == 0 {
			return nil
		}
	}
}

// Text is the body of the last answer, inflated when it has to be. It is valid until the next Do.
func (c *Conn) Text() ([]byte, error) {
	if !c.zipped {
		return c.body, nil
	}
	if err := c.gzip.Reset(bytes.NewReader(c.body)); err != nil {
		return nil, err
	}
	c.plain.Reset()
	_, err := c.plain.ReadFrom(&c.gzip)
	return c.plain.Bytes(), err
}

// Encoder makes requests as the real client sends them: the same headers, so that the server does the same work.
type Encoder struct {
	Host     string // address and port
	Compress bool   // accept compressed answers
}

// Request is an encoded request. A nil body is none.
func (e Encoder) Request(method, path string, body []byte) []byte {
	return e.Append(nil, method, path, body)
}

// Append adds an encoded request to a buffer.
func (e Encoder) Append(to []byte, method, path string, body []byte) []byte {
	to = append(to, method...)
	to = append(to, " /api"...)
	to = append(to, path...)
	to = append(to, " HTTP/1.1\r\nhost: "...)
	to = append(to, e.Host...)
	to = append(to, "\r\naccept: */*\r\n"...)
	if e.Compress {
		to = append(to, "accept-encoding: gzip, deflate\r\n"...)
	}
	to = append(to, "connection: keep-alive\r\nuser-agent: prefect/3.8.8 (API 0.8.4)\r\nx-prefect-api-version: 0.8.4\r\n"...)
	if body != nil {
		to = append(to, "content-length: "...)
		to = strconv.AppendInt(to, int64(len(body)), 10)
		to = append(to, "\r\ncontent-type: application/json\r\n"...)
	}
	to = append(to, "\r\n"...)
	return append(to, body...)
}
