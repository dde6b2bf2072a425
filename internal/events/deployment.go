package events

import "praetor/internal/prefect"

const kindDeployment = "deployment"

// DeploymentEvent tells that a deployment was created or deleted.
func DeploymentEvent(action Action, d *prefect.Deployment, in *prefect.DeploymentRelated, at prefect.Time) prefect.Event {
	return event(kindDeployment, string(action), d.ID, d.Name, at, nil, deploymentRelated(d, in)...)
}

// DeploymentUpdated tells what of a deployment has changed.
func DeploymentUpdated(d *prefect.Deployment, in *prefect.DeploymentRelated, of []Change, at prefect.Time) prefect.Event {
	return event(kindDeployment, string(Updated), d.ID, d.Name, at, changes(of), deploymentRelated(d, in)...)
}

// DeploymentStatusChanged tells that a deployment has the status now: somebody asks for its runs, or nobody does any more.
func DeploymentStatusChanged(d *prefect.Deployment, in *prefect.DeploymentRelated, status prefect.DeploymentStatus, at prefect.Time) prefect.Event {
	return event(kindDeployment, kebab(status), d.ID, d.Name, at, nil, deploymentRelated(d, in)...)
}

func deploymentRelated(d *prefect.Deployment, in *prefect.DeploymentRelated) []prefect.RelatedResource {
	all := []prefect.RelatedResource{}
	if in.Flow != nil {
		all = append(all, relatedNamed(roleFlow, in.Flow))
	}
	if in.WorkQueue != nil {
		all = append(all, relatedNamed(roleWorkQueue, in.WorkQueue))
	}
	if in.WorkPool != nil {
		all = append(all, relatedPool(in.WorkPool))
	}
	if d.StorageDocumentID != nil {
		all = append(all, related("block-document", "storage", *d.StorageDocumentID))
	}
	if d.InfrastructureDocumentID != nil {
		all = append(all, related("block-document", "infrastructure", *d.InfrastructureDocumentID))
	}
	if d.ConcurrencyLimitID != nil {
		all = append(all, related(kindLimit, kindLimit, *d.ConcurrencyLimitID))
	}
	return all
}
