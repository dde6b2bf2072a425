package action

import (
	"bytes"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/jinja"
	"praetor/internal/jinja/humanize"
)

// contextMaker makes what templates of actions see.
type contextMaker struct {
	ui  string // where the UI is, or empty
	now func() time.Time
}

// filters are those of the templates of actions besides Jinja's own.
func (c *contextMaker) filters() map[string]jinja.Func {
	filters := humanize.Filters(c.now)
	maps.Copy(filters, map[string]jinja.Func{
		"ui_url":                 c.uiFilter,
		"ui_resource_events_url": func(a jinja.Args) (any, error) { return c.eventsURL(a.Get(0, "", nil)), nil },
		"flow_run_id":            flowRunID,
	})
	return filters
}

// uiPaths are the pages of the UI by the classes of their objects.
//
//nolint:gochecknoglobals // Go has no constant maps
var uiPaths = map[string]string{
	"Flow": "flows/flow/", "FlowRunResponse": "runs/flow-run/", "TaskRun": "runs/task-run/", "WorkPool": "work-pools/work-pool/",
	"WorkQueueWithStatus": "work-queues/work-queue/", "Automation": "automations/automation/",
}

func (c *contextMaker) uiFilter(a jinja.Args) (any, error) {
	v := a.Get(0, "", nil)
	if text, ok := jinja.Text(v); ok {
		switch text {
		case "flow", "flow-run", "flow-run-response", "task-run", "block", "block-document", "work-pool", "work-queue", "concurrency-limit", "deployment",
			"automation", "received-event", "worker":
			return nil, jinja.Fail("ValueError", "If passing an object name, you must also provide an object ID.")
		}
		return nil, nil
	}
	if m, ok := v.(*model); ok {
		return c.uiURL(m), nil
	}
	return nil, nil
}

// uiURL is the page of an object, or nil.
func (c *contextMaker) uiURL(m *model) any {
	if c.ui == "" {
		return nil
	}
	base := strings.TrimSuffix(c.ui, "/") + "/"
	if m.class == "ReceivedEvent" {
		occurred, ok := m.fields["occurred"].(*jinja.DateTime)
		if !ok {
			return nil
		}
		return base + "events/event/" + occurred.Format(time.DateOnly) + "/" + jinja.Str(m.fields["id"])
	}
	path, ok := uiPaths[m.class]
	if !ok {
		return nil
	}
	key := "id"
	if m.class == "WorkPool" {
		key = "name"
	}
	return resolved(base, path+jinja.Str(m.fields[key]))
}

// resolved is the address of a path below a base, as Python joins them.
func resolved(base, path string) string {
	from, err := url.Parse(base)
	if err != nil {
		return base + path
	}
	to, err := url.Parse(path)
	if err != nil {
		return base + path
	}
	return from.ResolveReference(to).String()
}

func (c *contextMaker) eventsURL(v any) any {
	kinds := map[string]string{
		"Flow": "prefect.flow", "TaskRun": "prefect.task-run", "WorkQueueWithStatus": "prefect.work-queue", "WorkPool": "prefect.work-pool",
		"Automation": "prefect.automation",
	}
	var resource string
	switch x := v.(type) {
	case *labelled:
		resource = jinja.Str(x.label("prefect.resource.id"))
	case *model:
		kind, ok := kinds[x.class]
		if !ok {
			return nil
		}
		resource = kind + "." + jinja.Str(x.fields["id"])
	default:
		return nil
	}
	return resolved(c.ui, "events?resource="+resource)
}

var flowRunInURL = regexp.MustCompile(`flow-run/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})`)

// flowRunID finds the id of a flow run in a text that holds its address.
func flowRunID(a jinja.Args) (any, error) {
	text, ok := jinja.Text(a.Get(0, "", nil))
	if !ok {
		return nil, nil
	}
	if found := flowRunInURL.FindStringSubmatch(text); found != nil {
		return found[1], nil
	}
	return nil, nil
}

// compactJSON writes a document as pydantic does.
func compactJSON(v any) (string, error) {
	var b bytes.Buffer
	enc := jsontext.NewEncoder(&b, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := encodeValue(enc, v); err != nil {
		return "", jinja.Fail("ValueError", "%s", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func encodeValue(enc *jsontext.Encoder, v any) error {
	switch x := v.(type) {
	case bool:
		return enc.WriteToken(jsontext.Bool(x))
	case int64:
		return enc.WriteToken(jsontext.Int(x))
	case float64:
		return enc.WriteToken(jsontext.Float(x))
	case string:
		return enc.WriteToken(jsontext.String(x))
	case []any:
		if err := enc.WriteToken(jsontext.BeginArray); err != nil {
			return err
		}
		for _, item := range x {
			if err := encodeValue(enc, item); err != nil {
				return err
			}
		}
		return enc.WriteToken(jsontext.EndArray)
	case *jinja.Dict:
		if err := enc.WriteToken(jsontext.BeginObject); err != nil {
			return err
		}
		for _, k := range x.Keys() {
			if err := enc.WriteToken(jsontext.String(jinja.Str(k))); err != nil {
				return err
			}
			item, _ := x.Get(k)
			if err := encodeValue(enc, item); err != nil {
				return err
			}
		}
		return enc.WriteToken(jsontext.EndObject)
	}
	return enc.WriteToken(jsontext.Null)
}
