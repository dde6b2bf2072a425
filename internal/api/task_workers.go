package api

import (
	"context"
	"slices"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

type readTaskWorkers struct {
	Body struct {
		Filter *prefect.TaskWorkerFilter `json:"task_worker_filter"`
	} `body:"embed"`
}

// readTaskWorkers gives the task workers that are connected to a server of this database.
func (s *Server) readTaskWorkers(ctx context.Context, in *readTaskWorkers) ([]prefect.TaskWorker, error) {
	connections, err := read(ctx, s, func(tx *store.Tx) ([]prefect.TaskWorker, error) { return tx.TaskWorkers(ctx) })
	if err != nil {
		return nil, err
	}
	workers := mergeTaskWorkers(connections)
	if f := in.Body.Filter; f != nil && len(f.TaskKeys) > 0 {
		workers = slices.DeleteFunc(workers, func(w prefect.TaskWorker) bool {
			return !slices.ContainsFunc(w.TaskKeys, func(key string) bool { return slices.Contains(f.TaskKeys, key) })
		})
	}
	return workers, nil
}

// mergeTaskWorkers makes one worker of its connections, which lie next to each other.
func mergeTaskWorkers(connections []prefect.TaskWorker) []prefect.TaskWorker {
	workers := []prefect.TaskWorker{}
	for _, c := range connections {
		if n := len(workers); n == 0 || workers[n-1].Identifier != c.Identifier {
			workers = append(workers, c)
			continue
		}
		w := &workers[len(workers)-1]
		for _, key := range c.TaskKeys {
			if !slices.Contains(w.TaskKeys, key) {
				w.TaskKeys = append(w.TaskKeys, key)
			}
		}
		if c.Timestamp.After(w.Timestamp.Time) {
			w.Timestamp = c.Timestamp
		}
	}
	return workers
}
