package blocks

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Bounds of what a read puts together. A block that others hold appears once for each.
const (
	maxDepth  = 50       // blocks in blocks, as in the reference
	maxAnswer = 32 << 20 // bytes of data and references
)

// open turns stored documents into those that clients know: decrypted, with the blocks that they hold and with their schemas.
// The number of statements does not depend on how many documents there are, nor on how deep they go.
func (v *Vault) open(ctx context.Context, tx Tx, sealed []prefect.SealedBlockDocument, secrets bool) ([]prefect.BlockDocument, error) {
	opened := make([]prefect.BlockDocument, len(sealed))
	if len(sealed) == 0 {
		return opened, nil
	}
	o := &opener{documents: map[uuid.UUID]*openDocument{}, held: map[uuid.UUID][]prefect.BlockDocumentReference{}}
	all, err := o.gather(ctx, tx, sealed)
	if err != nil {
		return nil, err
	}
	schemas, err := documentSchemas(ctx, tx, all)
	if err != nil {
		return nil, err
	}
	unseal, err := v.opener(ctx, tx)
	if err != nil {
		return nil, err
	}
	hidden := map[uuid.UUID]*secretPaths{}
	if !secrets {
		for id, schema := range schemas {
			if hidden[id], err = secretsOf(schema.Fields); err != nil {
				return nil, err
			}
		}
	}
	for i := range all {
		data, err := unseal(all[i].Token)
		if err != nil {
			return nil, err
		}
		if data, err = hidden[all[i].BlockSchemaID].hide(data); err != nil {
			return nil, err
		}
		o.documents[all[i].ID] = &openDocument{BlockDocument: &all[i].BlockDocument, data: data}
	}
	for i := range sealed {
		d := sealed[i].BlockDocument
		if d.Data, d.References, err = o.put(o.documents[d.ID], 0); err != nil {
			return nil, err
		}
		d.BlockSchema = schemas[d.BlockSchemaID]
		opened[i] = d
	}
	return opened, nil
}

// documentSchemas gives the schemas of the documents, as clients know them.
func documentSchemas(ctx context.Context, tx Tx, documents []prefect.SealedBlockDocument) (map[uuid.UUID]*prefect.BlockSchema, error) {
	byID := map[uuid.UUID]*prefect.BlockSchema{}
	var ids []uuid.UUID
	for i := range documents {
		if id := documents[i].BlockSchemaID; byID[id] == nil {
			byID[id] = &prefect.BlockSchema{}
			ids = append(ids, id)
		}
	}
	schemas, err := tx.BlockSchemasByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	if err := complete(ctx, tx, schemas); err != nil {
		return nil, err
	}
	clear(byID)
	for i := range schemas {
		byID[schemas[i].ID] = &schemas[i]
	}
	return byID, nil
}

// openDocument is a document with its own data in the clear, secrets hidden where they are to be.
type openDocument struct {
	*prefect.BlockDocument
	data prefect.Object
}

// opener puts documents together.
type opener struct {
	documents map[uuid.UUID]*openDocument
	held      map[uuid.UUID][]prefect.BlockDocumentReference
	size      int
}

// gather gives the documents and those that they hold, at all depths.
func (o *opener) gather(ctx context.Context, tx Tx, roots []prefect.SealedBlockDocument) ([]prefect.SealedBlockDocument, error) {
	known := map[uuid.UUID]bool{}
	ids := make([]uuid.UUID, len(roots))
	for i := range roots {
		ids[i] = roots[i].ID
		known[ids[i]] = true
	}
	references, err := tx.BlockDocumentReferences(ctx, ids)
	if err != nil {
		return nil, err
	}
	var more []uuid.UUID
	for _, r := range references {
		o.held[r.Parent] = append(o.held[r.Parent], r)
		if !known[r.Child] {
			known[r.Child] = true
			more = append(more, r.Child)
		}
	}
	all := append([]prefect.SealedBlockDocument(nil), roots...)
	if len(more) > 0 {
		held, err := tx.BlockDocumentsByID(ctx, more)
		if err != nil {
			return nil, err
		}
		all = append(all, held...)
	}
	return all, nil
}

// heldBlock is what an answer tells of a block that another one holds.
type heldBlock struct {
	ID          uuid.UUID                 `json:"id"`
	Name        string                    `json:"name"`
	BlockType   *prefect.BlockType        `json:"block_type"`
	IsAnonymous bool                      `json:"is_anonymous"`
	References  map[string]prefect.Object `json:"block_document_references"`
}

// put gives the data of a document with that of the blocks that it holds, and what there is to tell of those.
func (o *opener) put(d *openDocument, depth int) (prefect.Object, map[string]prefect.Object, error) {
	if depth > maxDepth {
		return nil, nil, badData(fmt.Sprintf("The references of a block document go deeper than %d blocks.", maxDepth))
	}
	references := map[string]prefect.Object{}
	data := d.data
	if held := o.held[d.ID]; len(held) > 0 {
		fields, err := parseShallow(prefect.Raw(data))
		if err != nil {
			return nil, nil, err
		}
		for _, r := range held {
			child := o.documents[r.Child]
			if child == nil {
				continue // deleted since the references were read
			}
			inner, innerReferences, err := o.put(child, depth+1)
			if err != nil {
				return nil, nil, err
			}
			fields.set(r.Name, prefect.Raw(inner))
			about, err := json.Marshal(map[string]heldBlock{"block_document": {child.ID, child.Name, child.BlockType, child.IsAnonymous, innerReferences}}, json.Deterministic(true))
			if err != nil {
				return nil, nil, err
			}
			references[r.Name] = about
			o.size += len(about)
		}
		data = prefect.Object(text(fields))
	}
	if o.size += len(data); o.size > maxAnswer {
		return nil, nil, prefect.NewError(prefect.TooLarge, fmt.Sprintf("The block documents and those that they hold are larger than %d bytes together. Ask for fewer.", maxAnswer))
	}
	return data, references, nil
}
