package prefect

import (
	"strings"

	"github.com/google/uuid"
)

// Artifact is something that a run published, or the result that a state carries.
type Artifact struct {
	ID          uuid.UUID          `json:"id"`
	Created     Time               `json:"created"`
	Updated     Time               `json:"updated"`
	Key         *string            `json:"key"`
	Type        *string            `json:"type"`
	Description *string            `json:"description"`
	Data        Raw                `json:"data"`
	Metadata    *map[string]string `json:"metadata_"`
	FlowRunID   *uuid.UUID         `json:"flow_run_id"`
	TaskRunID   *uuid.UUID         `json:"task_run_id"`
}

// maxMetadata is how many characters of a value of an artifact's metadata are kept.
const maxMetadata = 500

// ShortenMetadata cuts the values of the metadata that are too long, and shows where.
func (a *Artifact) ShortenMetadata() {
	if a.Metadata == nil {
		return
	}
	for name, value := range *a.Metadata {
		if runes := []rune(value); len(runes) > maxMetadata {
			(*a.Metadata)[name] = string(runes[:maxMetadata]) + "..."
		}
	}
}

// ArtifactCollection is the newest artifact of a key.
type ArtifactCollection struct {
	ID          uuid.UUID          `json:"id"`
	Created     Time               `json:"created"`
	Updated     Time               `json:"updated"`
	Key         string             `json:"key"`
	LatestID    uuid.UUID          `json:"latest_id"`
	Type        *string            `json:"type"`
	Description *string            `json:"description"`
	Data        Raw                `json:"data"`
	Metadata    *map[string]string `json:"metadata_"`
	FlowRunID   *uuid.UUID         `json:"flow_run_id"`
	TaskRunID   *uuid.UUID         `json:"task_run_id"`
}

// ArtifactCreate is the body that publishes an artifact.
type ArtifactCreate struct {
	_           struct{}           `wire:"forbid"`
	Key         *string            `json:"key"`
	Type        *string            `json:"type"`
	Description *string            `json:"description"`
	Data        Raw                `json:"data"`
	Metadata    *map[string]string `json:"metadata_"`
	FlowRunID   *uuid.UUID         `json:"flow_run_id"`
	TaskRunID   *uuid.UUID         `json:"task_run_id"`
}

// Violations checks the key: lowercase letters, digits and dashes.
func (a *ArtifactCreate) Violations() []Violation {
	if a.Key == nil || dashedName(*a.Key) {
		return nil
	}
	return []Violation{{Field: "key", Message: "Artifact key must only contain lowercase letters, numbers, and dashes."}}
}

// ArtifactUpdate is the body that changes an artifact.
type ArtifactUpdate struct {
	_           struct{}                `wire:"forbid"`
	Data        Opt[Raw]                `json:"data"`
	Description Opt[*string]            `json:"description"`
	Metadata    Opt[*map[string]string] `json:"metadata_"`
}

// ArtifactFilter selects artifacts.
type ArtifactFilter struct {
	_         struct{}      `wire:"forbid"`
	Operator  Operator      `json:"operator" default:"\"and_\""`
	ID        *AnyIDFilter  `json:"id"`
	Key       *KeyFilter    `json:"key"`
	FlowRunID *AnyIDFilter  `json:"flow_run_id"`
	TaskRunID *AnyIDFilter  `json:"task_run_id"`
	Type      *ValuesFilter `json:"type"`
}

// ArtifactCollectionFilter selects the newest artifacts of their keys.
type ArtifactCollectionFilter struct {
	_         struct{}      `wire:"forbid"`
	Operator  Operator      `json:"operator" default:"\"and_\""`
	LatestID  *AnyIDFilter  `json:"latest_id"`
	Key       *KeyFilter    `json:"key"`
	FlowRunID *AnyIDFilter  `json:"flow_run_id"`
	TaskRunID *AnyIDFilter  `json:"task_run_id"`
	Type      *ValuesFilter `json:"type"`
}

// KeyFilter restricts an artifact's key, which results of states do not have.
type KeyFilter struct {
	_      struct{}  `wire:"forbid"`
	Any    *[]string `json:"any_"`
	Like   *string   `json:"like_"`
	Exists *bool     `json:"exists_"`
}

// ArtifactSort orders artifacts.
type ArtifactSort string

// The orders of artifacts.
const (
	ArtifactCreatedDesc ArtifactSort = "CREATED_DESC"
	ArtifactUpdatedDesc ArtifactSort = "UPDATED_DESC"
	ArtifactIDDesc      ArtifactSort = "ID_DESC"
	ArtifactKeyDesc     ArtifactSort = "KEY_DESC"
	ArtifactKeyAsc      ArtifactSort = "KEY_ASC"
)

// Enum lists the allowed values.
func (ArtifactSort) Enum() []string {
	return []string{"CREATED_DESC", "UPDATED_DESC", "ID_DESC", "KEY_DESC", "KEY_ASC"}
}

// dashedName tells whether s consists of lowercase letters, digits and dashes. A line break may end it, as Python's $ stands
// before one.
func dashedName(s string) bool {
	for _, c := range strings.TrimSuffix(s, "\n") {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
