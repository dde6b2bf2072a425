package app

import (
	"io"
	"log/slog"

	"praetor/internal/config"
)

// NewLogger writes to w, in the configured format and from the configured level on.
func NewLogger(w io.Writer, settings *config.Settings) *slog.Logger {
	options := &slog.HandlerOptions{Level: settings.Logging.SlogLevel()}
	if settings.Praetor.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
