package workpool

import (
	"time"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// pollGrain is how exactly the time of a queue's last poll is kept. Of polls that follow each other closer than this, by many
// workers of one queue, one is written down. It is far below the time after which a queue counts as left alone.
const pollGrain = 5 * time.Second

// Unnoted gives those of the polled queues of which something has to be written down: the time of the poll, or that the queue is
// ready.
func Unnoted(polled []prefect.WorkQueue, now prefect.Time) []uuid.UUID {
	var all []uuid.UUID
	for i := range polled {
		q := &polled[i]
		if q.HasStatus(prefect.WorkQueueNotReady) || q.LastPolled == nil || now.Sub(q.LastPolled.Time) >= pollGrain {
			all = append(all, q.ID)
		}
	}
	return all
}
