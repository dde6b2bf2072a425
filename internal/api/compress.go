package api

import (
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// minCompressed is the size from which an answer is compressed: below it, one packet carries it either way.
const minCompressed = 1400

//nolint:gochecknoglobals // a pool is for all requests
var compressors = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
	return w
}}

// compressed sends JSON and CSV answers gzipped to clients that take it.
func compressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || r.Header.Get("Upgrade") != "" {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Add("Vary", "Accept-Encoding")
		c := &compressWriter{ResponseWriter: w}
		next.ServeHTTP(c, r)
		c.finish()
	})
}

// compressWriter decides at the first byte: by then the handler has said how long its answer is, if it knows.
type compressWriter struct {
	http.ResponseWriter
	status int
	gz     *gzip.Writer
	begun  bool
}

// WriteHeader implements http.ResponseWriter.
func (c *compressWriter) WriteHeader(status int) { c.status = status }

func (c *compressWriter) Write(p []byte) (int, error) {
	if !c.begun {
		c.begin(len(p))
	}
	if c.gz != nil {
		return c.gz.Write(p)
	}
	return c.ResponseWriter.Write(p)
}

func (c *compressWriter) begin(first int) {
	c.begun = true
	h := c.Header()
	known := h.Get("Content-Length") != ""
	if (!known || first >= minCompressed) && h.Get("Content-Encoding") == "" {
		h.Del("Content-Length")
		h.Set("Content-Encoding", "gzip")
		c.gz = compressors.Get().(*gzip.Writer)
		c.gz.Reset(c.ResponseWriter)
	}
	if c.status != 0 {
		c.ResponseWriter.WriteHeader(c.status)
	}
}

func (c *compressWriter) finish() {
	if !c.begun && c.status != 0 {
		c.ResponseWriter.WriteHeader(c.status)
	}
	if c.gz != nil {
		_ = c.gz.Close() // the client is gone: nobody is left to tell
		compressors.Put(c.gz)
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (c *compressWriter) Unwrap() http.ResponseWriter { return c.ResponseWriter }
