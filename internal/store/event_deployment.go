package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// EventDeployments gives deployments as their events tell of them.
func (tx *Tx) EventDeployments(ctx context.Context, ids []uuid.UUID) ([]prefect.EventDeployment, error) {
	b := tx.sql(`SELECT deployment.id, deployment.name, deployment.storage_document_id, deployment.infrastructure_document_id,
	deployment.concurrency_limit_id, flow.id, flow.name, work_queue.id, work_queue.name, work_pool.id, work_pool.name, work_pool.type
	FROM deployment LEFT JOIN flow ON flow.id = deployment.flow_id LEFT JOIN work_queue ON work_queue.id = deployment.work_queue_id
	LEFT JOIN work_pool ON work_pool.id = work_queue.work_pool_id WHERE `).In("deployment.id", ids)
	return all(ctx, tx, b, func(r Row, d *prefect.EventDeployment) error {
		var flow, queue, pool scannedNamed
		var poolType *string
		err := r.Scan(&d.ID, &d.Name, &d.StorageDocumentID, &d.InfrastructureDocumentID, &d.ConcurrencyLimitID, &flow.id, &flow.name,
			&queue.id, &queue.name, &pool.id, &pool.name, &poolType)
		d.Flow, d.WorkQueue = flow.named(), queue.named()
		if p := pool.named(); p != nil {
			d.WorkPool = &prefect.NamedPool{Named: *p, Type: *poolType}
		}
		return err
	})
}
