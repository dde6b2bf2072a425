package blocks

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Documents gives the documents that the filters select, with their secrets or with stars in their places.
func (v *Vault) Documents(
	ctx context.Context, tx Tx, f *prefect.BlockDocumentFilters, sort prefect.BlockDocumentSort, limit, offset int64, secrets bool,
) ([]prefect.BlockDocument, error) {
	found, err := tx.BlockDocuments(ctx, f, sort, limit, offset)
	if err != nil {
		return nil, err
	}
	return v.open(ctx, tx, found, secrets)
}

// Document gives the document of that id, or nil.
func (v *Vault) Document(ctx context.Context, tx Tx, id uuid.UUID, secrets bool) (*prefect.BlockDocument, error) {
	found, err := tx.BlockDocumentsByID(ctx, []uuid.UUID{id})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return v.openOne(ctx, tx, &found[0], secrets)
}

// DocumentByName gives the document of that name and type, or nil.
func (v *Vault) DocumentByName(ctx context.Context, tx Tx, typeSlug, name string, secrets bool) (*prefect.BlockDocument, error) {
	found, err := tx.BlockDocumentByName(ctx, typeSlug, name)
	if err != nil || found == nil {
		return nil, err
	}
	return v.openOne(ctx, tx, found, secrets)
}

func (v *Vault) openOne(ctx context.Context, tx Tx, d *prefect.SealedBlockDocument, secrets bool) (*prefect.BlockDocument, error) {
	opened, err := v.open(ctx, tx, []prefect.SealedBlockDocument{*d}, secrets)
	if err != nil {
		return nil, err
	}
	return &opened[0], nil
}

// Create stores a new document and gives it without its secrets.
func (v *Vault) Create(ctx context.Context, tx Tx, in *prefect.BlockDocumentCreate) (*prefect.BlockDocument, error) {
	blockType, err := tx.BlockType(ctx, in.BlockTypeID)
	if err != nil {
		return nil, err
	}
	if blockType == nil {
		return nil, prefect.NewError(prefect.NotFound, fmt.Sprintf("Block type %s not found.", in.BlockTypeID))
	}
	own, refs, err := splitReferences(in.Data)
	if err != nil {
		return nil, err
	}
	now := tx.Now()
	d := prefect.SealedBlockDocument{BlockDocument: prefect.BlockDocument{
		ID: prefect.NewID(), Created: now, Updated: now, BlockSchemaID: in.BlockSchemaID, BlockTypeID: in.BlockTypeID,
		BlockType: blockType, BlockTypeName: &blockType.Name, IsAnonymous: in.IsAnonymous,
	}}
	if in.Name != nil {
		d.Name = *in.Name
	} else {
		d.Name = "anonymous-" + uuid.NewString()
	}
	if d.Token, err = v.seal(ctx, tx, text(own)); err != nil {
		return nil, err
	}
	stored, err := tx.InsertBlockDocument(ctx, &d)
	if err != nil {
		return nil, err
	}
	if !stored {
		return nil, prefect.NewError(prefect.Conflict, "Block already exists")
	}
	if err := refer(ctx, tx, d.ID, refs); err != nil {
		return nil, err
	}
	return v.openOne(ctx, tx, &d, false)
}

// Update changes a document and tells whether there is one of that id.
func (v *Vault) Update(ctx context.Context, tx Tx, id uuid.UUID, in *prefect.BlockDocumentUpdate) (exists bool, err error) {
	d, err := tx.LockBlockDocument(ctx, id)
	if err != nil || d == nil {
		return false, err
	}
	if in.Merge && !in.Data.Set {
		return true, nil // as in the reference, the schema changes with data only
	}
	schemaID, err := v.newSchema(ctx, tx, d, in.BlockSchemaID)
	if err != nil {
		return false, err
	}
	data, err := v.newData(ctx, tx, d, in)
	if err != nil {
		return false, err
	}
	own, refs, err := splitReferences(data)
	if err != nil {
		return false, err
	}
	token, err := v.seal(ctx, tx, text(own))
	if err != nil {
		return false, err
	}
	if err := tx.UpdateBlockDocument(ctx, id, schemaID, token); err != nil {
		return false, err
	}
	if err := changeReferences(ctx, tx, id, refs); err != nil {
		return false, err
	}
	// What cannot be read back must not be stored: references may go too deep.
	_, err = v.Document(ctx, tx, id, false)
	return true, err
}

// newSchema is the schema of a document that is asked to take another one.
func (v *Vault) newSchema(ctx context.Context, tx Tx, d *prefect.SealedBlockDocument, wanted *uuid.UUID) (uuid.UUID, error) {
	if wanted == nil || *wanted == d.BlockSchemaID {
		return d.BlockSchemaID, nil
	}
	schemas, err := tx.BlockSchemasByID(ctx, []uuid.UUID{*wanted})
	switch {
	case err != nil:
		return uuid.Nil, err
	case len(schemas) == 0:
		return uuid.Nil, prefect.NewError(prefect.NotFound, fmt.Sprintf("Block schema %s not found.", wanted))
	case schemas[0].BlockTypeID != d.BlockTypeID:
		return uuid.Nil, badData("Must migrate block document to a block schema of the same block type.")
	}
	return *wanted, nil
}

// newData is the data of a document after a change, with its references as they were sent. What the document has now is
// needed to merge, and to put secrets back that were sent as stars.
func (v *Vault) newData(ctx context.Context, tx Tx, d *prefect.SealedBlockDocument, in *prefect.BlockDocumentUpdate) (prefect.Object, error) {
	data := in.Data.Value
	if data == nil {
		data = prefect.Object("{}")
	}
	unseal, err := v.opener(ctx, tx)
	if err != nil {
		return nil, err
	}
	current, err := unseal(d.Token)
	if err != nil {
		return nil, err
	}
	schemas, err := tx.BlockSchemasByID(ctx, []uuid.UUID{d.BlockSchemaID})
	if err != nil {
		return nil, err
	}
	if len(schemas) > 0 {
		secrets, err := secretsOf(schemas[0].Fields)
		if err != nil {
			return nil, err
		}
		if data, err = secrets.restore(data, current); err != nil {
			return nil, err
		}
	}
	if !in.Merge {
		return data, nil
	}
	merged, err := parseShallow(prefect.Raw(current))
	if err != nil {
		return nil, err
	}
	changes, err := parseShallow(prefect.Raw(data))
	if err != nil {
		return nil, err
	}
	for _, name := range changes.names {
		merged.set(name, changes.get(name))
	}
	return prefect.Object(text(merged)), nil
}

// changeReferences brings the references of a document to those that are wanted.
func changeReferences(ctx context.Context, tx Tx, id uuid.UUID, wanted []reference) error {
	stored, err := tx.BlockDocumentReferences(ctx, []uuid.UUID{id})
	if err != nil {
		return err
	}
	keep := map[reference]bool{}
	for _, r := range wanted {
		keep[r] = true
	}
	var obsolete []prefect.BlockDocumentReference
	have := map[reference]bool{}
	for _, r := range stored {
		if r.Parent != id {
			continue
		}
		have[reference{r.Name, r.Child}] = true
		if !keep[reference{r.Name, r.Child}] {
			obsolete = append(obsolete, r)
		}
	}
	var missing []reference
	for _, r := range wanted {
		if !have[r] {
			missing = append(missing, r)
		}
	}
	if len(obsolete) > 0 {
		if err := tx.DeleteBlockDocumentReferences(ctx, obsolete); err != nil {
			return err
		}
	}
	return refer(ctx, tx, id, missing)
}

// refer adds references to a document. None may lead back to it.
func refer(ctx context.Context, tx Tx, id uuid.UUID, refs []reference) error {
	if len(refs) == 0 {
		return nil
	}
	rows := make([]prefect.BlockDocumentReference, len(refs))
	targets := make([]uuid.UUID, len(refs))
	for i, r := range refs {
		rows[i] = prefect.BlockDocumentReference{Parent: id, Child: r.block, Name: r.name}
		targets[i] = r.block
	}
	beyond, err := tx.BlockDocumentReferences(ctx, targets)
	if err != nil {
		return err
	}
	for _, r := range append(beyond, rows...) {
		if r.Child == id {
			return badData(fmt.Sprintf("The reference from block document %s would lead back to it.", id))
		}
	}
	return tx.InsertBlockDocumentReferences(ctx, rows)
}
