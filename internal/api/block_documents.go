package api

import (
	"context"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createBlockDocument struct {
	Body prefect.BlockDocumentCreate `body:""`
}

func (s *Server) createBlockDocument(ctx context.Context, in *createBlockDocument) (*prefect.BlockDocument, error) {
	return write(ctx, s, func(tx *store.Tx) (*prefect.BlockDocument, error) { return s.vault.Create(ctx, tx, &in.Body) })
}

type readBlockDocument struct {
	byID
	IncludeSecrets bool `query:"include_secrets" default:"false"`
}

func (s *Server) readBlockDocument(ctx context.Context, in *readBlockDocument) (*prefect.BlockDocument, error) {
	return readOne(ctx, s, "Block document", func(tx *store.Tx) (*prefect.BlockDocument, error) {
		return s.vault.Document(ctx, tx, in.ID, in.IncludeSecrets)
	})
}

// blockDocumentFilters is the part of a query's body that selects block documents.
type blockDocumentFilters struct {
	BlockDocuments *prefect.BlockDocumentFilter `json:"block_documents"`
	BlockTypes     *prefect.BlockTypeFilter     `json:"block_types"`
	BlockSchemas   *prefect.BlockSchemaFilter   `json:"block_schemas"`
}

func (f *blockDocumentFilters) filters() *prefect.BlockDocumentFilters {
	return &prefect.BlockDocumentFilters{Documents: f.BlockDocuments, Types: f.BlockTypes, Schemas: f.BlockSchemas}
}

type readBlockDocuments struct {
	Body struct {
		blockDocumentFilters
		IncludeSecrets bool                      `json:"include_secrets" default:"false"`
		Sort           prefect.BlockDocumentSort `json:"sort" default:"\"NAME_ASC\""`
		paging
	} `body:"embed"`
}

func (s *Server) readBlockDocuments(ctx context.Context, in *readBlockDocuments) ([]prefect.BlockDocument, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.BlockDocument, error) {
		return s.vault.Documents(ctx, tx, q.filters(), q.Sort, *q.Limit, q.Offset, q.IncludeSecrets)
	})
}

type countBlockDocuments struct {
	Body blockDocumentFilters `body:"embed"`
}

func (s *Server) countBlockDocuments(ctx context.Context, in *countBlockDocuments) (int64, error) {
	return read(ctx, s, func(tx *store.Tx) (int64, error) { return tx.CountBlockDocuments(ctx, in.Body.filters()) })
}

type updateBlockDocument struct {
	byID
	Body prefect.BlockDocumentUpdate `body:""`
}

func (s *Server) updateBlockDocument(ctx context.Context, in *updateBlockDocument) (none, error) {
	exists, err := write(ctx, s, func(tx *store.Tx) (bool, error) { return s.vault.Update(ctx, tx, in.ID, &in.Body) })
	if err == nil && !exists {
		err = notFound("Block document")
	}
	return none{}, err
}

func (s *Server) deleteBlockDocument(ctx context.Context, in *byID) (none, error) {
	existed, err := write(ctx, s, func(tx *store.Tx) (bool, error) { return tx.DeleteBlockDocument(ctx, in.ID) })
	if err == nil && !existed {
		err = notFound("Block document")
	}
	return none{}, err
}
