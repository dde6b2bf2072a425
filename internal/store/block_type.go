package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

const blockTypeColumns = `block_type.id, block_type.created, block_type.updated, block_type.name, block_type.slug, block_type.logo_url,
	block_type.documentation_url, block_type.description, block_type.code_example, block_type.is_protected`

// blockTypeFields are where the columns go.
func blockTypeFields(t *prefect.BlockType) []any {
	return []any{&t.ID, &t.Created, &t.Updated, &t.Name, &t.Slug, &t.LogoURL, &t.DocumentationURL, &t.Description, &t.CodeExample, &t.IsProtected}
}

func scanBlockType(r Row, t *prefect.BlockType) error { return r.Scan(blockTypeFields(t)...) }

const insertBlockType = `INSERT INTO block_type (id, created, updated, name, slug, logo_url, documentation_url, description, code_example, is_protected)`

func blockTypeRow(t *prefect.BlockType) []any {
	return []any{t.ID, t.Created, t.Updated, t.Name, t.Slug, t.LogoURL, t.DocumentationURL, t.Description, t.CodeExample, t.IsProtected}
}

// InsertBlockType stores a new block type; one of the same slug is a *ConstraintError.
func (tx *Tx) InsertBlockType(ctx context.Context, t *prefect.BlockType) error {
	_, err := tx.exec(ctx, tx.sql(insertBlockType+" VALUES ").Values(blockTypeRow(t)...))
	return err
}

// InsertBlockTypes stores the types but those whose slugs are taken.
func (tx *Tx) InsertBlockTypes(ctx context.Context, types []prefect.BlockType) error {
	rows := make([][]any, len(types))
	for i := range types {
		rows[i] = blockTypeRow(&types[i])
	}
	return tx.insert(ctx, insertBlockType, rows, " ON CONFLICT (slug) DO NOTHING")
}

// ProtectBlockTypes protects the types of those slugs.
func (tx *Tx) ProtectBlockTypes(ctx context.Context, slugs []string) error {
	return tx.queue(ctx, tx.sql("UPDATE block_type SET ").Set("updated", tx.Now()).Set("is_protected", true).
		Write(" WHERE NOT is_protected AND ").In("slug", slugs))
}

// BlockType gives the block type of that id, or nil.
func (tx *Tx) BlockType(ctx context.Context, id uuid.UUID) (*prefect.BlockType, error) {
	return one(ctx, tx, tx.sql("SELECT "+blockTypeColumns+" FROM block_type WHERE id = ").Arg(id), scanBlockType)
}

// BlockTypeBySlug gives the block type of that slug, or nil.
func (tx *Tx) BlockTypeBySlug(ctx context.Context, slug string) (*prefect.BlockType, error) {
	return one(ctx, tx, tx.sql("SELECT "+blockTypeColumns+" FROM block_type WHERE slug = ").Arg(slug), scanBlockType)
}

// BlockTypeIDs gives the ids of those of the types that exist, by slug.
func (tx *Tx) BlockTypeIDs(ctx context.Context, slugs []string) (map[string]uuid.UUID, error) {
	ids := map[string]uuid.UUID{}
	err := tx.each(ctx, tx.sql("SELECT slug, id FROM block_type WHERE ").In("slug", slugs), func(r Row) error {
		var slug string
		var id uuid.UUID
		err := r.Scan(&slug, &id)
		ids[slug] = id
		return err
	})
	return ids, err
}

// BlockTypes gives the block types that the filters select, by name. The filter of schemas selects the types that have one of
// those.
func (tx *Tx) BlockTypes(ctx context.Context, f *prefect.BlockTypeFilter, schemas *prefect.BlockSchemaFilter, limit, offset int64) ([]prefect.BlockType, error) {
	b := tx.sql("SELECT " + blockTypeColumns + " FROM block_type")
	w := b.Where()
	blockTypeFilter(w, f)
	if schemas != nil {
		w.Exists("block_schema", "block_schema.block_type_id = block_type.id", func(w *sqlb.Where) { blockSchemaFilter(w, schemas) })
	}
	return all(ctx, tx, b.Write(" ORDER BY block_type.name, block_type.id").Page(limit, offset), scanBlockType)
}

// UpdateBlockType changes what the update sets and gives the type as it is then, or nil when there is none of that id.
func (tx *Tx) UpdateBlockType(ctx context.Context, id uuid.UUID, u *prefect.BlockTypeUpdate) (*prefect.BlockType, error) {
	b := tx.sql("UPDATE block_type SET ").Set("updated", tx.Now())
	for _, c := range []struct {
		name  string
		value prefect.Opt[*string]
	}{{"logo_url", u.LogoURL}, {"documentation_url", u.DocumentationURL}, {"description", u.Description}, {"code_example", u.CodeExample}} {
		if c.value.Set {
			b.Set(c.name, c.value.Value)
		}
	}
	return one(ctx, tx, b.Write(" WHERE id = ").Arg(id).Write(" RETURNING ").Write(blockTypeColumns), scanBlockType)
}

// DeleteBlockType deletes the type with its schemas and documents and tells whether there was one.
func (tx *Tx) DeleteBlockType(ctx context.Context, id uuid.UUID) (bool, error) {
	if err := tx.forgetResultStorage(ctx, "block_type_id", id); err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, tx.sql("DELETE FROM block_type WHERE id = ").Arg(id))
	return n > 0, err
}

func blockTypeFilter(w *sqlb.Where, f *prefect.BlockTypeFilter) {
	if f == nil {
		return
	}
	w.All(func(w *sqlb.Where) {
		if f.Name != nil {
			like(w, "block_type.name", f.Name.Like)
		}
		if f.Slug != nil {
			anyOf(w, "block_type.slug", f.Slug.Any)
		}
	})
}
