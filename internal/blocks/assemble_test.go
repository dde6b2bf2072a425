package blocks

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

func TestAssembly(t *testing.T) {
	t.Parallel()
	ids := map[string]uuid.UUID{}
	var schemas []prefect.BlockSchema
	add := func(name, fields string) {
		ids[name] = uuid.New()
		schemas = append(schemas, prefect.BlockSchema{
			ID: ids[name], Checksum: "sum-" + name, Fields: prefect.Object(fields), BlockType: &prefect.BlockType{Slug: "slug-" + name},
		})
	}
	add("plain", `{"title":"Plain"}`)
	add("empty", `{}`)
	add("inner", `{"title":"Inner","definitions":{"Enum":{"enum":[1]}}}`)
	add("other", `{"title":"Other"}`)
	add("nameless", `{"type":"object"}`)
	add("middle", `{"title":"Middle"}`)
	add("outer", `{"title":"Outer","definitions":{"Own":{"type":"string"}}}`)
	add("loop", `{"title":"Loop"}`)
	var references []prefect.BlockSchemaReference
	hold := func(parent, field, child string) {
		references = append(references, prefect.BlockSchemaReference{Parent: ids[parent], Child: ids[child], Name: field})
	}
	hold("middle", "i", "inner")
	hold("middle", "i", "inner") // seen twice
	hold("outer", "m", "middle")
	hold("outer", "either", "inner")
	hold("outer", "either", "other")
	hold("outer", "either", "plain")
	hold("outer", "either", "other")
	hold("outer", "n", "nameless")
	hold("loop", "l", "loop")
	references = append(references, prefect.BlockSchemaReference{Parent: ids["plain"], Child: uuid.New(), Name: "gone"})

	const inner = `{"title":"Inner","block_schema_references":{}}`
	want := map[string]string{
		"plain":  `{"title":"Plain","block_schema_references":{}}`,
		"empty":  `{"block_schema_references":{}}`,
		"inner":  `{"title":"Inner","definitions":{"Enum":{"enum":[1]}},"block_schema_references":{}}`,
		"middle": `{"title":"Middle","block_schema_references":{"i":{"block_schema_checksum":"sum-inner","block_type_slug":"slug-inner"}},"definitions":{"Inner":` + inner + `,"Enum":{"enum":[1]}}}`,
		"outer": `{"title":"Outer","definitions":{"Own":{"type":"string"},
			"Middle":{"title":"Middle","block_schema_references":{"i":{"block_schema_checksum":"sum-inner","block_type_slug":"slug-inner"}}},
			"Inner":` + inner + `,"Enum":{"enum":[1]},"Other":{"title":"Other","block_schema_references":{}},"Plain":{"title":"Plain","block_schema_references":{}}},
			"block_schema_references":{"m":{"block_schema_checksum":"sum-middle","block_type_slug":"slug-middle"},
			"n":{"block_schema_checksum":"sum-nameless","block_type_slug":"slug-nameless"},
			"either":[{"block_schema_checksum":"sum-inner","block_type_slug":"slug-inner"},{"block_schema_checksum":"sum-other","block_type_slug":"slug-other"},
			{"block_schema_checksum":"sum-plain","block_type_slug":"slug-plain"}]}}`,
		"loop": `{"title":"Loop","block_schema_references":{"l":{"block_schema_checksum":"sum-loop","block_type_slug":"slug-loop"}}}`,
	}
	a := newAssembly(schemas, references)
	for i := range schemas {
		for name, text := range want {
			if ids[name] == schemas[i].ID {
				got, err := a.fields(&schemas[i])
				require.NoError(t, err)
				require.JSONEq(t, text, string(got), name)
			}
		}
	}
}
