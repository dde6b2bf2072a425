package events

import (
	"bytes"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

const (
	kindDeployment    = "deployment"
	kindBlockDocument = "block-document"
)

// DeploymentEvent tells that a deployment was created or deleted.
func DeploymentEvent(action Action, d *prefect.EventDeployment, at prefect.Time) prefect.Event {
	return event(kindDeployment, string(action), d.ID, d.Name, at, nil, deploymentRelated(d)...)
}

// DeploymentUpdated tells what of a deployment has changed.
func DeploymentUpdated(d *prefect.EventDeployment, of []Change, at prefect.Time) prefect.Event {
	return event(kindDeployment, string(Updated), d.ID, d.Name, at, changes(of), deploymentRelated(d)...)
}

// DeploymentStatusChanged tells that a deployment has the status now: somebody asks for its runs, or nobody does any more.
func DeploymentStatusChanged(d *prefect.EventDeployment, status prefect.DeploymentStatus, at prefect.Time) prefect.Event {
	return event(kindDeployment, kebab(status), d.ID, d.Name, at, nil, deploymentRelated(d)...)
}

func deploymentRelated(d *prefect.EventDeployment) []prefect.RelatedResource {
	all := []prefect.RelatedResource{}
	if d.Flow != nil {
		all = append(all, relatedNamed(roleFlow, d.Flow))
	}
	if d.WorkQueue != nil {
		all = append(all, relatedNamed(roleWorkQueue, d.WorkQueue))
	}
	if d.WorkPool != nil {
		all = append(all, relatedPool(d.WorkPool))
	}
	if d.StorageDocumentID != nil {
		all = append(all, related(kindBlockDocument, "storage", *d.StorageDocumentID))
	}
	if d.InfrastructureDocumentID != nil {
		all = append(all, related(kindBlockDocument, "infrastructure", *d.InfrastructureDocumentID))
	}
	if d.ConcurrencyLimitID != nil {
		all = append(all, related(kindLimit, kindLimit, *d.ConcurrencyLimitID))
	}
	return all
}

// DeploymentChanges gives the fields that an event of a deployment's update tells of, as far as they have changed. Their names are
// those of the database's columns.
func DeploymentChanges(before, after *prefect.Deployment) []Change {
	return differing([]Change{
		{"description", before.Description, after.Description},
		{"tags", before.Tags, after.Tags},
		{"parameters", before.Parameters, after.Parameters},
		{"parameter_openapi_schema", before.ParameterOpenAPISchema, after.ParameterOpenAPISchema},
		{"enforce_parameter_schema", before.EnforceParameterSchema, after.EnforceParameterSchema},
		{"entrypoint", before.Entrypoint, after.Entrypoint},
		{"path", before.Path, after.Path},
		{"pull_steps", before.PullSteps, after.PullSteps},
		{"work_queue_id", before.WorkQueueID, after.WorkQueueID},
		{"infra_overrides", before.JobVariables, after.JobVariables},
		{"paused", before.Paused, after.Paused},
		{"labels", before.Labels, after.Labels},
		{"version", before.Version, after.Version},
		{"concurrency_limit_id", before.ConcurrencyLimitID, after.ConcurrencyLimitID},
		{"concurrency_options", before.ConcurrencyOptions, after.ConcurrencyOptions},
	})
}

// differing leaves those out whose values are the same.
func differing(all []Change) []Change {
	var changed []Change
	for _, c := range all {
		if !bytes.Equal(canonical(c.From), canonical(c.To)) {
			changed = append(changed, c)
		}
	}
	return changed
}

// canonical is a value's JSON, in one form whatever the order of its members.
func canonical(value any) []byte {
	text, err := json.Marshal(value, json.Deterministic(true), jsontext.ReorderRawObjects(true), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil // as object has it
	}
	return text
}
