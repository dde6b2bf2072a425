package action

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"praetor/internal/jinja"
	"praetor/internal/prefect"
)

// recordedObjects is the first line of the corpus: what the templates see.
type recordedObjects struct {
	Now        time.Time                 `json:"now"`
	UIURL      string                    `json:"ui_url"`
	Automation prefect.Automation        `json:"automation"`
	Event      prefect.ReceivedEvent     `json:"event"`
	Firing     prefect.Firing            `json:"firing"`
	Objects    map[string]jsontext.Value `json:"objects"`
	Variables  jsontext.Value            `json:"variables"`
}

// recordedTemplate is what the reference made of a template: one of text, error, syntax and security.
type recordedTemplate struct {
	Template string  `json:"template"`
	Text     *string `json:"text"`
	Error    string  `json:"error"`
	Message  string  `json:"message"`
	Syntax   string  `json:"syntax"`
	Security string  `json:"security"`
}

func (r recordedTemplate) String() string {
	switch {
	case r.Text != nil:
		return "text: " + *r.Text
	case r.Error != "":
		return "error: " + r.Error + ": " + r.Message
	case r.Syntax != "":
		return "syntax: " + r.Syntax
	}
	return "security: " + r.Security
}

// TestTemplates renders what the reference rendered, with the objects that actions hand to templates. What differs is listed with
// its reason, and must differ.
func TestTemplates(t *testing.T) {
	file, err := os.ReadFile("testdata/templates.jsonl")
	require.NoError(t, err)
	lines := bytes.Split(bytes.TrimSpace(file), []byte("\n"))
	var objects recordedObjects
	require.NoError(t, json.Unmarshal(lines[0], &objects))
	c := &contextMaker{ui: objects.UIURL, now: func() time.Time { return objects.Now }}
	vars := templateVariables(t, c, &objects)
	require.Greater(t, len(lines), 150)
	for _, line := range lines[1:] {
		var want recordedTemplate
		require.NoError(t, json.Unmarshal(line, &want))
		t.Run(want.Template, func(t *testing.T) {
			got := rendered(t, c, want.Template, vars)
			if reason, differs := differences[want.Template]; differs {
				require.NotEqual(t, want.String(), got.String(), "the difference is gone: %s", reason)
				return
			}
			require.Equal(t, want.String(), got.String())
		})
	}
}

func templateVariables(t *testing.T, c *contextMaker, o *recordedObjects) map[string]any {
	event := &o.Event
	found := map[string]any{}
	for name, doc := range o.Objects {
		plain, err := jinja.FromJSON(doc)
		require.NoError(t, err)
		object := shapes()[name].of(plain)
		if name == "flow_run" {
			withState(object, event.Resource)
		}
		found[name] = object
	}
	variables, err := jinja.FromJSON(o.Variables)
	require.NoError(t, err)
	found["variables"] = variables
	vars, err := c.variables(&prefect.TriggeredAction{Automation: o.Automation, Firing: o.Firing, TriggeringEvent: event}, found)
	require.NoError(t, err)
	return vars
}

func rendered(t *testing.T, c *contextMaker, template string, vars map[string]any) recordedTemplate {
	parsed, err := jinja.Parse(template)
	got := recordedTemplate{Template: template}
	if err != nil {
		got.Syntax = err.Error()
		return got
	}
	if err := parsed.Validate(); err != nil {
		got.Security = err.Error()
		return got
	}
	text, err := c.render(t.Context(), template, vars)
	var failed *templateError
	if err == nil {
		got.Text = &text
		return got
	}
	require.ErrorAs(t, err, &failed)
	got.Error, got.Message = failed.class, failed.message
	return got
}
