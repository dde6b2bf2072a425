package api

import (
	"context"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createSavedSearch struct {
	Body prefect.SavedSearchCreate `body:""`
}

func (s *Server) createSavedSearch(ctx context.Context, in *createSavedSearch) (reply[*prefect.SavedSearch], error) {
	now := prefect.TimeOf(s.clock())
	search := &prefect.SavedSearch{ID: prefect.NewID(), Created: now, Updated: now, Name: in.Body.Name, Filters: in.Body.Filters}
	var created bool
	stored, err := write(ctx, s, func(tx *store.Tx) (stored *prefect.SavedSearch, err error) {
		stored, created, err = tx.SaveSearch(ctx, search)
		return stored, err
	})
	return newOrOld(created, stored), err
}

func (s *Server) readSavedSearch(ctx context.Context, in *byID) (*prefect.SavedSearch, error) {
	return readOne(ctx, s, "Saved search", func(tx *store.Tx) (*prefect.SavedSearch, error) { return tx.SavedSearch(ctx, in.ID) })
}

type readSavedSearches struct {
	Body paging `body:"embed"`
}

func (s *Server) readSavedSearches(ctx context.Context, in *readSavedSearches) ([]prefect.SavedSearch, error) {
	return read(ctx, s, func(tx *store.Tx) ([]prefect.SavedSearch, error) {
		return tx.SavedSearches(ctx, *in.Body.Limit, in.Body.Offset)
	})
}

func (s *Server) deleteSavedSearch(ctx context.Context, in *byID) (none, error) {
	there, err := write(ctx, s, func(tx *store.Tx) (bool, error) { return tx.DeleteSavedSearch(ctx, in.ID) })
	if err == nil && !there {
		err = notFound("Saved search")
	}
	return none{}, err
}
