package notification

import (
	"bytes"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

// recorded is what the reference sends for a message by a block.
type recorded struct {
	Block   string         `json:"block"`
	Data    prefect.Object `json:"data"`
	Subject string         `json:"subject"`
	Body    string         `json:"body"`
	Invalid string         `json:"invalid"`
	Message string         `json:"message"`
	Failed  *string        `json:"failed"`
	Error   *string        `json:"error"`
	Sent    []sent         `json:"sent"`
}

type sent struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// TestRequests compares the requests with those of the reference.
func TestRequests(t *testing.T) {
	file, err := os.ReadFile("testdata/requests.jsonl")
	require.NoError(t, err)
	for _, line := range bytes.Split(bytes.TrimSpace(file), []byte("\n")) {
		var want recorded
		require.NoError(t, json.Unmarshal(line, &want))
		if want.Block == "webhook" {
			continue // see TestWebhooks
		}
		t.Run(want.Block, func(t *testing.T) {
			p, err := planners()[want.Block](want.Data, Message{want.Subject, want.Body}, time.Unix(1_700_000_000, 5000))
			var invalid *InvalidError
			switch {
			case want.Invalid != "":
				require.ErrorAs(t, err, &invalid)
				require.Equal(t, want.Invalid, invalid.Class)
			case len(want.Sent) > 0:
				require.NoError(t, err, "%s", line)
				require.ElementsMatch(t, comparableForms(t, want.Sent), comparableForms(t, plannedRequests(p)))
			case err == nil:
				require.True(t, p.guarded, "the reference sends nothing")
			default:
				var undelivered *Error
				require.ErrorAs(t, err, &undelivered)
			}
		})
	}
}

func plannedRequests(p *plan) []sent {
	var all []sent
	for _, r := range p.requests {
		s := sent{Method: r.method, URL: r.url, Headers: map[string]string{}, Body: r.body}
		for name := range r.header {
			s.Headers[strings.ToLower(name)] = r.header.Get(name)
		}
		all = append(all, s)
	}
	return all
}

// comparableForms brings requests into a form in which equal ones are equal: JSON has no order of members, nor have forms.
func comparableForms(t *testing.T, all []sent) []map[string]any {
	var forms []map[string]any
	for _, s := range all {
		delete(s.Headers, "authorization") // of Twilio, which is made of the user; the others are compared by hand below
		body := any(s.Body)
		switch {
		case strings.Contains(s.Headers["content-type"], "json"):
			var doc any
			require.NoError(t, json.Unmarshal([]byte(s.Body), &doc), s.Body)
			steady(doc)
			body = doc
		case strings.Contains(s.Headers["content-type"], "urlencoded"):
			form, err := url.ParseQuery(s.Body)
			require.NoError(t, err)
			body = form
		}
		forms = append(forms, map[string]any{"method": s.Method, "url": s.URL, "headers": s.Headers, "body": body})
	}
	return forms
}

// steady takes the time of sending out of a message.
func steady(body any) {
	if o, ok := body.(map[string]any); ok {
		if attachments, ok := o["attachments"].([]any); ok && len(attachments) > 0 {
			if a, ok := attachments[0].(map[string]any); ok && a["ts"] != nil {
				a["ts"] = "now"
			}
		}
	}
}

// TestAuthorization looks at what the corpus leaves out.
func TestAuthorization(t *testing.T) {
	for block, want := range map[string]string{
		`pager-duty-webhook {"integration_key": "i", "api_key": "a?k"}`: "Token token=a?k",
		`opsgenie-webhook {"apikey": "key"}`:                            "GenieKey key",
		`sendgrid-email {"api_key": "SG", "sender_email": "a@b.c"}`:     "Bearer SG",
	} {
		slug, data, _ := strings.Cut(block, " ")
		p, err := planners()[slug](prefect.Object(data), Message{"s", "b"}, time.Time{})
		require.NoError(t, err)
		require.Equal(t, want, p.requests[0].header.Get("Authorization"))
	}
}
