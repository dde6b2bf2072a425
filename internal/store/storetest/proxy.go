package storetest

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// Proxy stands between a store and its PostgreSQL server and counts.
type Proxy struct {
	// URL is that of the database, through the proxy.
	URL string

	server   string
	listener net.Listener
	wait     sync.WaitGroup
	trips    atomic.Int64
}

// RoundTrips is how often an answer was asked for so far: each is a wait for the network, whatever number of statements it
// carries. A nil Proxy has counted nothing.
func (p *Proxy) RoundTrips() int64 {
	if p == nil {
		return 0
	}
	return p.trips.Load()
}

// CountRoundTrips stands a proxy before the database of that URL until the test ends.
func CountRoundTrips(t testing.TB, database string) *Proxy {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{server: u.Host}
	if p.listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	u.Host = p.listener.Addr().String()
	p.URL = u.String()
	p.wait.Go(p.accept)
	t.Cleanup(func() {
		_ = p.listener.Close() // only listened
		p.wait.Wait()
	})
	return p
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server) //nolint:noctx // the proxy lives as long as its clients do
		if err != nil {
			_ = client.Close() // which tells the client enough
			continue
		}
		p.wait.Go(func() {
			_, _ = io.Copy(client, server) // an end is an end
			_ = errors.Join(client.Close(), server.Close())
		})
		p.wait.Go(func() {
			p.forward(client, server)
			_ = errors.Join(client.Close(), server.Close())
		})
	}
}

// forward passes the client's messages on. After the first one, which has no type, each has a type and a length.
func (p *Proxy) forward(client io.Reader, server io.Writer) {
	head := make([]byte, 5)
	for first := true; ; first = false {
		part := head
		if first {
			part = head[:4]
		}
		if _, err := io.ReadFull(client, part); err != nil {
			return
		}
		length := int64(binary.BigEndian.Uint32(part[len(part)-4:])) - 4
		// Sync ends a pipeline, Query is a statement without parameters: the server answers both at once.
		if !first && (part[0] == 'S' || part[0] == 'Q') {
			p.trips.Add(1)
		}
		if _, err := server.Write(part); err != nil {
			return
		}
		if _, err := io.CopyN(server, client, length); err != nil {
			return
		}
	}
}
