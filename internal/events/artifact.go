package events

import (
	"context"

	"praetor/internal/prefect"
)

// ArtifactTx is what it takes to publish an artifact.
type ArtifactTx interface {
	CreateArtifact(ctx context.Context, a *prefect.Artifact) (collection *prefect.ArtifactCollection, created bool, err error)
	EmitEvents(ctx context.Context, events ...prefect.Event) error
}

// CreateArtifact stores an artifact and tells of its collection, if it has a key.
func CreateArtifact(ctx context.Context, tx ArtifactTx, a *prefect.Artifact) error {
	collection, created, err := tx.CreateArtifact(ctx, a)
	if err != nil || collection == nil {
		return err
	}
	action := Updated
	if created {
		action = Created
	}
	return tx.EmitEvents(ctx, ArtifactCollectionEvent(action, collection, a.Updated))
}

// ArtifactCollectionEvent tells what happened to the newest artifact of a key. There are no events of single artifacts.
func ArtifactCollectionEvent(action Action, c *prefect.ArtifactCollection, at prefect.Time) prefect.Event {
	all := []prefect.RelatedResource{related("artifact", "latest", c.LatestID)}
	if c.FlowRunID != nil {
		all = append(all, related(roleFlowRun, roleFlowRun, *c.FlowRunID))
	}
	if c.TaskRunID != nil {
		all = append(all, related(roleTaskRun, roleTaskRun, *c.TaskRunID))
	}
	return event("artifact-collection", string(action), c.ID, c.Key, at, struct {
		Key         string      `json:"key"`
		Type        *string     `json:"type"`
		Data        prefect.Raw `json:"data"`
		Description *string     `json:"description"`
	}{c.Key, c.Type, c.Data, c.Description}, all...)
}
