package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

const artifactColumns = "artifact.id, artifact.created, artifact.updated, artifact.key, artifact.type, artifact.description, artifact.data, artifact.metadata_, artifact.flow_run_id, artifact.task_run_id"

func scanArtifact(r Row, a *prefect.Artifact) error {
	return r.Scan(&a.ID, &a.Created, &a.Updated, &a.Key, &a.Type, &a.Description, &a.Data, &a.Metadata, &a.FlowRunID, &a.TaskRunID)
}

const collectionColumns = "artifact_collection.id, artifact_collection.created, artifact_collection.updated, artifact_collection.key, artifact_collection.latest_id, artifact_collection.type, artifact_collection.description, artifact_collection.data, artifact_collection.metadata_, artifact_collection.flow_run_id, artifact_collection.task_run_id"

func scanCollection(r Row, a *prefect.ArtifactCollection) error {
	return r.Scan(&a.ID, &a.Created, &a.Updated, &a.Key, &a.LatestID, &a.Type, &a.Description, &a.Data, &a.Metadata, &a.FlowRunID, &a.TaskRunID)
}

// CreateArtifact stores the artifact. One with a key becomes the newest of its collection, which is given then, and with whether it
// is new.
func (tx *Tx) CreateArtifact(ctx context.Context, a *prefect.Artifact) (collection *prefect.ArtifactCollection, created bool, err error) {
	err = tx.queue(ctx, tx.sql("INSERT INTO artifact (id, created, updated, key, type, description, data, metadata_, flow_run_id, task_run_id) VALUES ").
		Values(a.ID, a.Created, a.Updated, a.Key, a.Type, a.Description, JSONText{a.Data}, JSONText{a.Metadata}, a.FlowRunID, a.TaskRunID))
	if err != nil || a.Key == nil {
		return nil, false, err
	}
	id := prefect.NewID()
	collection, err = one(ctx, tx, tx.sql("INSERT INTO artifact_collection (id, created, updated, key, latest_id, type, description, data, metadata_, flow_run_id, task_run_id) VALUES ").
		Values(id, a.Created, a.Updated, *a.Key, a.ID, a.Type, a.Description, givenData(a), givenMetadata(a), a.FlowRunID, a.TaskRunID).
		Write(` ON CONFLICT (key) DO UPDATE SET latest_id = excluded.latest_id, updated = excluded.updated, type = excluded.type,
	description = excluded.description, data = excluded.data, metadata_ = excluded.metadata_, flow_run_id = excluded.flow_run_id,
	task_run_id = excluded.task_run_id RETURNING `+collectionColumns), scanCollection)
	return collection, collection != nil && collection.ID == id, err
}

// givenData and givenMetadata are what a collection has of its artifact: NULL where that was made without.
func givenData(a *prefect.Artifact) any {
	if a.Data == nil || string(a.Data) == "null" {
		return nil
	}
	return JSONText{a.Data}
}

func givenMetadata(a *prefect.Artifact) any {
	if a.Metadata == nil {
		return nil
	}
	return JSONText{a.Metadata}
}

// Artifact gives the artifact of that id, or nil.
func (tx *Tx) Artifact(ctx context.Context, id uuid.UUID) (*prefect.Artifact, error) {
	return one(ctx, tx, tx.sql("SELECT "+artifactColumns+" FROM artifact WHERE id = ").Arg(id), scanArtifact)
}

// ArtifactCollection gives the newest artifact of that key, or nil.
func (tx *Tx) ArtifactCollection(ctx context.Context, key string) (*prefect.ArtifactCollection, error) {
	return one(ctx, tx, tx.sql("SELECT "+collectionColumns+" FROM artifact_collection WHERE key = ").Arg(key), scanCollection)
}

// ArtifactFilters select artifacts, also by the runs that published them. Nil parts do not restrict.
type ArtifactFilters struct {
	Artifacts   *prefect.ArtifactFilter
	Collections *prefect.ArtifactCollectionFilter
	Runs        Filters
}

// conditions writes what both tables share: the filters on runs.
func (f *ArtifactFilters) conditions(w *sqlb.Where, table string) {
	if f.Runs.Flows != nil || f.Runs.FlowRuns != nil || f.Runs.Deployments != nil {
		w.Exists("flow_run", "flow_run.id = "+table+".flow_run_id", func(w *sqlb.Where) {
			runs := Filters{Flows: f.Runs.Flows, FlowRuns: f.Runs.FlowRuns, Deployments: f.Runs.Deployments}
			runs.flowRuns(w)
		})
	}
	if f.Runs.TaskRuns != nil {
		w.Exists("task_run", "task_run.id = "+table+".task_run_id", func(w *sqlb.Where) { taskRunFilter(w, f.Runs.TaskRuns) })
	}
}

func (f *ArtifactFilters) artifacts(w *sqlb.Where) {
	if a := f.Artifacts; a != nil {
		group(w, a.Operator, func(w *sqlb.Where) {
			anyIDFilter(w, "artifact.id", a.ID)
			keyFilter(w, "artifact.key", a.Key)
			anyIDFilter(w, "artifact.flow_run_id", a.FlowRunID)
			anyIDFilter(w, "artifact.task_run_id", a.TaskRunID)
			valuesFilter(w, "artifact.type", a.Type)
		})
	}
	f.conditions(w, "artifact")
}

func (f *ArtifactFilters) collections(w *sqlb.Where) {
	if a := f.Collections; a != nil {
		group(w, a.Operator, func(w *sqlb.Where) {
			anyIDFilter(w, "artifact_collection.latest_id", a.LatestID)
			keyFilter(w, "artifact_collection.key", a.Key)
			anyIDFilter(w, "artifact_collection.flow_run_id", a.FlowRunID)
			anyIDFilter(w, "artifact_collection.task_run_id", a.TaskRunID)
			valuesFilter(w, "artifact_collection.type", a.Type)
		})
	}
	f.conditions(w, "artifact_collection")
}

func keyFilter(w *sqlb.Where, column string, f *prefect.KeyFilter) {
	if f == nil {
		return
	}
	w.All(func(w *sqlb.Where) {
		anyOf(w, column, f.Any)
		like(w, column, f.Like)
		if f.Exists != nil {
			absent := !*f.Exists
			isNull(w, column, &absent)
		}
	})
}

// Artifacts gives the artifacts that the filters select.
func (tx *Tx) Artifacts(ctx context.Context, f *ArtifactFilters, sort prefect.ArtifactSort, limit, offset int64) ([]prefect.Artifact, error) {
	b := tx.sql("SELECT " + artifactColumns + " FROM artifact")
	f.artifacts(b.Where())
	return all(ctx, tx, b.Write(artifactOrder("artifact", sort)).Page(limit, offset), scanArtifact)
}

// CountArtifacts counts the artifacts that the filters select.
func (tx *Tx) CountArtifacts(ctx context.Context, f *ArtifactFilters) (int64, error) {
	b := tx.sql("SELECT count(*) FROM artifact")
	f.artifacts(b.Where())
	return tx.int(ctx, b)
}

// ArtifactCollections gives the newest artifacts that the filters select.
func (tx *Tx) ArtifactCollections(ctx context.Context, f *ArtifactFilters, sort prefect.ArtifactSort, limit, offset int64) ([]prefect.ArtifactCollection, error) {
	b := tx.sql("SELECT " + collectionColumns + " FROM artifact_collection")
	f.collections(b.Where())
	return all(ctx, tx, b.Write(artifactOrder("artifact_collection", sort)).Page(limit, offset), scanCollection)
}

// CountArtifactCollections counts the newest artifacts that the filters select.
func (tx *Tx) CountArtifactCollections(ctx context.Context, f *ArtifactFilters) (int64, error) {
	b := tx.sql("SELECT count(*) FROM artifact_collection")
	f.collections(b.Where())
	return tx.int(ctx, b)
}

func artifactOrder(table string, sort prefect.ArtifactSort) string {
	switch sort {
	case prefect.ArtifactCreatedDesc:
		return " ORDER BY " + table + ".created DESC"
	case prefect.ArtifactUpdatedDesc:
		return " ORDER BY " + table + ".updated DESC"
	case prefect.ArtifactKeyDesc:
		return " ORDER BY " + table + ".key DESC"
	case prefect.ArtifactKeyAsc:
		return " ORDER BY " + table + ".key ASC"
	default:
		return " ORDER BY " + table + ".id DESC"
	}
}

// UpdateArtifact changes what the update sets, in the collection too where the artifact is the newest, and tells whether
// there is such an artifact.
func (tx *Tx) UpdateArtifact(ctx context.Context, id uuid.UUID, u *prefect.ArtifactUpdate) (bool, error) {
	change := func(table, key string) (int64, error) {
		b := tx.sql("UPDATE "+table+" SET ").Set("updated", tx.Now())
		if u.Data.Set {
			b.Set("data", JSONText{u.Data.Value})
		}
		if u.Description.Set {
			b.Set("description", u.Description.Value)
		}
		if u.Metadata.Set {
			b.Set("metadata_", JSONText{u.Metadata.Value})
		}
		return tx.exec(ctx, b.Write(" WHERE "+key+" = ").Arg(id))
	}
	if n, err := change("artifact", "id"); err != nil || n == 0 {
		return false, err
	}
	_, err := change("artifact_collection", "latest_id")
	return true, err
}

// DeleteArtifact deletes the artifact and gives it, or nil where there is none.
func (tx *Tx) DeleteArtifact(ctx context.Context, id uuid.UUID) (*prefect.Artifact, error) {
	return one(ctx, tx, tx.sql("DELETE FROM artifact WHERE id = ").Arg(id).Write(" RETURNING "+artifactColumns), scanArtifact)
}

// ForgetLatest makes the newest of the artifacts that are left of a key the collection's in the place of the one of that id, which
// was deleted. It gives the collection as it is then, or as it was when it had no other artifact and is deleted; nil where the
// artifact was not its newest.
func (tx *Tx) ForgetLatest(ctx context.Context, key string, id uuid.UUID) (collection *prefect.ArtifactCollection, deleted bool, err error) {
	next, err := one(ctx, tx, tx.sql("SELECT "+artifactColumns+" FROM artifact WHERE key = ").Arg(key).
		Write(" ORDER BY created DESC LIMIT 1"), scanArtifact)
	if err != nil {
		return nil, false, err
	}
	b := tx.sql("DELETE FROM artifact_collection")
	if next != nil {
		b = tx.sql("UPDATE artifact_collection SET ").Set("latest_id", next.ID).Set("created", next.Created).
			Set("updated", next.Updated).Set("type", next.Type).Set("description", next.Description).Set("data", givenData(next)).
			Set("metadata_", givenMetadata(next)).Set("flow_run_id", next.FlowRunID).Set("task_run_id", next.TaskRunID)
	}
	collection, err = one(ctx, tx, b.Write(" WHERE key = ").Arg(key).Write(" AND latest_id = ").Arg(id).Write(" RETURNING "+collectionColumns), scanCollection)
	return collection, next == nil, err
}
