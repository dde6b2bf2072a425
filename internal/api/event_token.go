package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

// eventCursor is a place in the events that a filter selects. Clients get it as a token, which has the form of the reference's:
// either server goes on where the other has stopped.
type eventCursor struct {
	Filter   prefect.EventFilter `json:"filter" v:"required"`
	Count    int64               `json:"count" v:"required,ge=0"`
	PageSize int64               `json:"page_size" v:"required,ge=0,le=50"`
	Offset   int64               `json:"offset" v:"required,ge=0"`
}

func (c *eventCursor) next() *eventCursor {
	next := *c
	next.Offset += c.PageSize
	return &next
}

// readEventToken reads a token. One that no server has made is forbidden.
func readEventToken(token string) (*eventCursor, error) {
	var in struct {
		Body eventCursor `body:""`
	}
	text, ok := looseBase64([]byte(token))
	if ok {
		text, ok = looseBase64(text)
	}
	if !ok || len(text) == 0 || len(decodeMessage(text, &in)) > 0 {
		return nil, prefect.NewError(prefect.Forbidden, "Forbidden")
	}
	return &in.Body, nil
}

// looseBase64 reads base64 as Python does, which passes over what is none.
func looseBase64(text []byte) ([]byte, bool) {
	clean := bytes.Map(func(r rune) rune {
		if r < 0x80 && strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", r) {
			return r
		}
		return -1
	}, text)
	decoded, err := base64.StdEncoding.DecodeString(string(clean))
	return decoded, err == nil
}

// twiceBase64 is the form of a token: the reference encodes one when it makes it and again when it puts it into a link.
func twiceBase64(text []byte) string {
	return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(text)))
}

// link is where a client finds the page at the cursor.
func (c *eventCursor) link(ctx context.Context) (string, error) {
	text, err := json.Marshal(c, json.Deterministic(true), json.FormatNilSliceAsNull(true), json.FormatNilMapAsNull(true),
		jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true)) // as Python writes it
	if err != nil {
		return "", err
	}
	token := twiceBase64(text)
	base, _ := ctx.Value(baseURLKey{}).(string) // set for the routes whose answers have links
	return base + "/events/filter/next?page-token=" + token, nil
}

// baseURLKey is under what the context of a request holds the address of the API, as the client sees it.
type baseURLKey struct{}

// linking makes the API's address known to an operation whose answers have links.
func linking(o operation) operation {
	serve := o.serve
	o.serve = func(s *Server, w http.ResponseWriter, r *http.Request) {
		serve(s, w, r.WithContext(context.WithValue(r.Context(), baseURLKey{}, s.baseURL(r))))
	}
	return o
}

// baseURL is the address of the API as the client of a request sees it, also through a proxy that ends TLS.
func (s *Server) baseURL(r *http.Request) string {
	scheme, port := "http", ":80"
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		scheme, port = "https", ":443"
	}
	return scheme + "://" + strings.TrimSuffix(strings.ToLower(r.Host), port) + strings.TrimRight(s.settings.API.BasePath, "/") + "/api"
}
