package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Configuration gives the value that the database keeps under that key for all servers on it, or nil.
func (tx *Tx) Configuration(ctx context.Context, key string) (prefect.Raw, error) {
	found, err := one(ctx, tx, tx.sql(`SELECT value FROM configuration WHERE "key" = `).Arg(key), value[prefect.Raw])
	if err != nil || found == nil {
		return nil, err
	}
	return *found, nil
}

// SetConfiguration keeps the value under that key.
func (tx *Tx) SetConfiguration(ctx context.Context, key string, v any) error {
	now := tx.Now()
	return tx.queue(ctx, tx.sql(`INSERT INTO configuration (id, created, updated, "key", value) VALUES `).
		Values(prefect.NewID(), now, now, key, JSON{v}).
		Write(` ON CONFLICT ("key") DO UPDATE SET value = excluded.value, updated = excluded.updated`))
}

// AddConfiguration keeps the value under that key, unless one is kept there.
func (tx *Tx) AddConfiguration(ctx context.Context, key string, v any) error {
	now := tx.Now()
	return tx.queue(ctx, tx.sql(`INSERT INTO configuration (id, created, updated, "key", value) VALUES `).
		Values(prefect.NewID(), now, now, key, JSON{v}).Write(` ON CONFLICT ("key") DO NOTHING`))
}

// DeleteConfiguration forgets the value of that key.
func (tx *Tx) DeleteConfiguration(ctx context.Context, key string) error {
	return tx.queue(ctx, tx.sql(`DELETE FROM configuration WHERE "key" = `).Arg(key))
}

// BlockCapabilities gives what the block of that document can do, such as "write-path"; exists is false when there is no
// such document.
func (tx *Tx) BlockCapabilities(ctx context.Context, documentID uuid.UUID) (capabilities []string, exists bool, err error) {
	found, err := one(ctx, tx, tx.sql(`SELECT block_schema.capabilities FROM block_document
	JOIN block_schema ON block_schema.id = block_document.block_schema_id WHERE block_document.id = `).Arg(documentID), value[[]string])
	if err != nil || found == nil {
		return nil, false, err
	}
	return *found, true, nil
}
