package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// relatedColumns are what a flow run belongs to; they need the aliases of relatedJoins.
const relatedColumns = `flow.id, flow.name, flow.tags, deployment.id, deployment.name, deployment.tags, work_queue.id, work_queue.name,
	work_pool.id, work_pool.name, work_pool.type, parent.id, parent.name, parent.tags`

// relatedJoins stand behind flowRunJoins.
const relatedJoins = `
	LEFT JOIN flow ON flow.id = flow_run.flow_id
	LEFT JOIN deployment ON deployment.id = flow_run.deployment_id
	LEFT JOIN task_run parent ON parent.id = flow_run.parent_task_run_id`

// scannedNamed holds the columns of an object that may be absent.
type scannedNamed struct {
	id   *uuid.UUID
	name *string
	tags []string
}

func (s *scannedNamed) named() *prefect.Named {
	if s.id == nil {
		return nil
	}
	return &prefect.Named{ID: *s.id, Name: *s.name, Tags: s.tags}
}

// scannedRelated holds the relatedColumns of a row.
type scannedRelated struct {
	flow, deployment, queue, pool, parent scannedNamed
	poolType                              *string
}

func (s *scannedRelated) dest() []any {
	return []any{
		&s.flow.id, &s.flow.name, &s.flow.tags, &s.deployment.id, &s.deployment.name, &s.deployment.tags, &s.queue.id, &s.queue.name,
		&s.pool.id, &s.pool.name, &s.poolType, &s.parent.id, &s.parent.name, &s.parent.tags,
	}
}

func (s *scannedRelated) related() *prefect.FlowRunRelated {
	r := &prefect.FlowRunRelated{Flow: s.flow.named(), Deployment: s.deployment.named(), WorkQueue: s.queue.named(), TaskRun: s.parent.named()}
	if pool := s.pool.named(); pool != nil {
		r.WorkPool = &prefect.NamedPool{Named: *pool, Type: *s.poolType}
	}
	return r
}

// flowRunWithRelated is FlowRun with what the run belongs to.
func (tx *Tx) flowRunWithRelated(ctx context.Context, id uuid.UUID) (*prefect.FlowRun, error) {
	b := flowRunColumns(tx.sql("SELECT ")).Write(", " + relatedColumns + " FROM flow_run" + flowRunJoins + relatedJoins + " WHERE flow_run.id = ").Arg(id)
	return one(ctx, tx, b, func(r Row, f *prefect.FlowRun) error {
		var s scannedRelated
		if err := tx.scanFlowRunAnd(r, f, s.dest()...); err != nil {
			return err
		}
		f.Related = s.related()
		return nil
	})
}
