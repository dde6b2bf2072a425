package api

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"praetor/internal/deployment"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

type updateDeployment struct {
	byID
	Body prefect.DeploymentUpdate `body:""`
}

func (s *Server) updateDeployment(ctx context.Context, in *updateDeployment) (none, error) {
	u := &in.Body
	if prefect.IsNull(u.Parameters) {
		return none{}, neverNull("parameters")
	}
	if prefect.IsNull(u.EnforceParameterSchema) {
		return none{}, neverNull("enforce_parameter_schema")
	}
	for i := range u.Schedules.Value {
		if err := s.checkMaxRuns(u.Schedules.Value[i].MaxScheduledRuns, "schedules", i); err != nil {
			return none{}, err
		}
	}
	// Parameters are made before the transaction, because templates may take their time.
	var made any
	var parameters *prefect.Object
	if given := u.Parameters.Value; given != nil {
		if err := s.checkParameterSize(*given); err != nil {
			return none{}, err
		}
		var err error
		if _, err = readOne(ctx, s, "Deployment", func(tx *store.Tx) (*prefect.Deployment, error) { return tx.Deployment(ctx, in.ID) }); err != nil {
			return none{}, missingDeployment(err)
		}
		if made, err = deployment.MakeParameters(ctx, s.variableValues, s.clock, "deployment", *given); err != nil {
			return none{}, err
		}
		encoded, err := deployment.Encode(made)
		if err != nil {
			return none{}, err
		}
		parameters = &encoded
	}
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		return none{}, s.changeDeployment(ctx, tx, in.ID, u, made, parameters)
	})
}

// missingDeployment puts a stop behind the words of a 404, as the reference has it here.
func missingDeployment(err error) error {
	if known, ok := err.(*prefect.Error); ok && known.Kind == prefect.NotFound { //nolint:errorlint // it is made by readOne
		return prefect.NewError(prefect.NotFound, "Deployment not found.")
	}
	return err
}

func (s *Server) changeDeployment(ctx context.Context, tx *store.Tx, id uuid.UUID, u *prefect.DeploymentUpdate, made any, parameters *prefect.Object) error {
	d, err := lockedDeployment(ctx, tx, id, "Deployment not found.")
	if err != nil {
		return err
	}
	before := *d
	now := tx.Now()
	schedules, err := deployment.Reconcile(d.Schedules, u.Schedules)
	if err != nil {
		return err
	}
	if err := s.moveDeployment(ctx, tx, d, u); err != nil {
		return err
	}
	schema := d.ParameterOpenAPISchema
	deployment.Update(d, u, parameters, now)
	if d.ParameterOpenAPISchema != nil {
		schema = d.ParameterOpenAPISchema
	}
	if d.EnforceParameterSchema {
		if made == nil {
			if made, err = deployment.Parse(d.Parameters); err != nil {
				return err
			}
		}
		if err := deployment.CheckParameters(made, schema, true, "updating deployment"); err != nil {
			return err
		}
	}
	if u.GlobalConcurrencyLimitID.Set {
		if err := useLimit(ctx, tx, d, u.GlobalConcurrencyLimitID.Value); err != nil {
			return err
		}
	}
	if u.ConcurrencyLimit.Set {
		if _, err := deployment.SetLimit(ctx, tx, d, u.ConcurrencyLimit.Value); err != nil {
			return err
		}
	}
	if err := tx.SaveDeployment(ctx, d); err != nil {
		return err
	}
	if u.GlobalConcurrencyLimitID.Set || u.ConcurrencyLimit.Set {
		if err := s.slots.AdmitRuns(ctx, tx, d.ID, d.ConcurrencyLimitID); err != nil {
			return err
		}
	}
	if err := tx.DeletePlannedRuns(ctx, id, &now); err != nil {
		return err
	}
	if err := changeSchedules(ctx, tx, d, schedules, now); err != nil {
		return err
	}
	if u.ConcurrencyLimit.Set {
		before.ConcurrencyLimitID = d.ConcurrencyLimitID // as in the reference, a limit of its own is no change of the deployment here
	}
	return tellOfDeployment(ctx, tx, &before, d)
}

// moveDeployment puts the deployment into the queue that an update names. One that names no pool on purpose takes it out of all.
func (s *Server) moveDeployment(ctx context.Context, tx *store.Tx, d *prefect.Deployment, u *prefect.DeploymentUpdate) error {
	if prefect.IsNull(u.WorkPoolName) {
		d.WorkQueueID = nil
		return nil
	}
	queue, template, err := place(ctx, tx, u.WorkPoolName.Value, u.WorkQueueName.Value)
	if err != nil {
		return err
	}
	if queue != nil {
		d.WorkQueueID = queue
	}
	if template == nil || u.JobVariables == nil {
		return nil
	}
	err = s.checkVariables(ctx, tx, template, false, "Error creating deployment", *u.JobVariables)
	var known *prefect.Error
	if errors.As(err, &known) && known.Kind == prefect.Invalid {
		err = prefect.NewError(prefect.Conflict, known.Message)
	}
	return err
}
