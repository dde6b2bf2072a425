package api

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/workpool"
)

type getScheduledRuns struct {
	poolByName
	Body struct {
		WorkQueueNames  []string      `json:"work_queue_names"`
		ScheduledBefore *prefect.Time `json:"scheduled_before"`
		ScheduledAfter  *prefect.Time `json:"scheduled_after"`
		pageSize
	} `body:"embed"`
}

// pageSize is paging from the first page only.
type pageSize struct {
	Limit *int64 `json:"limit" v:"clamp,early"`
}

func (p *pageSize) limitField() **int64 { return &p.Limit }

func (s *Server) getScheduledRuns(ctx context.Context, in *getScheduledRuns) ([]prefect.WorkerFlowRun, error) {
	b := &in.Body
	var polled []prefect.WorkQueue
	runs, err := read(ctx, s, func(tx *store.Tx) ([]prefect.WorkerFlowRun, error) {
		p, err := pool(ctx, tx.WorkPoolByName, in.Name)
		if err != nil {
			return nil, err
		}
		if polled, err = queuesNamed(ctx, tx, p, b.WorkQueueNames); err != nil {
			return nil, err
		}
		chosen, err := workpool.Choose(ctx, tx, workpool.Request{
			Pool: p, Queues: polled, Before: b.ScheduledBefore, After: b.ScheduledAfter, Limit: *b.Limit,
		})
		if err != nil {
			return nil, err
		}
		return workerRuns(ctx, tx, p, chosen)
	})
	if err != nil {
		return nil, err
	}
	return runs, s.notePoll(ctx, polled)
}

// queuesNamed gives the queues of those names, once each, or all of the pool's when there are no names.
func queuesNamed(ctx context.Context, tx *store.Tx, p *prefect.WorkPool, names []string) ([]prefect.WorkQueue, error) {
	if len(names) == 0 {
		return tx.WorkQueuesOfPool(ctx, p.ID, nil, nil, 0)
	}
	// Together: some workers name a hundred queues each time that they ask for runs.
	found, err := tx.WorkQueuesOfPool(ctx, p.ID, &prefect.WorkQueueFilter{Name: &prefect.WorkQueueFilterName{Any: &names}}, nil, 0)
	if err != nil {
		return nil, err
	}
	byName := make(map[string]*prefect.WorkQueue, len(found))
	for i := range found {
		byName[found[i].Name] = &found[i]
	}
	queues, seen := make([]prefect.WorkQueue, 0, len(found)), map[string]bool{}
	for _, name := range names {
		q := byName[name]
		if q == nil {
			return nil, queueMissing(p.Name, name)
		}
		if !seen[name] {
			seen[name] = true
			queues = append(queues, *q)
		}
	}
	return queues, nil
}

func workerRuns(ctx context.Context, tx *store.Tx, p *prefect.WorkPool, chosen []prefect.DueRun) ([]prefect.WorkerFlowRun, error) {
	ids := make([]uuid.UUID, len(chosen))
	for i := range chosen {
		ids[i] = chosen[i].ID
	}
	runs, err := runsInOrder(ctx, tx, ids)
	answer := make([]prefect.WorkerFlowRun, len(runs))
	for i := range runs {
		answer[i] = prefect.WorkerFlowRun{WorkPoolID: p.ID, WorkQueueID: *runs[i].WorkQueueID, FlowRun: prefect.BareFlowRun{FlowRun: runs[i]}}
	}
	return answer, err
}

// runsInOrder gives those of the runs that exist, in the order of the ids.
func runsInOrder(ctx context.Context, tx *store.Tx, ids []uuid.UUID) ([]prefect.FlowRun, error) {
	runs := make([]prefect.FlowRun, 0, len(ids))
	if len(ids) == 0 {
		return runs, nil
	}
	found, err := tx.FlowRunsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[uuid.UUID]*prefect.FlowRun, len(found))
	for i := range found {
		byID[found[i].ID] = &found[i]
	}
	for _, id := range ids {
		if run := byID[id]; run != nil {
			runs = append(runs, *run)
		}
	}
	return runs, nil
}

// notePoll writes down that queues were polled, if anything changes by that.
func (s *Server) notePoll(ctx context.Context, polled []prefect.WorkQueue) error {
	unnoted := workpool.Unnoted(polled, prefect.TimeOf(s.clock()))
	if len(unnoted) == 0 {
		return nil
	}
	_, err := write(ctx, s, func(tx *store.Tx) (none, error) {
		queues, err := tx.MarkPolled(ctx, unnoted)
		if err != nil {
			return none{}, err
		}
		told := make([]prefect.Event, len(queues))
		for i := range queues {
			told[i] = events.WorkQueueStatusChanged(&queues[i], tx.Now())
		}
		ready, err := tx.ReadyDeployments(ctx, unnoted)
		if err != nil {
			return none{}, err
		}
		if err := tx.EmitEvents(ctx, told...); err != nil {
			return none{}, err
		}
		return none{}, tellReady(ctx, tx, ready)
	})
	return err
}

// tellReady tells of deployments that somebody has begun to ask for.
func tellReady(ctx context.Context, tx *store.Tx, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	deployments, err := tx.EventDeployments(ctx, ids)
	if err != nil {
		return err
	}
	told := make([]prefect.Event, len(deployments))
	for i := range deployments {
		told[i] = events.DeploymentStatusChanged(&deployments[i], prefect.DeploymentReady, tx.Now())
	}
	return tx.EmitEvents(ctx, told...)
}
