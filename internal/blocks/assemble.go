package blocks

import (
	"bytes"
	"fmt"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// assembly puts stored schemas together with those of the blocks that they hold.
type assembly struct {
	schemas map[uuid.UUID]*prefect.BlockSchema // as stored, with their types
	held    map[uuid.UUID][]prefect.BlockSchemaReference
	done    map[uuid.UUID]*object
	open    map[uuid.UUID]bool // being put together: a schema that holds itself is not taken apart again
}

func newAssembly(schemas []prefect.BlockSchema, references []prefect.BlockSchemaReference) *assembly {
	a := &assembly{
		schemas: map[uuid.UUID]*prefect.BlockSchema{}, held: map[uuid.UUID][]prefect.BlockSchemaReference{},
		done: map[uuid.UUID]*object{}, open: map[uuid.UUID]bool{},
	}
	for i := range schemas {
		a.schemas[schemas[i].ID] = &schemas[i]
	}
	for _, r := range references {
		a.held[r.Parent] = append(a.held[r.Parent], r)
	}
	return a
}

// noReferences is what the fields of a schema that holds no other blocks get.
const noReferences = `"block_schema_references":{}`

// fields gives the fields of a schema as clients know them: with block_schema_references, which names the schemas of the
// blocks that it holds, and with those schemas among the definitions, by their titles.
func (a *assembly) fields(schema *prefect.BlockSchema) (prefect.Object, error) {
	stored := bytes.TrimSpace(schema.Fields)
	if len(a.held[schema.ID]) == 0 && len(stored) > 2 && stored[0] == '{' && !bytes.Contains(stored, []byte(`"block_schema_references"`)) {
		return append(append(bytes.Clone(stored[:len(stored)-1]), ','), noReferences+"}"...), nil
	}
	tree, err := a.tree(schema)
	if err != nil {
		return nil, err
	}
	return prefect.Object(text(tree)), nil
}

func (a *assembly) tree(schema *prefect.BlockSchema) (*object, error) {
	if tree := a.done[schema.ID]; tree != nil {
		return tree, nil
	}
	tree, err := parseObject(prefect.Raw(schema.Fields))
	if err != nil {
		return nil, fmt.Errorf("block schema %s: %w", schema.ID, err)
	}
	a.open[schema.ID] = true
	defer delete(a.open, schema.ID)
	references, definitions := newObject(), newObject()
	if own, ok := tree.get("definitions").(*object); ok {
		definitions = own.clone()
	}
	for _, r := range a.held[schema.ID] {
		child := a.schemas[r.Child]
		if child == nil {
			continue // deleted since the references were read
		}
		addReference(references, r.Name, child)
		if a.open[child.ID] {
			continue
		}
		inner, err := a.tree(child)
		if err != nil {
			return nil, err
		}
		addDefinition(definitions, inner)
	}
	tree.set("block_schema_references", references)
	if len(definitions.names) > 0 {
		tree.set("definitions", definitions)
	}
	a.done[schema.ID] = tree
	return tree, nil
}

// addReference notes that the field of that name holds a block of the schema; a field may hold one of several.
func addReference(references *object, name string, schema *prefect.BlockSchema) {
	entry := newObject()
	entry.set("block_schema_checksum", schema.Checksum)
	if schema.BlockType != nil {
		entry.set("block_type_slug", schema.BlockType.Slug)
	}
	switch there := references.get(name).(type) {
	case nil:
		references.set(name, entry)
	case *object:
		if !sameReference(there, entry) {
			references.set(name, []any{there, entry})
		}
	case []any:
		for _, other := range there {
			if sameReference(other.(*object), entry) {
				return
			}
		}
		references.set(name, append(there, entry))
	}
}

func sameReference(a, b *object) bool {
	return a.get("block_schema_checksum") == b.get("block_schema_checksum") && a.get("block_type_slug") == b.get("block_type_slug")
}

// addDefinition adds a schema to the definitions, and its own definitions beside it. One without a title cannot be named.
func addDefinition(definitions, schema *object) {
	title, ok := schema.get("title").(string)
	if !ok {
		return
	}
	plain := schema.clone()
	plain.drop("definitions")
	definitions.set(title, plain)
	if inner, ok := schema.get("definitions").(*object); ok {
		for _, name := range inner.names {
			definitions.set(name, inner.values[name])
		}
	}
}
