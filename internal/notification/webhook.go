package notification

import (
	"context"
	"errors"
	"net/http"

	"praetor/internal/jinja"
	"praetor/internal/prefect"
)

// webhookBlock are the values of a block of the type webhook.
type webhookBlock struct {
	Method       string            `json:"method"`
	URL          string            `json:"url"`
	Headers      map[string]string `json:"headers"`
	AllowPrivate bool              `json:"allow_private_urls"`
	Verify       bool              `json:"verify"`
}

func readWebhook(data prefect.Object) (*webhookBlock, error) {
	b := &webhookBlock{Method: http.MethodPost, AllowPrivate: true, Verify: true}
	if err := read(data, b); err != nil {
		return nil, err
	}
	if b.URL == "" {
		return nil, missing("url")
	}
	switch b.Method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return b, nil
	}
	return nil, &InvalidError{"ValidationError", "a webhook has no method " + b.Method}
}

// CheckWebhook tells whether a block of the type webhook can be used with the values: an *InvalidError says why not.
func (s *Sender) CheckWebhook(data prefect.Object) error {
	_, err := readWebhook(data)
	return err
}

// Call makes the request of a webhook block, its secrets in the clear. Any answer is a good one, redirects are not followed.
// Errors are *InvalidError, *Error with Raised, or the context's.
func (s *Sender) Call(ctx context.Context, data prefect.Object, payload string) (*Answer, error) {
	b, err := readWebhook(data)
	if err != nil {
		return nil, err
	}
	p := &plan{service: "webhook", asIs: true}
	guarded := !b.AllowPrivate || s.public
	if guarded {
		if err := checkURL(ctx, b.URL); err != nil {
			return nil, refused(p, err)
		}
	}
	r := &request{method: b.Method, url: b.URL, header: http.Header{"User-Agent": {"Praetor"}}, body: payload}
	for name, value := range b.Headers {
		r.header.Set(name, value)
	}
	answer, err := s.send(ctx, r, 0, guarded, b.Verify, false)
	if err != nil {
		return nil, undelivered(ctx, p, err, false)
	}
	return answer, nil
}

// raised is an exception as Python shows it.
func raised(class, message string) string { return class + "(" + jinja.Quoted(message) + ")" }

// Raised is how the reference would show an error of this package.
func Raised(err error) string {
	var undelivered *Error
	var invalid *InvalidError
	switch {
	case errors.As(err, &undelivered) && undelivered.Raised != "":
		return undelivered.Raised
	case errors.As(err, &invalid):
		return raised(invalid.Class, invalid.Message)
	}
	return raised("RuntimeError", err.Error())
}
