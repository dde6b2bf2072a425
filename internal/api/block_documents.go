package api

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createBlockDocument struct {
	Body prefect.BlockDocumentCreate `body:""`
}

func (s *Server) createBlockDocument(ctx context.Context, in *createBlockDocument) (*prefect.BlockDocument, error) {
	return write(ctx, s, func(tx *store.Tx) (*prefect.BlockDocument, error) {
		d, err := s.vault.Create(ctx, tx, &in.Body)
		if err != nil {
			return nil, err
		}
		return d, tellOfBlock(ctx, tx, events.Created, d)
	})
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
	exists, err := write(ctx, s, func(tx *store.Tx) (bool, error) {
		if exists, err := s.vault.Update(ctx, tx, in.ID, &in.Body); err != nil || !exists {
			return false, err
		}
		d, err := s.blockToTellOf(ctx, tx, &in.byID)
		if err != nil || d == nil {
			return false, err
		}
		return true, tellOfBlock(ctx, tx, events.Updated, d)
	})
	if err == nil && !exists {
		err = notFound("Block document")
	}
	return none{}, err
}

func (s *Server) deleteBlockDocument(ctx context.Context, in *byID) (none, error) {
	existed, err := write(ctx, s, func(tx *store.Tx) (bool, error) {
		d, err := s.blockToTellOf(ctx, tx, in)
		if err != nil || d == nil {
			return false, err
		}
		if existed, err := tx.DeleteBlockDocument(ctx, in.ID); err != nil || !existed {
			return false, err
		}
		return true, tellOfBlock(ctx, tx, events.Deleted, d)
	})
	if err == nil && !existed {
		err = notFound("Block document")
	}
	return none{}, err
}

// blockToTellOf is the block without its secrets, or nil. One that cannot be opened, because it was sealed with another key or has
// grown too large, comes without its data: it can still be deleted.
func (s *Server) blockToTellOf(ctx context.Context, tx *store.Tx, in *byID) (*prefect.BlockDocument, error) {
	d, err := s.vault.Document(ctx, tx, in.ID, false)
	if !isKnown(err) {
		return d, err
	}
	sealed, err := tx.BlockDocumentsByID(ctx, []uuid.UUID{in.ID})
	if err != nil || len(sealed) == 0 {
		return nil, err
	}
	return &sealed[0].BlockDocument, nil
}

// tellOfBlock tells what happened to a block. Anonymous ones are nobody's business.
func tellOfBlock(ctx context.Context, tx *store.Tx, action events.Action, d *prefect.BlockDocument) error {
	if d.IsAnonymous {
		return nil
	}
	return tx.EmitEvents(ctx, events.BlockDocumentEvent(action, d, tx.Now()))
}
