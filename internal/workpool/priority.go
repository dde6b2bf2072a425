package workpool

import (
	"cmp"
	"slices"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// FreePriority is the priority of a new queue that asks for none: the first that no other has.
func FreePriority(queues []prefect.WorkQueue) int64 {
	taken := make(map[int64]bool, len(queues))
	for i := range queues {
		taken[queues[i].Priority] = true
	}
	free := int64(1)
	for taken[free] {
		free++
	}
	return free
}

// Reorder gives the queues whose priorities change so that each is had by one queue only. moved, unless it is nil, keeps its
// own; whoever is in the way goes down as far as it must, and no further. The result holds the new priorities, by id.
func Reorder(queues []prefect.WorkQueue, moved *uuid.UUID) map[uuid.UUID]int64 {
	order := slices.Clone(queues)
	slices.SortStableFunc(order, func(a, b prefect.WorkQueue) int {
		first := func(q *prefect.WorkQueue) int {
			if moved != nil && q.ID == *moved {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(first(&a), first(&b)))
	})
	changes := map[uuid.UUID]int64{}
	last := int64(0)
	for i := range order {
		if q := &order[i]; q.Priority > last {
			last = q.Priority
		} else {
			last++
			changes[q.ID] = last
		}
	}
	return changes
}
