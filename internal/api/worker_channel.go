package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"praetor/internal/bus"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// What the channel closes with; workers decide by the reason whether to come again.
const (
	closeUnauthenticated = "authentication_failed"
	closeUnauthorized    = "authorization_failed"
	closeVersion         = "unsupported_version"
	closeProtocol        = "protocol_error"
	closeHeartbeat       = "heartbeat_persistence_failed"
	closeTransient       = "transient_server_error"
)

// channelError ends a worker's channel.
type channelError struct{ reason string }

func (e *channelError) Error() string { return "the worker channel ends: " + e.reason }

func (e *channelError) code() websocket.StatusCode {
	switch e.reason {
	case closeProtocol:
		return websocket.StatusProtocolError
	case closeHeartbeat, closeTransient:
		return websocket.StatusInternalError
	}
	return websocket.StatusPolicyViolation
}

const (
	// maxFrameBytes bounds what a worker may say at once: a hello has a whole job template in it.
	maxFrameBytes = 4 << 20
	// coalesceFor is how long a change of a pool waits for others, so that its workers hear of all of them at once.
	coalesceFor = 100 * time.Millisecond
)

// poolChanged tells the workers of the pool, whichever server they are connected to, that there is something new.
func (s *Server) poolChanged(name string) { s.bus.Publish(bus.WorkPools, name) }

// connectWorker holds a worker's channel.
func (s *Server) connectWorker(w http.ResponseWriter, r *http.Request) {
	conn, ok := s.acceptSocketBut(w, r, nil, closeUnauthenticated)
	if !ok {
		return
	}
	defer func() { _ = conn.CloseNow() }() // closed already in the good case
	conn.SetReadLimit(maxFrameBytes)
	err := s.serveWorker(r.Context(), conn, pathParam(r, "work_pool_name"))
	var end *channelError
	switch {
	case s.quit.Err() != nil:
		_ = conn.Close(websocket.StatusGoingAway, "The server is stopping") // the client is gone: nobody is left to tell
	case errors.As(err, &end):
		_ = conn.Close(end.code(), end.reason) // the same
	}
}

// serveWorker answers a worker's hello and then serves the channel, until one side ends it.
func (s *Server) serveWorker(ctx context.Context, conn *websocket.Conn, poolName string) error {
	waiting, giveUp := context.WithTimeout(ctx, authTimeout)
	_, message, err := conn.Read(waiting)
	giveUp()
	if err != nil {
		return err
	}
	hello, err := readHello(message)
	if err != nil {
		return err
	}
	// Whoever listens before looking misses nothing.
	sub := s.bus.Subscribe(bus.WorkPools, bus.Cleanups)
	defer sub.Close()
	opened, err := s.openChannel(ctx, poolName, &hello.Payload)
	if err != nil {
		var end *channelError
		if !errors.As(err, &end) && ctx.Err() == nil {
			s.log.WarnContext(ctx, "a worker could not connect", slog.String("pool", poolName), slog.Any("reason", err))
			err = &channelError{closeTransient}
		}
		return err
	}
	if err := send(ctx, conn, s.ready(&hello.Payload, opened)); err != nil {
		return err
	}
	c := &workerChannel{s: s, conn: conn, hello: &hello.Payload, poolID: opened.pool.ID, poolName: poolName, pool: opened.pool, sequence: 1}
	if cleansUp(&hello.Payload) {
		c.asked, c.free = map[uuid.UUID]prefect.Time{}, make(chan struct{}, 1)
		for i := range opened.queues {
			c.queues = append(c.queues, opened.queues[i].ID)
		}
	}
	return c.run(ctx, sub)
}

// readHello reads the frame with which a worker begins.
func readHello(message []byte) (*prefect.WorkerHello, error) {
	var in struct {
		Body prefect.WorkerHello `body:""`
	}
	if frameType(message) != prefect.WorkerHelloType || len(decodeMessage(message, &in)) > 0 {
		return nil, &channelError{closeProtocol}
	}
	return &in.Body, nil
}

// frameType is the type that a frame says it is of, or "".
func frameType(message []byte) string {
	var head struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(message, &head) != nil {
		return ""
	}
	return head.Type
}

// frame is what a frame of the server's begins with.
func (s *Server) frame(kind string) prefect.ChannelFrame {
	return prefect.ChannelFrame{Type: kind, ID: prefect.NewID(), SentAt: prefect.TimeOf(s.clock())}
}

// ready answers a hello.
func (s *Server) ready(hello *prefect.WorkerHelloPayload, opened *openedChannel) *prefect.WorkerReady {
	accepted, rejected := []string{prefect.HeartbeatCapability, prefect.SnapshotCapability}, []string{}
	seen := map[string]bool{prefect.HeartbeatCapability: true, prefect.SnapshotCapability: true}
	concurrency := int64(0)
	if cleansUp(hello) {
		accepted, concurrency = append(accepted, prefect.CleanupCapability), hello.MaxCleanupConcurrency
		seen[prefect.CleanupCapability] = true
	}
	for _, c := range hello.RequestedCapabilities {
		if !seen[c] {
			seen[c] = true
			rejected = append(rejected, c)
		}
	}
	queues := make([]prefect.QueueName, len(opened.queues))
	for i := range queues {
		queues[i] = prefect.QueueName{ID: opened.queues[i].ID, Name: opened.queues[i].Name}
	}
	return &prefect.WorkerReady{ChannelFrame: s.frame(prefect.WorkerReadyType), Payload: prefect.WorkerReadyPayload{
		ConsumerID: hello.ConsumerID, SelectedChannelVersion: prefect.WorkerChannelVersion,
		EffectiveHeartbeatIntervalSeconds: hello.HeartbeatIntervalSeconds, AcceptedCapabilities: accepted, RejectedCapabilities: rejected,
		EffectiveMaxCleanupConcurrency: concurrency, ResolvedWorkQueues: queues,
		InitialSnapshot: prefect.WorkPoolSnapshot{Sequence: 1, Reason: prefect.SnapshotInitial, WorkPool: opened.pool},
	}}
}

// workerChannel is an open channel. One goroutine hears the worker, and one the pool's changes.
type workerChannel struct {
	s        *Server
	conn     *websocket.Conn
	hello    *prefect.WorkerHelloPayload
	poolID   uuid.UUID
	poolName string

	mu       sync.Mutex        // held while a snapshot is made and sent
	pool     *prefect.WorkPool // as the worker was told last
	sequence int64

	// What follows is there for a worker that cleans up.
	queues   []uuid.UUID   // that it serves; none: all
	free     chan struct{} // holds a token when it may have time for another cleanup
	cleanups sync.Mutex
	asked    map[uuid.UUID]prefect.Time // what it was asked for, and until when
}

// run serves the channel until one of the two goroutines ends, and waits for both.
func (c *workerChannel) run(ctx context.Context, sub bus.Subscription) error {
	open, end := context.WithCancelCause(ctx)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		end(c.hear(ctx))
	}()
	err := c.tell(open, sub)
	if cause := context.Cause(open); ctx.Err() == nil && cause != nil {
		err = cause // the hearing ended first, and knows why
	}
	var why *channelError
	switch {
	case c.s.quit.Err() != nil:
		_ = c.conn.Close(websocket.StatusGoingAway, "The server is stopping") // the client is gone: nobody is left to tell
	case errors.As(err, &why):
		_ = c.conn.Close(why.code(), why.reason) // the same
	default:
		_ = c.conn.CloseNow() // the same
	}
	<-heard
	return err
}

// hear takes the worker's frames until there are no more.
func (c *workerChannel) hear(ctx context.Context) error {
	// A read whose context ends cuts the connection, and there may be a goodbye left to say.
	reading := context.WithoutCancel(ctx)
	for {
		_, message, err := c.conn.Read(reading)
		if err != nil {
			return err
		}
		switch frameType(message) {
		case prefect.WorkerHeartbeatType:
			err = c.heartbeat(ctx, message)
		case prefect.CleanupAckType, prefect.CleanupReleaseType, prefect.CleanupRenewType:
			err = c.cleanup(ctx, message)
		default:
			err = &channelError{closeProtocol}
		}
		if err != nil {
			return err
		}
	}
}

// heartbeat records that the worker lives, and tells it of its pool if it has missed a change.
func (c *workerChannel) heartbeat(ctx context.Context, message []byte) error {
	var in struct {
		Body prefect.ChannelHeartbeat `body:""`
	}
	p := &in.Body.Payload
	if len(decodeMessage(message, &in)) > 0 || p.ConsumerID != c.hello.ConsumerID || p.WorkerName != c.hello.WorkerName {
		return &channelError{closeProtocol}
	}
	_, err := write(ctx, c.s, func(tx *store.Tx) (none, error) {
		found, err := pool(ctx, tx.WorkPoolByName, c.poolName)
		if err != nil {
			return none{}, err
		}
		return none{}, beat(ctx, tx, found, &prefect.WorkerHeartbeat{Name: p.WorkerName, HeartbeatIntervalSeconds: &p.HeartbeatIntervalSeconds})
	})
	if err != nil {
		if !prefect.IsKind(err, prefect.NotFound) && ctx.Err() == nil {
			c.s.log.WarnContext(ctx, "a worker's heartbeat was lost", slog.String("pool", c.poolName), slog.Any("reason", err))
		}
		return &channelError{closeHeartbeat}
	}
	return c.snapshot(ctx, prefect.SnapshotReconciliation)
}

// tell sends a snapshot of the pool when it has changed, once for changes that follow each other closely, and asks for cleanups.
func (c *workerChannel) tell(ctx context.Context, sub bus.Subscription) error {
	for {
		if err := c.askForCleanups(ctx); err != nil {
			return err
		}
		waiting, cancel := context.WithTimeout(ctx, pingEvery)
		select {
		case <-sub.Ready():
		case <-c.free:
		case <-waiting.Done():
		}
		quiet := waiting.Err() != nil
		cancel()
		notes := sub.Take()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case quiet && len(notes) == 0: // nothing happened for a while
			pinging, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
			err := c.conn.Ping(pinging)
			cancel()
			if err != nil {
				return err
			}
			continue
		case !slices.ContainsFunc(notes, func(n bus.Note) bool { return n.Topic == bus.WorkPools && (n.Lost || n.Text == c.poolName) }):
			continue
		}
		pausing, cancel := context.WithTimeout(ctx, coalesceFor)
		<-pausing.Done()
		cancel()
		if err := c.snapshot(ctx, prefect.SnapshotUpdated); err != nil {
			return err
		}
	}
}

// snapshot tells the worker how its pool is, unless it knows.
func (c *workerChannel) snapshot(ctx context.Context, reason string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := read(ctx, c.s, func(tx *store.Tx) (*prefect.WorkPool, error) {
		p, err := tx.WorkPool(ctx, c.pool.ID)
		if err != nil || p == nil || p.Updated.Equal(c.pool.Updated.Time) {
			return p, err
		}
		return p, showPools(ctx, tx, []*prefect.WorkPool{p})
	})
	switch {
	case err != nil:
		return &channelError{closeTransient}
	case now == nil:
		return &channelError{closeUnauthorized}
	case now.Updated.Equal(c.pool.Updated.Time):
		return nil
	}
	c.pool = now
	c.sequence++
	return send(ctx, c.conn, &prefect.WorkPoolSnapshotFrame{ChannelFrame: c.s.frame(prefect.WorkPoolSnapshotType), Payload: prefect.WorkPoolSnapshot{
		Sequence: c.sequence, Reason: reason, WorkPool: now,
	}})
}
