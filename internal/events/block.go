package events

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"praetor/internal/prefect"
)

const (
	kindBlockType   = "block-type"
	kindBlockSchema = "block-schema"
)

// BlockTypeEvent tells what happened to a block type.
func BlockTypeEvent(action Action, t *prefect.BlockType, at prefect.Time) prefect.Event {
	return event(kindBlockType, string(action), t.ID, t.Name, at, struct {
		Name             string  `json:"name"`
		Slug             string  `json:"slug"`
		LogoURL          *string `json:"logo_url"`
		DocumentationURL *string `json:"documentation_url"`
		Description      *string `json:"description"`
		CodeExample      *string `json:"code_example"`
		IsProtected      bool    `json:"is_protected"`
	}{t.Name, t.Slug, t.LogoURL, t.DocumentationURL, t.Description, t.CodeExample, t.IsProtected})
}

// BlockDocumentEvent tells what happened to a block, whose secrets are hidden already. Of its data the event carries the texts that
// are no secrets.
func BlockDocumentEvent(action Action, d *prefect.BlockDocument, at prefect.Time) prefect.Event {
	type blockType struct {
		ID   uuid.UUID `json:"id"`
		Name string    `json:"name"`
	}
	type blockSchema struct {
		Capabilities []string  `json:"capabilities"`
		BlockType    blockType `json:"block_type"`
	}
	payload := struct {
		Name        string            `json:"name"`
		Data        map[string]string `json:"data"`
		BlockSchema *blockSchema      `json:"block_schema"`
	}{Name: d.Name}
	ofType := related(kindBlockType, kindBlockType, d.BlockTypeID)
	name := ""
	if d.BlockTypeName != nil && *d.BlockTypeName != "" {
		name = *d.BlockTypeName
		ofType[prefect.ResourceName] = name
	}
	var secrets []string
	if d.BlockSchema != nil {
		payload.BlockSchema = &blockSchema{d.BlockSchema.Capabilities, blockType{d.BlockTypeID, name}}
		secrets = secretFields(d.BlockSchema.Fields)
	}
	payload.Data = openTexts(d.Data, secrets)
	return event(kindBlockDocument, string(action), d.ID, d.Name, at, payload, ofType, related(kindBlockSchema, kindBlockSchema, d.BlockSchemaID))
}

// secretFields are the fields that a schema calls secret.
func secretFields(schema prefect.Object) []string {
	var fields struct {
		Secret []string `json:"secret_fields"`
	}
	if json.Unmarshal(schema, &fields) != nil {
		return nil
	}
	return fields.Secret
}

// openTexts are the members of data that are texts and no secrets.
func openTexts(data prefect.Object, secrets []string) map[string]string {
	texts := map[string]string{}
	var members map[string]prefect.Raw
	if readJSON(data, &members) != nil {
		return texts
	}
	for field, value := range members {
		var text string
		if !slices.Contains(secrets, field) && value.Kind() == '"' && readJSON(value, &text) == nil {
			texts[field] = text
		}
	}
	return texts
}
