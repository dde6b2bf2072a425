// Package catalogue knows the block types and the worker types that come with Prefect and the packages beside it. Names, slugs,
// fields, versions and checksums are Prefect's, so that clients find what they look for; the descriptions are our own.
//
// blocks/ and workers/ have one file for each Python package. A block schema's checksum is that of the fields with the package's
// own descriptions, by which its clients look for it; it is not a checksum of the fields here.
package catalogue

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"praetor/internal/prefect"
)

//go:embed blocks/*.json workers/*.json
var files embed.FS

// BlockType is a block type with its schema.
type BlockType struct {
	Slug             string      `json:"-"`
	Package          string      `json:"-"` // the Python package that has it
	Name             string      `json:"name"`
	LogoURL          *string     `json:"logo_url"`
	DocumentationURL *string     `json:"documentation_url"`
	Description      string      `json:"description"`
	CodeExample      string      `json:"code_example"`
	IsProtected      bool        `json:"is_protected"`
	Schema           BlockSchema `json:"schema"`
}

// BlockSchema is the schema of a block type.
type BlockSchema struct {
	Checksum     string         `json:"checksum"`
	Version      string         `json:"version"`
	Capabilities []string       `json:"capabilities"`
	Fields       prefect.Object `json:"fields"` // as prefect.BlockSchema has them when it is stored
	// Holds has the slugs of the types whose blocks a field may hold.
	Holds map[string][]string `json:"holds"`
}

// BlockTypes gives all block types, those of one package together, each time anew.
func BlockTypes() ([]BlockType, error) {
	var all []BlockType
	err := each("blocks", func(pkg string, content []byte) error {
		var types map[string]BlockType
		if err := json.Unmarshal(content, &types, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		for _, slug := range slices.Sorted(maps.Keys(types)) {
			t := types[slug]
			t.Slug, t.Package = slug, pkg
			all = append(all, t)
		}
		return nil
	})
	return all, err
}

// WorkerTypes is what is known of the worker types, by package and type: {"prefect": {"process": {...}}}. Of each there is what a
// work pool of the type starts with (default_base_job_configuration) and what people need to know to choose.
func WorkerTypes() (prefect.Object, error) {
	view := []byte{'{'}
	err := each("workers", func(pkg string, content []byte) error {
		if len(view) > 1 {
			view = append(view, ',')
		}
		view = append(append(view, `"`+pkg+`":`...), content...)
		return nil
	})
	return append(view, '}'), err
}

func each(dir string, do func(pkg string, content []byte) error) error {
	entries, err := files.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		content, err := files.ReadFile(path.Join(dir, e.Name()))
		if err == nil {
			err = do(strings.TrimSuffix(e.Name(), ".json"), content)
		}
		if err != nil {
			return fmt.Errorf("%s/%s: %w", dir, e.Name(), err)
		}
	}
	return nil
}
