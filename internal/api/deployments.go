package api

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

func (s *Server) readDeployment(ctx context.Context, in *byID) (*prefect.Deployment, error) {
	return readOne(ctx, s, "Deployment", func(tx *store.Tx) (*prefect.Deployment, error) { return tx.Deployment(ctx, in.ID) })
}

type deploymentName struct {
	Flow       string `path:"flow_name"`
	Deployment string `path:"deployment_name"`
}

func (s *Server) readDeploymentByName(ctx context.Context, in *deploymentName) (*prefect.Deployment, error) {
	return readOne(ctx, s, "Deployment", func(tx *store.Tx) (*prefect.Deployment, error) {
		return tx.DeploymentByName(ctx, in.Flow, in.Deployment)
	})
}

type deploymentsQuery struct {
	paging
	flowRunFilters
	Sort prefect.DeploymentSort `json:"sort" default:"\"NAME_ASC\""`
}

type readDeployments struct {
	Body deploymentsQuery `body:"embed"`
}

func (s *Server) readDeployments(ctx context.Context, in *readDeployments) ([]prefect.Deployment, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.Deployment, error) {
		return tx.Deployments(ctx, q.filters(), q.Sort, *q.Limit, q.Offset)
	})
}

type deploymentsPageQuery struct {
	numbered
	flowRunFilters
	Sort prefect.DeploymentSort `json:"sort" default:"\"NAME_ASC\""`
}

type paginateDeployments struct {
	Body deploymentsPageQuery `body:"embed"`
}

func (s *Server) paginateDeployments(ctx context.Context, in *paginateDeployments) (*pageOf[prefect.Deployment], error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) (*pageOf[prefect.Deployment], error) {
		found, err := tx.Deployments(ctx, q.filters(), q.Sort, *q.Limit, q.offset())
		if err != nil {
			return nil, err
		}
		count, err := tx.CountDeployments(ctx, q.filters())
		return newPage(&q.numbered, found, count), err
	})
}

type countDeployments struct {
	Body flowRunFilters `body:"embed"`
}

func (s *Server) countDeployments(ctx context.Context, in *countDeployments) (int64, error) {
	return read(ctx, s, func(tx *store.Tx) (int64, error) { return tx.CountDeployments(ctx, in.Body.filters()) })
}

func (s *Server) deleteDeployment(ctx context.Context, in *byID) (none, error) {
	gone, err := write(ctx, s, func(tx *store.Tx) ([]uuid.UUID, error) { return deleteDeployments(ctx, tx, in.ID) })
	if err == nil && len(gone) == 0 {
		err = notFound("Deployment")
	}
	return none{}, err
}

// deleteDeployments deletes deployments with what belongs to them alone, and gives the ids of those that existed.
func deleteDeployments(ctx context.Context, tx *store.Tx, ids ...uuid.UUID) ([]uuid.UUID, error) {
	deployments, err := tx.EventDeployments(ctx, ids)
	if err != nil {
		return nil, err
	}
	gone, err := tx.DeleteDeployments(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var told []prefect.Event
	for i := range deployments {
		if slices.Contains(gone, deployments[i].ID) {
			told = append(told, events.DeploymentEvent(events.Deleted, &deployments[i], tx.Now()))
		}
	}
	return gone, tx.EmitEvents(ctx, told...)
}

type bulkDeleteDeployments struct {
	Body struct {
		Deployments *prefect.DeploymentFilter `json:"deployments"`
		Limit       int64                     `json:"limit" default:"50" v:"ge=1,le=50"`
	} `body:"embed"`
}

func (s *Server) bulkDeleteDeployments(ctx context.Context, in *bulkDeleteDeployments) (*deleted, error) {
	gone, err := write(ctx, s, func(tx *store.Tx) ([]uuid.UUID, error) {
		ids, err := tx.DeploymentIDs(ctx, &store.Filters{Deployments: in.Body.Deployments}, in.Body.Limit)
		if err != nil || len(ids) == 0 {
			return []uuid.UUID{}, err
		}
		return deleteDeployments(ctx, tx, ids...)
	})
	return &deleted{Deleted: gone}, err
}

func (s *Server) pauseDeployment(ctx context.Context, in *byID) (any, error) {
	return nil, s.setPaused(ctx, in.ID, true)
}

func (s *Server) resumeDeployment(ctx context.Context, in *byID) (any, error) {
	return nil, s.setPaused(ctx, in.ID, false)
}

// setPaused stops or starts a deployment's schedules. Those that rest take the runs along that they have planned.
func (s *Server) setPaused(ctx context.Context, id uuid.UUID, paused bool) error {
	_, err := write(ctx, s, func(tx *store.Tx) (none, error) {
		d, err := lockedDeployment(ctx, tx, id, "Deployment not found")
		if err == nil && d.Paused != paused {
			err = tx.SetDeploymentPaused(ctx, id, paused)
		}
		if err == nil && paused {
			err = tx.DeletePlannedRuns(ctx, id, nil)
		}
		return none{}, err
	})
	return err
}

// lockedDeployment is the deployment, which nobody else may change meanwhile, and a 404 where there is none.
func lockedDeployment(ctx context.Context, tx *store.Tx, id uuid.UUID, missing string) (*prefect.Deployment, error) {
	d, err := tx.LockDeployment(ctx, id)
	if err == nil && d == nil {
		err = prefect.NewError(prefect.NotFound, missing)
	}
	return d, err
}
