// Package events takes events in, stores them, and records the task runs that clients report by them; and it makes the events that
// the server itself emits.
package events

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"praetor/internal/prefect"
)

// Bounds of the intake: of one transaction, and of what waits for it. A sender that meets them waits.
const (
	maxBatch  = 250
	maxQueued = 2 * maxBatch // submissions; a socket submits one event at a time
	maxBytes  = 32 << 20     // of all events that are not stored yet, as size counts them
	// atOnce is how many batches of events that change no task run are stored at the same time: one is made ready while the
	// database works on another.
	atOnce = 2
)

// ErrStopped is the answer of an Intake that does not run (any more).
var ErrStopped = errors.New("the event intake has stopped")

// Intake stores events in batches: whatever has gathered while the last batch was stored makes the next one.
type Intake struct {
	saver
	// taskRuns are stored one batch after the other: a task run's next event finds the row that the one before it has made.
	taskRuns chan *submission
	others   [atOnce]chan *submission
	senders  atomic.Uint64
	room     *semaphore.Weighted // bytes that may still be submitted
	// taskless says that task runs are not recorded.
	taskless bool
	// life ends when Run does.
	life context.Context
	end  context.CancelFunc
}

// submission is what one sender handed in at once.
type submission struct {
	events []prefect.ReceivedEvent
	bytes  int64 // to give back to room
	reply  chan error
}

// IgnoreTaskRuns has the intake store events only, and record no task runs. Call it before Run.
func (in *Intake) IgnoreTaskRuns() { in.taskless = true }

// NewIntake makes an intake; Run makes it work. Who follows events hears of the new ones from the store.
func NewIntake(s Store, log *slog.Logger) *Intake {
	in := &Intake{
		taskRuns: make(chan *submission, maxQueued), room: semaphore.NewWeighted(maxBytes),
	}
	for i := range in.others {
		in.others[i] = make(chan *submission, maxQueued/atOnce)
	}
	in.saver = saver{s, log, in.writeNew}
	in.life, in.end = context.WithCancel(context.Background())
	return in
}

// writeNew stores the events that are new, with their effect on task runs.
func (in *Intake) writeNew(ctx context.Context, tx Tx, events []prefect.ReceivedEvent) error {
	fresh, err := tx.NewEvents(ctx, events)
	if err != nil || len(fresh) == 0 {
		return err
	}
	if err := tx.InsertEvents(ctx, fresh); err != nil || in.taskless {
		return err
	}
	return recordTaskRuns(ctx, tx, fresh, in.log)
}

// Receipt tells when what was submitted is stored.
type Receipt struct {
	reply chan error
	life  context.Context
}

// Wait blocks until the events are stored with their effect on task runs, or until they cannot be. When ctx ends first
// it can be called again; after any other answer not.
func (r Receipt) Wait(ctx context.Context) error {
	select {
	case err := <-r.reply:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-r.life.Done():
		// The intake may have answered with its last breath.
		select {
		case err := <-r.reply:
			return err
		default:
			return ErrStopped
		}
	}
}

// Sender hands in the events of one client, which are stored, and told to those who follow events, in the order in which they came; those
// that change task runs are in an order of their own.
type Sender struct {
	in   *Intake
	lane uint64
}

// Sender makes the sender for a client.
func (in *Intake) Sender() Sender { return Sender{in, in.senders.Add(1) % atOnce} }

// Submit hands events in whose order with other submissions does not matter. See Sender.Submit.
func (in *Intake) Submit(ctx context.Context, events ...prefect.ReceivedEvent) (Receipt, error) {
	return in.Sender().Submit(ctx, events...)
}

// Submit hands events in. It blocks while too many wait, which slows the sender down. Whoever submits ends before the
// context of Run does; what comes later is refused.
func (f Sender) Submit(ctx context.Context, events ...prefect.ReceivedEvent) (Receipt, error) {
	in := f.in
	s := &submission{events: events, bytes: size(events), reply: make(chan error, 1)}
	if err := in.reserve(ctx, s.bytes); err != nil {
		return Receipt{}, err
	}
	queue := in.others[f.lane]
	if slices.ContainsFunc(events, func(e prefect.ReceivedEvent) bool { return isTaskRunChange(&e.Event) }) {
		queue = in.taskRuns
	}
	select {
	case queue <- s:
		return Receipt{s.reply, in.life}, nil
	case <-ctx.Done():
		in.room.Release(s.bytes)
		return Receipt{}, ctx.Err()
	case <-in.life.Done():
		in.room.Release(s.bytes)
		return Receipt{}, ErrStopped
	}
}

// reserve waits for room for that many bytes.
func (in *Intake) reserve(ctx context.Context, bytes int64) error {
	if in.life.Err() != nil {
		return ErrStopped
	}
	if in.room.TryAcquire(bytes) {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	forget := context.AfterFunc(in.life, func() { cancel(ErrStopped) })
	defer forget()
	if in.room.Acquire(ctx, bytes) != nil {
		return context.Cause(ctx)
	}
	return nil
}

// size is about how much memory the events hold, and at most all that there is room for: a larger submission is let in
// alone.
func size(events []prefect.ReceivedEvent) int64 {
	n := 0
	for i := range events {
		n += events[i].Size()
	}
	return min(int64(n), maxBytes)
}

// Run stores what is submitted until ctx ends, and then what was submitted by then, unless last ends before that: it
// bounds what is under way, too.
func (in *Intake) Run(ctx, last context.Context) {
	defer in.end()
	var workers sync.WaitGroup
	workers.Go(func() { in.work(ctx, last, in.taskRuns) })
	for _, queue := range in.others {
		workers.Go(func() { in.work(ctx, last, queue) })
	}
	workers.Wait()
}

// work stores what comes through one queue.
func (in *Intake) work(ctx, last context.Context, queue chan *submission) {
	for {
		select {
		case s := <-queue:
			in.storeBatch(last, queue, s)
		case <-ctx.Done():
			for s := next(queue); s != nil && last.Err() == nil; s = next(queue) {
				in.storeBatch(last, queue, s)
			}
			return
		}
	}
}

// storeBatch stores the submission with what waits behind it.
func (in *Intake) storeBatch(ctx context.Context, queue chan *submission, first *submission) {
	batch := []*submission{first}
	events := slices.Clip(first.events)
	for len(events) < maxBatch {
		s := next(queue)
		if s == nil {
			break
		}
		batch = append(batch, s)
		events = append(events, s.events...)
	}
	err := in.save(ctx, events)
	for _, s := range batch {
		in.room.Release(s.bytes)
		s.reply <- err
	}
}

// next is a submission that waits already, or nil.
func next(queue chan *submission) *submission {
	select {
	case s := <-queue:
		return s
	default:
		return nil
	}
}
