package jinja_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"praetor/internal/jinja"
)

// recorded is what the reference made of a template: one of text, error, syntax and security.
type recorded struct {
	Context  jsontext.Value `json:"context"`
	Template string         `json:"template"`
	Text     *string        `json:"text"`
	Error    string         `json:"error"`
	Message  string         `json:"message"`
	Syntax   string         `json:"syntax"`
	Line     int            `json:"line"`
	Security string         `json:"security"`
}

// TestTemplates renders what the reference rendered, and fails where it failed.
func TestTemplates(t *testing.T) {
	file, err := os.ReadFile("testdata/templates.jsonl")
	require.NoError(t, err)
	var vars map[string]any
	for i, line := range bytes.Split(bytes.TrimSpace(file), []byte("\n")) {
		var want recorded
		require.NoError(t, json.Unmarshal(line, &want))
		if i == 0 {
			v, err := jinja.FromJSON(want.Context)
			require.NoError(t, err)
			vars = variables(t, v)
			continue
		}
		t.Run(want.Template, func(t *testing.T) {
			require.Equal(t, describe(want), describe(render(want.Template, vars)))
		})
	}
}

func variables(t *testing.T, v any) map[string]any {
	d, ok := v.(*jinja.Dict)
	require.True(t, ok)
	vars := map[string]any{}
	for _, k := range d.Keys() {
		value, _ := d.Get(k)
		vars[k.(string)] = value
	}
	return vars
}

func render(template string, vars map[string]any) recorded {
	got := recorded{Template: template}
	parsed, err := jinja.Parse(template)
	var syntax *jinja.SyntaxError
	var security *jinja.SecurityError
	var failed *jinja.RenderError
	if err == nil {
		err = parsed.Validate()
	}
	var text string
	if err == nil {
		text, err = parsed.Render(context.Background(), jinja.Options{Variables: vars})
	}
	switch {
	case err == nil:
		got.Text = &text
	case errors.As(err, &syntax):
		got.Syntax, got.Line = syntax.Message, syntax.Line
	case errors.As(err, &security):
		got.Security = security.Message
	case errors.As(err, &failed):
		got.Error, got.Message = failed.Class, failed.Message
	default:
		got.Error = err.Error()
	}
	return got
}

func describe(r recorded) string {
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

// TestLimits holds templates that would take or make too much.
func TestLimits(t *testing.T) {
	nested := strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000)
	for _, template := range []string{
		"{{ 'x' * 100000000 }}",
		"{{ [0] * 100000000 }}",
		"{{ 'x' | center(100000000) }}",
		"{{ '%100000000d' | format(1) }}",
		"{{ '{:100000000}'.format(1) }}",
		"{% set s = 'xxxxxxxxxx' %}{% set s = s * 1000 %}{{ s | replace('x', s) }}",
		"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
		"{% for a in range(100) %}{% for b in range(100) %}{{ '%s' * 100 | join('xxxxxxxxxxxxxxxxxxxx') }}{% endfor %}{% endfor %}",
		"{{ " + nested + " }}",
		strings.Repeat("{% if x %}", 5000),
	} {
		got := render(template, nil)
		require.Nil(t, got.Text, "%.60s", template)
		require.NotEmpty(t, got.Error+got.Syntax)
	}
}

// TestCancelled ends a rendering whose caller has gone.
func TestCancelled(t *testing.T) {
	parsed, err := jinja.Parse("{% for a in range(100) %}{% for b in range(100) %}{{ a * b }}{% endfor %}{% endfor %}")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = parsed.Render(ctx, jinja.Options{})
	require.ErrorIs(t, err, context.Canceled)
}

// FuzzRender looks for templates that panic.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{"{{ a.b[1:2] | join(',') }}", "{% for x in y if z recursive %}{{ loop(x) }}{% else %}{% endfor %}", "{%- set a, b = 1, 2 -%}"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, template string) {
		render(template, map[string]any{"a": "text", "y": []any{int64(1), nil, 1.5}})
	})
}
