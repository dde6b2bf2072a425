package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

const savedSearchColumns = "saved_search.id, saved_search.created, saved_search.updated, saved_search.name, saved_search.filters"

func scanSavedSearch(r Row, s *prefect.SavedSearch) error {
	return r.Scan(&s.ID, &s.Created, &s.Updated, &s.Name, &s.Filters)
}

// SaveSearch keeps the search; an older one of its name gets its filters and stays what it is otherwise. It gives what is
// stored and whether it is new.
func (tx *Tx) SaveSearch(ctx context.Context, s *prefect.SavedSearch) (stored *prefect.SavedSearch, created bool, err error) {
	b := tx.sql("INSERT INTO saved_search (id, created, updated, name, filters) VALUES ").
		Values(s.ID, s.Created, s.Updated, s.Name, JSON{s.Filters}).
		Write(" ON CONFLICT (name) DO UPDATE SET filters = excluded.filters RETURNING ").Write(savedSearchColumns)
	if stored, err = one(ctx, tx, b, scanSavedSearch); err != nil {
		return nil, false, err
	}
	return stored, stored.ID == s.ID, nil
}

// SavedSearch gives the search of that id, or nil.
func (tx *Tx) SavedSearch(ctx context.Context, id uuid.UUID) (*prefect.SavedSearch, error) {
	return one(ctx, tx, tx.sql("SELECT "+savedSearchColumns+" FROM saved_search WHERE id = ").Arg(id), scanSavedSearch)
}

// SavedSearches gives the searches in the order of their names.
func (tx *Tx) SavedSearches(ctx context.Context, limit, offset int64) ([]prefect.SavedSearch, error) {
	return all(ctx, tx, tx.sql("SELECT "+savedSearchColumns+" FROM saved_search ORDER BY name").Page(limit, offset), scanSavedSearch)
}

// DeleteSavedSearch deletes the search and tells whether there was one.
func (tx *Tx) DeleteSavedSearch(ctx context.Context, id uuid.UUID) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("DELETE FROM saved_search WHERE id = ").Arg(id))
	return n > 0, err
}
