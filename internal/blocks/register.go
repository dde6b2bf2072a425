package blocks

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"praetor/internal/catalogue"
	"praetor/internal/events"
	"praetor/internal/prefect"
)

// Register stores the block types of the catalogue that are missing, with their schemas. What is there stays as it is: clients
// that save blocks keep it up to date. It is part of the server's start, of which no events tell.
func Register(ctx context.Context, tx Tx) error {
	types, err := catalogue.BlockTypes()
	if err != nil {
		return err
	}
	return register(ctx, tx, types, false)
}

// RegisterProtected is Register for the types that every client expects, which cannot be deleted.
func RegisterProtected(ctx context.Context, tx Tx) error {
	types, err := catalogue.BlockTypes()
	if err != nil {
		return err
	}
	return register(ctx, tx, slices.DeleteFunc(types, func(t catalogue.BlockType) bool { return !t.IsProtected }), true)
}

func register(ctx context.Context, tx Tx, types []catalogue.BlockType, tell bool) error {
	typeIDs, err := registerTypes(ctx, tx, types, tell)
	if err != nil {
		return err
	}
	keys := make([]prefect.BlockSchemaKey, len(types))
	keyOf := map[string]prefect.BlockSchemaKey{} // by the type's slug
	for i := range types {
		keys[i] = prefect.BlockSchemaKey{Checksum: types[i].Schema.Checksum, Version: types[i].Schema.Version}
		keyOf[types[i].Slug] = keys[i]
	}
	stored, err := tx.BlockSchemaIDs(ctx, keys)
	if err != nil || len(stored) == len(keys) {
		return err
	}
	var fresh []prefect.BlockSchema
	now := tx.Now()
	for i := range types {
		if _, exists := stored[keys[i]]; exists {
			continue
		}
		s := &types[i].Schema
		fresh = append(fresh, prefect.BlockSchema{
			ID: prefect.NewID(), Created: now, Updated: now, Checksum: s.Checksum, Fields: s.Fields, BlockTypeID: typeIDs[types[i].Slug],
			Capabilities: s.Capabilities, Version: s.Version,
		})
	}
	if err := tx.InsertBlockSchemas(ctx, fresh); err != nil {
		return err
	}
	// Another server may have stored one at the same moment, and its references too.
	ids, err := tx.BlockSchemaIDs(ctx, keys)
	if err != nil {
		return err
	}
	mine := map[uuid.UUID]bool{}
	for i := range fresh {
		mine[fresh[i].ID] = true
	}
	var references []prefect.BlockSchemaReference
	for i := range types {
		parent := ids[keys[i]]
		if !mine[parent] {
			continue
		}
		holds := types[i].Schema.Holds
		for _, name := range slices.Sorted(maps.Keys(holds)) {
			for _, slug := range holds[name] {
				child, ok := ids[keyOf[slug]]
				if !ok {
					return fmt.Errorf("the block type %s holds one of type %s, which is not registered", types[i].Slug, slug)
				}
				references = append(references, prefect.BlockSchemaReference{Parent: parent, Child: child, Name: name})
			}
		}
	}
	return tx.InsertBlockSchemaReferences(ctx, references)
}

// registerTypes stores the types that are missing, tells of these if that is wanted, and gives the ids of all.
func registerTypes(ctx context.Context, tx Tx, types []catalogue.BlockType, tell bool) (map[string]uuid.UUID, error) {
	slugs := make([]string, len(types))
	var protected []string
	for i := range types {
		slugs[i] = types[i].Slug
		if types[i].IsProtected {
			protected = append(protected, types[i].Slug)
		}
	}
	ids, err := tx.BlockTypeIDs(ctx, slugs)
	if err != nil {
		return nil, err
	}
	now := tx.Now()
	var fresh []prefect.BlockType
	for i := range types {
		t := &types[i]
		if _, exists := ids[t.Slug]; exists {
			continue
		}
		fresh = append(fresh, prefect.BlockType{
			ID: prefect.NewID(), Created: now, Updated: now, Name: t.Name, Slug: t.Slug, LogoURL: t.LogoURL, DocumentationURL: t.DocumentationURL,
			Description: Escape(&t.Description), CodeExample: Escape(&t.CodeExample), IsProtected: t.IsProtected,
		})
	}
	if err := tx.ProtectBlockTypes(ctx, protected); err != nil {
		return nil, err
	}
	if len(fresh) == 0 {
		return ids, nil
	}
	if err := tx.InsertBlockTypes(ctx, fresh); err != nil {
		return nil, err
	}
	if ids, err = tx.BlockTypeIDs(ctx, slugs); err != nil || !tell {
		return ids, err
	}
	var made []prefect.Event
	for i := range fresh {
		if ids[fresh[i].Slug] == fresh[i].ID { // else another server was first
			made = append(made, events.BlockTypeEvent(events.Created, &fresh[i], now))
		}
	}
	return ids, tx.EmitEvents(ctx, made...)
}
