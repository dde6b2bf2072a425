package api

import (
	"context"
	"fmt"
	"strconv"

	"github.com/google/uuid"

	"praetor/internal/deployment"
	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createDeployment struct {
	Body prefect.DeploymentCreate `body:""`
}

func (s *Server) createDeployment(ctx context.Context, in *createDeployment) (reply[*prefect.Deployment], error) {
	c := &in.Body
	if err := s.checkDeployment(c); err != nil {
		return reply[*prefect.Deployment]{}, err
	}
	var created bool
	stored, err := write(ctx, s, func(tx *store.Tx) (_ *prefect.Deployment, err error) {
		var before *prefect.Deployment
		var d *prefect.Deployment
		if d, before, err = s.upsertDeployment(ctx, tx, c); err != nil {
			return nil, err
		}
		created = before == nil
		if d, err = tx.Deployment(ctx, d.ID); err != nil {
			return nil, err
		}
		return d, tellOfDeployment(ctx, tx, before, d)
	})
	return newOrOld(created, stored), err
}

// checkDeployment looks at what a request says by itself.
func (s *Server) checkDeployment(c *prefect.DeploymentCreate) error {
	if c.EnforceParameterSchema.Value { // where the request leaves it open, nothing is looked at
		if wrong := deployment.CheckAsGiven(c.Parameters, c.ParameterOpenAPISchema.Value); wrong != "" {
			return invalidField(wrong)
		}
	}
	for i := range c.Schedules {
		if err := s.checkMaxRuns(c.Schedules[i].MaxScheduledRuns, "schedules", i); err != nil {
			return err
		}
	}
	return s.checkParameterSize(c.Parameters)
}

// checkMaxRuns bounds how many runs a schedule may plan ahead. path is where the schedule stands in the body.
func (s *Server) checkMaxRuns(limit *int64, path ...any) error {
	if limit == nil || *limit <= s.settings.MaxScheduledRuns {
		return nil
	}
	return invalidField("`max_scheduled_runs` must be less than or equal to "+strconv.FormatInt(s.settings.MaxScheduledRuns, 10)+".", append(path, "max_scheduled_runs")...)
}

// tellOfDeployment tells that a deployment is new, without a before, or else what has changed of it, if anything has.
func tellOfDeployment(ctx context.Context, tx *store.Tx, before, d *prefect.Deployment) error {
	var of []events.Change
	if before != nil {
		if of = events.DeploymentChanges(before, d); len(of) == 0 {
			return nil
		}
	}
	told, err := tx.EventDeployments(ctx, []uuid.UUID{d.ID})
	if err != nil || len(told) == 0 {
		return err
	}
	if before == nil {
		return tx.EmitEvents(ctx, events.DeploymentEvent(events.Created, &told[0], tx.Now()))
	}
	return tx.EmitEvents(ctx, events.DeploymentUpdated(&told[0], of, tx.Now()))
}

// upsertDeployment stores a new deployment, or changes the one of that name, and gives with it how that was before. It gives way to
// another request that makes one of the same name at the same time.
func (s *Server) upsertDeployment(ctx context.Context, tx *store.Tx, c *prefect.DeploymentCreate) (d, before *prefect.Deployment, err error) {
	now := tx.Now()
	created := false
	if d, err = tx.LockDeploymentOfFlow(ctx, c.FlowID, c.Name); err != nil {
		return nil, nil, err
	}
	if d == nil {
		d = deployment.New(c.FlowID, c.Name, now)
		if err := s.fillDeployment(ctx, tx, d, c, now); err != nil {
			return nil, nil, err
		}
		if created, err = tx.InsertDeployment(ctx, d); err != nil {
			return nil, nil, err
		}
		if !created {
			if d, err = tx.LockDeploymentOfFlow(ctx, c.FlowID, c.Name); err == nil && d == nil {
				err = prefect.NewError(prefect.Conflict, "The deployment was created and deleted meanwhile.")
			}
		}
	}
	if err == nil && !created {
		old := *d
		before = &old
		err = s.fillDeployment(ctx, tx, d, c, now)
	}
	if err != nil {
		return nil, nil, err
	}
	limited := false
	if c.ConcurrencyLimit.Set {
		if limited, err = deployment.SetLimit(ctx, tx, d, c.ConcurrencyLimit.Value); err != nil {
			return nil, nil, err
		}
	}
	if !created || limited {
		if err := tx.SaveDeployment(ctx, d); err != nil {
			return nil, nil, err
		}
	}
	if limited && !created {
		if err := s.slots.AdmitRuns(ctx, tx, d.ID, d.ConcurrencyLimitID); err != nil {
			return nil, nil, err
		}
	}
	if !created {
		if err := tx.DeletePlannedRuns(ctx, d.ID, &now); err != nil {
			return nil, nil, err
		}
	}
	return d, before, replaceSchedules(ctx, tx, d, c.Schedules, now)
}

// fillDeployment makes of the deployment what the request asks for, and checks that what it names exists.
func (s *Server) fillDeployment(ctx context.Context, tx *store.Tx, d *prefect.Deployment, c *prefect.DeploymentCreate, now prefect.Time) error {
	deployment.Create(d, c, now)
	queue, template, err := place(ctx, tx, c.WorkPoolName, c.WorkQueueName.Value)
	if err == nil && template != nil && *c.WorkPoolName != prefect.DefaultAgentPool && hasMembers(c.JobVariables.Value) {
		err = s.checkVariables(ctx, tx, template, false, "Error creating deployment", c.JobVariables.Value)
	}
	if err != nil {
		return err
	}
	if queue != nil {
		d.WorkQueueID = queue
	}
	if c.GlobalConcurrencyLimitID.Set {
		if err := useLimit(ctx, tx, d, c.GlobalConcurrencyLimitID.Value); err != nil {
			return err
		}
	}
	for what, id := range map[string]*uuid.UUID{"infrastructure": c.InfrastructureDocumentID.Value, "storage": c.StorageDocumentID.Value} {
		if id == nil {
			continue
		}
		found, err := tx.BlockDocumentsByID(ctx, []uuid.UUID{*id})
		if err == nil && len(found) == 0 {
			err = prefect.NewError(prefect.Conflict, fmt.Sprintf("Error creating deployment. Could not find %s block with id: %s. It may be that of another database.", what, id))
		}
		if err != nil {
			return err
		}
	}
	flow, err := tx.Flow(ctx, d.FlowID)
	if err != nil {
		return err
	}
	labels := prefect.Labels{}
	if flow != nil && flow.Labels != nil {
		labels = *flow.Labels
	}
	d.Labels = deployment.Labels(labels, d.FlowID, c.Labels)
	return nil
}

// useLimit puts the deployment under a limit that exists, or under none.
func useLimit(ctx context.Context, tx *store.Tx, d *prefect.Deployment, id *uuid.UUID) error {
	if id != nil {
		limit, err := tx.ConcurrencyLimitV2(ctx, *id)
		if err == nil && limit == nil {
			err = prefect.NewError(prefect.NotFound, "Concurrency limit not found")
		}
		if err != nil {
			return err
		}
	}
	d.ConcurrencyLimitID = id
	return nil
}

// hasMembers tells whether an object says anything.
func hasMembers(o prefect.Object) bool { return len(o) > len("{}") }
