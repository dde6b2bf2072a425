package api

import (
	"context"

	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createArtifact struct {
	Body prefect.ArtifactCreate `body:""`
}

func (s *Server) createArtifact(ctx context.Context, in *createArtifact) (reply[*prefect.Artifact], error) {
	b, now := &in.Body, prefect.TimeOf(s.clock())
	artifact := &prefect.Artifact{
		ID: prefect.NewID(), Created: now, Updated: now, Key: b.Key, Type: b.Type, Description: b.Description, Data: b.Data,
		Metadata: b.Metadata, FlowRunID: b.FlowRunID, TaskRunID: b.TaskRunID,
	}
	artifact.ShortenMetadata()
	_, err := write(ctx, s, func(tx *store.Tx) (none, error) { return none{}, events.CreateArtifact(ctx, tx, artifact) })
	return newOrOld(true, artifact), err
}

func (s *Server) readArtifact(ctx context.Context, in *byID) (*prefect.Artifact, error) {
	artifact, err := read(ctx, s, func(tx *store.Tx) (*prefect.Artifact, error) { return tx.Artifact(ctx, in.ID) })
	if err == nil && artifact == nil {
		err = errNoArtifact()
	}
	return artifact, err
}

func errNoArtifact() error { return prefect.NewError(prefect.NotFound, "Artifact not found.") }

type byKey struct {
	Key string `path:"key"`
}

// readLatestArtifact answers in the shape of an artifact, with the id of the collection.
func (s *Server) readLatestArtifact(ctx context.Context, in *byKey) (*prefect.Artifact, error) {
	latest, err := read(ctx, s, func(tx *store.Tx) (*prefect.ArtifactCollection, error) { return tx.ArtifactCollection(ctx, in.Key) })
	if err == nil && latest == nil {
		err = errNoArtifact()
	}
	if err != nil {
		return nil, err
	}
	return &prefect.Artifact{
		ID: latest.ID, Created: latest.Created, Updated: latest.Updated, Key: &latest.Key, Type: latest.Type, Description: latest.Description,
		Data: latest.Data, Metadata: latest.Metadata, FlowRunID: latest.FlowRunID, TaskRunID: latest.TaskRunID,
	}, nil
}

// artifactRuns is the part of a query's body that selects artifacts by their runs.
type artifactRuns struct {
	FlowRuns    *prefect.FlowRunFilter    `json:"flow_runs"`
	TaskRuns    *prefect.TaskRunFilter    `json:"task_runs"`
	Flows       *prefect.FlowFilter       `json:"flows"`
	Deployments *prefect.DeploymentFilter `json:"deployments"`
}

func (a *artifactRuns) runs() store.Filters {
	return store.Filters{Flows: a.Flows, FlowRuns: a.FlowRuns, TaskRuns: a.TaskRuns, Deployments: a.Deployments}
}

type artifactFilters struct {
	Artifacts *prefect.ArtifactFilter `json:"artifacts"`
	artifactRuns
}

func (f *artifactFilters) filters() *store.ArtifactFilters {
	return &store.ArtifactFilters{Artifacts: f.Artifacts, Runs: f.runs()}
}

type collectionFilters struct {
	Artifacts *prefect.ArtifactCollectionFilter `json:"artifacts"`
	artifactRuns
}

func (f *collectionFilters) filters() *store.ArtifactFilters {
	return &store.ArtifactFilters{Collections: f.Artifacts, Runs: f.runs()}
}

type artifactsQuery struct {
	Sort prefect.ArtifactSort `json:"sort" default:"\"ID_DESC\""`
	paging
	artifactFilters
}

type readArtifacts struct {
	Body artifactsQuery `body:"embed"`
}

func (s *Server) readArtifacts(ctx context.Context, in *readArtifacts) ([]prefect.Artifact, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.Artifact, error) {
		return tx.Artifacts(ctx, q.filters(), q.Sort, *q.Limit, q.Offset)
	})
}

type collectionsQuery struct {
	Sort prefect.ArtifactSort `json:"sort" default:"\"ID_DESC\""`
	paging
	collectionFilters
}

type readLatestArtifacts struct {
	Body collectionsQuery `body:"embed"`
}

func (s *Server) readLatestArtifacts(ctx context.Context, in *readLatestArtifacts) ([]prefect.ArtifactCollection, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.ArtifactCollection, error) {
		return tx.ArtifactCollections(ctx, q.filters(), q.Sort, *q.Limit, q.Offset)
	})
}

type countArtifacts struct {
	Body artifactFilters `body:"embed"`
}

func (s *Server) countArtifacts(ctx context.Context, in *countArtifacts) (int64, error) {
	return read(ctx, s, func(tx *store.Tx) (int64, error) { return tx.CountArtifacts(ctx, in.Body.filters()) })
}

type countLatestArtifacts struct {
	Body collectionFilters `body:"embed"`
}

func (s *Server) countLatestArtifacts(ctx context.Context, in *countLatestArtifacts) (int64, error) {
	return read(ctx, s, func(tx *store.Tx) (int64, error) { return tx.CountArtifactCollections(ctx, in.Body.filters()) })
}

type updateArtifact struct {
	byID
	Body prefect.ArtifactUpdate `body:""`
}

func (s *Server) updateArtifact(ctx context.Context, in *updateArtifact) (none, error) {
	there, err := write(ctx, s, func(tx *store.Tx) (bool, error) { return tx.UpdateArtifact(ctx, in.ID, &in.Body) })
	if err == nil && !there {
		err = errNoArtifact()
	}
	return none{}, err
}

func (s *Server) deleteArtifact(ctx context.Context, in *byID) (none, error) {
	gone, err := write(ctx, s, func(tx *store.Tx) (*prefect.Artifact, error) {
		gone, err := tx.DeleteArtifact(ctx, in.ID)
		if err != nil || gone == nil || gone.Key == nil {
			return gone, err
		}
		collection, deleted, err := tx.ForgetLatest(ctx, *gone.Key, gone.ID)
		if err != nil || collection == nil {
			return gone, err
		}
		action := events.Updated
		if deleted {
			action = events.Deleted
		}
		return gone, tx.EmitEvents(ctx, events.ArtifactCollectionEvent(action, collection, tx.Now()))
	})
	if err == nil && gone == nil {
		err = errNoArtifact()
	}
	return none{}, err
}
