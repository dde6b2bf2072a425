package notification

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

// customBlock is a webhook whose parts hold {{placeholders}} for the message and for secrets.
type customBlock struct {
	Name         string            `json:"name"`
	URL          string            `json:"url"`
	Method       string            `json:"method"`
	Params       map[string]string `json:"params"`
	JSON         jsontext.Value    `json:"json_data"`
	Form         jsontext.Value    `json:"form_data"`
	Headers      map[string]string `json:"headers"`
	Cookies      map[string]string `json:"cookies"`
	Timeout      float64           `json:"timeout"`
	AllowPrivate bool              `json:"allow_private_urls"`
	Secrets      map[string]any    `json:"secrets"`
}

var placeholder = regexp.MustCompile(`{{\s*([\w.\-\[\]$]+)\s*}}`)

func custom(data prefect.Object, m Message, _ time.Time) (*plan, error) {
	b := customBlock{Method: http.MethodPost, Timeout: 10, AllowPrivate: true}
	if err := read(data, &b); err != nil {
		return nil, err
	}
	if b.Form != nil && b.JSON != nil {
		return nil, &InvalidError{"ValueError", "both `Form Data` and `JSON Data` provided"}
	}
	if b.Name == "" || b.URL == "" {
		return nil, missing("url")
	}
	values := map[string]any{}
	maps.Copy(values, b.Secrets)
	values["subject"], values["body"], values["name"] = m.Subject, m.Body, b.Name
	f := &filler{values: values}
	r, err := b.request(f)
	if f.unknown != "" {
		return nil, &InvalidError{"KeyError", f.unknown}
	}
	if err != nil {
		return nil, err
	}
	return &plan{service: "webhook", requests: []request{r}, guarded: !b.AllowPrivate, asIs: true, timeout: time.Duration(b.Timeout * float64(time.Second))}, nil
}

func (b *customBlock) request(f *filler) (request, error) {
	r := request{method: b.Method, header: http.Header{"User-Agent": {appName}}}
	to, err := url.Parse(f.text("url", b.URL))
	if err != nil {
		return r, &Error{Log: "The address of the webhook is not understood.", Raised: raised("InvalidURL", "the address is not understood")}
	}
	if b.Params != nil {
		query := url.Values{}
		for name, value := range b.Params {
			query.Set(name, f.text("params", value))
		}
		to.RawQuery = query.Encode()
	}
	r.url = to.String()
	for name, value := range b.Headers {
		r.header.Set(name, f.text("headers", value))
	}
	var cookies []string
	for _, name := range slices.Sorted(maps.Keys(b.Cookies)) {
		cookies = append(cookies, name+"="+f.text("cookies", b.Cookies[name]))
	}
	if cookies != nil {
		r.header.Set("Cookie", strings.Join(cookies, "; "))
	}
	err = b.fill(&r, f)
	return r, err
}

// fill makes the request's body: of JSON, a form, or a text.
func (b *customBlock) fill(r *request, f *filler) error {
	if b.JSON != nil {
		var doc any
		if err := json.Unmarshal(b.JSON, &doc); err != nil {
			return &InvalidError{"ValidationError", "json_data is no JSON"}
		}
		body, err := json.Marshal(f.value("json_data", doc), json.Deterministic(true))
		if err != nil {
			return &InvalidError{"ValidationError", "json_data is no JSON"}
		}
		r.body = string(body)
		setDefault(r.header, "Content-Type", "application/json")
		return nil
	}
	if b.Form == nil {
		return nil
	}
	var text string
	if json.Unmarshal(b.Form, &text) == nil {
		r.body = f.text("form_data", text)
		return nil
	}
	var fields map[string]string
	if err := json.Unmarshal(b.Form, &fields); err != nil {
		return &InvalidError{"ValidationError", "form_data is neither an object of texts nor a text"}
	}
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, f.text("form_data", value))
	}
	r.body = form.Encode()
	setDefault(r.header, "Content-Type", "application/x-www-form-urlencoded")
	return nil
}

func setDefault(h http.Header, name, value string) {
	if h.Get(name) == "" {
		h.Set(name, value)
	}
}

// filler puts values in the place of placeholders, and notes the first that it does not know.
type filler struct {
	values  map[string]any
	unknown string
}

func (f *filler) text(field, s string) string {
	return placeholder.ReplaceAllStringFunc(s, func(found string) string {
		name := placeholder.FindStringSubmatch(found)[1]
		value, ok := f.values[name]
		if !ok && f.unknown == "" {
			f.unknown = field + "/" + found
		}
		if text, isText := value.(string); isText {
			return text
		}
		doc, err := json.Marshal(value)
		if err != nil {
			return ""
		}
		return string(doc)
	})
}

// value fills a JSON value. A text that is nothing but a placeholder takes the value as it is.
func (f *filler) value(field string, v any) any {
	switch x := v.(type) {
	case string:
		if match := placeholder.FindStringSubmatch(x); match != nil && match[0] == x {
			if value, ok := f.values[match[1]]; ok {
				return value
			}
		}
		return f.text(field, x)
	case []any:
		for i := range x {
			x[i] = f.value(field, x[i])
		}
	case map[string]any:
		for name := range x {
			x[name] = f.value(field, x[name])
		}
	}
	return v
}

// isNull tells that a value is given, and is null.
func isNull(data prefect.Object, field string) bool {
	var members map[string]jsontext.Value
	return json.Unmarshal(data, &members) == nil && string(members[field]) == "null"
}
