package blocks

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Bounds of a schema that is registered.
const (
	maxSchemaSize    = 1 << 20 // bytes of its fields
	maxNestedSchemas = 100     // fields that hold other blocks, at all depths together
)

// Schemas gives the schemas that the filter selects, the newest first.
func Schemas(ctx context.Context, tx Tx, f *prefect.BlockSchemaFilter, limit, offset int64) ([]prefect.BlockSchema, error) {
	schemas, err := tx.BlockSchemas(ctx, f, limit, offset)
	if err != nil {
		return nil, err
	}
	return schemas, complete(ctx, tx, schemas)
}

// Schema gives the schema of that id, or nil.
func Schema(ctx context.Context, tx Tx, id uuid.UUID) (*prefect.BlockSchema, error) {
	schemas, err := tx.BlockSchemasByID(ctx, []uuid.UUID{id})
	if err != nil || len(schemas) == 0 {
		return nil, err
	}
	return &schemas[0], complete(ctx, tx, schemas)
}

// SchemaByChecksum gives the newest schema of that checksum, at that version unless it is nil, or nil.
func SchemaByChecksum(ctx context.Context, tx Tx, checksum string, version *string) (*prefect.BlockSchema, error) {
	schema, err := tx.BlockSchemaByChecksum(ctx, checksum, version)
	if err != nil || schema == nil {
		return nil, err
	}
	schemas := []prefect.BlockSchema{*schema}
	return &schemas[0], complete(ctx, tx, schemas)
}

// complete turns the fields of stored schemas into those that clients know.
func complete(ctx context.Context, tx Tx, schemas []prefect.BlockSchema) error {
	if len(schemas) == 0 {
		return nil
	}
	known := map[uuid.UUID]bool{}
	ids := make([]uuid.UUID, len(schemas))
	for i := range schemas {
		ids[i] = schemas[i].ID
		known[ids[i]] = true
	}
	references, err := tx.BlockSchemaReferences(ctx, ids)
	if err != nil {
		return err
	}
	var more []uuid.UUID
	for _, r := range references {
		if !known[r.Child] {
			known[r.Child] = true
			more = append(more, r.Child)
		}
	}
	all := append([]prefect.BlockSchema(nil), schemas...)
	if len(more) > 0 {
		held, err := tx.BlockSchemasByID(ctx, more)
		if err != nil {
			return err
		}
		all = append(all, held...)
	}
	a := newAssembly(all, references)
	for i := range schemas {
		if schemas[i].Fields, err = a.fields(&schemas[i]); err != nil {
			return err
		}
	}
	return nil
}

// CreateSchema registers a schema, with those of the blocks that it holds as far as they are not registered, or finds the
// one that has its checksum and version.
func CreateSchema(ctx context.Context, tx Tx, in *prefect.BlockSchemaCreate) (schema *prefect.BlockSchema, created bool, err error) {
	blockType, err := tx.BlockType(ctx, in.BlockTypeID)
	switch {
	case err != nil:
		return nil, false, err
	case blockType == nil:
		return nil, false, prefect.NewError(prefect.NotFound, fmt.Sprintf("Block type %s not found.", in.BlockTypeID))
	case len(in.Fields) > maxSchemaSize:
		return nil, false, prefect.NewError(prefect.TooLarge, fmt.Sprintf("The fields of a block schema must not be larger than %d bytes.", maxSchemaSize))
	}
	fields, err := parseObject(prefect.Raw(in.Fields))
	if err != nil {
		return nil, false, badSchema(err.Error())
	}
	if existing, err := SchemaByChecksum(ctx, tx, checksum(fields), &in.Version); err != nil || existing != nil {
		return existing, false, err
	}
	definitions, _ := fields.get("definitions").(*object)
	w := &schemaWriter{tx: tx, definitions: definitions}
	var isNew bool
	schema, isNew, err = w.write(ctx, fields, blockType, in.Capabilities, in.Version)
	switch {
	case err != nil:
		return nil, false, err
	case !isNew: // somebody was faster
		schema, err = Schema(ctx, tx, schema.ID)
		return schema, false, err
	}
	// The answer has the fields as they were given, not as they are stored.
	answer := fields.clone()
	if references, ok := answer.get("block_schema_references").(*object); !ok || references == nil {
		answer.set("block_schema_references", newObject())
	}
	schema.Fields = prefect.Object(text(answer))
	return schema, true, nil
}

// schemaWriter registers a schema and those that it holds.
type schemaWriter struct {
	tx          Tx
	definitions *object // of the outermost schema; nil when it has none
	nested      int
}

// write stores a schema, unless one of its checksum and version is stored, and gives what is stored.
func (w *schemaWriter) write(
	ctx context.Context, fields *object, blockType *prefect.BlockType, capabilities []string, version string,
) (schema *prefect.BlockSchema, isNew bool, err error) {
	stored := fields.clone()
	if w.definitions != nil && len(w.definitions.names) > 0 {
		stored.set("definitions", w.definitions)
	}
	sum := checksum(stored)
	if w.definitions != nil && len(w.definitions.names) > 0 {
		setDefinitions(stored, ownDefinitions(stored, w.definitions))
	}
	references := stored.get("block_schema_references")
	stored.drop("block_schema_references")
	now := w.tx.Now()
	fresh := prefect.BlockSchema{
		ID: prefect.NewID(), Created: now, Updated: now, Checksum: sum, Fields: prefect.Object(text(stored)),
		BlockTypeID: blockType.ID, BlockType: blockType, Capabilities: capabilities, Version: version,
	}
	if err := w.tx.InsertBlockSchemas(ctx, []prefect.BlockSchema{fresh}); err != nil {
		return nil, false, err
	}
	schema, err = w.tx.BlockSchemaByChecksum(ctx, sum, &version)
	switch {
	case err != nil:
		return nil, false, err
	case schema == nil:
		return nil, false, fmt.Errorf("block schema %s was not stored", sum)
	case schema.ID != fresh.ID:
		return schema, false, nil
	}
	return schema, true, w.hold(ctx, schema.ID, fields, references)
}

// hold notes which schemas the fields of a schema hold, and registers those that are missing.
func (w *schemaWriter) hold(ctx context.Context, parent uuid.UUID, fields *object, references any) error {
	if references == nil {
		return nil
	}
	byName, ok := references.(*object)
	if !ok {
		return badSchema("block_schema_references must be an object.")
	}
	var rows []prefect.BlockSchemaReference
	for _, name := range byName.names {
		entries, isList := byName.values[name].([]any)
		if !isList {
			entries = []any{byName.values[name]}
		}
		for _, entry := range entries {
			if w.nested++; w.nested > maxNestedSchemas {
				return badSchema(fmt.Sprintf("A block schema may hold at most %d others.", maxNestedSchemas))
			}
			child, err := w.child(ctx, fields, name, entry)
			if err != nil {
				return err
			}
			rows = append(rows, prefect.BlockSchemaReference{Parent: parent, Child: child, Name: name})
		}
	}
	return w.tx.InsertBlockSchemaReferences(ctx, rows)
}

// child finds or registers the schema of one entry of block_schema_references.
func (w *schemaWriter) child(ctx context.Context, fields *object, name string, entry any) (uuid.UUID, error) {
	wanted, _ := entry.(*object)
	if wanted == nil {
		return uuid.Nil, badSchema(fmt.Sprintf("The reference of the field %q must be an object.", name))
	}
	slug, hasSlug := wanted.get("block_type_slug").(string)
	sum, hasSum := wanted.get("block_schema_checksum").(string)
	if !hasSlug || !hasSum {
		return uuid.Nil, badSchema(fmt.Sprintf("The reference of the field %q needs a block_type_slug and a block_schema_checksum.", name))
	}
	blockType, err := w.tx.BlockTypeBySlug(ctx, slug)
	if err != nil {
		return uuid.Nil, err
	}
	if blockType == nil {
		return uuid.Nil, prefect.NewError(prefect.Conflict, fmt.Sprintf("The block type %q of the field %q is not registered.", slug, name))
	}
	schema, err := w.tx.BlockSchemaByChecksum(ctx, sum, nil)
	if err != nil {
		return uuid.Nil, err
	}
	if schema == nil {
		definition := w.definitionOf(fields, name, slug)
		if definition == nil {
			return uuid.Nil, badSchema(fmt.Sprintf("The block schema of the field %q is neither registered nor among the definitions.", name))
		}
		if schema, _, err = w.write(ctx, definition, blockType, []string{}, prefect.UnversionedBlockSchema); err != nil {
			return uuid.Nil, err
		}
	}
	return schema.ID, nil
}

// definitionOf is the definition of the block that a field holds: the one that the field names, or, where it names several, the
// one of that type.
func (w *schemaWriter) definitionOf(fields *object, name, slug string) *object {
	properties, _ := fields.get("properties").(*object)
	if w.definitions == nil || properties == nil {
		return nil
	}
	named := references(properties.get(name), nil)
	for _, ref := range named {
		definition, _ := w.definitions.get(strings.ReplaceAll(ref, definitionPrefix, "")).(*object)
		if definition != nil && (len(named) == 1 || definition.get("block_type_slug") == any(slug)) {
			return definition
		}
	}
	return nil
}

func badSchema(message string) error { return prefect.NewError(prefect.Invalid, message) }
