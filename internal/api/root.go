package api

import (
	"context"
	"net/http"
)

func (s *Server) readHealth(context.Context, *none) (bool, error) { return true, nil }

func (s *Server) readVersion(context.Context, *none) (string, error) { return APIVersion, nil }

func (s *Server) sayHello(context.Context, *none) (string, error) { return "👋", nil }

// message is the body of the readiness check.
type message struct {
	Message string `json:"message"`
}

func (s *Server) readReady(ctx context.Context, _ *none) (reply[message], error) {
	if err := s.store.Ping(ctx); err != nil {
		s.log.WarnContext(ctx, "not ready", "error", err)
		return reply[message]{http.StatusServiceUnavailable, message{"Database is not available"}}, nil
	}
	return reply[message]{http.StatusOK, message{"OK"}}, nil
}
