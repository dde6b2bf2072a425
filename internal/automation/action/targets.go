package action

import (
	"context"

	"github.com/google/uuid"
)

func (d *deed) pauseDeployment(ctx context.Context, source string, selected *uuid.UUID, paused bool) error {
	id, err := d.target(source, selected, "prefect.deployment", "deployment")
	if err != nil {
		return err
	}
	d.touch("prefect.deployment."+id.String(), "target", "")
	return d.answered(d.Operations.PauseDeployment(ctx, id, paused))
}

func (d *deed) pauseWorkQueue(ctx context.Context, source string, selected *uuid.UUID, paused bool) error {
	id, err := d.target(source, selected, "prefect.work-queue", "work queue")
	if err != nil {
		return err
	}
	d.touch("prefect.work-queue."+id.String(), "target", "")
	return d.answered(d.Operations.PauseWorkQueue(ctx, id, paused))
}

func (d *deed) pauseWorkPool(ctx context.Context, source string, selected *uuid.UUID, paused bool) error {
	id, err := d.target(source, selected, "prefect.work-pool", "work pool")
	if err != nil {
		return err
	}
	pool, err := d.Operations.WorkPool(ctx, id)
	if err != nil {
		return err
	}
	if pool == nil {
		return failure("Work pool " + id.String() + " not found")
	}
	d.touch("prefect.work-pool."+id.String(), "target", pool.Name)
	return d.answered(d.Operations.PauseWorkPool(ctx, pool.Name, paused))
}

func (d *deed) enableAutomation(ctx context.Context, source string, selected *uuid.UUID, enabled bool) error {
	id, err := d.target(source, selected, "prefect.automation", "automation")
	if err != nil {
		return err
	}
	d.touch("prefect.automation."+id.String(), "target", "")
	return d.answered(d.Operations.EnableAutomation(ctx, id, enabled))
}
