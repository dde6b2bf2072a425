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
	"praetor/internal/fernet"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/store/storetest"
)

// world is an empty database with a block type and a schema of it, one of whose fields is secret.
type world struct {
	t      *testing.T
	db     storetest.Database
	store  *store.Store
	vault  *blocks.Vault
	kind   *prefect.BlockType
	schema *prefect.BlockSchema
}

func each(t *testing.T, key string, test func(w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		vault, err := blocks.NewVault(key)
		require.NoError(t, err)
		w := &world{t: t, db: db, store: db.Open(t), vault: vault}
		w.kind = w.newType("a-type")
		w.schema = w.newSchema(w.kind, `{"title":"A","secret_fields":["s","h.*"]}`)
		test(w)
	})
}

func (w *world) write(fn func(ctx context.Context, tx *store.Tx) error) error {
	ctx := w.t.Context()
	return w.store.Write(ctx, func(tx *store.Tx) error { return fn(ctx, tx) })
}

func (w *world) newType(slug string) *prefect.BlockType {
	w.t.Helper()
	kind := &prefect.BlockType{ID: prefect.NewID(), Name: "Type " + slug, Slug: slug}
	require.NoError(w.t, w.write(func(ctx context.Context, tx *store.Tx) error {
		kind.Created, kind.Updated = tx.Now(), tx.Now()
		return tx.InsertBlockType(ctx, kind)
	}))
	return kind
}

func (w *world) tryNewSchema(kind *prefect.BlockType, fields string) (schema *prefect.BlockSchema, created bool, err error) {
	err = w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		schema, created, err = blocks.CreateSchema(ctx, tx, &prefect.BlockSchemaCreate{
			BlockTypeID: kind.ID, Fields: prefect.Object(fields), Capabilities: []string{"x"}, Version: "1",
		})
		return err
	})
	return schema, created, err
}

func (w *world) newSchema(kind *prefect.BlockType, fields string) *prefect.BlockSchema {
	w.t.Helper()
	schema, created, err := w.tryNewSchema(kind, fields)
	require.NoError(w.t, err)
	require.True(w.t, created)
	return schema
}

func (w *world) tryCreate(name, data string) (d *prefect.BlockDocument, err error) {
	err = w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		in := &prefect.BlockDocumentCreate{Data: prefect.Object(data), BlockTypeID: w.kind.ID, BlockSchemaID: w.schema.ID, IsAnonymous: name == ""}
		if name != "" {
			in.Name = &name
		}
		d, err = w.vault.Create(ctx, tx, in)
		return err
	})
	return d, err
}

func (w *world) create(name, data string) *prefect.BlockDocument {
	w.t.Helper()
	d, err := w.tryCreate(name, data)
	require.NoError(w.t, err)
	return d
}

// read gives a document with its secrets.
func (w *world) read(id uuid.UUID) *prefect.BlockDocument {
	w.t.Helper()
	d, err := w.tryRead(id)
	require.NoError(w.t, err)
	return d
}

func (w *world) tryRead(id uuid.UUID) (d *prefect.BlockDocument, err error) {
	ctx := w.t.Context()
	err = w.store.Read(ctx, func(tx *store.Tx) (err error) {
		d, err = w.vault.Document(ctx, tx, id, true)
		return err
	})
	return d, err
}

func (w *world) update(id uuid.UUID, body string) (exists bool, err error) {
	w.t.Helper()
	var in struct {
		Data   *prefect.Object `json:"data"`
		Schema *uuid.UUID      `json:"block_schema_id"`
		Merge  *bool           `json:"merge_existing_data"`
	}
	require.NoError(w.t, json.Unmarshal([]byte(body), &in, json.RejectUnknownMembers(true)))
	u := &prefect.BlockDocumentUpdate{BlockSchemaID: in.Schema, Merge: in.Merge == nil || *in.Merge}
	if in.Data != nil {
		u.Data = prefect.Some(*in.Data)
	}
	err = w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		exists, err = w.vault.Update(ctx, tx, id, u)
		return err
	})
	return exists, err
}

func (w *world) mustUpdate(id uuid.UUID, body string) {
	w.t.Helper()
	exists, err := w.update(id, body)
	require.NoError(w.t, err)
	require.True(w.t, exists)
}

func ref(d *prefect.BlockDocument) string {
	return `{"$ref":{"block_document_id":"` + d.ID.String() + `"}}`
}

func TestSecretsAreEncrypted(t *testing.T) {
	key := fernet.NewKey()
	for name, setting := range map[string]string{"the database's key": "", "a key from the settings": key.String()} {
		t.Run(name, func(t *testing.T) {
			each(t, setting, func(w *world) {
				d := w.create("one", `{"s":"hush","h":{"x":1},"p":12345678901234567890}`)
				require.JSONEq(w.t, `{"s":"********","h":{"x":"********"},"p":12345678901234567890}`, string(d.Data), "what is created is shown without secrets")
				require.JSONEq(w.t, `{"s":"hush","h":{"x":1},"p":12345678901234567890}`, string(w.read(d.ID).Data))
				w.create("two", `{"s":"hush"}`)
				stored := w.db.Strings(w.t, "SELECT CAST(data AS varchar) FROM block_document ORDER BY name")
				keys := w.db.Strings(w.t, `SELECT CAST(value AS varchar) FROM configuration WHERE "key" = 'ENCRYPTION_KEY'`)
				k := key
				if setting == "" {
					require.Len(w.t, keys, 1)
					var kept struct {
						Key string `json:"fernet_key"`
					}
					require.NoError(w.t, json.Unmarshal([]byte(keys[0]), &kept))
					var err error
					k, err = fernet.ParseKey(kept.Key)
					require.NoError(w.t, err)
				} else {
					require.Empty(w.t, keys)
				}
				require.Len(w.t, stored, 2)
				for _, text := range stored {
					message, err := k.Decrypt(strings.Trim(text, `"`))
					require.NoError(w.t, err)
					require.Contains(w.t, string(message), "hush")
				}
				var err error
				w.vault, err = blocks.NewVault(fernet.NewKey().String())
				require.NoError(w.t, err)
				_, err = w.tryRead(d.ID)
				require.True(w.t, prefect.IsKind(err, prefect.Conflict), "with another key: %v", err)
			})
		})
	}
	_, err := blocks.NewVault("no key")
	require.Error(t, err)
}

func TestNames(t *testing.T) {
	each(t, "", func(w *world) {
		w.create("same", `{}`)
		_, err := w.tryCreate("same", `{}`)
		require.True(w.t, prefect.IsKind(err, prefect.Conflict), "%v", err)
		a, b := w.create("", `{}`), w.create("", `{}`)
		require.Regexp(w.t, "^anonymous-[0-9a-f-]{36}$", a.Name)
		require.NotEqual(w.t, a.Name, b.Name)
		first := w.kind
		w.kind = w.newType("another-type")
		w.create("same", `{}`)
		w.kind = &prefect.BlockType{ID: uuid.New()}
		_, err = w.tryCreate("other", `{}`)
		require.True(w.t, prefect.IsKind(err, prefect.NotFound), "%v", err)
		w.kind, w.schema = first, &prefect.BlockSchema{ID: uuid.New()}
		_, err = w.tryCreate("other", `{}`)
		require.True(w.t, store.IsReference(err), "%v", err)
	})
}

func TestDocumentsHoldDocuments(t *testing.T) {
	each(t, "", func(w *world) {
		inner := w.create("inner", `{"s":"hush","p":1}`)
		middle := w.create("middle", `{"i":`+ref(inner)+`,"own":{"x":2}}`)
		outer := w.create("outer", `{"m":`+ref(middle)+`,"i":`+ref(inner)+`}`)
		require.JSONEq(w.t, `{"m":{"i":{"s":"********","p":1},"own":{"x":2}},"i":{"s":"********","p":1}}`, string(outer.Data))
		require.JSONEq(w.t, `{"m":{"i":{"s":"hush","p":1},"own":{"x":2}},"i":{"s":"hush","p":1}}`, string(w.read(outer.ID).Data))
		require.ElementsMatch(w.t, []string{"m", "i"}, keysOf(outer.References))
		var about struct {
			Document struct {
				ID         uuid.UUID                 `json:"id"`
				Name       string                    `json:"name"`
				Anonymous  bool                      `json:"is_anonymous"`
				Type       prefect.BlockType         `json:"block_type"`
				References map[string]prefect.Object `json:"block_document_references"`
			} `json:"block_document"`
		}
		require.NoError(w.t, json.Unmarshal(outer.References["m"], &about, json.RejectUnknownMembers(true)))
		require.Equal(w.t, middle.ID, about.Document.ID)
		require.Equal(w.t, "middle", about.Document.Name)
		require.Equal(w.t, w.kind.Slug, about.Document.Type.Slug)
		require.Equal(w.t, []string{"i"}, keysOf(about.Document.References))

		// A change of what is held shows in what holds it.
		w.mustUpdate(inner.ID, `{"data":{"p":3}}`)
		require.JSONEq(w.t, `{"m":{"i":{"s":"hush","p":3},"own":{"x":2}},"i":{"s":"hush","p":3}}`, string(w.read(outer.ID).Data))

		for _, bad := range []string{ref(outer), ref(middle), ref(inner)} {
			_, err := w.update(inner.ID, `{"data":{"back":`+bad+`}}`)
			require.True(w.t, prefect.IsKind(err, prefect.BadRequest), "a loop: %v", err)
		}
		require.JSONEq(w.t, `{"s":"hush","p":3}`, string(w.read(inner.ID).Data), "what was refused left nothing behind")
		_, err := w.update(middle.ID, `{"data":{"n":{"$ref":{"block_document_id":"`+uuid.NewString()+`"}}}}`)
		require.True(w.t, store.IsReference(err), "nobody: %v", err)
		_, err = w.tryCreate("nobody", `{"n":{"$ref":{"block_document_id":"`+uuid.NewString()+`"}}}`)
		require.True(w.t, store.IsReference(err), "nobody: %v", err)
		require.Equal(w.t, []string{"0"}, w.db.Strings(w.t, "SELECT count(*) FROM block_document WHERE name = 'nobody'"))

		// As in the reference, references that are not sent again are gone, whether data is merged or not.
		w.mustUpdate(middle.ID, `{"data":{"own":5,"i":`+ref(inner)+`}}`)
		require.JSONEq(w.t, `{"own":5,"i":{"s":"hush","p":3}}`, string(w.read(middle.ID).Data))
		w.mustUpdate(middle.ID, `{"data":{"j":`+ref(inner)+`}}`)
		require.JSONEq(w.t, `{"own":5,"j":{"s":"hush","p":3}}`, string(w.read(middle.ID).Data))
		w.mustUpdate(middle.ID, `{"data":{"x":1},"merge_existing_data":false}`)
		require.JSONEq(w.t, `{"x":1}`, string(w.read(middle.ID).Data))
		require.Empty(w.t, w.read(middle.ID).References)
	})
}

func keysOf(m map[string]prefect.Object) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

func TestUpdate(t *testing.T) {
	each(t, "", func(w *world) {
		d := w.create("d", `{"s":"hush","h":{"x":"one"},"a":{"b":1},"p":1}`)
		require.Equal(w.t, "0", w.db.Strings(w.t, "SELECT count(*) FROM block_document WHERE updated <> created")[0])
		w.mustUpdate(d.ID, `{}`)
		require.Equal(w.t, "0", w.db.Strings(w.t, "SELECT count(*) FROM block_document WHERE updated <> created")[0], "nothing was asked for")
		w.mustUpdate(d.ID, `{"data":{"s":"********","h":{"x":"********"},"a":{"c":2}}}`)
		require.JSONEq(w.t, `{"s":"hush","h":{"x":"one"},"a":{"c":2},"p":1}`, string(w.read(d.ID).Data), "stars change nothing, and only the outermost fields are merged")
		w.mustUpdate(d.ID, `{"data":{"s":"new"},"merge_existing_data":false}`)
		require.JSONEq(w.t, `{"s":"new"}`, string(w.read(d.ID).Data))
		w.mustUpdate(d.ID, `{"merge_existing_data":false}`)
		require.JSONEq(w.t, `{}`, string(w.read(d.ID).Data))

		exists, err := w.update(uuid.New(), `{"data":{}}`)
		require.NoError(w.t, err)
		require.False(w.t, exists)

		second := w.newSchema(w.kind, `{"title":"second"}`)
		w.mustUpdate(d.ID, `{"block_schema_id":"`+second.ID.String()+`"}`)
		require.Equal(w.t, w.schema.ID, w.read(d.ID).BlockSchemaID, "the schema changes with data only")
		w.mustUpdate(d.ID, `{"data":{"s":"open"},"block_schema_id":"`+second.ID.String()+`"}`)
		require.Equal(w.t, second.ID, w.read(d.ID).BlockSchemaID)
		foreign := w.newSchema(w.newType("foreign"), `{"title":"foreign"}`)
		_, err = w.update(d.ID, `{"data":{},"block_schema_id":"`+foreign.ID.String()+`"}`)
		require.True(w.t, prefect.IsKind(err, prefect.BadRequest), "%v", err)
		_, err = w.update(d.ID, `{"data":{},"block_schema_id":"`+uuid.NewString()+`"}`)
		require.True(w.t, prefect.IsKind(err, prefect.NotFound), "%v", err)
	})
}

func TestDepthIsBounded(t *testing.T) {
	each(t, "", func(w *world) {
		chain := []*prefect.BlockDocument{w.create("b-0", `{}`)}
		for i := 1; i <= 50; i++ {
			chain = append(chain, w.create(fmt.Sprintf("b-%d", i), `{"x":`+ref(chain[i-1])+`}`))
		}
		_, err := w.tryCreate("too-deep", `{"x":`+ref(chain[50])+`}`)
		require.True(w.t, prefect.IsKind(err, prefect.BadRequest), "%v", err)
		// From below, a document can still be made to reach too deep; it is readable again once that is undone.
		bottom := w.create("bottom", `{}`)
		w.mustUpdate(chain[0].ID, `{"data":{"x":`+ref(bottom)+`}}`)
		_, err = w.tryRead(chain[50].ID)
		require.True(w.t, prefect.IsKind(err, prefect.BadRequest), "%v", err)
		w.mustUpdate(chain[0].ID, `{"data":{},"merge_existing_data":false}`)
		w.read(chain[50].ID)
	})
}

// TestSizeIsBounded makes documents that double with every step.
func TestSizeIsBounded(t *testing.T) {
	each(t, "", func(w *world) {
		last := w.create("d-0", `{"x":"`+strings.Repeat("x", 1000)+`"}`)
		for i := 1; i < 40; i++ {
			next, err := w.tryCreate(fmt.Sprintf("d-%d", i), `{"a":`+ref(last)+`,"b":`+ref(last)+`}`)
			if err != nil {
				require.True(w.t, prefect.IsKind(err, prefect.TooLarge), "%v", err)
				require.Greater(w.t, i, 8)
				return
			}
			last = next
		}
		require.Fail(w.t, "a document of 2^40 parts was made")
	})
}

// counted counts the statements of a transaction's reads.
type counted struct {
	blocks.Tx
	n int
}

func (c *counted) Configuration(ctx context.Context, key string) (prefect.Raw, error) {
	c.n++
	return c.Tx.Configuration(ctx, key)
}

func (c *counted) BlockSchemasByID(ctx context.Context, ids []uuid.UUID) ([]prefect.BlockSchema, error) {
	c.n++
	return c.Tx.BlockSchemasByID(ctx, ids)
}

func (c *counted) BlockSchemaReferences(ctx context.Context, ids []uuid.UUID) ([]prefect.BlockSchemaReference, error) {
	c.n++
	return c.Tx.BlockSchemaReferences(ctx, ids)
}

func (c *counted) BlockDocuments(
	ctx context.Context, f *prefect.BlockDocumentFilters, sort prefect.BlockDocumentSort, limit, offset int64,
) ([]prefect.SealedBlockDocument, error) {
	c.n++
	return c.Tx.BlockDocuments(ctx, f, sort, limit, offset)
}

func (c *counted) BlockDocumentsByID(ctx context.Context, ids []uuid.UUID) ([]prefect.SealedBlockDocument, error) {
	c.n++
	return c.Tx.BlockDocumentsByID(ctx, ids)
}

func (c *counted) BlockDocumentReferences(ctx context.Context, ids []uuid.UUID) ([]prefect.BlockDocumentReference, error) {
	c.n++
	return c.Tx.BlockDocumentReferences(ctx, ids)
}

// TestStatementsAreBounded reads a page of documents that hold others, each of another schema that holds one too.
func TestStatementsAreBounded(t *testing.T) {
	each(t, "", func(w *world) {
		leafType := w.newType("leaf")
		leaf := w.newSchema(leafType, `{"title":"leaf"}`)
		for i := range 20 {
			w.schema = w.newSchema(w.kind, fmt.Sprintf(`{"title":"S%d","block_schema_references":{"x":{"block_type_slug":"leaf","block_schema_checksum":%q}}}`, i, leaf.Checksum))
			inner := w.create(fmt.Sprintf("inner-%d", i), `{}`)
			middle := w.create(fmt.Sprintf("middle-%d", i), `{"i":`+ref(inner)+`}`)
			w.create(fmt.Sprintf("outer-%d", i), `{"m":`+ref(middle)+`}`)
		}
		ctx := w.t.Context()
		require.NoError(w.t, w.store.Read(ctx, func(tx *store.Tx) error {
			c := &counted{Tx: tx}
			found, err := w.vault.Documents(ctx, c, &prefect.BlockDocumentFilters{}, prefect.BlockDocumentNameAsc, 200, 0, false)
			require.NoError(w.t, err)
			require.Len(w.t, found, 60)
			require.LessOrEqual(w.t, c.n, 7)
			require.Contains(w.t, string(found[59].BlockSchema.Fields), `"definitions":{"leaf"`)
			return nil
		}))
	})
}
