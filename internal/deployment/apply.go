// Package deployment holds the rules of deployments: what a request makes of one, how its schedules are told apart when they are
// given anew, what parameters its runs have, and which runs its schedules plan. Its functions are pure; what they need beside
// their arguments they are given.
package deployment

import (
	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// New is a deployment as it is before a request says anything of it.
func New(flowID uuid.UUID, name string, now prefect.Time) *prefect.Deployment {
	schema, steps := prefect.Object("{}"), []prefect.Object{}
	return &prefect.Deployment{
		ID: prefect.NewID(), Created: now, FlowID: flowID, Name: name, Tags: []string{}, Schedules: []prefect.DeploymentSchedule{},
		JobVariables: prefect.Object("{}"), Parameters: prefect.Object("{}"), ParameterOpenAPISchema: &schema, PullSteps: &steps,
		EnforceParameterSchema: true, Status: prefect.DeploymentNotReady,
	}
}

// Create makes of a deployment, new or old, what a request to create it asks for, but for what other tables hold: schedules, queues
// and limits.
func Create(d *prefect.Deployment, c *prefect.DeploymentCreate, now prefect.Time) {
	d.Updated = now
	d.Parameters = c.Parameters
	set(&d.Paused, c.Paused)
	set(&d.ConcurrencyOptions, c.ConcurrencyOptions)
	set(&d.EnforceParameterSchema, c.EnforceParameterSchema)
	set(&d.ParameterOpenAPISchema, c.ParameterOpenAPISchema)
	set(&d.Tags, c.Tags)
	set(&d.PullSteps, c.PullSteps)
	set(&d.NamedQueue, c.WorkQueueName)
	set(&d.StorageDocumentID, c.StorageDocumentID)
	set(&d.InfrastructureDocumentID, c.InfrastructureDocumentID)
	set(&d.Description, c.Description)
	set(&d.Path, c.Path)
	set(&d.Version, c.Version)
	set(&d.Entrypoint, c.Entrypoint)
	set(&d.JobVariables, c.JobVariables)
}

// Update makes of a deployment what a request to change it asks for, but for what other tables hold. parameters are those of the
// request, with everything made in them that stands for something else; nil where the request has none.
func Update(d *prefect.Deployment, u *prefect.DeploymentUpdate, parameters *prefect.Object, now prefect.Time) {
	d.Updated = now
	set(&d.Version, u.Version)
	set(&d.Description, u.Description)
	set(&d.Paused, u.Paused)
	set(&d.ConcurrencyOptions, u.ConcurrencyOptions)
	set(&d.ParameterOpenAPISchema, u.ParameterOpenAPISchema)
	set(&d.Tags, u.Tags)
	set(&d.NamedQueue, u.WorkQueueName)
	set(&d.Path, u.Path)
	set(&d.PullSteps, u.PullSteps)
	set(&d.Entrypoint, u.Entrypoint)
	set(&d.StorageDocumentID, u.StorageDocumentID)
	set(&d.InfrastructureDocumentID, u.InfrastructureDocumentID)
	given(&d.Parameters, parameters)
	given(&d.JobVariables, u.JobVariables)
	given(&d.EnforceParameterSchema, u.EnforceParameterSchema.Value)
}

func set[T any](to *T, from prefect.Opt[T]) {
	if from.Set {
		*to = from.Value
	}
}

func given[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Labels are those of a deployment: its flow's and the flow's id, and over them those that the client gives.
func Labels(flow prefect.Labels, flowID uuid.UUID, own *prefect.Labels) prefect.Labels {
	system := prefect.Labels{"prefect.flow.id": prefect.Raw(`"` + flowID.String() + `"`)}
	merged := flow.With(&system)
	return merged.With(own)
}
