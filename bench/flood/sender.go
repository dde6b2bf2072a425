package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"praetor/bench/rig"
)

const (
	// checkpoint is after how many events the real client waits for a pong.
	checkpoint = 700
	// patience is how long it waits before it asks again, and pings how often it asks before it connects again.
	patience = 20 * time.Second
	pings    = 3
	// retryEvery is how often a client that is cut off tries to connect, and cutLimit for how long. It is also how long no client at
	// all may have an event confirmed.
	retryEvery = 100 * time.Millisecond
	cutLimit   = 2 * time.Minute
)

// eventID is the id of a socket's event of that number, the first being 0. The ids of a socket lie together, in the order of their
// numbers, so that counting the ids between two of them tells whether all are there.
func eventID(socket int, number int64) (id uuid.UUID) {
	binary.BigEndian.PutUint32(id[:4], uint32(socket))
	binary.BigEndian.PutUint64(id[8:], uint64(number))
	id[6] = 0x80 // version 8: of somebody's own making
	id[8] = 0x80
	return id
}

// sender is one client. What was confirmed is a number; what was not it holds, as the real client does.
type sender struct {
	server *rig.Server
	socket int
	shops  int
	// parent is the flow run whose task runs it reports, or nil for one that sends sales.
	parent *rig.FlowRun
	task   rig.TaskRun

	confirmed atomic.Int64
	pending   [][]byte // the events behind those; longer than count when buffers wait to be used again
	count     int
	cuts      map[string]int // connections that ended, by why
	overdue   int            // pings that were not answered in time
	pongs     int
	waited    time.Duration // for all the pongs
	longest   time.Duration // for one of them
}

// run sends until sending ends, and returns when all that was sent is confirmed.
func (s *sender) run(ctx, sending context.Context) error {
	for {
		socket, err := s.connect(ctx)
		if err != nil {
			return fmt.Errorf("socket %d: %w", s.socket, err)
		}
		err = s.stream(ctx, sending, socket)
		_ = socket.CloseNow() // closed already in the good case
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if s.cuts == nil {
			s.cuts = map[string]int{}
		}
		s.cuts[err.Error()]++
	}
}

// connect tries until the server is there.
func (s *sender) connect(ctx context.Context) (*websocket.Conn, error) {
	for begin := time.Now(); ; {
		attempt, cancel := context.WithTimeout(ctx, s.server.Timeout)
		socket, err := s.server.Dial(attempt, "/events/in")
		cancel()
		if err == nil || time.Since(begin) > cutLimit {
			return socket, err
		}
		if err := rig.Pause(ctx, retryEvery); err != nil {
			return nil, err
		}
	}
}

// stream repeats what is not confirmed and goes on from there.
func (s *sender) stream(ctx, sending context.Context, socket *websocket.Conn) error {
	ctx = socket.CloseRead(ctx)
	for _, event := range s.pending[:s.count] {
		if err := socket.Write(ctx, websocket.MessageText, event); err != nil {
			return err
		}
	}
	for {
		for s.count < checkpoint && !over(sending) {
			if err := socket.Write(ctx, websocket.MessageText, s.next()); err != nil {
				return err
			}
		}
		asked := time.Now()
		if err := s.confirm(ctx, socket); err != nil {
			return err
		}
		waited := time.Since(asked)
		s.pongs, s.waited, s.longest = s.pongs+1, s.waited+waited, max(s.longest, waited)
		s.confirmed.Add(int64(s.count))
		s.count = 0
		if over(sending) {
			_ = socket.Close(websocket.StatusNormalClosure, "") // nothing is waited for any more
			return nil
		}
	}
}

func over(sending context.Context) bool { return sending.Err() != nil }

// next makes an event, which is pending from then on.
func (s *sender) next() []byte {
	if s.count == len(s.pending) {
		s.pending = append(s.pending, nil)
	}
	number := s.confirmed.Load() + int64(s.count)
	event := s.pending[s.count][:0]
	if s.parent == nil {
		event = rig.AppendSale(event, eventID(s.socket, number), int(number+int64(s.socket))%s.shops)
	} else {
		step := rig.TaskStep(number % rig.TaskSteps)
		if step == rig.TaskPending {
			s.task = rig.NewTaskRun(*s.parent, int(number), time.Now())
			for i := range s.task.Events {
				s.task.Events[i] = eventID(s.socket, number+int64(i))
			}
		}
		event = s.task.AppendEvent(event, step)
	}
	s.pending[s.count] = event
	s.count++
	return event
}

// confirm waits for the pong that says that everything before the ping is stored. One that comes too late is made up for by that of
// the next ping.
func (s *sender) confirm(ctx context.Context, socket *websocket.Conn) (err error) {
	for range pings {
		waiting, cancel := context.WithTimeout(ctx, patience)
		err = socket.Ping(waiting)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		s.overdue++
	}
	return err
}
