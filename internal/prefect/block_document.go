package prefect

import "github.com/google/uuid"

// BlockDocument is a block: the values of a block schema's fields, under a name that is unique in its type.
type BlockDocument struct {
	ID      uuid.UUID `json:"id"`
	Created Time      `json:"created"`
	Updated Time      `json:"updated"`
	Name    string    `json:"name"`
	// Data has the data of the blocks that this one refers to in their fields' places.
	Data          Object       `json:"data"`
	BlockSchemaID uuid.UUID    `json:"block_schema_id"`
	BlockSchema   *BlockSchema `json:"block_schema"`
	BlockTypeID   uuid.UUID    `json:"block_type_id"`
	BlockTypeName *string      `json:"block_type_name"`
	BlockType     *BlockType   `json:"block_type"`
	// References tells of each field that is another block which one it is: {"block_document": {...}}.
	References  map[string]Object `json:"block_document_references"`
	IsAnonymous bool              `json:"is_anonymous"`
}

// SealedBlockDocument is a block document as it is stored: Token stands for its own data, which is encrypted. Data, References
// and BlockSchema are not set.
type SealedBlockDocument struct {
	BlockDocument
	Token Raw // a JSON string
}

// BlockDocumentReference tells that the field Name of a block document is another one.
type BlockDocumentReference struct {
	Parent, Child uuid.UUID
	Name          string
}

// BlockDocumentCreate is the body that creates a block document.
type BlockDocumentCreate struct {
	_             struct{}  `wire:"forbid"`
	Name          *string   `json:"name" v:"pattern=^[^/%&><]+$"`
	Data          Object    `json:"data" default:"{}"`
	BlockSchemaID uuid.UUID `json:"block_schema_id" v:"required"`
	BlockTypeID   uuid.UUID `json:"block_type_id" v:"required"`
	IsAnonymous   bool      `json:"is_anonymous" default:"false"`
}

// Violations checks that there is a name where one is needed, of lowercase letters, digits and dashes.
func (b *BlockDocumentCreate) Violations() []Violation {
	switch {
	case b.Name == nil && !b.IsAnonymous:
		return []Violation{{Message: "Names must be provided for block documents."}}
	case b.Name != nil && !dashedName(*b.Name):
		return []Violation{{Field: "name", Message: "Block document name must only contain lowercase letters, numbers, and dashes."}}
	}
	return nil
}

// BlockDocumentUpdate is the body that changes a block document.
type BlockDocumentUpdate struct {
	_             struct{}    `wire:"forbid"`
	BlockSchemaID *uuid.UUID  `json:"block_schema_id"`
	Data          Opt[Object] `json:"data"`
	// Merge keeps the fields that Data does not name, but not those that are other blocks. Without it, absent Data empties
	// the block.
	Merge bool `json:"merge_existing_data" default:"true"`
}

// BlockDocumentFilter selects block documents. Without one, anonymous blocks are left out.
type BlockDocumentFilter struct {
	_           struct{}     `wire:"forbid"`
	Operator    Operator     `json:"operator" default:"\"and_\""`
	ID          *AnyIDFilter `json:"id"`
	IsAnonymous *BoolFilter  `json:"is_anonymous" default:"{\"eq_\":false}"`
	BlockTypeID *AnyIDFilter `json:"block_type_id"`
	Name        *NameFilter  `json:"name"`
}

// BlockDocumentSort orders block documents.
type BlockDocumentSort string

// The orders of block documents.
const (
	BlockDocumentNameDesc       BlockDocumentSort = "NAME_DESC"
	BlockDocumentNameAsc        BlockDocumentSort = "NAME_ASC"
	BlockDocumentTypeAndNameAsc BlockDocumentSort = "BLOCK_TYPE_AND_NAME_ASC"
)

// Enum lists the allowed values.
func (BlockDocumentSort) Enum() []string {
	return []string{"NAME_DESC", "NAME_ASC", "BLOCK_TYPE_AND_NAME_ASC"}
}

// BlockDocumentFilters are the filters of a query for block documents.
type BlockDocumentFilters struct {
	Documents *BlockDocumentFilter
	Types     *BlockTypeFilter
	Schemas   *BlockSchemaFilter
}
