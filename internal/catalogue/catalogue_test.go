package catalogue

import (
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

func TestBlockTypes(t *testing.T) {
	t.Parallel()
	types, err := BlockTypes()
	require.NoError(t, err)
	slugs := map[string]bool{}
	for i := range types {
		b := &types[i]
		require.False(t, slugs[b.Slug], "%s appears twice", b.Slug)
		slugs[b.Slug] = true
		require.Regexp(t, "^sha256:[0-9a-f]{64}$", b.Schema.Checksum, b.Slug)
		for _, words := range []string{b.Name, b.Description, b.CodeExample, b.Schema.Version} {
			require.NotEmpty(t, words, b.Slug)
		}
		require.NotNil(t, b.Schema.Capabilities, b.Slug)
		var fields struct {
			Slug       string                    `json:"block_type_slug"`
			Properties map[string]prefect.Object `json:"properties"`
		}
		require.NoError(t, json.Unmarshal(b.Schema.Fields, &fields))
		require.Equal(t, b.Slug, fields.Slug)
		require.NotContains(t, string(b.Schema.Fields), "block_schema_references", b.Slug)
		for field := range b.Schema.Holds {
			require.Contains(t, fields.Properties, field, b.Slug)
		}
	}
	for i := range types {
		for field, held := range types[i].Schema.Holds {
			for _, slug := range held {
				require.True(t, slugs[slug], "%s.%s: %s", types[i].Slug, field, slug)
			}
		}
	}
	var protected []string
	for i := range types {
		if types[i].IsProtected {
			protected = append(protected, types[i].Slug)
		}
	}
	require.Equal(t, []string{"local-file-system", "secret", "webhook"}, protected)
}

var placeholder = regexp.MustCompile(`\{\{ *([a-z_]+) *\}\}`)

// TestWorkerTypes looks for what the client and a work pool need of each type: a template whose placeholders are all variables.
func TestWorkerTypes(t *testing.T) {
	t.Parallel()
	text, err := WorkerTypes()
	require.NoError(t, err)
	var view map[string]map[string]struct {
		Type        string `json:"type"`
		DisplayName string `json:"display_name"`
		Description string `json:"description"`
		Logo        string `json:"logo_url"`
		Docs        string `json:"documentation_url"`
		Install     string `json:"install_command"`
		Beta        bool   `json:"is_beta"`
		Template    struct {
			Job       prefect.Object `json:"job_configuration"`
			Variables struct {
				Properties map[string]prefect.Object `json:"properties"`
			} `json:"variables"`
		} `json:"default_base_job_configuration"`
	}
	require.NoError(t, json.Unmarshal(text, &view))
	found := map[string]string{}
	for pkg, types := range view {
		for name, w := range types {
			found[name] = pkg
			require.Equal(t, name, w.Type)
			require.Contains(t, w.Install, pkg)
			for _, words := range []string{w.DisplayName, w.Description, w.Logo, w.Docs} {
				require.NotEmpty(t, words, name)
			}
			for _, m := range placeholder.FindAllStringSubmatch(string(w.Template.Job), -1) {
				require.Contains(t, w.Template.Variables.Properties, m[1], "%s: the template asks for a variable", name)
			}
			for variable, schema := range w.Template.Variables.Properties {
				require.True(t, strings.Contains(string(schema), `"description"`) || strings.Contains(string(schema), `"$ref"`), "%s.%s has no description", name, variable)
			}
		}
	}
	require.Equal(t, map[string]string{
		"process": "prefect", "docker": "prefect-docker", "kubernetes": "prefect-kubernetes", "ecs": "prefect-aws",
		"azure-container-instance": "prefect-azure", "cloud-run": "prefect-gcp", "cloud-run-v2": "prefect-gcp", "vertex-ai": "prefect-gcp",
	}, found)
}
