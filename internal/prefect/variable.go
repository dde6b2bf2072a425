package prefect

import (
	"strings"

	"github.com/google/uuid"
)

// maxVariableValue is the size of the largest variable, in characters of compact JSON.
const maxVariableValue = 5000

// Variable is a named value that flows read at run time.
type Variable struct {
	ID      uuid.UUID `json:"id"`
	Created Time      `json:"created"`
	Updated Time      `json:"updated"`
	Name    string    `json:"name"`
	Value   Raw       `json:"value"`
	Tags    []string  `json:"tags"`
}

// VariableCreate is the body that creates a variable.
type VariableCreate struct {
	_     struct{} `wire:"forbid"`
	Name  string   `json:"name" v:"required,size=255"`
	Value Raw      `json:"value" v:"required"`
	Tags  []string `json:"tags" default:"[]"`
}

// Violations checks the name's letters and the value's size.
func (v *VariableCreate) Violations() []Violation {
	return append(variableName(v.Name), variableValue(v.Value)...)
}

// VariableUpdate is the body that changes a variable.
type VariableUpdate struct {
	_     struct{}       `wire:"forbid"`
	Name  Opt[*string]   `json:"name" v:"size=255"`
	Value Opt[Raw]       `json:"value"`
	Tags  Opt[*[]string] `json:"tags"`
}

// Violations checks the name's letters and length and the value's size.
func (v *VariableUpdate) Violations() []Violation {
	var all []Violation
	if v.Name.Value != nil {
		all = variableName(*v.Name.Value)
	}
	return append(all, variableValue(v.Value.Value)...)
}

func variableName(name string) []Violation {
	for _, c := range strings.TrimSuffix(name, "\n") { // Python's $ stands before a line break at the end
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return []Violation{{Field: "name", Message: "Variable name must only contain lowercase letters, numbers, and dashes or underscores."}}
		}
	}
	return nil
}

func variableValue(value Raw) []Violation {
	compact := value.Clone()
	if compact == nil || compact.Compact() != nil || len(compact) <= maxVariableValue {
		return nil
	}
	return []Violation{{Field: "value", Message: "Variable value must be less than 5000 characters"}}
}

// VariableFilter selects variables.
type VariableFilter struct {
	_        struct{}       `wire:"forbid"`
	Operator Operator       `json:"operator" default:"\"and_\""`
	ID       *AnyIDFilter   `json:"id"`
	Name     *NameFilter    `json:"name"`
	Tags     *AllTagsFilter `json:"tags"`
}

// VariableSort orders variables.
type VariableSort string

// The orders of variables.
const (
	VariableCreatedDesc VariableSort = "CREATED_DESC"
	VariableUpdatedDesc VariableSort = "UPDATED_DESC"
	VariableNameDesc    VariableSort = "NAME_DESC"
	VariableNameAsc     VariableSort = "NAME_ASC"
)

// Enum lists the allowed values.
func (VariableSort) Enum() []string {
	return []string{"CREATED_DESC", "UPDATED_DESC", "NAME_DESC", "NAME_ASC"}
}
