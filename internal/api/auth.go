package api

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

// authenticate checks the password, where one is set. Only the probes of a load balancer get by without.
func (s *Server) authenticate(rt route, r *http.Request) error {
	want := s.settings.API.AuthString
	if want == "" || rt.method == http.MethodGet && (rt.path == "/health" || rt.path == "/ready") {
		return nil
	}
	scheme, credentials, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	got, err := base64.StdEncoding.DecodeString(strings.TrimSpace(credentials))
	if err != nil || scheme != "Basic" || subtle.ConstantTimeCompare(got, []byte(want)) != 1 {
		return &prefect.Error{Kind: prefect.Unauthorized, Message: "Unauthorized", Exception: true}
	}
	return nil
}

// checkCSRF checks the token of requests that change something, where the protection is on.
func (s *Server) checkCSRF(r *http.Request) error {
	if !s.settings.API.CSRFProtectionEnabled {
		return nil
	}
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return nil
	}
	token, client := r.Header.Get("Prefect-Csrf-Token"), r.Header.Get("Prefect-Csrf-Client")
	if token == "" {
		return prefect.NewError(prefect.Forbidden, "Missing CSRF token.")
	}
	if client == "" {
		return prefect.NewError(prefect.Forbidden, "Missing client identifier.")
	}
	var stored *prefect.CSRFToken
	err := s.store.Read(r.Context(), func(tx *store.Tx) (err error) {
		stored, err = tx.CSRFToken(r.Context(), client)
		return err
	})
	if err != nil {
		return err
	}
	if stored == nil || subtle.ConstantTimeCompare([]byte(stored.Token), []byte(token)) != 1 {
		return prefect.NewError(prefect.Forbidden, "Invalid CSRF token or client identifier.")
	}
	return nil
}

type createCSRFToken struct {
	Client string `query:"client" v:"required"`
}

func (s *Server) createCSRFToken(ctx context.Context, in *createCSRFToken) (*prefect.CSRFToken, error) {
	if !s.settings.API.CSRFProtectionEnabled {
		return nil, prefect.NewError(prefect.Invalid, "CSRF protection is disabled.")
	}
	return write(ctx, s, func(tx *store.Tx) (*prefect.CSRFToken, error) {
		return tx.CreateCSRFToken(ctx, in.Client, s.settings.API.CSRFTokenExpiration)
	})
}
