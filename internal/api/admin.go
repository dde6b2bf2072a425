package api

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

func (s *Server) readPrefectVersion(context.Context, *none) (string, error) {
	return PrefectVersion, nil
}

// resultStorage names the document of the block that holds results where a flow says nothing else.
type resultStorage struct {
	BlockID *uuid.UUID `json:"default_result_storage_block_id"`
}

func (s *Server) readStorage(ctx context.Context, _ *none) (*resultStorage, error) {
	return read(ctx, s, func(tx *store.Tx) (*resultStorage, error) {
		var storage resultStorage
		doc, err := tx.Configuration(ctx, prefect.ResultStorageKey)
		if err != nil || doc == nil {
			return &storage, err
		}
		if err := json.Unmarshal(doc, &storage); err != nil {
			return nil, fmt.Errorf("the configuration %s is not understood: %w", prefect.ResultStorageKey, err)
		}
		return &storage, nil
	})
}

type updateStorage struct {
	Body struct {
		BlockID uuid.UUID `json:"default_result_storage_block_id" v:"required"`
	} `body:""`
}

func (s *Server) updateStorage(ctx context.Context, in *updateStorage) (*resultStorage, error) {
	id := in.Body.BlockID
	return write(ctx, s, func(tx *store.Tx) (*resultStorage, error) {
		capabilities, exists, err := tx.BlockCapabilities(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case !exists:
			return nil, prefect.NewError(prefect.NotFound, fmt.Sprintf("Block document %s not found.", id))
		case !slices.Contains(capabilities, "write-path"):
			return nil, prefect.NewError(prefect.Invalid, fmt.Sprintf("Block document %s cannot be used for result storage.", id))
		}
		storage := &resultStorage{BlockID: &id}
		return storage, tx.SetConfiguration(ctx, prefect.ResultStorageKey, storage)
	})
}

func (s *Server) clearStorage(ctx context.Context, _ *none) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) { return none{}, tx.DeleteConfiguration(ctx, prefect.ResultStorageKey) })
}
