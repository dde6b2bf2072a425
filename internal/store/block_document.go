package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

const selectBlockDocuments = `SELECT block_document.id, block_document.created, block_document.updated, block_document.name, block_document.data,
	block_document.block_schema_id, block_document.block_type_id, block_document.block_type_name, block_document.is_anonymous, ` + blockTypeColumns + `
	FROM block_document JOIN block_type ON block_type.id = block_document.block_type_id`

func scanBlockDocument(r Row, d *prefect.SealedBlockDocument) error {
	d.BlockType = &prefect.BlockType{}
	return r.Scan(append([]any{&d.ID, &d.Created, &d.Updated, &d.Name, &d.Token, &d.BlockSchemaID, &d.BlockTypeID, &d.BlockTypeName, &d.IsAnonymous},
		blockTypeFields(d.BlockType)...)...)
}

// BlockDocuments gives the documents that the filters select, as they are stored.
func (tx *Tx) BlockDocuments(
	ctx context.Context, f *prefect.BlockDocumentFilters, sort prefect.BlockDocumentSort, limit, offset int64,
) ([]prefect.SealedBlockDocument, error) {
	b := tx.sql(selectBlockDocuments)
	blockDocumentFilters(b.Where(), f)
	order := map[prefect.BlockDocumentSort]string{
		prefect.BlockDocumentNameDesc: "block_document.name DESC", prefect.BlockDocumentNameAsc: "block_document.name",
		prefect.BlockDocumentTypeAndNameAsc: "block_document.block_type_name, block_document.name",
	}[sort]
	return all(ctx, tx, b.Write(" ORDER BY ").Write(order).Write(", block_document.id").Page(limit, offset), scanBlockDocument)
}

// CountBlockDocuments counts the documents that the filters select.
func (tx *Tx) CountBlockDocuments(ctx context.Context, f *prefect.BlockDocumentFilters) (int64, error) {
	b := tx.sql("SELECT count(*) FROM block_document JOIN block_type ON block_type.id = block_document.block_type_id")
	blockDocumentFilters(b.Where(), f)
	return tx.int(ctx, b)
}

// BlockDocumentsByID gives those of the documents that exist, as they are stored.
func (tx *Tx) BlockDocumentsByID(ctx context.Context, ids []uuid.UUID) ([]prefect.SealedBlockDocument, error) {
	return all(ctx, tx, tx.sql(selectBlockDocuments+" WHERE ").In("block_document.id", ids), scanBlockDocument)
}

// BlockDocumentByName gives the document of that name and type as it is stored, or nil.
func (tx *Tx) BlockDocumentByName(ctx context.Context, typeSlug, name string) (*prefect.SealedBlockDocument, error) {
	b := tx.sql(selectBlockDocuments + " WHERE block_type.slug = ").Arg(typeSlug).Write(" AND block_document.name = ").Arg(name)
	return one(ctx, tx, b, scanBlockDocument)
}

// LockBlockDocument gives the document as it is stored, or nil, and keeps others from changing it until the end of the
// transaction.
func (tx *Tx) LockBlockDocument(ctx context.Context, id uuid.UUID) (*prefect.SealedBlockDocument, error) {
	b := tx.sql(selectBlockDocuments + " WHERE block_document.id = ").Arg(id).ForUpdate("block_document")
	return one(ctx, tx, b, scanBlockDocument)
}

// BlockDocumentReferences gives the references of the documents, and those of the documents that they name, and so on, in the
// order of the names of the documents that are named.
func (tx *Tx) BlockDocumentReferences(ctx context.Context, ids []uuid.UUID) ([]prefect.BlockDocumentReference, error) {
	b := tx.sql(`WITH RECURSIVE held AS (
		SELECT parent_block_document_id, reference_block_document_id, name FROM block_document_reference WHERE `).In("parent_block_document_id", ids).Write(`
		UNION SELECT r.parent_block_document_id, r.reference_block_document_id, r.name
		FROM held JOIN block_document_reference r ON r.parent_block_document_id = held.reference_block_document_id)
	SELECT held.parent_block_document_id, held.reference_block_document_id, held.name FROM held
	JOIN block_document ON block_document.id = held.reference_block_document_id ORDER BY block_document.name, held.name`)
	return all(ctx, tx, b, func(r Row, ref *prefect.BlockDocumentReference) error {
		return r.Scan(&ref.Parent, &ref.Child, &ref.Name)
	})
}

// InsertBlockDocument stores a document and tells whether it did: a name is taken once in a type.
func (tx *Tx) InsertBlockDocument(ctx context.Context, d *prefect.SealedBlockDocument) (stored bool, err error) {
	n, err := tx.exec(ctx, tx.sql(`INSERT INTO block_document (id, created, updated, name, data, block_schema_id, block_type_id, block_type_name, is_anonymous) VALUES `).
		Values(d.ID, d.Created, d.Updated, d.Name, d.Token, d.BlockSchemaID, d.BlockTypeID, d.BlockTypeName, d.IsAnonymous).
		Write(" ON CONFLICT (block_type_id, name) DO NOTHING"))
	return n > 0, err
}

// UpdateBlockDocument changes the schema and the data of a document.
func (tx *Tx) UpdateBlockDocument(ctx context.Context, id, schemaID uuid.UUID, token prefect.Raw) error {
	return tx.queue(ctx, tx.sql("UPDATE block_document SET ").Set("updated", tx.Now()).Set("data", token).Set("block_schema_id", schemaID).
		Write(" WHERE id = ").Arg(id))
}

// InsertBlockDocumentReferences stores references; one to a document that does not exist is a *ConstraintError.
func (tx *Tx) InsertBlockDocumentReferences(ctx context.Context, references []prefect.BlockDocumentReference) error {
	now := tx.Now()
	rows := make([][]any, len(references))
	for i, r := range references {
		rows[i] = []any{prefect.NewID(), now, now, r.Name, r.Parent, r.Child}
	}
	return tx.insert(ctx, "INSERT INTO block_document_reference (id, created, updated, name, parent_block_document_id, reference_block_document_id)", rows, "")
}

// DeleteBlockDocumentReferences deletes references.
func (tx *Tx) DeleteBlockDocumentReferences(ctx context.Context, references []prefect.BlockDocumentReference) error {
	for _, r := range references {
		b := tx.sql("DELETE FROM block_document_reference WHERE parent_block_document_id = ").Arg(r.Parent).
			Write(" AND reference_block_document_id = ").Arg(r.Child).Write(" AND name = ").Arg(r.Name)
		if err := tx.queue(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// DeleteBlockDocument deletes the document and tells whether there was one. Documents that hold it lose it.
func (tx *Tx) DeleteBlockDocument(ctx context.Context, id uuid.UUID) (bool, error) {
	if err := tx.forgetResultStorage(ctx, "id", id); err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, tx.sql("DELETE FROM block_document WHERE id = ").Arg(id))
	return n > 0, err
}

// forgetResultStorage forgets which block holds results where that is one of those that are about to be deleted: the documents
// with id in column.
func (tx *Tx) forgetResultStorage(ctx context.Context, column string, id uuid.UUID) error {
	b := tx.sql(`DELETE FROM configuration WHERE "key" = `).Arg(prefect.ResultStorageKey).Write(" AND ").
		Either("json_extract(value, '$.default_result_storage_block_id')", "value ->> 'default_result_storage_block_id'").
		Write(" IN (SELECT ").Either("id", "id::text").Write(" FROM block_document WHERE ").Write(column).Write(" = ").Arg(id).Write(")")
	return tx.queue(ctx, b)
}

func blockDocumentFilters(w *sqlb.Where, f *prefect.BlockDocumentFilters) {
	blockDocumentFilter(w, f.Documents)
	blockTypeFilter(w, f.Types)
	if f.Schemas != nil {
		w.Exists("block_schema", "block_schema.id = block_document.block_schema_id", func(w *sqlb.Where) { blockSchemaFilter(w, f.Schemas) })
	}
}

func blockDocumentFilter(w *sqlb.Where, f *prefect.BlockDocumentFilter) {
	if f == nil {
		w.Next().Write("NOT block_document.is_anonymous")
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		anyIDFilter(w, "block_document.id", f.ID)
		if f.IsAnonymous != nil && f.IsAnonymous.Eq != nil {
			w.Next().Write("block_document.is_anonymous = ").Arg(*f.IsAnonymous.Eq)
		}
		anyIDFilter(w, "block_document.block_type_id", f.BlockTypeID)
		nameFilter(w, "block_document.name", f.Name)
	})
}
