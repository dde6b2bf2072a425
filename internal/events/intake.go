// Package events takes events in, stores them, and records the task runs that clients report by them.
package events

import (
	"context"
	"errors"
	"log/slog"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Bounds of the intake. A batch is one transaction; what waits beyond queuedBatches makes its sender wait.
const (
	maxBatch      = 500
	queuedBatches = 4
)

// ErrStopped is the answer of an Intake that does not run (any more).
var ErrStopped = errors.New("the event intake has stopped")

// Store runs transactions.
type Store interface {
	// Write runs fn in a transaction and commits it when fn returns nil.
	Write(ctx context.Context, fn func(Tx) error) error
}

// Tx is what the intake reads and writes in one transaction.
type Tx interface {
	Now() prefect.Time
	NewEvents(ctx context.Context, events []prefect.ReceivedEvent) ([]prefect.ReceivedEvent, error)
	InsertEvents(ctx context.Context, events []prefect.ReceivedEvent) error
	ExistingFlowRuns(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error)
	LockTaskRuns(ctx context.Context, ids []uuid.UUID, keys []prefect.TaskRunKey) ([]prefect.TaskRun, error)
	SaveTaskRuns(ctx context.Context, runs []*prefect.TaskRun, states []prefect.State) error
}

// passing is a failure that a second attempt may not meet, such as a row that another server writes at the same moment.
type passing interface {
	error
	Passing() bool
}

// Intake stores events in batches: whatever has gathered while the last batch was stored makes the next one.
type Intake struct {
	store Store
	log   *slog.Logger
	queue chan *submission
	done  chan struct{}
	// stored is called after each batch with the events that were new, in one goroutine. It must not block.
	stored func([]prefect.ReceivedEvent)
}

// submission is what one sender handed in at once.
type submission struct {
	events []prefect.ReceivedEvent
	reply  chan error
}

// NewIntake makes an intake; Run makes it work. stored hears of new events, and may be nil.
func NewIntake(s Store, log *slog.Logger, stored func([]prefect.ReceivedEvent)) *Intake {
	if stored == nil {
		stored = func([]prefect.ReceivedEvent) {}
	}
	return &Intake{store: s, log: log, queue: make(chan *submission, queuedBatches*maxBatch), done: make(chan struct{}), stored: stored}
}

// Receipt tells when what was submitted is stored.
type Receipt struct {
	reply chan error
	done  chan struct{}
}

// Wait blocks until the events are stored with their effect on task runs, or until they cannot be.
func (r Receipt) Wait(ctx context.Context) error {
	select {
	case err := <-r.reply:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-r.done:
		// The intake may have answered with its last breath.
		select {
		case err := <-r.reply:
			return err
		default:
			return ErrStopped
		}
	}
}

// Submit hands events in. It blocks while too many wait, which slows the sender down.
func (in *Intake) Submit(ctx context.Context, events ...prefect.ReceivedEvent) (Receipt, error) {
	s := &submission{events: events, reply: make(chan error, 1)}
	select {
	case in.queue <- s:
		return Receipt{s.reply, in.done}, nil
	case <-ctx.Done():
		return Receipt{}, ctx.Err()
	case <-in.done:
		return Receipt{}, ErrStopped
	}
}

// Run stores what is submitted until ctx ends; what was submitted by then is stored before it returns.
func (in *Intake) Run(ctx context.Context) {
	defer close(in.done)
	for {
		select {
		case s := <-in.queue:
			in.storeBatch(s)
		case <-ctx.Done():
			for {
				select {
				case s := <-in.queue:
					in.storeBatch(s)
				default:
					return
				}
			}
		}
	}
}

// storeBatch stores the submission with what waits behind it.
func (in *Intake) storeBatch(first *submission) {
	batch := []*submission{first}
	events := first.events
	for len(events) < maxBatch {
		select {
		case s := <-in.queue:
			batch = append(batch, s)
			events = append(events, s.events...)
			continue
		default:
		}
		break
	}
	err := in.save(events)
	if err != nil && len(batch) > 1 {
		// One sender's events must not fail the others'.
		for _, s := range batch {
			s.reply <- in.save(s.events)
		}
		return
	}
	for _, s := range batch {
		s.reply <- err
	}
}

// save stores the events and their effect on task runs in one transaction. Another server may have stored the same at the
// same time: then a second look finds it.
func (in *Intake) save(events []prefect.ReceivedEvent) error {
	err := in.saveOnce(events)
	var p passing
	if errors.As(err, &p) && p.Passing() {
		err = in.saveOnce(events)
	}
	return err
}

func (in *Intake) saveOnce(events []prefect.ReceivedEvent) error {
	// The batch belongs to many senders: none of their contexts may end it.
	ctx := context.Background()
	var fresh []prefect.ReceivedEvent
	err := in.store.Write(ctx, func(tx Tx) (err error) {
		if fresh, err = tx.NewEvents(ctx, events); err != nil || len(fresh) == 0 {
			return err
		}
		if err := tx.InsertEvents(ctx, fresh); err != nil {
			return err
		}
		return recordTaskRuns(ctx, tx, fresh, in.log)
	})
	if err == nil && len(fresh) > 0 {
		in.stored(fresh)
	}
	return err
}
