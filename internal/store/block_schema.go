package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

const selectBlockSchemas = `SELECT block_schema.id, block_schema.created, block_schema.updated, block_schema.checksum, block_schema.fields,
	block_schema.block_type_id, block_schema.capabilities, block_schema.version, ` + blockTypeColumns + `
	FROM block_schema JOIN block_type ON block_type.id = block_schema.block_type_id`

func scanBlockSchema(r Row, s *prefect.BlockSchema) error {
	s.BlockType = &prefect.BlockType{}
	return r.Scan(append([]any{&s.ID, &s.Created, &s.Updated, &s.Checksum, &s.Fields, &s.BlockTypeID, &s.Capabilities, &s.Version},
		blockTypeFields(s.BlockType)...)...)
}

// newestFirst orders schemas; those of one moment stay in one order.
const newestFirst = " ORDER BY block_schema.created DESC, block_schema.id"

// BlockSchemas gives the schemas that the filter selects, as they are stored, the newest first.
func (tx *Tx) BlockSchemas(ctx context.Context, f *prefect.BlockSchemaFilter, limit, offset int64) ([]prefect.BlockSchema, error) {
	b := tx.sql(selectBlockSchemas)
	blockSchemaFilter(b.Where(), f)
	return all(ctx, tx, b.Write(newestFirst).Page(limit, offset), scanBlockSchema)
}

// BlockSchemasByID gives those of the schemas that exist.
func (tx *Tx) BlockSchemasByID(ctx context.Context, ids []uuid.UUID) ([]prefect.BlockSchema, error) {
	return all(ctx, tx, tx.sql(selectBlockSchemas+" WHERE ").In("block_schema.id", ids).Write(newestFirst), scanBlockSchema)
}

// BlockSchemaByChecksum gives the newest schema of that checksum, and of that version unless it is nil.
func (tx *Tx) BlockSchemaByChecksum(ctx context.Context, checksum string, version *string) (*prefect.BlockSchema, error) {
	b := tx.sql(selectBlockSchemas + " WHERE block_schema.checksum = ").Arg(checksum)
	if version != nil {
		b.Write(" AND block_schema.version = ").Arg(*version)
	}
	return one(ctx, tx, b.Write(newestFirst+" LIMIT 1"), scanBlockSchema)
}

// BlockSchemaIDs gives the ids of those schemas that exist.
func (tx *Tx) BlockSchemaIDs(ctx context.Context, keys []prefect.BlockSchemaKey) (map[prefect.BlockSchemaKey]uuid.UUID, error) {
	ids := map[prefect.BlockSchemaKey]uuid.UUID{}
	checksums := make([]string, len(keys))
	for i, k := range keys {
		ids[k] = uuid.Nil
		checksums[i] = k.Checksum
	}
	err := tx.each(ctx, tx.sql("SELECT checksum, version, id FROM block_schema WHERE ").In("checksum", checksums), func(r Row) error {
		var k prefect.BlockSchemaKey
		var id uuid.UUID
		err := r.Scan(&k.Checksum, &k.Version, &id)
		if _, wanted := ids[k]; wanted {
			ids[k] = id
		}
		return err
	})
	for k, id := range ids {
		if id == uuid.Nil {
			delete(ids, k)
		}
	}
	return ids, err
}

// BlockSchemaReferences gives the references of the schemas, and those of the schemas that they hold, and so on, those to older
// schemas first.
func (tx *Tx) BlockSchemaReferences(ctx context.Context, ids []uuid.UUID) ([]prefect.BlockSchemaReference, error) {
	b := tx.sql(`WITH RECURSIVE held AS (
		SELECT id, parent_block_schema_id, reference_block_schema_id, name FROM block_schema_reference WHERE `).In("parent_block_schema_id", ids).Write(`
		UNION SELECT r.id, r.parent_block_schema_id, r.reference_block_schema_id, r.name
		FROM held JOIN block_schema_reference r ON r.parent_block_schema_id = held.reference_block_schema_id)
	SELECT held.parent_block_schema_id, held.reference_block_schema_id, held.name FROM held
	JOIN block_schema ON block_schema.id = held.reference_block_schema_id ORDER BY block_schema.created, held.name, held.id`)
	return all(ctx, tx, b, func(r Row, ref *prefect.BlockSchemaReference) error {
		return r.Scan(&ref.Parent, &ref.Child, &ref.Name)
	})
}

// InsertBlockSchemas stores the schemas but those that exist at their version.
func (tx *Tx) InsertBlockSchemas(ctx context.Context, schemas []prefect.BlockSchema) error {
	rows := make([][]any, len(schemas))
	for i := range schemas {
		s := &schemas[i]
		rows[i] = []any{s.ID, s.Created, s.Updated, s.Checksum, s.Fields, s.BlockTypeID, JSON{s.Capabilities}, s.Version}
	}
	return tx.insert(ctx, "INSERT INTO block_schema (id, created, updated, checksum, fields, block_type_id, capabilities, version)",
		rows, " ON CONFLICT (checksum, version) DO NOTHING")
}

// InsertBlockSchemaReferences stores references of schemas.
func (tx *Tx) InsertBlockSchemaReferences(ctx context.Context, references []prefect.BlockSchemaReference) error {
	now := tx.Now()
	rows := make([][]any, len(references))
	for i, r := range references {
		rows[i] = []any{prefect.NewID(), now, now, r.Name, r.Parent, r.Child}
	}
	return tx.insert(ctx, "INSERT INTO block_schema_reference (id, created, updated, name, parent_block_schema_id, reference_block_schema_id)", rows, "")
}

// DeleteBlockSchema deletes the schema with its documents and tells whether there was one.
func (tx *Tx) DeleteBlockSchema(ctx context.Context, id uuid.UUID) (bool, error) {
	if err := tx.forgetResultStorage(ctx, "block_schema_id", id); err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, tx.sql("DELETE FROM block_schema WHERE id = ").Arg(id))
	return n > 0, err
}

// AllBlockCapabilities gives what the blocks of any schema can do, in order.
func (tx *Tx) AllBlockCapabilities(ctx context.Context) ([]string, error) {
	b := tx.sql("SELECT DISTINCT ").Either(
		"json_each.value FROM block_schema, json_each(block_schema.capabilities) ORDER BY 1",
		"capability FROM block_schema, jsonb_array_elements_text(block_schema.capabilities) capability ORDER BY 1",
	)
	return all(ctx, tx, b, value[string])
}

func blockSchemaFilter(w *sqlb.Where, f *prefect.BlockSchemaFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		anyIDFilter(w, "block_schema.block_type_id", f.BlockTypeID)
		if f.Capabilities != nil {
			tagsAll(w, "block_schema.capabilities", f.Capabilities.All)
		}
		anyIDFilter(w, "block_schema.id", f.ID)
		if f.Version != nil {
			anyOf(w, "block_schema.version", f.Version.Any)
		}
	})
}
