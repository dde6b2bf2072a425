package api

import (
	"context"
	"html"
	"strings"

	"praetor/internal/blocks"
	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// bySlug is the input of operations on one block type that is named by its slug.
type bySlug struct {
	Slug string `path:"slug"`
}

type createBlockType struct {
	Body prefect.BlockTypeCreate `body:""`
}

func (s *Server) createBlockType(ctx context.Context, in *createBlockType) (*prefect.BlockType, error) {
	b := &in.Body
	if strings.HasPrefix(strings.ToLower(b.Name), "prefect") {
		return nil, prefect.NewError(prefect.Forbidden, "Block type names beginning with 'Prefect' are reserved.")
	}
	now := prefect.TimeOf(s.clock())
	t := &prefect.BlockType{
		ID: prefect.NewID(), Created: now, Updated: now, Name: b.Name, Slug: b.Slug, LogoURL: trimmed(b.LogoURL), DocumentationURL: trimmed(b.DocumentationURL),
		Description: blocks.Escape(b.Description), CodeExample: blocks.Escape(b.CodeExample),
	}
	_, err := write(ctx, s, func(tx *store.Tx) (none, error) {
		if err := tx.InsertBlockType(ctx, t); err != nil {
			return none{}, err
		}
		return none{}, tx.EmitEvents(ctx, events.BlockTypeEvent(events.Created, t, now))
	})
	if store.IsUnique(err) {
		err = prefect.NewError(prefect.Conflict, `Block type with name "`+b.Name+`" already exists`)
	}
	return t, err
}

// trimmed is an address without blanks around it, as one is stored.
func trimmed(address *string) *string {
	if address == nil {
		return nil
	}
	short := strings.TrimSpace(*address)
	return &short
}

func (s *Server) readBlockType(ctx context.Context, in *byID) (*prefect.BlockType, error) {
	return readOne(ctx, s, "Block type", func(tx *store.Tx) (*prefect.BlockType, error) { return tx.BlockType(ctx, in.ID) })
}

func (s *Server) readBlockTypeBySlug(ctx context.Context, in *bySlug) (*prefect.BlockType, error) {
	return readOne(ctx, s, "Block type", func(tx *store.Tx) (*prefect.BlockType, error) { return tx.BlockTypeBySlug(ctx, in.Slug) })
}

type readBlockTypes struct {
	Body struct {
		BlockTypes   *prefect.BlockTypeFilter   `json:"block_types"`
		BlockSchemas *prefect.BlockSchemaFilter `json:"block_schemas"`
		paging
	} `body:"embed"`
}

func (s *Server) readBlockTypes(ctx context.Context, in *readBlockTypes) ([]prefect.BlockType, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.BlockType, error) {
		return tx.BlockTypes(ctx, q.BlockTypes, q.BlockSchemas, *q.Limit, q.Offset)
	})
}

type updateBlockType struct {
	byID
	Body prefect.BlockTypeUpdate `body:""`
}

func (s *Server) updateBlockType(ctx context.Context, in *updateBlockType) (none, error) {
	// Clients send what they have whenever they save a block: mostly it is what is stored, and then there is nothing to write.
	t, err := s.readBlockType(ctx, &in.byID)
	if err != nil || says(&in.Body, t) {
		return none{}, err
	}
	t, err = write(ctx, s, func(tx *store.Tx) (*prefect.BlockType, error) {
		t, err := tx.UpdateBlockType(ctx, in.ID, &in.Body)
		if err != nil || t == nil {
			return nil, err
		}
		return t, tx.EmitEvents(ctx, events.BlockTypeEvent(events.Updated, t, tx.Now()))
	})
	if err == nil && t == nil {
		err = notFound("Block type")
	}
	return none{}, err
}

// says tells whether the update, in all that it could change, repeats what the type has.
func says(u *prefect.BlockTypeUpdate, t *prefect.BlockType) bool {
	for _, f := range []struct {
		update  prefect.Opt[*string]
		stored  *string
		escaped bool
	}{{u.LogoURL, t.LogoURL, false}, {u.DocumentationURL, t.DocumentationURL, false}, {u.Description, t.Description, true}, {u.CodeExample, t.CodeExample, true}} {
		a, b := f.update.Value, f.stored
		if !f.update.Set || (a == nil) != (b == nil) {
			return false
		}
		if a == nil || *a == *b || f.escaped && html.UnescapeString(*a) == html.UnescapeString(*b) {
			continue
		}
		return false
	}
	return true
}

func (s *Server) deleteBlockType(ctx context.Context, in *byID) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		t, err := tx.BlockType(ctx, in.ID)
		switch {
		case err != nil:
			return none{}, err
		case t == nil:
			return none{}, notFound("Block type")
		case t.IsProtected:
			return none{}, prefect.NewError(prefect.Forbidden, "protected block types cannot be deleted.")
		}
		if there, err := tx.DeleteBlockType(ctx, in.ID); err != nil || !there {
			return none{}, err
		}
		return none{}, tx.EmitEvents(ctx, events.BlockTypeEvent(events.Deleted, t, tx.Now()))
	})
}

type readBlockTypeDocuments struct {
	bySlug
	IncludeSecrets bool `query:"include_secrets" default:"false"`
}

// maxOfType bounds the answer to the only query for documents that has no pages.
const maxOfType = 5000

func (s *Server) readBlockTypeDocuments(ctx context.Context, in *readBlockTypeDocuments) ([]prefect.BlockDocument, error) {
	return read(ctx, s, func(tx *store.Tx) ([]prefect.BlockDocument, error) {
		t, err := tx.BlockTypeBySlug(ctx, in.Slug)
		if err != nil {
			return nil, err
		}
		if t == nil {
			return nil, notFound("Block type")
		}
		f := &prefect.BlockDocumentFilters{Types: &prefect.BlockTypeFilter{Slug: &prefect.AnyFilter{Any: &[]string{in.Slug}}}}
		found, err := s.vault.Documents(ctx, tx, f, prefect.BlockDocumentNameAsc, maxOfType+1, 0, in.IncludeSecrets)
		if err == nil && len(found) > maxOfType {
			err = prefect.NewError(prefect.TooLarge, "The block type has too many documents for one answer: ask for them by page, with /block_documents/filter.")
		}
		return found, err
	})
}

type readBlockTypeDocument struct {
	bySlug
	Name           string `path:"block_document_name"`
	IncludeSecrets bool   `query:"include_secrets" default:"false"`
}

func (s *Server) readBlockTypeDocument(ctx context.Context, in *readBlockTypeDocument) (*prefect.BlockDocument, error) {
	return readOne(ctx, s, "Block document", func(tx *store.Tx) (*prefect.BlockDocument, error) {
		return s.vault.DocumentByName(ctx, tx, in.Slug, in.Name, in.IncludeSecrets)
	})
}

func (s *Server) installSystemBlockTypes(ctx context.Context, _ *none) (prefect.Raw, error) {
	return write(ctx, s, func(tx *store.Tx) (prefect.Raw, error) { return nil, blocks.RegisterProtected(ctx, tx) })
}
