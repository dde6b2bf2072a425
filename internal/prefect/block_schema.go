package prefect

import "github.com/google/uuid"

// UnversionedBlockSchema is the version of schemas that were given none.
const UnversionedBlockSchema = "non-versioned"

// BlockSchema describes the fields of a block type at one version of its code.
type BlockSchema struct {
	ID       uuid.UUID `json:"id"`
	Created  Time      `json:"created"`
	Updated  Time      `json:"updated"`
	Checksum string    `json:"checksum"` // "sha256:" and the hash of the fields
	// Fields is a JSON Schema. Stored, it lacks block_schema_references and the definitions of other blocks, which are
	// added when a schema is read.
	Fields       Object     `json:"fields"`
	BlockTypeID  uuid.UUID  `json:"block_type_id"`
	BlockType    *BlockType `json:"block_type"`
	Capabilities []string   `json:"capabilities"`
	Version      string     `json:"version"`
}

// BlockSchemaReference tells that the field Name of a schema holds a block of another schema.
type BlockSchemaReference struct {
	Parent, Child uuid.UUID
	Name          string
}

// BlockSchemaCreate is the body that creates a block schema.
type BlockSchemaCreate struct {
	_            struct{}  `wire:"forbid"`
	Fields       Object    `json:"fields" default:"{}"`
	BlockTypeID  uuid.UUID `json:"block_type_id" v:"required"`
	Capabilities []string  `json:"capabilities" default:"[]"`
	Version      string    `json:"version" default:"\"non-versioned\""`
}

// BlockSchemaFilter selects block schemas.
type BlockSchemaFilter struct {
	_            struct{}            `wire:"forbid"`
	Operator     Operator            `json:"operator" default:"\"and_\""`
	BlockTypeID  *AnyIDFilter        `json:"block_type_id"`
	Capabilities *CapabilitiesFilter `json:"block_capabilities"`
	ID           *AnyIDFilter        `json:"id"`
	Version      *AnyFilter          `json:"version"`
}

// CapabilitiesFilter selects what can do all of some things; an empty list does not restrict.
type CapabilitiesFilter struct {
	_   struct{}  `wire:"forbid"`
	All *[]string `json:"all_"`
}

// BlockSchemaKey is what a block schema is unique by.
type BlockSchemaKey struct{ Checksum, Version string }
