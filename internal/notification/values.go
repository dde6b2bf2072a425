package notification

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

// read reads a block's values over the defaults that are there. A null leaves the default.
func read(data prefect.Object, into any) error {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(data, &members); err != nil {
		return &InvalidError{"ValidationError", "the values of the block are no object"}
	}
	for name, value := range members {
		if string(value) == "null" {
			delete(members, name)
		}
	}
	given, err := json.Marshal(members)
	if err == nil {
		err = json.Unmarshal(given, into)
	}
	if err != nil {
		return &InvalidError{"ValidationError", "a value of the block has the wrong type"}
	}
	return nil
}

func missing(field string) error {
	return &InvalidError{"ValidationError", "the field " + field + " is required"}
}

// The looks of a notification by its type, as the library of the reference has them.
const assets = "https://github.com/caronc/apprise/raw/master/apprise/assets/themes/default/apprise-"

func icon(kind, size string) string { return assets + kind + "-" + size + ".png" }

const (
	appName   = "Prefect Notifications"
	otherName = "Apprise" // what the reference's blocks are called that skip a step
)

func kindOr(kind string) string {
	if slices.Contains([]string{"info", "success", "warning", "failure"}, kind) {
		return kind
	}
	return "info"
}

// trimmed is a message as the reference's library sends it.
func trimmed(m Message) Message {
	return Message{strings.TrimSpace(m.Subject), strings.TrimRight(m.Body, " \t\r\n\v\f")}
}

// joined is a message for a service that knows no subject.
func joined(m Message) string {
	if m.Subject == "" {
		return m.Body
	}
	return m.Subject + "\r\n" + m.Body
}

func jsonRequest(to, agent, contentType string, body any, more http.Header) (request, error) {
	doc, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return request{}, err
	}
	header := http.Header{"User-Agent": {agent}, "Content-Type": {contentType}}
	for name, values := range more {
		header[name] = values
	}
	return request{method: http.MethodPost, url: to, header: header, body: string(doc)}, nil
}

// posted is a plan of one request with a JSON body.
func posted(service, to, contentType string, body any, more http.Header) (*plan, error) {
	r, err := jsonRequest(to, appName, contentType, body, more)
	return &plan{service: service, requests: []request{r}}, err
}

var listSeparator = regexp.MustCompile(`[\s,;]+`)

// words are the parts of texts between blanks and commas, each once, in order.
func words(texts []string) []string {
	var found []string
	for _, text := range texts {
		for _, word := range listSeparator.Split(text, -1) {
			if word != "" && !slices.Contains(found, word) {
				found = append(found, word)
			}
		}
	}
	slices.Sort(found)
	return found
}

type object = map[string]any
