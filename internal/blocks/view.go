package blocks

import (
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"praetor/internal/catalogue"
	"praetor/internal/prefect"
)

// viewedType is a block type as the registry of Prefect's packages shows it.
type viewedType struct {
	Name             string       `json:"name"`
	Slug             string       `json:"slug"`
	LogoURL          *string      `json:"logo_url"`
	DocumentationURL *string      `json:"documentation_url"`
	Description      string       `json:"description"`
	CodeExample      string       `json:"code_example"`
	Schema           viewedSchema `json:"block_schema"`
}

type viewedSchema struct {
	Checksum     string         `json:"checksum"`
	Fields       prefect.Object `json:"fields"`
	Capabilities []string       `json:"capabilities"`
	Version      string         `json:"version"`
}

// View is the catalogue of block types, by package and slug: {"prefect": {"block_types": {"secret": {...}}}}.
func View() (prefect.Object, error) {
	types, err := catalogue.BlockTypes()
	if err != nil {
		return nil, err
	}
	ids := map[string]uuid.UUID{}
	schemas := make([]prefect.BlockSchema, len(types))
	for i := range types {
		t := &types[i]
		ids[t.Slug] = uuid.New()
		schemas[i] = prefect.BlockSchema{ID: ids[t.Slug], Checksum: t.Schema.Checksum, Fields: t.Schema.Fields, BlockType: &prefect.BlockType{Slug: t.Slug}}
	}
	var references []prefect.BlockSchemaReference
	for i := range types {
		for name, slugs := range types[i].Schema.Holds {
			for _, slug := range slugs {
				references = append(references, prefect.BlockSchemaReference{Parent: schemas[i].ID, Child: ids[slug], Name: name})
			}
		}
	}
	a := newAssembly(schemas, references)
	view := map[string]map[string]map[string]viewedType{}
	for i := range types {
		t := &types[i]
		fields, err := a.fields(&schemas[i])
		if err != nil {
			return nil, err
		}
		if view[t.Package] == nil {
			view[t.Package] = map[string]map[string]viewedType{"block_types": {}}
		}
		view[t.Package]["block_types"][t.Slug] = viewedType{
			t.Name, t.Slug, t.LogoURL, t.DocumentationURL, t.Description, t.CodeExample,
			viewedSchema{t.Schema.Checksum, fields, t.Schema.Capabilities, t.Schema.Version},
		}
	}
	text, err := json.Marshal(view, json.Deterministic(true))
	return text, err
}
