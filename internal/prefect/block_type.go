package prefect

import "github.com/google/uuid"

// BlockType is a kind of block: what a Python class is to its instances.
type BlockType struct {
	ID               uuid.UUID `json:"id"`
	Created          Time      `json:"created"`
	Updated          Time      `json:"updated"`
	Name             string    `json:"name"`
	Slug             string    `json:"slug"`
	LogoURL          *string   `json:"logo_url"`
	DocumentationURL *string   `json:"documentation_url"`
	// Description and CodeExample are HTML-escaped when the type is created, and not when it is changed, as the reference does.
	Description *string `json:"description"`
	CodeExample *string `json:"code_example"`
	IsProtected bool    `json:"is_protected"` // cannot be deleted
}

// BlockTypeCreate is the body that creates a block type.
type BlockTypeCreate struct {
	_                struct{} `wire:"forbid"`
	Name             string   `json:"name" v:"required,pattern=^[^/%&><]+$"`
	Slug             string   `json:"slug" v:"required"`
	LogoURL          *string  `json:"logo_url"`
	DocumentationURL *string  `json:"documentation_url"`
	Description      *string  `json:"description"`
	CodeExample      *string  `json:"code_example"`
}

// Violations checks the slug: lowercase letters, digits and dashes.
func (b *BlockTypeCreate) Violations() []Violation {
	if dashedName(b.Slug) {
		return nil
	}
	return []Violation{{Field: "slug", Message: "Block type slug must only contain lowercase letters, numbers, and dashes."}}
}

// BlockTypeUpdate is the body that changes a block type.
type BlockTypeUpdate struct {
	_                struct{}     `wire:"forbid"`
	LogoURL          Opt[*string] `json:"logo_url"`
	DocumentationURL Opt[*string] `json:"documentation_url"`
	Description      Opt[*string] `json:"description"`
	CodeExample      Opt[*string] `json:"code_example"`
}

// BlockTypeFilter selects block types.
type BlockTypeFilter struct {
	_    struct{}    `wire:"forbid"`
	Name *LikeFilter `json:"name"`
	Slug *AnyFilter  `json:"slug"`
}
