package blocks

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// Tx is what the rules of blocks read and write in one transaction. Readers of one thing give nil when there is none.
type Tx interface {
	Now() prefect.Time
	EmitEvents(ctx context.Context, events ...prefect.Event) error

	// Configuration gives the value that the database keeps under a key.
	Configuration(ctx context.Context, key string) (prefect.Raw, error)
	// AddConfiguration keeps the value under the key, unless one is kept there.
	AddConfiguration(ctx context.Context, key string, value any) error

	BlockType(ctx context.Context, id uuid.UUID) (*prefect.BlockType, error)
	BlockTypeBySlug(ctx context.Context, slug string) (*prefect.BlockType, error)
	// BlockTypeIDs gives the ids of those of the types that exist, by slug.
	BlockTypeIDs(ctx context.Context, slugs []string) (map[string]uuid.UUID, error)
	// InsertBlockTypes stores the types but those whose slugs are taken.
	InsertBlockTypes(ctx context.Context, types []prefect.BlockType) error
	// ProtectBlockTypes protects the types of those slugs.
	ProtectBlockTypes(ctx context.Context, slugs []string) error

	// BlockSchemas gives schemas as they are stored, with their types, the newest first.
	BlockSchemas(ctx context.Context, f *prefect.BlockSchemaFilter, limit, offset int64) ([]prefect.BlockSchema, error)
	BlockSchemasByID(ctx context.Context, ids []uuid.UUID) ([]prefect.BlockSchema, error)
	// BlockSchemaByChecksum gives the newest schema of that checksum, and of that version unless it is nil.
	BlockSchemaByChecksum(ctx context.Context, checksum string, version *string) (*prefect.BlockSchema, error)
	// BlockSchemaReferences gives the references of the schemas, and those of the schemas that they hold, and so on.
	BlockSchemaReferences(ctx context.Context, ids []uuid.UUID) ([]prefect.BlockSchemaReference, error)
	// BlockSchemaIDs gives the ids of those schemas that exist.
	BlockSchemaIDs(ctx context.Context, keys []prefect.BlockSchemaKey) (map[prefect.BlockSchemaKey]uuid.UUID, error)
	// InsertBlockSchemas stores the schemas but those that exist at their version.
	InsertBlockSchemas(ctx context.Context, schemas []prefect.BlockSchema) error
	InsertBlockSchemaReferences(ctx context.Context, references []prefect.BlockSchemaReference) error

	// BlockDocuments gives documents as they are stored, with their types.
	BlockDocuments(ctx context.Context, f *prefect.BlockDocumentFilters, sort prefect.BlockDocumentSort, limit, offset int64) ([]prefect.SealedBlockDocument, error)
	BlockDocumentsByID(ctx context.Context, ids []uuid.UUID) ([]prefect.SealedBlockDocument, error)
	BlockDocumentByName(ctx context.Context, typeSlug, name string) (*prefect.SealedBlockDocument, error)
	// LockBlockDocument is BlockDocumentsByID for one that is going to be changed.
	LockBlockDocument(ctx context.Context, id uuid.UUID) (*prefect.SealedBlockDocument, error)
	// BlockDocumentReferences gives the references of the documents, and those of the documents that they name, and so on,
	// in the order of the names of the documents that are named.
	BlockDocumentReferences(ctx context.Context, ids []uuid.UUID) ([]prefect.BlockDocumentReference, error)
	// InsertBlockDocument stores a document and tells whether it did: a name is taken once in a type.
	InsertBlockDocument(ctx context.Context, d *prefect.SealedBlockDocument) (stored bool, err error)
	UpdateBlockDocument(ctx context.Context, id, schemaID uuid.UUID, token prefect.Raw) error
	InsertBlockDocumentReferences(ctx context.Context, references []prefect.BlockDocumentReference) error
	DeleteBlockDocumentReferences(ctx context.Context, references []prefect.BlockDocumentReference) error
}
