package api

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/blocks"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createBlockSchema struct {
	Body prefect.BlockSchemaCreate `body:""`
}

func (s *Server) createBlockSchema(ctx context.Context, in *createBlockSchema) (reply[*prefect.BlockSchema], error) {
	var created bool
	schema, err := write(ctx, s, func(tx *store.Tx) (schema *prefect.BlockSchema, err error) {
		schema, created, err = blocks.CreateSchema(ctx, tx, &in.Body)
		return schema, err
	})
	return newOrOld(created, schema), err
}

func (s *Server) readBlockSchema(ctx context.Context, in *byID) (*prefect.BlockSchema, error) {
	return readOne(ctx, s, "Block schema", func(tx *store.Tx) (*prefect.BlockSchema, error) { return blocks.Schema(ctx, tx, in.ID) })
}

type readBlockSchemaByChecksum struct {
	Checksum string  `path:"checksum"`
	Version  *string `query:"version"`
}

func (s *Server) readBlockSchemaByChecksum(ctx context.Context, in *readBlockSchemaByChecksum) (*prefect.BlockSchema, error) {
	return readOne(ctx, s, "Block schema", func(tx *store.Tx) (*prefect.BlockSchema, error) {
		return blocks.SchemaByChecksum(ctx, tx, in.Checksum, in.Version)
	})
}

type readBlockSchemas struct {
	Body struct {
		BlockSchemas *prefect.BlockSchemaFilter `json:"block_schemas"`
		paging
	} `body:"embed"`
}

func (s *Server) readBlockSchemas(ctx context.Context, in *readBlockSchemas) ([]prefect.BlockSchema, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.BlockSchema, error) {
		return blocks.Schemas(ctx, tx, q.BlockSchemas, *q.Limit, q.Offset)
	})
}

func (s *Server) deleteBlockSchema(ctx context.Context, in *byID) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		schemas, err := tx.BlockSchemasByID(ctx, []uuid.UUID{in.ID})
		switch {
		case err != nil:
			return none{}, err
		case len(schemas) == 0:
			return none{}, notFound("Block schema")
		case schemas[0].BlockType.IsProtected:
			return none{}, prefect.NewError(prefect.Forbidden, "Block schemas for protected block types cannot be deleted.")
		}
		_, err = tx.DeleteBlockSchema(ctx, in.ID)
		return none{}, err
	})
}

func (s *Server) readBlockCapabilities(ctx context.Context, _ *none) ([]string, error) {
	return read(ctx, s, func(tx *store.Tx) ([]string, error) { return tx.AllBlockCapabilities(ctx) })
}
