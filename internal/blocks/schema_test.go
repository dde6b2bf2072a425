package blocks_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/blocks"
	"praetor/internal/catalogue"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

func (w *world) schemaByID(id uuid.UUID) (schema *prefect.BlockSchema) {
	w.t.Helper()
	ctx := w.t.Context()
	require.NoError(w.t, w.store.Read(ctx, func(tx *store.Tx) (err error) {
		schema, err = blocks.Schema(ctx, tx, id)
		return err
	}))
	require.NotNil(w.t, schema)
	return schema
}

func (w *world) schemaByChecksum(checksum string, version *string) (schema *prefect.BlockSchema) {
	w.t.Helper()
	ctx := w.t.Context()
	require.NoError(w.t, w.store.Read(ctx, func(tx *store.Tx) (err error) {
		schema, err = blocks.SchemaByChecksum(ctx, tx, checksum, version)
		return err
	}))
	return schema
}

func TestSchemasAreFoundAgain(t *testing.T) {
	each(t, "", func(w *world) {
		again, created, err := w.tryNewSchema(w.kind, ` { "secret_fields" : ["other"], "title":"A"}`)
		require.NoError(t, err)
		require.False(w.t, created, "the checksum is the same")
		require.Equal(w.t, w.schema.ID, again.ID)
		require.JSONEq(w.t, `{"title":"A","secret_fields":["s","h.*"],"block_schema_references":{}}`, string(again.Fields), "and what was stored stays")
		one, none := "1", "2"
		require.Equal(w.t, w.schema.ID, w.schemaByChecksum(w.schema.Checksum, &one).ID)
		require.Equal(w.t, w.schema.ID, w.schemaByChecksum(w.schema.Checksum, nil).ID)
		require.Nil(w.t, w.schemaByChecksum(w.schema.Checksum, &none))
		_, _, err = w.tryNewSchema(&prefect.BlockType{ID: uuid.New()}, `{}`)
		require.True(w.t, prefect.IsKind(err, prefect.NotFound), "%v", err)
	})
}

func TestSchemasOfHeldBlocksAreRegistered(t *testing.T) {
	each(t, "", func(w *world) {
		w.newType("inner")
		w.newType("other")
		fields := func(innerSum string) string {
			return `{"title":"Outer","properties":{"i":{"$ref":"#/definitions/Inner"},"e":{"anyOf":[{"$ref":"#/definitions/Inner"},{"$ref":"#/definitions/Other"}]},"o":{"$ref":"#/definitions/Own"}},
			"block_schema_references":{"i":{"block_type_slug":"inner","block_schema_checksum":"` + innerSum + `"},
				"e":[{"block_type_slug":"inner","block_schema_checksum":"` + innerSum + `"},{"block_type_slug":"other","block_schema_checksum":"sha256:other"}]},
			"definitions":{"Inner":{"title":"Inner","block_type_slug":"inner"},"Other":{"title":"Other","block_type_slug":"other","block_schema_references":{}},"Own":{"enum":[1]}}}`
		}
		outer := w.newSchema(w.kind, fields("sha256:unknown"))
		require.JSONEq(w.t, fields("sha256:unknown"), string(outer.Fields), "the answer has what was sent")

		require.Equal(w.t, []string{"4"}, w.db.Strings(w.t, "SELECT count(*) FROM block_schema"), "one was there, and these are three")
		require.Equal(w.t, []string{"3"}, w.db.Strings(w.t, "SELECT count(*) FROM block_schema_reference"))
		stored := w.db.Strings(w.t, "SELECT CAST(fields AS varchar) FROM block_schema WHERE id = '"+outer.ID.String()+"'")
		require.NotContains(w.t, stored[0], "block_schema_references")
		require.NotContains(w.t, stored[0], `"Inner"`, "definitions of blocks are not stored with what holds them")
		require.Contains(w.t, stored[0], `"Own"`)

		read := w.schemaByID(outer.ID)
		tree := string(read.Fields)
		inner := w.db.Strings(w.t, "SELECT checksum FROM block_schema JOIN block_type ON block_type.id = block_type_id WHERE slug = 'inner'")
		require.Len(w.t, inner, 1)
		require.Contains(w.t, tree, inner[0])
		for _, part := range []string{`"Inner"`, `"Other"`, `"Own"`, `"block_schema_references"`} {
			require.Contains(w.t, tree, part)
		}
		// A second schema finds the first one's parts.
		w.newSchema(w.kind, strings.Replace(fields(inner[0]), "Outer", "Outer 2", 1))
		require.Equal(w.t, []string{"5"}, w.db.Strings(w.t, "SELECT count(*) FROM block_schema"))
	})
}

func TestBadSchemas(t *testing.T) {
	each(t, "", func(w *world) {
		w.newType("inner")
		entry := `{"block_type_slug":"inner","block_schema_checksum":"sha256:x"}`
		var many []string
		for i := range 101 {
			many = append(many, fmt.Sprintf(`"f%d":{"block_type_slug":"a-type","block_schema_checksum":%q}`, i, w.schema.Checksum))
		}
		for fields, kind := range map[string]prefect.Kind{
			`{"block_schema_references":[]}`:                                                                                                  prefect.Invalid,
			`{"block_schema_references":{"i":1}}`:                                                                                             prefect.Invalid,
			`{"block_schema_references":{"i":{}}}`:                                                                                            prefect.Invalid,
			`{"block_schema_references":{"i":{"block_type_slug":"inner"}}}`:                                                                   prefect.Invalid,
			`{"block_schema_references":{"i":` + entry + `}}`:                                                                                 prefect.Invalid,
			`{"block_schema_references":{"i":` + entry + `},"definitions":{"a":1}}`:                                                           prefect.Invalid,
			`{"block_schema_references":{"i":` + entry + `},"definitions":{},"properties":5}`:                                                 prefect.Invalid,
			`{"block_schema_references":{"i":{"block_type_slug":"nobody","block_schema_checksum":"sha256:x"}}}`:                               prefect.Conflict,
			`{"block_schema_references":{` + strings.Join(many, ",") + `}}`:                                                                   prefect.Invalid,
			`{"x":"` + strings.Repeat("x", 1<<20) + `"}`:                                                                                      prefect.TooLarge,
			`{"properties":{"i":{"$ref":"#/definitions/I"}},"definitions":{"I":[]},"block_schema_references":{"i":` + entry + `}}`:            prefect.Invalid,
			`{"properties":{"i":{"$ref":"#/definitions/I"}},"definitions":{"J":{"title":"J"}},"block_schema_references":{"i":` + entry + `}}`: prefect.Invalid,
		} {
			_, _, err := w.tryNewSchema(w.kind, fields)
			require.True(w.t, prefect.IsKind(err, kind), "%.120s: %v", fields, err)
		}
		require.Equal(w.t, []string{"1"}, w.db.Strings(w.t, "SELECT count(*) FROM block_schema"), "nothing is stored of what was refused")
	})
}

func TestSchemasThatHoldThemselvesCanBeRead(t *testing.T) {
	each(t, "", func(w *world) {
		loop := w.newSchema(w.kind, `{"title":"Loop","properties":{"l":{"$ref":"#/definitions/Loop"}},"definitions":{"Loop":{"title":"Loop","block_type_slug":"a-type",
			"properties":{"l":{"$ref":"#/definitions/Loop"}},"block_schema_references":{"l":{"block_type_slug":"a-type","block_schema_checksum":"sha256:x"}}}},
			"block_schema_references":{"l":{"block_type_slug":"a-type","block_schema_checksum":"sha256:x"}}}`)
		require.Contains(w.t, string(w.schemaByID(loop.ID).Fields), "block_schema_references")
	})
}

func TestRegister(t *testing.T) {
	types, err := catalogue.BlockTypes()
	require.NoError(t, err)
	each(t, "", func(w *world) {
		protected := w.newType("secret") // somebody's own, or an older one
		for range 2 {
			require.NoError(w.t, w.write(func(ctx context.Context, tx *store.Tx) error { return blocks.RegisterProtected(ctx, tx) }))
			require.Equal(w.t, []string{"a-type", "local-file-system", "secret", "webhook"}, w.db.Strings(w.t, "SELECT slug FROM block_type ORDER BY slug"))
			require.Equal(w.t, []string{"local-file-system", "secret", "webhook"}, w.db.Strings(w.t, "SELECT slug FROM block_type WHERE is_protected ORDER BY slug"))
		}
		for range 2 {
			require.NoError(w.t, w.write(func(ctx context.Context, tx *store.Tx) error { return blocks.Register(ctx, tx) }))
			require.Equal(w.t, []string{fmt.Sprint(len(types) + 1)}, w.db.Strings(w.t, "SELECT count(*) FROM block_type"))
			require.Equal(w.t, []string{fmt.Sprint(len(types) + 1)}, w.db.Strings(w.t, "SELECT count(*) FROM block_schema"))
		}
		require.Equal(w.t, []string{protected.Name}, w.db.Strings(w.t, "SELECT name FROM block_type WHERE slug = 'secret'"), "what is there keeps its words")
		for i := range types {
			s := &types[i].Schema
			stored := w.schemaByChecksum(s.Checksum, &s.Version)
			require.NotNil(w.t, stored, types[i].Slug)
			require.Equal(w.t, types[i].Slug, stored.BlockType.Slug)
			require.ElementsMatch(w.t, s.Capabilities, stored.Capabilities)
			// Every definition that the fields name is there, so that forms can be made of them.
			for _, part := range strings.Split(string(stored.Fields), `"#/definitions/`)[1:] {
				name, _, _ := strings.Cut(part, `"`)
				if name == "JsonValue" {
					continue // any JSON: the reference leaves it out too
				}
				require.Contains(w.t, string(stored.Fields), `"`+name+`":`, "%s: %s", types[i].Slug, name)
			}
		}
	})
}

func TestTwoServersRegisterAtOnce(t *testing.T) {
	each(t, "", func(w *world) {
		second := w.store
		if w.db.Dialect.String() == "postgresql" {
			second = w.db.Open(w.t)
		}
		failed := make(chan error, 2)
		for _, s := range []*store.Store{w.store, second} {
			go func() {
				failed <- s.Write(w.t.Context(), func(tx *store.Tx) error { return blocks.Register(w.t.Context(), tx) })
			}()
		}
		require.NoError(w.t, <-failed)
		require.NoError(w.t, <-failed)
		require.Equal(w.t, []string{"0"}, w.db.Strings(w.t,
			"SELECT count(*) FROM (SELECT 1 FROM block_schema_reference GROUP BY parent_block_schema_id, reference_block_schema_id, name HAVING count(*) > 1) twice"))
	})
}

func TestView(t *testing.T) {
	types, err := catalogue.BlockTypes()
	require.NoError(t, err)
	text, err := blocks.View()
	require.NoError(t, err)
	var view map[string]struct {
		Types map[string]struct {
			Slug   string `json:"slug"`
			Schema struct {
				Checksum string `json:"checksum"`
				Fields   struct {
					Slug        string                    `json:"block_type_slug"`
					Definitions map[string]prefect.Object `json:"definitions"`
					References  map[string]prefect.Raw    `json:"block_schema_references"`
				} `json:"fields"`
			} `json:"block_schema"`
		} `json:"block_types"`
	}
	require.NoError(t, json.Unmarshal(text, &view))
	for i := range types {
		shown, ok := view[types[i].Package].Types[types[i].Slug]
		require.True(t, ok, types[i].Slug)
		require.Equal(t, types[i].Slug, shown.Slug)
		require.Equal(t, types[i].Slug, shown.Schema.Fields.Slug)
		require.Equal(t, types[i].Schema.Checksum, shown.Schema.Checksum)
		require.Len(t, shown.Schema.Fields.References, len(types[i].Schema.Holds))
	}
	require.Contains(t, view["prefect-snowflake"].Types["snowflake-connector"].Schema.Fields.Definitions, "SnowflakeCredentials")
}
